//! The figures of one view.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::check::{DriftStatistic, Limits};
use crate::model::entity::EntityKey;
use crate::model::measurement::{
    DifferenceMeasurement, FeatureMeasurement, KeyCounts, Share, SnapshotMeasurement, Timestamps, ViewMeasurement,
};
use crate::model::sample::Sample;
use crate::model::time::Timestamp;
use crate::model::view::{FeatureView, Pairing};

use super::diagnosis::Patient;
use super::difference::{Differences, is_comparable, online_value};
use super::drift::Reference;
use super::feature::{Demand, FeatureTally, Usability, usability};
use super::row_faults::row_faults;
use super::rows::{SettledRow, is_online};
use super::{drift, examples, freshness, lag_profile, pipeline};

/// The limits of drift of one feature.
pub type DriftRules<'a> = &'a [(DriftStatistic, Limits)];

/// What measuring needs to know of the checks that follow.
#[derive(Clone)]
pub struct ViewRules<'a> {
    /// Age that a row may have; `None` counts nothing as beyond.
    pub freshness_objective: Option<Duration>,
    /// Limits of drift, per feature in the order of the view.
    pub drift: Vec<DriftRules<'a>>,
    /// What served values are held against for drift.
    pub reference: Reference<'a>,
    /// The instant that stands for the read time; `None` takes each row's own.
    pub now: Option<Timestamp>,
    /// What causes are found from beside the sample.
    pub setting: Setting<'a>,
}

/// Gives the node of a feature of an entity, named by the first slot that it serves.
pub type NodeOf<'a> = dyn Fn(&EntityKey, usize) -> Option<u16> + Sync + 'a;

/// What is known of a view beside its sample.
#[derive(Clone, Copy, Default)]
pub struct Setting<'a> {
    /// For how many rounds nothing was written while the offline side moved on.
    pub unmoved_rounds: u32,
    /// The node that holds a feature of an entity, by the feature's position; `None` where one node holds all rows.
    pub node: Option<&'a NodeOf<'a>>,
}

/// Adds up a settled sample; `rows` are its cells, in the order of its keys.
#[must_use]
pub fn measure(view: &FeatureView, sample: &Sample, rows: &[SettledRow], rules: &ViewRules<'_>) -> ViewMeasurement {
    let mut features = BTreeMap::new();
    let (mut comparable, mut expected) = (0, 0);
    let patient = Patient::new(view, (sample, rows), rules.setting);
    for (position, feature) in view.features.iter().enumerate() {
        let tally = tally(view, sample, (rows, position));
        comparable += tally.comparable();
        expected += tally.expected();
        let differences = differences(view, sample, (rows, position));
        let mut figures: FeatureMeasurement = tally.figures(view.expired, differences);
        let limits = rules.drift.get(position).copied().unwrap_or_default();
        let subject = drift::Subject { feature: position, limits, reference: rules.reference, now: rules.now };
        (figures.drift, figures.distributions) = drift::measure(view, sample, &subject);
        figures.diagnosis = patient.diagnose(position);
        figures.lag_profile = lag_profile::measure(view, sample, (position, rules.now));
        features.insert(feature.name.clone(), figures);
    }
    ViewMeasurement {
        feature_view: view.name.clone(),
        project: view.project.clone(),
        pairing: view.pairing,
        snapshot: SnapshotMeasurement {
            identity: sample.history.identity.digest.clone(),
            watermark: sample.history.watermark,
            horizon: sample.history.horizon,
            modified: sample.history.identity.files.iter().map(|file| file.last_modified).max(),
            reference: view.reference.clone(),
            compared: None,
        },
        scan: None,
        keys: keys(sample),
        freshness: freshness::measure(view, sample, rules.now, rules.freshness_objective),
        coverage: coverage(view, sample, rows),
        comparable: Share::of(comparable, expected),
        timestamps: timestamps(view, sample),
        rows: row_faults(view, (sample, rows), (rules.now, rules.setting.unmoved_rounds)),
        pipeline: pipeline::measure(sample),
        compared_at: None,
        captured: None,
        served: None,
        logged: None,
        features,
        examples: examples::cells(view, sample, rows, rules),
    }
}

fn keys(sample: &Sample) -> KeyCounts {
    let mut counts = KeyCounts::default();
    for (key, readings) in sample.keys.iter().zip(&sample.readings) {
        let (online, offline) = (is_online(readings), !sample.history.versions(&key.key).is_empty());
        counts.asked += 1;
        counts.online += u64::from(online);
        counts.offline += u64::from(offline);
        counts.both += u64::from(online && offline);
    }
    counts
}

pub(super) fn demand(sample: &Sample, row: usize) -> Demand {
    if sample.keys.get(row).is_some_and(|key| key.origins.requested) { Demand::Requested } else { Demand::Observed }
}

pub(super) fn tally(view: &FeatureView, sample: &Sample, (rows, feature): (&[SettledRow], usize)) -> FeatureTally {
    let mut tally = FeatureTally::default();
    for (position, row) in rows.iter().enumerate() {
        let Some(cell) = row.cells.get(feature) else { continue };
        let online = sample.readings.get(position).and_then(|readings| online_value(readings, feature));
        let is_null = online.is_some_and(crate::model::value::Value::is_null);
        tally.add(cell, usability(cell, demand(sample, position), view.expired), is_null);
    }
    tally
}

pub(super) fn differences(
    view: &FeatureView,
    sample: &Sample,
    (rows, feature): (&[SettledRow], usize),
) -> (DifferenceMeasurement, Option<f64>) {
    let mut differences = Differences::default();
    for ((key, readings), row) in sample.keys.iter().zip(&sample.readings).zip(rows) {
        let Some(cell) = row.cells.get(feature).filter(|cell| is_comparable(cell, view.expired)) else { continue };
        let versions = sample.history.versions(&key.key);
        let offline = cell.version.and_then(|position| versions.version(position));
        if let (Some(online), Some(offline)) = (online_value(readings, feature), offline) {
            differences.add(cell, online, &offline.value(feature));
        }
    }
    differences.figures()
}

/// Share of keys for which every counted feature is usable.
pub(super) fn coverage(view: &FeatureView, sample: &Sample, rows: &[SettledRow]) -> Share {
    let (mut complete, mut counted) = (0, 0);
    for (position, row) in rows.iter().enumerate() {
        let demand = demand(sample, position);
        let mut cells = row
            .cells
            .iter()
            .map(|cell| usability(cell, demand, view.expired))
            .filter(|usability| *usability != Usability::Uncounted)
            .peekable();
        if cells.peek().is_some() {
            counted += 1;
            complete += u64::from(cells.all(|usability| usability == Usability::Usable));
        }
    }
    Share::of(complete, counted)
}

/// How many online timestamps inside the history occur in it.
fn timestamps(view: &FeatureView, sample: &Sample) -> Timestamps {
    let mut found = Timestamps::default();
    if view.pairing != Pairing::Version {
        return found;
    }
    for (key, readings) in sample.keys.iter().zip(&sample.readings) {
        let versions = sample.history.versions(&key.key);
        let (Some(stamp), Some(oldest)) = (freshness::stamp(readings), versions.version(0)) else { continue };
        let unit = stamp.1.coarser(sample.history.precision);
        let wanted = stamp.0.floor(unit);
        let inside = wanted >= oldest.event_timestamp().floor(unit)
            && sample.history.watermark.is_some_and(|watermark| wanted <= watermark.floor(unit));
        if inside {
            found.inside += 1;
            found.known += u64::from(versions.iter().any(|version| version.event_timestamp().floor(unit) == wanted));
        }
    }
    found
}
