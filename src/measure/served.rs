//! What callers of the serving path get, held against what the online store holds.
//!
//! The store's own cells were held against training already; what differs here was made on the way from the store to the
//! caller.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::counts::Share;
use crate::model::history::Versions;
use crate::model::online::{Fidelity, OnlineCell, OnlineReading, OnlineRow, StoredRow, StoredTimestamp};
use crate::model::sample::Sample;
use crate::model::served::{Attributed, ServedCell, ServedCounts, ServedMeasurement, ServedRow, ServedVerdict};
use crate::model::time::{Precision, Timestamp};
use crate::model::verdict::{ExpiredOutcome, Settled, Verdict};
use crate::model::view::FeatureView;

use super::equal::Comparison;
use super::rows::SettledRow;
use super::settle::is_past_ttl;

/// One key that was asked for through the serving path.
#[derive(Clone, Debug)]
pub struct Asked {
    /// Its position in the sample.
    pub row: usize,
    /// What the store held, read last before or after the serving path was asked.
    pub online: OnlineReading,
    /// Whether the store held the same before and after.
    pub is_still: bool,
    /// What was served; `None` where there was no answer.
    pub served: Option<ServedRow>,
}

impl Asked {
    /// Whether the serving path would be accused of any cell: worth reading again, because it may be a write in progress.
    #[must_use]
    pub fn is_suspicious(&self, view: &FeatureView, sample: &Sample, max_age: Duration) -> bool {
        let verdict = |feature| self.verdict(view, sample, (feature, max_age));
        (0..view.features.len()).filter_map(verdict).any(ServedVerdict::accuses)
    }

    /// `None` where the store itself did not answer.
    fn verdict(
        &self,
        view: &FeatureView,
        sample: &Sample,
        (feature, max_age): (usize, Duration),
    ) -> Option<ServedVerdict> {
        let row = match self.online.row.as_ref().ok()? {
            OnlineRow::Absent => None,
            OnlineRow::Found(row) => Some(row),
        };
        let Some(served) = &self.served else { return Some(ServedVerdict::Unanswered) };
        if !self.is_still {
            return Some(ServedVerdict::InFlight);
        }
        let kind = view.features.get(feature)?.kind;
        // What JSON cannot tell apart, the server cannot either.
        let comparison = Comparison { kind, tolerance: view.tolerance, fidelity: Fidelity::NanAndEmptyAreNull };
        let held = match row.and_then(|row| row.cells.get(feature)) {
            // Neither side can make anything of these bytes.
            Some(OnlineCell::Undecodable(_)) => return None,
            Some(OnlineCell::Value(value)) => Some(value).filter(|value| !comparison.is_null(value)),
            Some(OnlineCell::Absent) | None => None,
        };
        let key = &sample.keys.get(self.row)?.key;
        let is_expired = row.and_then(stamp).is_some_and(|stamp| is_past_ttl(view.ttl, stamp, self.online.read_at));
        let versions = sample.history.versions(key);
        let changed_at = changed_at(&versions, row, self.online.read_at);
        let is_recent =
            changed_at.is_some_and(|since| self.online.read_at.since(since).is_none_or(|age| age < max_age));
        Some(match (served.cells.get(feature)?, held) {
            (ServedCell::Failed, _) => ServedVerdict::Unanswered,
            (ServedCell::Undecodable, _) => ServedVerdict::Different,
            (ServedCell::Nothing | ServedCell::Expired, None) => ServedVerdict::Same,
            (ServedCell::Nothing | ServedCell::Expired, Some(_)) if is_expired => ServedVerdict::Same,
            (ServedCell::Nothing | ServedCell::Expired, Some(_)) if is_recent => ServedVerdict::Recent,
            (ServedCell::Nothing | ServedCell::Expired, Some(_)) => ServedVerdict::Missing,
            (ServedCell::Value(value), None) if comparison.is_null(value) => ServedVerdict::Same,
            (ServedCell::Value(_), None) if row.is_some() && is_recent => ServedVerdict::Recent,
            (ServedCell::Value(_), None) => ServedVerdict::Unfounded,
            (ServedCell::Value(value), Some(held)) if comparison.layer(value, held).is_some() => ServedVerdict::Same,
            (ServedCell::Value(value), Some(_)) => {
                let is_older = stamps_are_older(served, row)
                    || versions.iter().any(|version| comparison.layer(value, &version.value(feature)).is_some());
                match (is_older, is_recent) {
                    (true, true) => ServedVerdict::Recent,
                    (true, false) => ServedVerdict::Outdated,
                    (false, _) => ServedVerdict::Different,
                }
            }
        })
    }
}

