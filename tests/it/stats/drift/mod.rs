//! The rule of verdicts, case by case.

mod columns;
mod groups;
mod index;
mod oracle;
mod resampled;
mod settle;
mod shares;

use std::collections::BTreeMap;

use skewwatch::model::check::DriftStatistic;
use skewwatch::model::measurement::{DriftMeasurement, DriftReason, DriftVerdict};
use skewwatch::stats::categories::Categories;
use skewwatch::stats::drift::{ColumnKind, DriftLimits, PairDigest, categorical, checks, numeric, settle};
use skewwatch::stats::sample::Cleaned;

/// A column of keys `0`, `1`, … with these counts (reference, current).
fn keys(counts: &[(u64, u64)]) -> PairDigest {
    let side = |of: fn(&(u64, u64)) -> u64| {
        let counts = counts.iter().enumerate().map(|(key, bin)| (key.to_string().into(), of(bin)));
        Categories::of_counts(counts.collect::<BTreeMap<Box<str>, u64>>(), 0)
    };
    categorical(&side(|bin| bin.0), &side(|bin| bin.1))
}

fn cleaned(values: impl IntoIterator<Item = f64>) -> Cleaned {
    Cleaned::new(values.into_iter().map(Some))
}

/// `n` and `m` numbers at equal steps over 0 to 1, the current ones moved.
fn moved(n: u32, m: u32, by: f64) -> PairDigest {
    let side = |n: u32, by: f64| cleaned((0..n).map(move |at| (f64::from(at) + 0.5) / f64::from(n) + by));
    numeric(ColumnKind::Numeric, &side(n, 0.0), &side(m, by))
}

fn measured(pair: &PairDigest, statistic: DriftStatistic, limit: f64) -> DriftMeasurement {
    checks(pair, &DriftLimits::new([(statistic, limit)])).remove(&statistic).unwrap()
}

fn judged(pair: &PairDigest, statistic: DriftStatistic, limit: f64) -> DriftMeasurement {
    let mut found = measured(pair, statistic, limit);
    settle([&mut found]);
    found
}

fn verdicts(pair: &PairDigest) -> BTreeMap<DriftStatistic, (DriftVerdict, Option<DriftReason>)> {
    let mut found = checks(pair, &DriftLimits::default());
    settle(found.values_mut());
    found.into_iter().map(|(statistic, measured)| (statistic, (measured.verdict, measured.reason))).collect()
}

fn assert_close(found: Option<f64>, wanted: f64) {
    let value = found.unwrap();
    assert!((value - wanted).abs() <= 1e-9 * wanted.abs() + 1e-14, "{value} is not {wanted}");
}
