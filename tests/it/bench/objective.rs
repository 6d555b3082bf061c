//! Promises and verdicts.

use std::time::Duration;

use skewwatch::bench::objective::{Achieved, Evidence, Objective, Percentile, Verdict};

const CLAIM: &str = "hit=0.71..0.75,p50=1.2ms,p99=4.8ms";

fn claim() -> Objective {
    CLAIM.parse().unwrap()
}

fn achieved(name: &str, response: Option<u64>, limit: Option<u64>) -> Achieved {
    Achieved {
        percentile: Percentile::parse(name).unwrap(),
        response: response.map(Duration::from_micros),
        limit: limit.map(Duration::from_micros),
        service: response.map(Duration::from_micros),
        slip: Duration::ZERO,
    }
}

fn good() -> Evidence {
    Evidence {
        achieved: vec![achieved("p50", Some(700), Some(720)), achieved("p99", Some(2_600), Some(2_700))],
        hit_rate: Some(0.73),
        without_answer: 0.0,
        wrong: 0,
        starved: None,
        unsent: 0.0,
        incomplete: 0.0,
        doubt: None,
        blocks: 30,
    }
}

#[test]
fn a_claim_is_read_as_it_is_written() {
    let percentile = |name| Percentile::parse(name).unwrap();
    let expected = Objective {
        hit_rate: Some(0.71..=0.75),
        percentiles: vec![
            (percentile("p50"), Duration::from_micros(1_200)),
            (percentile("p99"), Duration::from_micros(4_800)),
        ],
    };
    assert_eq!(claim(), expected);
    assert_eq!("p99.9=2s".parse::<Objective>().unwrap().percentiles[0].0.to_string(), "p99.9");
}

#[test]
fn what_is_no_claim_is_refused_with_its_reason() {
    for (text, reason) in [
        ("p99", "`p99` has no `=`"),
        ("p99=4.8", "`4.8` is no time such as `1.2ms`"),
        ("p101=1ms", "`p101` is neither `hit` nor a percentile such as `p99`"),
        ("q=1ms", "`q` is neither `hit` nor a percentile such as `p99`"),
        ("hit=0.8..0.7", "`0.8..0.7` is no range of shares from 0 to 1 such as `0.71..0.75`"),
        ("p99=1ms,p99=2ms", "`p99` is there twice"),
        ("hit=0..1,hit=0..1", "`hit` is there twice"),
        ("p99=-1ms", "`-1ms` is no time such as `1.2ms`"),
    ] {
        let message = text.parse::<Objective>().unwrap_err().to_string();
        assert!(message.starts_with(&format!("`{text}` is no objective: {reason}\n")), "{message}");
    }
}

#[test]
fn a_promise_is_kept_only_with_certainty() {
    assert_eq!(claim().judge(&good()), Verdict::Proven);
    let mut evidence = good();
    evidence.achieved[1].limit = Some(Duration::from_micros(4_900));
    let reason = "p99 2.60 ms is not certain: up to 4.90 ms, promised 4.80 ms";
    assert_eq!(claim().judge(&evidence), Verdict::Missed(vec![reason.to_owned()]));
    evidence.achieved[1].limit = None;
    let reason = "p99 2.60 ms is not certain: the run was too short, promised 4.80 ms";
    assert_eq!(claim().judge(&evidence), Verdict::Missed(vec![reason.to_owned()]));
}

#[test]
fn every_point_that_is_missed_is_named() {
    let evidence = Evidence {
        achieved: vec![achieved("p50", Some(1_300), Some(1_400)), achieved("p99", None, None)],
        hit_rate: Some(0.768),
        without_answer: 0.02,
        ..good()
    };
    let reasons = [
        "2.000 % of the requests had no answer",
        "L1 hit rate 76.80 %, promised 71 to 75 %",
        "p50 1.30 ms, promised 1.20 ms",
        "p99 does not exist, too many requests had no answer; promised 4.80 ms",
    ];
    assert_eq!(claim().judge(&evidence), Verdict::Missed(reasons.map(str::to_owned).into()));
}

