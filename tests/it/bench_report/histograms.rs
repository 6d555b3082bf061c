//! Histograms as text: what other libraries write is read, what is read back is what was written, and damage is told.

use proptest::prelude::*;
use skewwatch::bench::latency::Latencies;
use skewwatch::bench::report::histogram::{decode, encode};

/// Written by the crate `hdrhistogram` 7.6 (`V2DeflateSerializer`) of the counts in [`recorded`].
const FOREIGN: &str = "HISTFAAAAFF4nAFGALn/HISTEwAAAB4AAAAAAAAAAwAAAAAAAAABAAAD//////8/8AAAAAAAAAAGAvcfjAECggL5DwQCwQPAuAL7eoDIr6Al09sCAu6IEvY=";

fn recorded() -> Vec<(u64, u64)> {
    vec![
        (1, 3),
        (2, 1),
        (2047, 70),
        (2048, 1),
        (2050, 129),
        (4095, 2),
        (4096, 1),
        (5000, 20_000),
        (1_000_000, 5_000_000_000),
        (3_600_000_000_000, 1),
    ]
}

fn latencies(times: &[(u64, u64)]) -> Latencies {
    let mut latencies = Latencies::new();
    times.iter().for_each(|(nanos, count)| latencies.record_many(*nanos, *count));
    latencies
}

#[test]
fn a_histogram_of_another_library_is_read() {
    assert_eq!(decode(FOREIGN).unwrap(), latencies(&recorded()));
}

#[test]
fn an_empty_histogram_is_read_back() {
    assert_eq!(decode(&encode(&Latencies::new())).unwrap(), Latencies::new());
}

#[test]
fn what_is_no_histogram_is_told_with_its_reason() {
    let whole = encode(&latencies(&recorded()));
    let cut = &whole[..whole.len() - 8];
    let told = |text: &str| decode(text).unwrap_err().to_string();
    let begin = "no histogram (HdrHistogram V2 of three digits, deflated, in Base64): ";
    assert_eq!(told("ÄÖ"), format!("{begin}it is not Base64"));
    assert_eq!(told(""), format!("{begin}it begins otherwise"));
    assert_eq!(told("AAAAAAAAAAAAAAAA"), format!("{begin}it begins otherwise"));
    assert_eq!(told(cut), format!("{begin}it is not as long as it says"));
}

proptest! {
    #[test]
    fn what_was_written_is_read_back(times in prop::collection::vec((1_u64..3_600_000_000_000, 1_u64..1_000_000), 0..200)) {
        let latencies = latencies(&times);
        prop_assert_eq!(decode(&encode(&latencies)).unwrap(), latencies);
    }

    #[test]
    fn damage_is_told_and_breaks_nothing(place in 0_usize..90, byte in 0_u8..64) {
        let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = FOREIGN.as_bytes().to_vec();
        text[place] = alphabet[usize::from(byte)];
        let damaged = String::from_utf8(text).unwrap();
        prop_assume!(damaged != FOREIGN);
        // The stream has a checksum; two bits of its header do not count.
        if let Ok(read) = decode(&damaged) {
            prop_assert_eq!(read, latencies(&recorded()));
        }
    }

    #[test]
    fn any_bytes_are_told_and_break_nothing(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        use base64::Engine as _;
        prop_assert!(decode(&base64::prelude::BASE64_STANDARD.encode(bytes)).is_err());
    }
}
