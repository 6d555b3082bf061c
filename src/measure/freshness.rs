//! How old the rows read are.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::model::entity::EntityKey;
use crate::model::lag::LagHistogram;
use crate::model::measurement::FreshnessMeasurement;
use crate::model::online::{OnlineRow, StoredTimestamp};
use crate::model::sample::{Readings, Sample};
use crate::model::time::{Precision, Timestamp};
use crate::model::view::{FeatureView, FreshnessBasis};

use super::settle::is_past_ttl;

/// Milliseconds in a hundred years: no lag is longer, and the histogram's memory follows from it.
const LONGEST_LAG_MILLIS: u64 = 100 * 366 * 24 * 3600 * 1000;
/// Significant digits of the percentiles.
const DIGITS: u8 = 3;

/// Measures the lag of every row read (read time − event timestamp), and how many rows count against `objective`.
pub(super) fn measure(
    view: &FeatureView,
    sample: &Sample,
    now: Option<Timestamp>,
    objective: Option<Duration>,
) -> FreshnessMeasurement {
    let mut lags = Lags::new(&[objective, view.ttl].into_iter().flatten().collect::<Vec<_>>());
    let mut behind = 0;
    let mut newest: Option<(Timestamp, Timestamp)> = None;
    for (key, readings) in sample.keys.iter().zip(&sample.readings) {
        let read_at = now.unwrap_or(readings.last.read_at);
        let Some((stamp, precision)) = stamp(readings) else { continue };
        let Some(lag) = read_at.since(stamp) else {
            lags.future += 1;
            continue;
        };
        lags.record(lag);
        lags.past_ttl += u64::from(is_past_ttl(view.ttl, (stamp, precision), read_at));
        newest = newest.max(Some((stamp, read_at)));
        let age = match view.freshness_basis {
            FreshnessBasis::Row => lag,
            FreshnessBasis::Version => outdated_for(sample, &key.key, (stamp, precision), read_at),
            FreshnessBasis::View => Duration::ZERO,
        };
        behind += u64::from(objective.is_some_and(|objective| age > objective));
    }
    let view_lag = newest.and_then(|(stamp, read_at)| read_at.since(stamp));
    let beyond_objective = objective.map(|objective| match view.freshness_basis {
        FreshnessBasis::Row | FreshnessBasis::Version => behind,
        FreshnessBasis::View => u64::from(view_lag.is_some_and(|lag| lag > objective)),
    });
    FreshnessMeasurement {
        basis: view.freshness_basis,
        n: lags.n,
        min_seconds: view_lag.map(|lag| lag.as_secs_f64()),
        p50_seconds: lags.percentile(50.0),
        p95_seconds: lags.percentile(95.0),
        p99_seconds: lags.percentile(99.0),
        max_seconds: (lags.n > 0).then_some(lags.longest.as_secs_f64()),
        beyond_objective,
        past_ttl: view.ttl.map(|_| lags.past_ttl),
        from_the_future: lags.future,
        newest_event_timestamp: newest.map(|(stamp, _)| stamp),
        objective_seconds: objective.map(|objective| objective.as_secs_f64()),
        lags: lags.distribution,
    }
}

/// How long a version newer than the row has been available; zero if there is none.
pub(super) fn outdated_for(
    sample: &Sample,
    key: &EntityKey,
    (stamp, precision): (Timestamp, Precision),
    read_at: Timestamp,
) -> Duration {
    let unit = sample.history.precision.coarser(precision);
    sample
        .history
        .versions(key)
        .iter()
        .filter(|version| version.event_timestamp().floor(unit) > stamp.floor(unit))
        .filter_map(|version| read_at.since(version.available(read_at)))
        .max()
        .unwrap_or_default()
}

/// The row's event timestamp with its precision, where one was read.
pub(super) fn stamp(readings: &Readings) -> Option<(Timestamp, Precision)> {
    match &readings.last.row {
        Ok(OnlineRow::Found(row)) => match row.event_timestamp {
            StoredTimestamp::At(instant, precision) => Some((instant, precision)),
            StoredTimestamp::NotKept | StoredTimestamp::Missing | StoredTimestamp::Undecodable(_) => None,
        },
        Ok(OnlineRow::Absent) | Err(_) => None,
    }
}

struct Lags {
    /// `None` only if the histogram's own bounds were refused; percentiles are then left out.
    histogram: Option<Histogram<u64>>,
    distribution: LagHistogram,
    n: u64,
    longest: Duration,
    past_ttl: u64,
    future: u64,
}

impl Lags {
    fn new(limits: &[Duration]) -> Self {
        Self {
            histogram: Histogram::new_with_bounds(1, LONGEST_LAG_MILLIS, DIGITS).ok(),
            distribution: LagHistogram::new(limits),
            n: 0,
            longest: Duration::ZERO,
            past_ttl: 0,
            future: 0,
        }
    }

    fn record(&mut self, lag: Duration) {
        self.n += 1;
        self.longest = self.longest.max(lag);
        self.distribution.record(lag);
        if let Some(histogram) = &mut self.histogram {
            histogram.saturating_record(u64::try_from(lag.as_millis()).unwrap_or(LONGEST_LAG_MILLIS));
        }
    }

    fn percentile(&self, percentile: f64) -> Option<f64> {
        let histogram = self.histogram.as_ref().filter(|histogram| !histogram.is_empty())?;
        let millis = Duration::from_millis(histogram.value_at_percentile(percentile));
        Some(millis.min(self.longest).as_secs_f64())
    }
}
