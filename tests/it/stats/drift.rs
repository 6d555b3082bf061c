//! Distances between columns of feature values.

use skewwatch::model::check::DriftStatistic;
use skewwatch::model::measurement::DriftVerdict;
use skewwatch::model::value::Value;
use skewwatch::stats::drift::{ColumnKind, DriftDistance, Observed, compare};

fn observed(values: impl IntoIterator<Item = Value>) -> Observed {
    let mut side = Observed::new();
    values.into_iter().for_each(|value| side.push(&value));
    side
}

fn statistics(reference: &Observed, current: &Observed) -> Vec<DriftStatistic> {
    compare(reference, current).into_iter().map(|(statistic, _)| statistic).collect()
}

fn verdicts(reference: &Observed, current: &Observed, limit: f64) -> Vec<DriftVerdict> {
    compare(reference, current).iter().map(|(_, distance)| distance.verdict(limit)).collect()
}

#[test]
fn numbers_have_both_statistics_whatever_their_width() {
    let narrow = observed((0..100_i16).map(|number| Value::Float32(f32::from(number))));
    let wide = observed((0..100).map(Value::Int));
    assert_eq!(statistics(&narrow, &wide), [DriftStatistic::Psi, DriftStatistic::Ks]);
    assert_eq!(verdicts(&narrow, &wide, 0.1), [DriftVerdict::Stable, DriftVerdict::Stable]);
}

#[test]
fn texts_and_booleans_have_an_index_only() {
    let texts = observed(["a", "b", ""].map(Value::string));
    let flags = observed([Value::Bool(true), Value::Bool(false)]);
    assert_eq!(statistics(&texts, &texts), [DriftStatistic::Psi]);
    assert_eq!(statistics(&flags, &flags), [DriftStatistic::Psi]);
}

#[test]
fn points_in_time_have_distances_and_no_verdict() {
    let before = observed((0..100).map(Value::UnixTimestamp));
    let after = observed((1000..1100).map(|seconds| Value::UnixNanos(seconds * 1_000_000_000 + 1)));
    let distances = compare(&before, &after);
    assert_eq!(distances[1].1.distance, Some(1.0));
    assert_eq!(verdicts(&before, &after, 0.1), [DriftVerdict::Unknown, DriftVerdict::Unknown]);
}

#[test]
fn nested_mixed_and_empty_columns_have_no_statistic() {
    let lists = observed([Value::List(Box::new([Value::Int(1)]))]);
    let mixed = observed([Value::Int(1), Value::string("a")]);
    let nulls = observed([Value::Null]);
    let numbers = observed([Value::Int(1)]);
    assert_eq!(mixed.kind(), Some(ColumnKind::Opaque));
    for (reference, current) in [(&lists, &lists), (&mixed, &mixed), (&nulls, &nulls), (&numbers, &mixed)] {
        assert_eq!(compare(reference, current), []);
    }
}

#[test]
fn a_side_of_nulls_leaves_the_distance_undefined() {
    let numbers = observed((0..50).map(Value::Int));
    let nulls = observed(vec![Value::Null; 50]);
    let undefined = DriftDistance { distance: None, noise_floor: None, evidence: None, reference_n: 50, current_n: 0 };
    assert_eq!(compare(&numbers, &nulls), [(DriftStatistic::Psi, undefined), (DriftStatistic::Ks, undefined)],);
    assert_eq!(undefined.verdict(0.2), DriftVerdict::Unknown);
}

#[test]
fn few_values_are_unknown_however_far_apart() {
    let low = observed((0..29).map(Value::Int));
    let high = observed((1000..1029).map(Value::Int));
    assert_eq!(verdicts(&low, &high, 0.1), [DriftVerdict::Unknown, DriftVerdict::Unknown]);
    let (low, high) = (observed((0..30).map(Value::Int)), observed((1000..1030).map(Value::Int)));
    assert_eq!(verdicts(&low, &high, 0.1), [DriftVerdict::Drifted, DriftVerdict::Drifted]);
}

#[test]
fn many_rare_keys_of_one_distribution_are_not_called_drifted() {
    // Every key once on one side or the other: the floored index is large although nothing is known to differ.
    let even = observed((0..100).map(|number| Value::string(&format!("key {}", number * 2))));
    let odd = observed((0..100).map(|number| Value::string(&format!("key {}", number * 2 + 1))));
    let distances = compare(&even, &odd);
    assert!(distances[0].1.distance > Some(0.2));
    assert_eq!(verdicts(&even, &odd, 0.2), [DriftVerdict::Unknown]);
}

#[test]
fn rows_that_hold_no_value_are_counted_by_what_they_hold() {
    let side = observed([
        Value::Null,
        Value::Float64(f64::NAN),
        Value::Float64(f64::INFINITY),
        Value::Float32(f32::NEG_INFINITY),
        Value::Float64(1.0),
    ]);
    let counts = side.counts();
    assert_eq!(
        (counts.rows, counts.nulls, counts.nans, counts.pos_inf, counts.neg_inf, counts.valid()),
        (5, 1, 1, 1, 1, 1)
    );
}
