//! Jensen and Shannon's distance, total variation and Cramér's V.

use skewwatch::model::check::DriftStatistic::{CramersV, Js, Tvd};
use skewwatch::model::measurement::{DriftReason, DriftVerdict};
use skewwatch::stats::drift::{DriftLimits, checks};

use super::{assert_close, judged, keys, measured};

#[test]
fn they_are_measured_only_where_they_have_a_limit() {
    let pair = keys(&[(500, 400), (500, 600)]);
    let found = checks(&pair, &DriftLimits::new([(Tvd, 0.1)]));
    assert_eq!([Js, Tvd, CramersV].map(|statistic| found.contains_key(&statistic)), [false, true, false]);
}

#[test]
fn the_same_counts_give_the_same_interval() {
    let pair = keys(&[(500, 400), (500, 600), (200, 260)]);
    for statistic in [Js, Tvd, CramersV] {
        assert_eq!(measured(&pair, statistic, 0.1), measured(&pair, statistic, 0.1));
    }
}

#[test]
fn a_distance_among_many_rows_has_a_narrow_interval_around_it() {
    let pair = keys(&[(500_000, 400_000), (500_000, 600_000)]);
    let found = measured(&pair, Tvd, 0.1);
    assert_close(found.distance, 0.1);
    let (lower, effect, upper) = (found.lower.unwrap(), found.effect.unwrap(), found.upper.unwrap());
    // 1.96 standard errors of a difference of two shares.
    let reach = 1.96 * (0.5_f64 * 0.5 / 1e6 + 0.4 * 0.6 / 1e6).sqrt();
    assert!(
        (upper - effect - reach).abs() < 0.15 * reach && (effect - lower - reach).abs() < 0.15 * reach,
        "{found:?}"
    );
    assert!((effect - 0.1).abs() < 0.1 * reach, "{found:?}");
}

#[test]
fn a_whole_interval_beyond_the_limit_is_drift_without_a_p_value() {
    let pair = keys(&[(5_000, 3_000), (5_000, 7_000)]);
    for statistic in [Js, Tvd, CramersV] {
        let found = judged(&pair, statistic, 0.05);
        assert_eq!((found.verdict, found.p_value, found.q_value), (DriftVerdict::Drifted, None, None), "{statistic:?}");
    }
}

#[test]
fn what_chance_adds_is_taken_off_again() {
    // A hundred keys of equal sides: each draw is some way off, which says nothing about them.
    let counts: Vec<(u64, u64)> = (0..100).map(|key| (100 + key % 3, 100 + (key + 1) % 3)).collect();
    for statistic in [Js, Tvd, CramersV] {
        let found = judged(&keys(&counts), statistic, 0.05);
        assert_eq!((found.effect, found.lower, found.verdict), (Some(0.0), Some(0.0), DriftVerdict::Stable));
    }
}

#[test]
fn what_may_happen_among_merged_keys_widens_the_upper_end() {
    let told_apart = [(1000, 1300), (1000, 700), (4000, 4000)];
    let merged: Vec<(u64, u64)> = told_apart[..2].iter().copied().chain([(10, 10); 400]).collect();
    // A third of the values is in keys that are told apart.
    for (statistic, times) in [(Tvd, 3.0), (Js, 3.0_f64.sqrt()), (CramersV, 3.0_f64.sqrt())] {
        let (whole, part) = (measured(&keys(&told_apart), statistic, 0.1), measured(&keys(&merged), statistic, 0.1));
        let ratio = part.upper.unwrap() / whole.upper.unwrap();
        assert!((ratio / times - 1.0).abs() < 1e-9, "{statistic:?}: {ratio} for {times}");
        assert_eq!((part.effect, part.lower), (whole.effect, whole.lower), "{statistic:?}");
    }
}

#[test]
fn rare_keys_alone_cannot_be_judged() {
    let found = judged(&keys(&[(10, 12); 10]), Js, 0.1);
    assert_eq!((found.verdict, found.reason), (DriftVerdict::Unknown, Some(DriftReason::Underpowered)));
    assert_eq!((found.needed_reference_n, found.needed_current_n), (Some(200), Some(200)));
}