fn stamp(row: &StoredRow) -> Option<(Timestamp, Precision)> {
    match &row.event_timestamp {
        StoredTimestamp::At(stamp, precision) => Some((*stamp, *precision)),
        StoredTimestamp::NotKept | StoredTimestamp::Missing | StoredTimestamp::Undecodable(_) => None,
    }
}

fn stamps_are_older(served: &ServedRow, row: Option<&StoredRow>) -> bool {
    match (served.event_timestamp, row.and_then(stamp)) {
        (Some(served), Some((held, precision))) => served.floor(precision) < held,
        (Some(_) | None, _) => false,
    }
}

/// From when on the store can have held its row: when the version became available, or the row's own event timestamp; for
/// rows without one, when the newest version became available.
fn changed_at(versions: &Versions<'_>, row: Option<&StoredRow>, read_at: Timestamp) -> Option<Timestamp> {
    let Some((stamp, precision)) = row.and_then(stamp) else {
        return versions.newest().map(|version| version.available(read_at));
    };
    let version = versions.iter().find(|version| version.event_timestamp().floor(precision) == stamp);
    Some(version.map_or(stamp, |version| version.available(read_at)).max(stamp))
}

/// Adds up what was served; `rows` are the settled cells of the sample. A value may be as old as `max_age`.
#[must_use]
pub fn measure_served(
    view: &FeatureView,
    (sample, rows): (&Sample, &[SettledRow]),
    asked: &[Asked],
    (address, max_age): (&str, Duration),
) -> ServedMeasurement {
    let mut features: BTreeMap<String, ServedCounts> = BTreeMap::new();
    let mut attributed = Attributed::default();
    for (position, feature) in view.features.iter().enumerate() {
        let counts = features.entry(feature.name.clone()).or_default();
        for asked in asked {
            let Some(verdict) = asked.verdict(view, sample, (position, max_age)) else { continue };
            counts.add(verdict);
            let settled = rows.get(asked.row).and_then(|row| row.cells.get(position));
            match (verdict.accuses(), settled.map(agreement)) {
                (true, agreement) => {
                    attributed.serving += 1;
                    attributed.serving_while_store_agrees += u64::from(agreement == Some(Agreement::Equal));
                }
                (false, Some(Agreement::Skewed)) if verdict == ServedVerdict::Same => attributed.store += 1,
                (false, _) => {}
            }
        }
    }
    // A server that never answered is a failure of the round, and no share of anything.
    let answered = asked.iter().any(|asked| asked.served.is_some());
    let counts = || features.values().filter(|_| answered);
    let wrong = counts().map(ServedCounts::accused).sum();
    let judged = counts().map(|counts| counts.total() - counts.in_flight).sum();
    ServedMeasurement {
        address: address.to_owned(),
        keys: asked.len() as u64,
        wrong: Share::of(wrong, judged),
        attributed: if answered { attributed } else { Attributed::default() },
        features,
    }
}

/// How the store's cell compares with training.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Agreement {
    Equal,
    Skewed,
    Unknown,
}

fn agreement(cell: &Settled) -> Agreement {
    match (cell.verdict, cell.expired) {
        (Verdict::Consistent, _) | (Verdict::Expired, Some(ExpiredOutcome::Consistent)) => Agreement::Equal,
        (Verdict::Skewed, _) | (Verdict::Expired, Some(ExpiredOutcome::Skewed)) => Agreement::Skewed,
        (
            Verdict::Unread
            | Verdict::Undecodable
            | Verdict::InFlight
            | Verdict::Absent
            | Verdict::Pending
            | Verdict::MissingOnline
            | Verdict::Expired
            | Verdict::Ahead
            | Verdict::MissingOffline
            | Verdict::Phantom
            | Verdict::Stale,
            _,
        ) => Agreement::Unknown,
    }
}
