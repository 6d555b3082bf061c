//! The size of the difference between paired numbers.

use crate::model::measurement::DifferenceMeasurement;
use crate::model::online::{OnlineCell, OnlineRow};
use crate::model::sample::Readings;
use crate::model::value::Value;
use crate::model::verdict::{ExpiredOutcome, Settled, Verdict};
use crate::model::view::{ExpiredRules, Inclusion};
use crate::stats::quantile;
use crate::stats::smape::Smape;

/// Collects the paired numbers of one feature.
#[derive(Clone, Debug, Default)]
pub(super) struct Differences {
    smape: Smape,
    absolute: Vec<f64>,
    relative: Vec<f64>,
}

impl Differences {
    /// Takes in a comparable cell with the two values that were held against each other, if both are numbers.
    pub(super) fn add(&mut self, cell: &Settled, online: &Value, offline: &Value) {
        let (Some(online), Some(offline)) = (number(online), number(offline)) else { return };
        self.smape.observe(offline, online);
        let skewed = cell.verdict == Verdict::Skewed || cell.expired == Some(ExpiredOutcome::Skewed);
        if skewed && online.is_finite() && offline.is_finite() {
            let difference = (online - offline).abs();
            self.absolute.push(difference);
            if offline != 0.0 {
                self.relative.push(difference / offline.abs());
            }
        }
    }

    /// The figures, and SMAPE.
    pub(super) fn figures(mut self) -> (DifferenceMeasurement, Option<f64>) {
        self.absolute.sort_unstable_by(f64::total_cmp);
        self.relative.sort_unstable_by(f64::total_cmp);
        let measured = DifferenceMeasurement {
            abs_p50: quantile::of_sorted(&self.absolute, 0.5),
            abs_p99: quantile::of_sorted(&self.absolute, 0.99),
            rel_p50: quantile::of_sorted(&self.relative, 0.5),
            rel_p99: quantile::of_sorted(&self.relative, 0.99),
        };
        (measured, self.smape.value())
    }
}

/// A numeric value; booleans and points in time are not measured in percent.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(_) | Value::UInt(_) | Value::Float32(_) | Value::Float64(_) => value.as_number(),
        Value::Null
        | Value::Bool(_)
        | Value::String(_)
        | Value::Bytes(_)
        | Value::UnixTimestamp(_)
        | Value::UnixNanos(_)
        | Value::List(_)
        | Value::Map(_) => None,
    }
}

/// Whether the cell's values were compared and count under the view's rules.
pub(super) fn is_comparable(cell: &Settled, rules: ExpiredRules) -> bool {
    match cell.verdict {
        Verdict::Consistent | Verdict::Stale | Verdict::Skewed => true,
        Verdict::Expired => {
            rules.in_skew == Inclusion::Included
                && matches!(
                    cell.expired,
                    Some(ExpiredOutcome::Consistent | ExpiredOutcome::Stale | ExpiredOutcome::Skewed)
                )
        }
        Verdict::Unread
        | Verdict::Undecodable
        | Verdict::InFlight
        | Verdict::Absent
        | Verdict::Pending
        | Verdict::MissingOnline
        | Verdict::Ahead
        | Verdict::MissingOffline
        | Verdict::Phantom => false,
    }
}

/// The online value of a feature, where one was read.
pub(super) fn online_value(readings: &Readings, feature: usize) -> Option<&Value> {
    let Ok(OnlineRow::Found(row)) = &readings.last.row else { return None };
    match row.cells.get(feature)? {
        OnlineCell::Value(value) => Some(value),
        OnlineCell::Absent | OnlineCell::Undecodable(_) => None,
    }
}
