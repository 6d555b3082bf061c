//! Rows without a value, keys that are new, numbers out of range.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use skewwatch::model::check::DriftStatistic::{Missing, OutOfRange, Unseen};
use skewwatch::model::measurement::{DriftReason, DriftVerdict};
use skewwatch::stats::drift::{ColumnKind, PairDigest, numeric};
use skewwatch::stats::interval::newcombe;
use skewwatch::stats::multinomial;

use super::{assert_close, cleaned, judged, keys, measured, moved};

/// Columns of `(nulls, rows)`.
fn with_nulls(reference: (u64, u64), current: (u64, u64)) -> PairDigest {
    let mut pair = keys(&[(reference.1 - reference.0, current.1 - current.0)]);
    for (side, (nulls, rows)) in [(&mut pair.reference, reference), (&mut pair.current, current)] {
        (side.counts.nulls, side.counts.rows) = (nulls, rows);
    }
    pair
}

#[test]
fn a_move_of_the_missing_rate_has_newcombes_interval() {
    let found = judged(&with_nulls((100, 10_000), (800, 10_000)), Missing, 0.02);
    let wanted = newcombe((100, 10_000), (800, 10_000)).unwrap();
    assert_close(found.distance, 0.07);
    assert_close(found.effect, 0.07);
    assert_close(found.lower, wanted.lower);
    assert_close(found.upper, wanted.upper);
    assert_eq!((found.reference_n, found.current_n), (10_000, 10_000));
    assert_eq!(found.verdict, DriftVerdict::Drifted);
}

#[test]
fn a_fall_of_the_missing_rate_is_a_move_of_the_same_size() {
    let rise = judged(&with_nulls((100, 10_000), (800, 10_000)), Missing, 0.02);
    let fall = judged(&with_nulls((800, 10_000), (100, 10_000)), Missing, 0.02);
    assert_close(fall.distance, -0.07);
    assert_close(fall.effect, rise.effect.unwrap());
    assert_close(fall.lower, rise.lower.unwrap());
    assert_close(fall.upper, rise.upper.unwrap());
    assert_close(fall.p_value, rise.p_value.unwrap());
}

#[test]
fn either_direction_may_be_the_difference_so_far() {
    // The interval of the difference holds 0: that of its size begins there and ends at its farther end.
    let found = measured(&with_nulls((50, 1_000), (55, 1_000)), Missing, 0.02);
    let wanted = newcombe((50, 1_000), (55, 1_000)).unwrap();
    assert!(wanted.lower < 0.0);
    assert_eq!(found.lower, Some(0.0));
    assert_close(found.upper, wanted.upper.max(-wanted.lower));
}

#[test]
fn few_hits_on_a_small_side_are_not_called() {
    // 5 of 50 against 1 % of many happens in one of 6,000 draws; against a limit of 2 % more in one of 60.
    let found = measured(&with_nulls((1_000, 100_000), (5, 50)), Missing, 0.0);
    assert!((1e-4..5e-4).contains(&found.p_value.unwrap()), "{found:?}");
    let found = measured(&with_nulls((1_000, 100_000), (5, 50)), Missing, 0.02);
    assert!((0.01..0.03).contains(&found.p_value.unwrap()), "{found:?}");
}

#[test]
fn no_difference_at_all_and_none_beyond_zero_are_the_same_question() {
    let found = measured(&with_nulls((30, 900), (70, 1_100)), Missing, 0.0);
    assert_eq!(found.p_equal, found.p_value);
}

#[test]
fn rates_without_hits_need_as_many_rows_as_their_interval_fits_under_the_limit() {
    let found = judged(&with_nulls((0, 100), (0, 100)), Missing, 0.02);
    assert_eq!(found.reason, Some(DriftReason::Underpowered));
    // z² ÷ (n + z²) ≤ 0.02.
    assert_eq!((found.needed_reference_n, found.needed_current_n), (Some(189), Some(189)));
    assert_eq!(judged(&with_nulls((0, 189), (0, 189)), Missing, 0.02).verdict, DriftVerdict::Stable);
    assert_eq!(judged(&with_nulls((0, 188), (0, 188)), Missing, 0.02).verdict, DriftVerdict::Unknown);
}

