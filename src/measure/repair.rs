//! From a settled sample to the rows that have to be written again.
//!
//! These are the rows with a cell that is missing online, stale or skewed, and those whose served row is past its
//! time-to-live while the newest version is not. A row of which the snapshots hold no version cannot be written again and is
//! left out.

use crate::model::history::Versions;
use crate::model::repair::{RepairList, RepairRow, Wrong};
use crate::model::sample::Sample;
use crate::model::time::Timestamp;
use crate::model::verdict::{ExpiredOutcome, Settled, Verdict};
use crate::model::view::FeatureView;

use super::freshness::stamp;
use super::rows::SettledRow;
use super::settle::is_past_ttl;

/// The rows of a settled sample that have to be written again; `rows` are its cells, in the order of its keys. `now` is the
/// instant at which the rows count as read; `None` takes each row's own read time.
#[must_use]
pub fn repairs(view: &FeatureView, sample: &Sample, rows: &[SettledRow], now: Option<Timestamp>) -> RepairList {
    let all = sample.keys.iter().zip(&sample.readings).zip(rows);
    let rows = all.filter_map(|((sampled, readings), settled)| {
        let versions = sample.history.versions(&sampled.key);
        let newest = versions.newest()?.event_timestamp();
        let read_at = now.unwrap_or(readings.last.read_at);
        let lives = !is_past_ttl(view.ttl, (newest, sample.history.precision), read_at);
        let mut row = RepairRow {
            key: sampled.key.clone(),
            wrong: Vec::new(),
            features: Vec::new(),
            online_event_timestamp: stamp(readings).map(|(instant, _)| instant),
            first_event_timestamp: newest,
            event_timestamp: newest,
        };
        for (feature, cell) in view.features.iter().zip(&settled.cells) {
            let Some(wrong) = wrong(cell, lives) else { continue };
            row.wrong.push(wrong);
            row.features.push(feature.name.clone());
            row.first_event_timestamp = row.first_event_timestamp.min(first(wrong, cell, &versions).unwrap_or(newest));
        }
        row.wrong.sort_unstable();
        row.wrong.dedup();
        (!row.wrong.is_empty()).then_some(row)
    });
    RepairList { feature_view: view.name.clone(), join_keys: view.join_keys.clone(), rows: rows.collect() }
}

/// What is wrong with a cell; `lives` where the newest version is within the time-to-live.
fn wrong(cell: &Settled, lives: bool) -> Option<Wrong> {
    match (cell.verdict, cell.expired) {
        (Verdict::MissingOnline, _) => Some(Wrong::Missing),
        (Verdict::Stale, _) => Some(Wrong::Stale),
        (Verdict::Skewed, _) => Some(Wrong::Skewed),
        (Verdict::Expired, Some(ExpiredOutcome::Stale)) => lives.then_some(Wrong::Stale),
        (Verdict::Expired, Some(ExpiredOutcome::Skewed)) => lives.then_some(Wrong::Skewed),
        (
            Verdict::Expired
            | Verdict::Unread
            | Verdict::Undecodable
            | Verdict::InFlight
            | Verdict::Absent
            | Verdict::Pending
            | Verdict::Ahead
            | Verdict::MissingOffline
            | Verdict::Phantom
            | Verdict::Consistent,
            _,
        ) => None,
    }
}

/// The event timestamp of the first version that is not served.
fn first(wrong: Wrong, cell: &Settled, versions: &Versions<'_>) -> Option<Timestamp> {
    let place = match wrong {
        Wrong::Missing => versions.len().checked_sub(1)?,
        // Before the first version that is held lies the one that is served.
        Wrong::Stale => cell.version.map_or(0, |served| served + 1),
        Wrong::Skewed => cell.version?,
    };
    versions.version(place).map(|version| version.event_timestamp())
}
