//! Drift of the values served against the values that models were trained on.
//!
//! Both sides speak of the same sampled entities, so that a difference is a change of values and not of the sample: the
//! reference is each entity's newest version in the snapshot, the current side what the online store served.

use std::collections::BTreeMap;

use crate::model::check::{DriftStatistic, Limits};
use crate::model::measurement::DriftMeasurement;
use crate::model::sample::Sample;
use crate::stats::drift::{DriftLimits, Observed, checks, observed};

use super::difference::online_value;

/// The distances of one feature, by statistic.
pub(super) fn measure(
    sample: &Sample,
    feature: usize,
    limits: &[(DriftStatistic, Limits)],
) -> BTreeMap<DriftStatistic, DriftMeasurement> {
    let (mut reference, mut current) = (Observed::new(), Observed::new());
    for (key, readings) in sample.keys.iter().zip(&sample.readings) {
        if let Some(newest) = sample.history.versions(&key.key).newest() {
            reference.push(&newest.value(feature));
        }
        if let Some(value) = online_value(readings, feature) {
            current.push(value);
        }
    }
    let Some(pair) = observed(&reference, &current) else { return BTreeMap::new() };
    checks(&pair, &DriftLimits::new(limits.iter().filter_map(|(of, limits)| Some((*of, limits.least()?)))))
}