#[test]
fn a_side_without_rows_has_no_rate() {
    let found = judged(&with_nulls((0, 100), (0, 0)), Missing, 0.02);
    assert_eq!((found.verdict, found.reason), (DriftVerdict::Unknown, Some(DriftReason::Empty)));
}

#[test]
fn new_keys_are_normal_where_many_keys_occur_once() {
    // 300 of 1,000 rows have a key of their own, on both sides: no surprise.
    let once = [(1, 0); 300].into_iter().chain([(0, 1); 300]);
    let found = judged(&keys(&once.chain([(700, 700)]).collect::<Vec<_>>()), Unseen, 0.1);
    assert_close(found.distance, 0.3);
    assert_eq!((found.effect, found.verdict), (Some(0.0), DriftVerdict::Stable));
}

#[test]
fn new_keys_are_drift_where_every_key_was_known() {
    let found = judged(&keys(&[(500, 400), (500, 550), (0, 50)]), Unseen, 0.01);
    assert_close(found.effect, 0.05);
    assert_eq!(found.verdict, DriftVerdict::Drifted);
}

#[test]
fn keys_that_occur_twice_make_the_expected_share_less_certain() {
    let with = |twice: &[(u64, u64)]| {
        let mut counts = vec![(960, 890), (0, 80)];
        counts.extend([(1, 1); 20]);
        counts.extend(twice);
        measured(&keys(&counts), Unseen, 0.01)
    };
    let (sure, unsure) = (with(&[(20, 10)]), with(&[(2, 1); 10]));
    assert_close(sure.effect, unsure.effect.unwrap());
    assert!(unsure.lower < sure.lower && unsure.p_value > sure.p_value, "{sure:?} {unsure:?}");
}

#[test]
fn of_keys_that_are_not_told_apart_half_of_the_lone_ones_are_taken_to_have_a_pair() {
    let mut told = vec![(920, 890), (0, 90)];
    told.extend([(1, 1); 20]);
    told.extend([(2, 0); 10]);
    let told = measured(&keys(&told), Unseen, 0.01);
    let mut pair = keys(&[(960, 910), (0, 90)]);
    pair.distances.as_mut().unwrap().novelty.reference = 20;
    assert_eq!(measured(&pair, Unseen, 0.01), told);
}

#[test]
fn samples_of_the_size_needed_have_a_stable_rate_without_drift() {
    let needed = judged(&with_nulls((30, 300), (30, 300)), Missing, 0.02).needed_current_n.unwrap();
    let mut random = StdRng::seed_from_u64(5);
    let mut nulls = || multinomial::binomial(&mut random, needed, 0.1);
    let stable = (0..1_000).filter(|_| {
        let pair = with_nulls((nulls(), needed), (nulls(), needed));
        judged(&pair, Missing, 0.02).verdict == DriftVerdict::Stable
    });
    let stable = stable.count();
    assert!((870..930).contains(&stable), "{stable} of 1,000 at {needed} rows");
}

#[test]
fn the_extremes_of_a_sample_are_out_of_range_of_the_rest() {
    let found = judged(&moved(1_000, 1_000, 0.001), OutOfRange, 0.01);
    assert_close(found.distance, 0.001);
    assert_eq!((found.effect, found.verdict), (Some(0.0), DriftVerdict::Stable));
    assert_eq!(judged(&moved(1_000, 1_000, 0.1), OutOfRange, 0.01).verdict, DriftVerdict::Drifted);
}

#[test]
fn samples_of_the_size_needed_have_no_values_out_of_range_without_drift() {
    // Two extremes among few values are a large share, among many a small one.
    let needed = judged(&moved(20, 20, 0.0), OutOfRange, 0.01).needed_current_n.unwrap();
    assert!((800..1_100).contains(&needed), "{needed}");
    let mut random = StdRng::seed_from_u64(3);
    let mut side = || cleaned((0..needed).map(|_| random.random::<f64>()));
    let stable = (0..300).filter(|_| {
        let pair = numeric(ColumnKind::Numeric, &side(), &side());
        judged(&pair, OutOfRange, 0.01).verdict == DriftVerdict::Stable
    });
    let stable = stable.count();
    assert!(stable >= 255, "{stable} of 300 at {needed} rows");
}
