//! Rows captured at a cut, held against the snapshot of that cut.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::model::captured::{Capture, CaptureLayout, CapturedFeature, CapturedMeasurement, CapturedRow};
use crate::model::counts::Share;
use crate::model::history::History;
use crate::model::online::{Fidelity, OnlineCell, OnlineReading, OnlineRow, StoredRow, StoredTimestamp};
use crate::model::sample::{Origins, Readings, Sample, SampledKey};
use crate::model::time::Timestamp;
use crate::model::view::{Contains, FeatureView};

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
    let view = as_captured(view, &capture.layout)?;
    let history = history.until(capture.cut);
    let positions: Vec<usize> = (view.features.iter())
        .filter_map(|feature| capture.layout.features.iter().position(|(name, _)| *name == feature.name))
        .collect();
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
    let rows = settled_rows(&view, &sample, Some(capture.cut));
    let (mut comparable, mut expected) = (0, 0);
    let mut features = BTreeMap::new();
    for (position, feature) in view.features.iter().enumerate() {
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

/// The view with those of its features that the capture has, of the same type.
fn as_captured<'a>(view: &'a FeatureView, layout: &CaptureLayout) -> Option<Cow<'a, FeatureView>> {
    let now = CaptureLayout::of(view);
    if now.join_keys != layout.join_keys {
        return None;
    }
    if now.features == layout.features && view.source.contains == Contains::Changes {
        return Some(Cow::Borrowed(view));
    }
    let mut view = view.clone();
    view.source.contains = Contains::Changes;
    view.features.retain(|feature| layout.features.contains(&(feature.name.clone(), feature.kind.to_string())));
    (!view.features.is_empty()).then_some(Cow::Owned(view))
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

/// The row with the cells at these positions only.
fn chosen(row: &OnlineRow, positions: &[usize]) -> OnlineRow {
    match row {
        OnlineRow::Absent => OnlineRow::Absent,
        OnlineRow::Found(row) => {
            let cell = |position: &usize| row.cells.get(*position).cloned().unwrap_or(OnlineCell::Absent);
            let cells = positions.iter().map(cell).collect();
            OnlineRow::Found(StoredRow { cells, ..row.clone() })
        }
    }
}
