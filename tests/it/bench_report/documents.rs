//! Documents: what is written is read back, and what is damaged is refused with its reason.

use proptest::prelude::*;
use serde_json::{Value, json};
use skewwatch::bench::block::{Ending, KeyLookups};
use skewwatch::bench::report::document::{read, write};
use skewwatch::bench::report::{Judged, Report};

use super::sample::{run, troubled};

fn document(report: &Report) -> Vec<u8> {
    write(&Judged::new(report)).unwrap()
}

/// Why a document is refused after a change.
fn refusal(change: impl Fn(&mut Value)) -> String {
    let mut document: Value = serde_json::from_slice(&document(&run(1, 0, 3))).unwrap();
    change(&mut document);
    read(document.to_string().as_bytes()).unwrap_err().to_string()
}

#[test]
fn a_report_is_read_back_as_it_was() {
    for report in [run(1, 0, 31), troubled()] {
        assert_eq!(read(&document(&report)).unwrap(), report);
    }
}

#[test]
fn lookups_within_requests_of_several_entities_are_read_back() {
    let mut report = run(1, 0, 3);
    report.conditions.batch = 100;
    let mut keys = KeyLookups::default();
    for (ending, nanos) in [(Ending::Hit, 20_000), (Ending::Miss, 900_000), (Ending::Failed, 0)] {
        keys.record(ending, nanos);
    }
    report.seconds.values_mut().for_each(|block| block.keys = keys.clone());
    assert_eq!(read(&document(&report)).unwrap(), report);
}

#[test]
fn the_same_report_gives_the_same_document() {
    let first = document(&troubled());
    assert_eq!(document(&read(&first).unwrap()), first);
}

#[test]
fn figures_in_a_document_are_not_believed() {
    let mut document: Value = serde_json::from_slice(&document(&troubled())).unwrap();
    document["result"] = json!({ "verdict": "PROVEN", "anything": [1, 2, 3] });
    assert_eq!(read(document.to_string().as_bytes()).unwrap(), troubled());
}

#[test]
fn the_result_stands_in_the_document_for_those_who_only_look() {
    let document: Value = serde_json::from_slice(&document(&troubled())).unwrap();
    let result = &document["result"];
    assert_eq!((&result["verdict"], &result["due"], &result["failed"]), (&json!("MISSED"), &json!(31_000), &json!(40)));
    assert_eq!((&result["unsent"], &result["incomplete"], &result["wrong"]), (&json!(10), &json!(10), &json!(4)));
    assert_eq!(result["reasons"], json!(["4 answers were wrong"]));
    // Sixty of 31,000 have no answer: the percentile beyond does not exist.
    assert_eq!(
        (&result["response_nanos"]["p99.9"], &result["response_nanos"]["largest"]),
        (&Value::Null, &Value::Null)
    );
    assert!(result["response_nanos"]["p50"].is_u64());
}

#[test]
fn what_is_no_document_is_told() {
    let told = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    assert_eq!(told(b""), "it is empty: the run that was to write it may not have ended");
    assert_eq!(told(b" \n"), "it is empty: the run that was to write it may not have ended");
    assert_eq!(told(b"hello"), "it is no document of `skewwatch bench --json`, or a damaged one");
    assert_eq!(told(b"{}"), "it is no document of `skewwatch bench --json`");
    assert_eq!(told(br#"{"format": "else", "version": 1}"#), "it is no document of `skewwatch bench --json`");
}

#[test]
fn a_document_of_another_version_is_refused() {
    assert_eq!(refusal(|it| it["version"] = json!(2)), "it is of version 2, and this program reads version 1");
}

#[test]
fn counts_that_contradict_each_other_are_refused() {
    let of_first = |change: fn(&mut Value)| move |it: &mut Value| change(&mut it["seconds"][0]);
    let added = "it is damaged: the counts of second 1781000000 do not add up";
    assert_eq!(refusal(of_first(|it| it["failed"] = json!(7))), added);
    assert_eq!(refusal(of_first(|it| it["response"]["never"] = json!(1))), added);
    assert_eq!(
        refusal(of_first(|it| it["hits"] = it["misses"].take())),
        "it is no document of `skewwatch bench --json`, or a damaged one"
    );
    assert_eq!(refusal(of_first(|it| it["hits"] = it["misses"].clone())), added);
    assert_eq!(
        refusal(of_first(|it| it["slip"]["answered"] = json!(999))),
        "it is damaged: `slip` of second 1781000000 does not hold what it says"
    );
    assert_eq!(
        refusal(of_first(|it| it["slip"]["histogram"] = json!("HISTFAAA"))),
        "it is damaged: `slip` of second 1781000000"
    );
}

#[test]
fn seconds_that_are_missing_or_nobodys_are_refused() {
    let seconds = |it: &mut Value| it["seconds"].as_array().unwrap().clone();
    assert_eq!(
        refusal(|it| it["seconds"] = json!(seconds(it)[..2])),
        "it is damaged: it has 2 of the 3 seconds of a process"
    );
    assert_eq!(
        refusal(|it| it["seconds"] = json!([seconds(it), vec![seconds(it)[0].clone()]].concat())),
        "it is damaged: second 1781000000 is there twice"
    );
    assert_eq!(
        refusal(|it| it["processes"][0]["seconds"] = json!(2)),
        "it is damaged: second 1781000002 belongs to no process"
    );
    assert_eq!(
        refusal(|it| it["processes"][0]["seconds"] = json!(u64::MAX)),
        "it is damaged: it has 0 of the 18446744073709551615 seconds of a process"
    );
    assert_eq!(refusal(|it| it["processes"] = json!([])), "it is damaged: it names no process");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn a_document_that_was_cut_off_is_refused(share in 0.0_f64..1.0) {
        let whole = document(&run(1, 0, 2));
        // The last byte is a line break.
        let cut = ((whole.len() - 2) as f64 * share) as usize;
        prop_assert!(read(&whole[..cut]).is_err());
    }

    #[test]
    fn a_document_with_any_byte_changed_breaks_nothing(place in 0.0_f64..1.0, byte in any::<u8>()) {
        let mut bytes = document(&run(1, 0, 2));
        let place = (bytes.len() as f64 * place) as usize;
        bytes[place] = byte;
        let _ = read(&bytes);
    }
}
