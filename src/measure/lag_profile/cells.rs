//! The cells of a lag profile: when each served value was the offline one.

use std::time::Duration;

use crate::measure::difference::online_value;
use crate::measure::equal::Comparison;
use crate::model::entity::EntityKey;
use crate::model::history::History;
use crate::model::lag_profile::LagOrigin;
use crate::model::online::{OnlineRow, StoredTimestamp};
use crate::model::sample::{Readings, Sample};
use crate::model::time::Timestamp;
use crate::model::value::Value;
use crate::model::view::FeatureView;

use super::sweep::Stretch;

/// Most changes of a cell that are looked at, newest first.
const MOST_CHANGES: usize = 32;

/// One cell: lags, in nanoseconds, at which its value is known and at which it is the one served.
#[derive(Clone, Debug)]
pub(super) struct LagCell {
    /// The smallest lag of which the snapshot knows the value; may be negative.
    pub(super) from: i64,
    /// The largest lag of which the history holds the value, and which is looked at.
    pub(super) to: i64,
    /// Lags of the changes of value, ascending.
    pub(super) changes: Vec<i64>,
    /// Where the offline value is the one served, ascending.
    pub(super) matches: Vec<Stretch>,
}

/// What lags of a view are counted from: its writes, where all of them give rows the same time to live.
pub(super) const fn origin(view: &FeatureView) -> LagOrigin {
    match view.write_ttl {
        Some(_) => LagOrigin::Write,
        None => LagOrigin::Read,
    }
}

/// The cells of the feature at `feature` whose rows carry no event timestamp.
pub(super) fn cells(view: &FeatureView, sample: &Sample, (feature, now): (usize, Option<Timestamp>)) -> Vec<LagCell> {
    let Some(declared) = view.features.get(feature) else { return Vec::new() };
    let comparison = Comparison { kind: declared.kind, tolerance: view.tolerance, fidelity: sample.fidelity };
    let rows = sample.keys.iter().zip(&sample.readings);
    rows.filter_map(|(key, readings)| {
        let counted_from = counted_from(readings, view.write_ttl, now)?;
        let online = online_value(readings, feature)?;
        let versions = values(&sample.history, &key.key, feature);
        cell(&versions, (sample.history.watermark?, counted_from), (online, &comparison))
    })
    .collect()
}

/// The instant that lags of a row are counted from; `None` for a row with an event timestamp, and for one that was not
/// written as rows of the view are.
fn counted_from(readings: &Readings, write_ttl: Option<Duration>, now: Option<Timestamp>) -> Option<Timestamp> {
    let Ok(OnlineRow::Found(row)) = &readings.last.row else { return None };
    if row.event_timestamp != StoredTimestamp::NotKept {
        return None;
    }
    let Some(whole) = write_ttl else { return Some(now.unwrap_or(readings.last.read_at)) };
    let spent = whole.checked_sub(row.remaining_ttl?)?;
    Some(readings.last.read_at.minus(spent))
}

/// The values of an entity with the instants from which they were in force, oldest first: of several writings of one
/// version the last.
fn values(history: &History, key: &EntityKey, feature: usize) -> Vec<(Timestamp, Value)> {
    let mut values: Vec<(Timestamp, Value)> = Vec::new();
    for version in history.versions(key).iter() {
        let entry = (version.event_timestamp(), version.value(feature));
        match values.last_mut() {
            Some(last) if last.0 == entry.0 => *last = entry,
            Some(_) | None => values.push(entry),
        }
    }
    values
}

/// The cell of a served value; `None` where no version is known up to the watermark.
fn cell(
    versions: &[(Timestamp, Value)],
    (watermark, counted_from): (Timestamp, Timestamp),
    (online, comparison): (&Value, &Comparison),
) -> Option<LagCell> {
    let lag = |instant: Timestamp| counted_from.nanos().saturating_sub(instant.nanos());
    let known = versions.partition_point(|(since, _)| *since <= watermark);
    let versions = versions.get(..known)?;
    let from = lag(watermark);
    let mut to = lag(versions.first()?.0);
    let (mut changes, mut matches): (Vec<i64>, Vec<Stretch>) = (Vec::new(), Vec::new());
    // From the newest version back; `nearest` is the smallest lag at which the version is in force.
    let mut nearest = from;
    let mut later: Option<&Value> = None;
    for (since, value) in versions.iter().rev() {
        if later.is_some_and(|later| comparison.layer(later, value).is_none()) {
            if changes.len() == MOST_CHANGES {
                to = nearest.saturating_sub(1);
                break;
            }
            changes.push(nearest);
        }
        let farthest = lag(*since);
        if comparison.layer(online, value).is_some() {
            match matches.last_mut() {
                Some(last) if last.to.saturating_add(1) == nearest => last.to = farthest,
                Some(_) | None => matches.push(Stretch { from: nearest, to: farthest }),
            }
        }
        later = Some(value);
        nearest = farthest.saturating_add(1);
    }
    Some(LagCell { from, to, changes, matches })
}
