//! What is measured of which column.

use skewwatch::model::check::DriftStatistic::{self, Ks, Missing, OutOfRange, Psi, Unseen};
use skewwatch::model::measurement::DriftReason;
use skewwatch::model::value::Value;
use skewwatch::stats::drift::{ColumnKind, DriftLimits, Observed, checks, numeric, observed};

use super::{cleaned, keys, measured, moved};

fn pushed(values: impl IntoIterator<Item = Value>) -> Observed {
    let mut side = Observed::new();
    values.into_iter().for_each(|value| side.push(&value));
    side
}

fn statistics(reference: &Observed, current: &Observed) -> Vec<DriftStatistic> {
    let pair = observed(reference, current).unwrap();
    checks(&pair, &DriftLimits::default()).into_keys().collect()
}

#[test]
fn numbers_have_index_gap_rate_and_range_whatever_their_width() {
    let narrow = pushed((0..100_i16).map(|number| Value::Float32(f32::from(number))));
    let wide = pushed((0..100).map(Value::Int));
    assert_eq!(statistics(&narrow, &wide), [Psi, Ks, Missing, OutOfRange]);
}

#[test]
fn texts_and_booleans_have_index_rate_and_unseen_share() {
    let texts = pushed(["a", "b", ""].map(Value::string));
    let flags = pushed([Value::Bool(true), Value::Bool(false)]);
    assert_eq!(statistics(&texts, &texts), [Psi, Missing, Unseen]);
    assert_eq!(statistics(&flags, &flags), [Psi, Missing, Unseen]);
}

#[test]
fn ages_are_judged_as_numbers_are() {
    let side = || cleaned((0..500).map(f64::from));
    let of = |kind| checks(&numeric(kind, &side(), &side()), &DriftLimits::default());
    assert_eq!(of(ColumnKind::Age), of(ColumnKind::Numeric));
}

#[test]
fn points_in_time_have_no_test_of_their_distribution() {
    let before = pushed((0..100).map(Value::UnixTimestamp));
    let after = pushed((1000..1100).map(|seconds| Value::UnixNanos(seconds * 1_000_000_000)));
    assert_eq!(statistics(&before, &after), [Psi, Ks, Missing]);
    let gap = measured(&observed(&before, &after).unwrap(), Ks, 0.1);
    assert_eq!((gap.distance, gap.p_value, gap.reason), (Some(1.0), None, Some(DriftReason::NoSnapshotTime)));
}

#[test]
fn nested_mixed_and_empty_columns_have_no_statistic() {
    let lists = pushed([Value::List(Box::new([Value::Int(1)]))]);
    let mixed = pushed([Value::Int(1), Value::string("a")]);
    let nulls = pushed([Value::Null]);
    let numbers = pushed([Value::Int(1)]);
    assert_eq!(mixed.kind(), Some(ColumnKind::Opaque));
    for (reference, current) in [(&lists, &lists), (&mixed, &mixed), (&nulls, &nulls), (&numbers, &mixed)] {
        assert_eq!(observed(reference, current), None);
    }
}

#[test]
fn rows_that_hold_no_value_are_counted_by_what_they_hold() {
    let side = pushed([
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

#[test]
fn without_a_limit_everything_is_measured_and_nothing_judged() {
    for pair in [moved(400, 500, 0.05), keys(&[(300, 200), (100, 150), (0, 20)])] {
        for found in checks(&pair, &DriftLimits::new([])).into_values() {
            assert!(found.distance.is_some() && found.effect.is_some() && found.p_equal.is_some(), "{found:?}");
            assert_eq!((found.threshold, found.p_value, found.needed_current_n), (None, None, None));
        }
    }
}

#[test]
fn no_difference_is_tested_by_the_gap_or_by_the_table_of_few_values() {
    let continuous = moved(400, 500, 0.05);
    let gap = continuous.distances.as_ref().unwrap().gaps.unwrap().ks.p_kolmogorov();
    for statistic in [Psi, Ks] {
        let found = measured(&continuous, statistic, 0.1).p_equal.unwrap();
        assert!((found - gap).abs() <= 1e-12, "{found} is not {gap}");
    }
    // χ² of 200:300 against 250:250 is 10.1010…, with one degree of freedom.
    let few = numeric(
        ColumnKind::Numeric,
        &cleaned((0..500).map(|row| f64::from(u8::from(row < 200)))),
        &cleaned((0..500).map(|row| f64::from(u8::from(row < 250)))),
    );
    for statistic in [Psi, Ks] {
        let found = measured(&few, statistic, 0.1).p_equal.unwrap();
        assert!((found - 0.001_481_880_774_720_388_4).abs() < 1e-14, "{found}");
    }
}
