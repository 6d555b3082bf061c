//! The cells of a sample, row by row.

use crate::model::history::{Version, Versions};
use crate::model::online::OnlineRow;
use crate::model::sample::{MOST_READINGS, Readings, Sample};
use crate::model::time::Timestamp;
use crate::model::verdict::{Settled, Verdict};
use crate::model::view::{Contains, FeatureView};

use super::settle::{Cell, CellVersion, Life, OfflineCell, Stillness};

/// The cells of one sampled key, settled.
#[derive(Clone, Debug, PartialEq)]
pub struct SettledRow {
    /// One verdict per feature, in the order of the view's features.
    pub cells: Vec<Settled>,
}

/// Settles every cell of the sample, in the order of its keys.
///
/// `now` is the instant at which the rows count as read; `None` takes each row's own read time.
#[must_use]
pub fn settled_rows(view: &FeatureView, sample: &Sample, now: Option<Timestamp>) -> Vec<SettledRow> {
    (0..sample.keys.len()).map(|row| settled_row(view, sample, (row, now))).collect()
}

/// Settles the cells of one row, given by its position in the sample.
#[must_use]
pub fn settled_row(view: &FeatureView, sample: &Sample, (row, now): (usize, Option<Timestamp>)) -> SettledRow {
    let (Some(key), Some(readings)) = (sample.keys.get(row), sample.readings.get(row)) else {
        return SettledRow { cells: Vec::new() };
    };
    let mut reading = readings.last.clone();
    reading.read_at = now.unwrap_or(reading.read_at);
    let history = &sample.history;
    let versions = history.versions(&key.key);
    let life = match view.source.contains {
        Contains::Changes => Life::Living,
        Contains::Full if versions.is_empty() || versions.in_newest_dump() => Life::Living,
        Contains::Full => Life::Deleted,
    };
    let mut cells = Vec::with_capacity(view.features.len());
    let mut held: Vec<CellVersion> = Vec::with_capacity(versions.len());
    for feature in 0..view.features.len() {
        held.clear();
        // What happened after the reading has no say: a request from a log is one of long ago.
        let known = versions.iter().filter(|version| version.event_timestamp() <= reading.read_at);
        held.extend(known.map(|version| as_written(version, &versions, reading.read_at)).map(|version| CellVersion {
            event_timestamp: version.event_timestamp(),
            created: version.created(),
            available: version.available(reading.read_at),
            value: version.value(feature),
        }));
        let cell = Cell {
            view,
            feature,
            fidelity: sample.fidelity,
            reading: &reading,
            stillness: stillness(readings, feature),
            offline: OfflineCell {
                versions: &held,
                watermark: history.watermark,
                horizon: history.horizon,
                precision: history.precision,
                life,
            },
        };
        cells.push(cell.settle());
    }
    SettledRow { cells }
}

/// The version as it stood at `read_at`: a correction that was written later says what had been there before, where
/// something had.
fn as_written<'a>(version: Version<'a>, versions: &Versions<'a>, read_at: Timestamp) -> Version<'a> {
    let is_written = |version: &Version<'_>| version.created().is_none_or(|created| created <= read_at);
    if is_written(&version) {
        return version;
    }
    let same_time = |other: &Version<'_>| other.event_timestamp() == version.event_timestamp();
    versions.iter().rfind(|other| same_time(other) && is_written(other)).unwrap_or(version)
}

fn stillness(readings: &Readings, feature: usize) -> Stillness {
    if readings.count >= MOST_READINGS && readings.changed(feature) { Stillness::Moving } else { Stillness::Still }
}

/// Positions of the rows worth reading again: a verdict against them may come from reading in the middle of a write, or
/// a key that was just being written when it was looked up.
#[must_use]
pub fn suspicious(sample: &Sample, rows: &[SettledRow]) -> Vec<usize> {
    let accused = |row: &SettledRow| {
        row.cells.iter().any(|cell| match cell.verdict {
            Verdict::Undecodable
            | Verdict::MissingOnline
            | Verdict::MissingOffline
            | Verdict::Phantom
            | Verdict::Skewed
            | Verdict::Stale => true,
            Verdict::Unread
            | Verdict::InFlight
            | Verdict::Absent
            | Verdict::Pending
            | Verdict::Expired
            | Verdict::Ahead
            | Verdict::Consistent => false,
        })
    };
    let again = |readings: &Readings, features: usize| match readings.count {
        0 | 1 => true,
        count => count < MOST_READINGS && readings.moved(features),
    };
    rows.iter()
        .zip(&sample.readings)
        .enumerate()
        .filter(|(_, (row, readings))| accused(row) && again(readings, row.cells.len()))
        .map(|(position, _)| position)
        .collect()
}

/// Whether a row was found online.
pub(super) fn is_online(readings: &Readings) -> bool {
    matches!(readings.last.row, Ok(OnlineRow::Found(_)))
}
