//! Rows captured at a cut, held against the snapshot of that cut.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::captured::{Capture, CaptureLayout, CapturedFeature, CapturedMeasurement, CapturedRow};
use crate::model::counts::Share;
use crate::model::history::History;
use crate::model::lag_profile::LagProfile;
use crate::model::online::{Fidelity, OnlineCell, OnlineReading, OnlineRow, StoredRow, StoredTimestamp};
use crate::model::sample::{Origins, Readings, Sample, SampledKey};
use crate::model::time::Timestamp;
use crate::model::view::{Contains, FeatureView};

use super::lag_profile;
use super::rows::settled_rows;
use super::view::{differences, tally};

/// Settles every captured cell by the ordinary rules as of the cut, and adds up the verdicts. `history` holds the
/// versions of the captured keys in a snapshot that is complete up to the cut at least; what it knows of later times is
/// left out. `None` where the view has other join keys now, or shares no feature with the capture.
///
/// A row whose event timestamp lies after the cut had been replaced before it was read: it is counted and not judged.
/// Whether an entity was deleted meanwhile is not asked.
#[must_use]
pub fn measure_captured(
    view: &FeatureView,
    capture: &Capture,
    (history, fidelity): (History, Fidelity),
    settled_at: Timestamp,
) -> Option<CapturedMeasurement> {
    let positions = positions(view, &capture.layout)?;
    let view = as_captured(view);
    let mut sample = Sample { keys: Vec::new(), readings: Vec::new(), history, fidelity };
    let mut superseded = 0;
    for captured in &capture.rows {
        if stamp(captured).is_some_and(|stamp| stamp > capture.cut) {
            superseded += 1;
            continue;
        }
        let reading = OnlineReading { read_at: captured.read_at, row: Ok(chosen(&captured.row, &positions)) };
        let origins = Origins { offline: true, ..Origins::default() };
        sample.keys.push(SampledKey { key: captured.key.clone(), origins });
        sample.readings.push(Readings::first(reading));
    }
    // What came after the cut tells whether it was served before.
    let profiles: Vec<_> =
        (0..view.features.len()).map(|feature| lag_profile::measure(&view, &sample, (feature, None))).collect();
    sample.history = sample.history.until(capture.cut);
    let rows = settled_rows(&view, &sample, Some(capture.cut));
    let (mut comparable, mut expected) = (0, 0);
    let mut features = BTreeMap::new();
    for ((position, feature), profile) in view.features.iter().enumerate().zip(profiles) {
        if positions.get(position).is_none_or(Option::is_none) {
            continue;
        }
        let tally = tally(&view, &sample, (&rows, position));
        comparable += tally.comparable();
        expected += tally.expected();
        let figures = tally.figures(view.expired, differences(&view, &sample, (&rows, position)));
        let captured = CapturedFeature {
            verdicts: figures.verdicts,
            expired_served: figures.expired_served,
            expired_absent: figures.expired_absent,
            skew: figures.skew,
            difference: figures.difference,
            lag_profile: profile.map(|profile| LagProfile { points: Vec::new(), ..profile }),
        };
        features.insert(feature.name.clone(), captured);
    }
    Some(CapturedMeasurement {
        cut: capture.cut,
        settled_at,
        rows: sample.keys.len() as u64,
        superseded,
        comparable: Share::of(comparable, expected),
        features,
    })
}

/// Where the captured rows have each feature of the view, `None` for those that they do not have in its type; nothing
/// at all where keys are other ones or no feature is left.
fn positions(view: &FeatureView, layout: &CaptureLayout) -> Option<Vec<Option<usize>>> {
    let now = CaptureLayout::of(view);
    if now.join_keys != layout.join_keys {
        return None;
    }
    let place = |feature: &(String, String)| layout.features.iter().position(|captured| captured == feature);
    let positions: Vec<Option<usize>> = now.features.iter().map(place).collect();
    positions.iter().any(Option::is_some).then_some(positions)
}

/// The view as if its snapshots held changes only, since which dump was the newest at the cut is not known; and as if rows
/// had no time to live, since theirs is not kept.
fn as_captured(view: &FeatureView) -> Cow<'_, FeatureView> {
    match (view.source.contains, view.write_ttl) {
        (Contains::Changes, None) => Cow::Borrowed(view),
        (Contains::Changes | Contains::Full, _) => {
            let mut view = view.clone();
            view.source.contains = Contains::Changes;
            view.write_ttl = None;
            Cow::Owned(view)
        }
    }
}

fn stamp(captured: &CapturedRow) -> Option<Timestamp> {
    match &captured.row {
        OnlineRow::Found(row) => match row.event_timestamp {
            StoredTimestamp::At(stamp, _) => Some(stamp),
            StoredTimestamp::NotKept | StoredTimestamp::Missing | StoredTimestamp::Undecodable(_) => None,
        },
        OnlineRow::Absent => None,
    }
}

/// The row with the cells at these positions; absent ones where there is none.
fn chosen(row: &OnlineRow, positions: &[Option<usize>]) -> OnlineRow {
    match row {
        OnlineRow::Absent => OnlineRow::Absent,
        OnlineRow::Found(row) => {
            let cell = |place: &Option<usize>| place.and_then(|place| row.cells.get(place)).cloned();
            let cells = positions.iter().map(|place| cell(place).unwrap_or(OnlineCell::Absent)).collect();
            OnlineRow::Found(StoredRow { cells, ..row.clone() })
        }
    }
}
