//! Drift of the values served against the values that models were trained on.
//!
//! Without a reference of its own, a view is held against the newest offline values of the same sampled entities, so that
//! a difference is a change of values and not of the sample. Intervals take the two sides to be independent, which they
//! are not: served values that are copies lie closer together than chance has it, so that this errs on the quiet side.
//!
//! A point in time is compared by its age at the event timestamp of its row, because it moves on by itself.

use std::collections::BTreeMap;

use crate::model::check::{DriftStatistic, Limits};
use crate::model::drift::DriftChecks;
use crate::model::measurement::{DriftMeasurement, DriftReason};
use crate::model::sample::Sample;
use crate::model::time::Timestamp;
use crate::model::value::Value;
use crate::stats::drift::{ColumnKind, DriftLimits, Observed, checks, numeric, observed};
use crate::stats::sample::Cleaned;

use super::difference::online_value;
use super::freshness::stamp;

/// What served values are held against.
#[derive(Clone, Copy, Debug)]
pub enum Reference {
    /// The newest offline values of the same entities.
    NewestVersions,
    /// A reference that is named and could not be read.
    Unreadable,
}

/// The limits that a feature's rules give to the statistics.
#[must_use]
pub fn drift_limits(limits: &[(DriftStatistic, Limits)]) -> DriftLimits {
    DriftLimits::new(limits.iter().filter_map(|(of, limits)| Some((*of, limits.least()?))))
}

/// The checks of one feature, not yet settled.
pub(super) fn measure(
    sample: &Sample,
    feature: usize,
    (limits, reference): (&[(DriftStatistic, Limits)], Reference),
) -> DriftChecks {
    let limits = drift_limits(limits);
    match reference {
        Reference::NewestVersions => against_newest_versions(sample, feature, &limits),
        Reference::Unreadable => unmeasured(DriftReason::NoReference, &limits),
    }
}

/// One entry that says why there are no figures.
fn unmeasured(reason: DriftReason, limits: &DriftLimits) -> DriftChecks {
    let named = DriftStatistic::ALL.into_iter().find_map(|statistic| Some((statistic, limits.of(statistic)?)));
    let told = named.map(|(statistic, limit)| (statistic, DriftMeasurement::unmeasured(reason, Some(limit))));
    told.into_iter().collect()
}

fn against_newest_versions(sample: &Sample, feature: usize, limits: &DriftLimits) -> DriftChecks {
    let (mut reference, mut current) = (Side::default(), Side::default());
    for (key, readings) in sample.keys.iter().zip(&sample.readings) {
        if let Some(newest) = sample.history.versions(&key.key).newest() {
            reference.push(&newest.value(feature), Some(newest.event_timestamp()));
        }
        if let Some(value) = online_value(readings, feature) {
            current.push(value, stamp(readings).map(|(instant, _)| instant));
        }
    }
    match (reference.values.kind(), current.values.kind()) {
        (Some(ours), Some(theirs)) if ours != theirs => unmeasured(DriftReason::DifferentKinds, limits),
        (ours, theirs) if ours.or(theirs) == Some(ColumnKind::Timestamp) => match (reference.ages, current.ages) {
            (Some(ours), Some(theirs)) => {
                checks(&numeric(ColumnKind::Age, &Cleaned::new(ours), &Cleaned::new(theirs)), limits)
            }
            (Some(_) | None, _) => unmeasured(DriftReason::NoSnapshotTime, limits),
        },
        (_, _) => observed(&reference.values, &current.values).map_or_else(BTreeMap::new, |pair| checks(&pair, limits)),
    }
}

/// The values of one side; points in time also as ages.
struct Side {
    values: Observed,
    /// Seconds from the value to the event timestamp of its row; `None` once a row had no event timestamp.
    ages: Option<Vec<Option<f64>>>,
}

impl Default for Side {
    fn default() -> Self {
        Self { values: Observed::new(), ages: Some(Vec::new()) }
    }
}

impl Side {
    fn push(&mut self, value: &Value, event_timestamp: Option<Timestamp>) {
        self.values.push(value);
        self.ages = self.ages.take().and_then(|mut ages| {
            match (value, event_timestamp) {
                (Value::Null, _) => ages.push(None),
                (value, Some(instant)) => ages.push(value.as_number().map(|number| instant.seconds() - number)),
                (_, None) => return None,
            }
            Some(ages)
        });
    }
}
