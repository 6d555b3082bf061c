//! A histogram as text, in the form that every HdrHistogram library reads: V2, deflated, in Base64.
//!
//! V2 lists the counts of all buckets as zigzag LEB128 numbers, where a negative number skips so many empty buckets
//! (`HdrHistogram`'s `AbstractHistogram.encodeIntoByteBuffer`). Reading checks lengths and bounds before it reserves
//! anything: a file may be damaged.

use std::io::{Read as _, Write as _};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::read::ZlibDecoder;
use flate2::write::ZlibEncoder;

use crate::bench::latency::{LONGEST, Latencies};

/// First word of V2.
const COOKIE: u32 = 0x1c84_9313;
/// First word of V2 deflated.
const DEFLATED: u32 = 0x1c84_9314;
/// Digits that are kept.
const DIGITS: u32 = 3;
/// Bytes before the counts.
const HEADER: usize = 40;
/// Values that have a bucket each; beyond, a bucket holds twice as many with every doubling. By three digits.
const EXACT: u64 = 2_048;
/// Bits of [`EXACT`].
const EXACT_BITS: u32 = EXACT.trailing_zeros();
/// Buckets of a doubling.
const HALF: u64 = EXACT / 2;
/// Most bytes of counts that the buckets up to [`LONGEST`] can take, and more.
const MOST: u64 = 1 << 20;

/// Why a text is no histogram.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no histogram (HdrHistogram V2 of three digits, deflated, in Base64): {0}")]
pub struct HistogramError(&'static str);

/// The times that have an end, as text.
#[must_use]
pub fn encode(latencies: &Latencies) -> String {
    let mut counts = Vec::new();
    let mut next = 0;
    for (time, count) in latencies.recorded() {
        let bucket = bucket(time);
        skip(&mut counts, bucket - next);
        number(&mut counts, count.cast_signed());
        next = bucket + 1;
    }
    let mut plain = Vec::with_capacity(HEADER + counts.len());
    plain.extend_from_slice(&COOKIE.to_be_bytes());
    plain.extend_from_slice(&length(&counts).to_be_bytes());
    plain.extend_from_slice(&0_u32.to_be_bytes());
    plain.extend_from_slice(&DIGITS.to_be_bytes());
    plain.extend_from_slice(&1_u64.to_be_bytes());
    plain.extend_from_slice(&LONGEST.to_be_bytes());
    plain.extend_from_slice(&1.0_f64.to_be_bytes());
    plain.extend_from_slice(&counts);
    let mut deflater = ZlibEncoder::new(Vec::new(), Compression::default());
    // Memory takes everything.
    let deflated = deflater.write_all(&plain).and_then(|()| deflater.finish()).unwrap_or_default();
    let mut bytes = Vec::with_capacity(8 + deflated.len());
    bytes.extend_from_slice(&DEFLATED.to_be_bytes());
    bytes.extend_from_slice(&length(&deflated).to_be_bytes());
    bytes.extend_from_slice(&deflated);
    BASE64_STANDARD.encode(bytes)
}

/// The times of a text.
///
/// # Errors
/// When it is damaged, or of another kind.
pub fn decode(text: &str) -> Result<Latencies, HistogramError> {
    let bytes = BASE64_STANDARD.decode(text).map_err(|_| HistogramError("it is not Base64"))?;
    let mut bytes = Bytes(&bytes);
    if bytes.word() != Some(DEFLATED) {
        return Err(HistogramError("it begins otherwise"));
    }
    if bytes.word() != Some(length(bytes.0)) {
        return Err(HistogramError("it is not as long as it says"));
    }
    let mut plain = Vec::new();
    let inflated = ZlibDecoder::new(bytes.0).take(MOST).read_to_end(&mut plain);
    inflated.map_err(|_| HistogramError("it cannot be inflated"))?;
    let mut plain = Bytes(&plain);
    if plain.word() != Some(COOKIE) {
        return Err(HistogramError("it is of another version"));
    }
    let said = plain.word();
    if (plain.word(), plain.word(), plain.long()) != (Some(0), Some(DIGITS), Some(1)) {
        return Err(HistogramError("it has other buckets"));
    }
    if plain.long().is_none() || plain.long().map(f64::from_bits) != Some(1.0) {
        return Err(HistogramError("it has another unit"));
    }
    if said != Some(length(plain.0)) {
        return Err(HistogramError("its counts are not as long as they say"));
    }
    counts(plain)
}

fn counts(mut bytes: Bytes<'_>) -> Result<Latencies, HistogramError> {
    let mut latencies = Latencies::new();
    let mut next = 0_u64;
    let mut all = 0_u64;
    while !bytes.0.is_empty() {
        let number = bytes.number().ok_or(HistogramError("a count breaks off"))?;
        if number < 0 {
            next = next.saturating_add(number.unsigned_abs());
            continue;
        }
        let count = number.unsigned_abs();
        // Sums of all that is merged stay far below what a number holds.
        all = all.checked_add(count).filter(|all| *all < 1 << 56).ok_or(HistogramError("its counts are too large"))?;
        let time = time(next).filter(|time| *time <= LONGEST).ok_or(HistogramError("it has too many buckets"))?;
        if count > 0 {
            latencies.record_many(time, count);
        }
        next += 1;
    }
    Ok(latencies)
}

/// The bucket of a time.
const fn bucket(time: u64) -> u64 {
    let doublings = (u64::BITS - (time | (EXACT - 1)).leading_zeros() - EXACT_BITS) as u64;
    doublings * HALF + (time >> doublings)
}

/// The shortest time of a bucket; `None` where no number is large enough.
fn time(bucket: u64) -> Option<u64> {
    if bucket < EXACT {
        return Some(bucket);
    }
    let doublings = bucket / HALF - 1;
    let place = bucket - doublings * HALF;
    // A place has eleven bits.
    (doublings <= u64::from(u64::BITS - EXACT_BITS)).then(|| place << doublings)
}

fn length(bytes: &[u8]) -> u32 {
    u32::try_from(bytes.len()).unwrap_or(u32::MAX)
}

fn skip(out: &mut Vec<u8>, buckets: u64) {
    match buckets {
        0 => {}
        // As the other libraries write it.
        1 => number(out, 0),
        _ => number(out, -buckets.cast_signed()),
    }
}

/// Adds a number by zigzag and LEB128, whose ninth byte has all of its bits.
fn number(out: &mut Vec<u8>, number: i64) {
    let mut rest = ((number << 1) ^ (number >> 63)).cast_unsigned();
    for _ in 0..8 {
        let [low, ..] = rest.to_le_bytes();
        rest >>= 7;
        if rest == 0 {
            out.push(low & 0x7f);
            return;
        }
        out.push(low | 0x80);
    }
    let [last, ..] = rest.to_le_bytes();
    out.push(last);
}

/// Bytes that are read from the front; `None` where they end.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*taken)
    }

    fn word(&mut self) -> Option<u32> {
        self.take().map(u32::from_be_bytes)
    }

    fn long(&mut self) -> Option<u64> {
        self.take().map(u64::from_be_bytes)
    }

    fn number(&mut self) -> Option<i64> {
        let mut number = 0;
        for place in 0..8 {
            let [byte] = self.take()?;
            number |= u64::from(byte & 0x7f) << (7 * place);
            if byte < 0x80 {
                return Some(unzigzag(number));
            }
        }
        let [byte] = self.take()?;
        Some(unzigzag(number | (u64::from(byte) << 56)))
    }
}

const fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ -((number & 1).cast_signed())
}