#[test]
fn one_wrong_value_is_worse_than_any_time() {
    let evidence = Evidence { wrong: 1, ..good() };
    assert_eq!(claim().judge(&evidence), Verdict::Missed(vec!["1 answers were wrong".to_owned()]));
}

#[test]
fn a_generator_that_sends_late_proves_nothing_unless_the_promise_is_kept_all_the_same() {
    let mut evidence = good();
    evidence.achieved[1].slip = Duration::from_nanos(2_003_914);
    assert_eq!(claim().judge(&evidence), Verdict::Proven);
    evidence.achieved[1].response = Some(Duration::from_millis(6));
    let reason = "p99: served in time, but requests were sent up to 2.00 ms late (p99)";
    assert_eq!(claim().judge(&evidence), Verdict::Invalid(vec![reason.to_owned()]));
    // Slow in itself too: that is no fault of the generator.
    evidence.achieved[1].service = Some(Duration::from_millis(6));
    assert_eq!(claim().judge(&evidence), Verdict::Missed(vec!["p99 6.00 ms, promised 4.80 ms".to_owned()]));
    // But without CPU nothing can be said.
    evidence.starved = Some(0.06);
    let reason = "p99: the generator had no CPU when it should have sent";
    assert_eq!(claim().judge(&evidence), Verdict::Invalid(vec![reason.to_owned()]));
}

#[test]
fn a_late_generator_does_not_excuse_what_else_is_missed() {
    let mut evidence = Evidence { hit_rate: Some(0.5), ..good() };
    evidence.achieved[1].slip = Duration::from_millis(2);
    evidence.achieved[1].response = Some(Duration::from_millis(6));
    assert!(matches!(claim().judge(&evidence), Verdict::Missed(_)));
}

#[test]
fn what_a_generator_could_not_even_send_is_no_fault_of_the_store() {
    let mut evidence = Evidence { without_answer: 0.03, unsent: 0.03, ..good() };
    evidence.achieved[1].response = None;
    evidence.achieved[1].limit = None;
    evidence.achieved[1].service = Some(Duration::from_millis(2));
    let reasons = ["3.000 % of the requests were never sent", "p99: served in time, but 3.0 % were never sent"]
        .map(str::to_owned);
    assert_eq!(claim().judge(&evidence), Verdict::Invalid(reasons.into()));
    // Others failed as well: those did reach the store.
    evidence.without_answer = 0.031;
    assert!(matches!(claim().judge(&evidence), Verdict::Missed(_)));
    // Who has no CPU cannot take in answers either.
    evidence.starved = Some(0.06);
    let reasons = [
        "requests had no answer: the generator had no CPU when it should have sent",
        "p99: the generator had no CPU when it should have sent",
    ];
    assert_eq!(claim().judge(&evidence), Verdict::Invalid(reasons.map(str::to_owned).into()));
    // But that a store has not all values is no matter of CPU, and neither is how short a run was.
    evidence.incomplete = 0.001;
    assert!(matches!(claim().judge(&evidence), Verdict::Missed(_)));
    let mut evidence = Evidence { starved: Some(0.06), ..good() };
    evidence.achieved[1].limit = None;
    assert!(matches!(claim().judge(&evidence), Verdict::Missed(_)));
}

#[test]
fn a_hit_rate_that_cannot_be_right_proves_nothing() {
    let evidence = Evidence { doubt: Some("L1 hit rate 99 % is not possible".to_owned()), ..good() };
    let reasons = vec!["L1 hit rate 99 % is not possible".to_owned()];
    assert_eq!(claim().judge(&evidence), Verdict::Invalid(reasons));
}

#[test]
fn a_short_run_can_keep_a_promise_without_certainty() {
    let mut evidence = good();
    evidence.achieved[1].limit = None;
    assert!(claim().is_met(&evidence));
    evidence.achieved[1].response = Some(Duration::from_millis(6));
    assert!(!claim().is_met(&evidence));
}

#[test]
fn the_exit_code_tells_the_verdict() {
    let codes = [Verdict::Proven, Verdict::Missed(Vec::new()), Verdict::Invalid(Vec::new())].map(|it| it.exit_code());
    assert_eq!(codes, [0, 1, 2]);
}
