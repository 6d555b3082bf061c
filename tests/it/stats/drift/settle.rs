//! Verdicts of a run as a whole.

use skewwatch::model::check::DriftStatistic::Psi;
use skewwatch::model::measurement::DriftReason::{AtThreshold, Empty, Underpowered};
use skewwatch::model::measurement::DriftVerdict::{Drifted, Stable, Unknown};
use skewwatch::model::measurement::{DriftMeasurement, DriftReason, DriftVerdict};
use skewwatch::stats::drift::settle;

use super::{keys, measured};

/// A measurement with this interval and p-value against a limit of 0.1.
fn found(lower: f64, upper: f64, p_value: Option<f64>) -> DriftMeasurement {
    DriftMeasurement {
        effect: Some(f64::midpoint(lower, upper)),
        lower: Some(lower),
        upper: Some(upper),
        p_value,
        needed_reference_n: None,
        needed_current_n: None,
        ..measured(&keys(&[(500, 500), (500, 500)]), Psi, 0.1)
    }
}

fn settled<const N: usize>(mut run: [DriftMeasurement; N]) -> [(DriftVerdict, Option<DriftReason>); N] {
    settle(&mut run);
    run.map(|measured| (measured.verdict, measured.reason))
}

#[test]
fn q_values_are_those_of_benjamini_and_hochberg_by_hand() {
    let mut run = [0.04, 0.01, 0.03, 0.5].map(|p| found(0.2, 0.3, Some(p)));
    settle(&mut run);
    let q = run.map(|measured| measured.q_value.unwrap());
    let wanted = [0.04 * 4.0 / 3.0, 0.01 * 4.0, 0.04 * 4.0 / 3.0, 0.5];
    assert!(q.iter().zip(wanted).all(|(q, wanted)| (q - wanted).abs() < 1e-15), "{q:?}");
}

#[test]
fn checks_without_a_p_value_do_not_count_among_the_tests() {
    let mut run = [found(0.2, 0.3, Some(0.03)), found(0.2, 0.3, None)];
    settle(&mut run);
    assert_eq!(run.map(|measured| measured.q_value), [Some(0.03), None]);
}

#[test]
fn drifted_is_beyond_the_limit_and_not_one_of_the_calls_that_chance_makes() {
    assert_eq!(
        settled([found(0.2, 0.3, Some(0.001)), found(0.11, 0.3, Some(0.06)), found(0.2, 0.3, None)]),
        [(Drifted, None), (Unknown, Some(AtThreshold)), (Drifted, None)]
    );
}

#[test]
fn stable_ends_at_the_limit_or_below() {
    assert_eq!(
        settled([found(0.0, 0.1, Some(1.0)), found(0.0, 0.11, Some(1.0)), found(0.1, 0.3, Some(0.001))]),
        [(Stable, None), (Unknown, Some(AtThreshold)), (Unknown, Some(AtThreshold))]
    );
}

#[test]
fn unknown_says_whether_more_values_would_do() {
    let few = DriftMeasurement { needed_current_n: Some(2_000), ..found(0.0, 0.3, Some(0.4)) };
    assert_eq!(settled([few]), [(Unknown, Some(Underpowered))]);
}

#[test]
fn a_verdict_needs_nothing_more() {
    let mut run =
        [DriftMeasurement { needed_reference_n: Some(9), needed_current_n: Some(9), ..found(0.2, 0.3, None) }];
    settle(&mut run);
    let [measured] = run;
    assert_eq!((measured.verdict, measured.needed_reference_n, measured.needed_current_n), (Drifted, None, None));
}

#[test]
fn what_has_a_reason_or_no_limit_is_not_judged() {
    let empty = DriftMeasurement { reason: Some(Empty), ..found(0.2, 0.3, None) };
    let unlimited = DriftMeasurement { threshold: None, ..found(0.2, 0.3, None) };
    assert_eq!(settled([empty, unlimited]), [(Unknown, Some(Empty)), (Unknown, None)]);
}
