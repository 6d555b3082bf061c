//! Training rows held against what a point-in-time join of the snapshots gives.
//!
//! For a row of time t an honest join takes the version with the newest event timestamp in [t − ttl, t], of those of one
//! event timestamp the one written last, as Feast does. A join that also leaves out what had not been written by t is
//! honest too: a value is honest if either gives it.
//!
//! What is not, is traced to the version that most of the row's values are of, and of equals to the one nearest in time:
//! one after t has leaked. A row without a version in reach is judged only where the snapshots would hold it: where the
//! time-to-live lies within what they hold, or where they keep histories.

use std::collections::BTreeMap;

use crate::model::history::{History, Version, Versions};
use crate::model::online::Fidelity;
use crate::model::sample::SampledKey;
use crate::model::time::Timestamp;
use crate::model::training::{DishonestRow, DishonestRows, TrainingMeasurement, TrainingVerdict};
use crate::model::value::Value;
use crate::model::view::FeatureView;

use super::equal::Comparison;

/// Both sides of the entities of a training set.
#[derive(Clone, Debug)]
pub struct TrainingSample {
    /// The entities.
    pub keys: Vec<SampledKey>,
    /// The training rows: of each entity a version per row, with the features of `features`.
    pub training: History,
    /// Positions in the view of the features that the training set has, in the order of its columns.
    pub features: Vec<usize>,
    /// What the snapshots hold.
    pub snapshots: History,
}

/// Which versions an honest join may take for one row.
struct Reach<'a> {
    at: Timestamp,
    /// The newest within the time-to-live, by event timestamp and writing; and of what had been written by then.
    honest: [Option<Version<'a>>; 2],
    /// Whether the snapshots hold everything that the join could have taken.
    is_held: bool,
    versions: Versions<'a>,
}

/// Gives every cell of the training rows its verdict, and adds them up; of the whole set, so many rows have a key
/// and a time, and so many have not.
#[must_use]
pub fn measure_training(
    view: &FeatureView,
    sample: &TrainingSample,
    (rows_stored, rows_skipped): (u64, u64),
) -> TrainingMeasurement {
    let held = &sample.snapshots;
    let has = |position: &usize| sample.features.contains(position);
    let missing = view.features.iter().enumerate().filter(|(position, _)| !has(position));
    let mut measured = TrainingMeasurement {
        feature_view: view.name.clone(),
        snapshot: held.identity.digest.clone(),
        watermark: held.watermark,
        horizon: held.horizon,
        rows_stored,
        rows_skipped,
        rows: 0,
        entities: 0,
        row_verdicts: BTreeMap::new(),
        features: BTreeMap::new(),
        not_in_set: missing.map(|(_, feature)| feature.name.clone()).collect(),
        dishonest: DishonestRows { join_keys: view.join_keys.clone(), rows: Vec::new() },
    };
    let keeps_histories = sample.keys.iter().any(|sampled| held.versions(&sampled.key).len() > 1);
    for sampled in &sample.keys {
        let (rows, versions) = (sample.training.versions(&sampled.key), held.versions(&sampled.key));
        measured.entities += u64::from(!rows.is_empty());
        for row in rows.iter() {
            let reach = Reach::of(view, held, (&versions, row.event_timestamp()), keeps_histories);
            let judged = judge(view, sample, (&row, &reach));
            measured.rows += 1;
            let gravest = judged.cells.iter().copied().max().unwrap_or(TrainingVerdict::Honest);
            *measured.row_verdicts.entry(gravest).or_default() += 1;
            let named = sample.features.iter().filter_map(|position| view.features.get(*position));
            let mut wrong = Vec::new();
            for (feature, verdict) in named.zip(&judged.cells) {
                *measured.features.entry(feature.name.clone()).or_default().entry(*verdict).or_default() += 1;
                wrong.extend(verdict.is_dishonest().then(|| feature.name.clone()));
            }
            if gravest.is_dishonest() {
                measured.dishonest.rows.push(DishonestRow {
                    key: sampled.key.clone(),
                    timestamp: row.event_timestamp(),
                    verdict: gravest,
                    features: wrong,
                    source_event_timestamp: judged.source,
                    honest_event_timestamp: reach.honest[0].map(|version| version.event_timestamp()),
                });
            }
        }
    }
    measured
}

impl<'a> Reach<'a> {
    fn of(
        view: &FeatureView,
        held: &History,
        (versions, at): (&Versions<'a>, Timestamp),
        keeps_histories: bool,
    ) -> Self {
        let from = view.ttl.map_or(Timestamp::MIN, |ttl| at.minus(ttl));
        let in_reach = |version: &Version<'_>| (from..=at).contains(&version.event_timestamp());
        let written = |version: &Version<'_>| version.created().is_none_or(|created| created <= at);
        let newest = versions.iter().rev().find(in_reach);
        let newest_written = versions.iter().rev().find(|version| in_reach(version) && written(version));
        // Before the first row that is held there may have been others.
        let begins = held.horizon.is_some_and(|horizon| horizon <= if view.ttl.is_some() { from } else { at });
        let knows = newest.is_some() || (begins && (view.ttl.is_some() || keeps_histories));
        let is_complete = held.watermark.is_some_and(|watermark| at <= watermark);
        Self { at, honest: [newest, newest_written], is_held: knows && is_complete, versions: versions.clone() }
    }
}

/// The verdicts of a row's cells, and where the dishonest ones come from.
struct Judged {
    cells: Vec<TrainingVerdict>,
    source: Option<Timestamp>,
}

fn judge(view: &FeatureView, sample: &TrainingSample, (row, reach): (&Version<'_>, &Reach<'_>)) -> Judged {
    let is_of = |place: usize, version: Option<Version<'_>>| {
        let Some(&position) = sample.features.get(place) else { return false };
        let held = version.map_or(Value::Null, |version| version.value(position));
        is_same(view, position, (&row.value(place), &held))
    };
    let is_honest = |place: usize| reach.honest.into_iter().any(|version| is_of(place, version));
    let strange: Vec<usize> = (0..sample.features.len()).filter(|place| !is_honest(*place)).collect();
    let present: Vec<usize> = strange.iter().copied().filter(|place| !is_missing(&row.value(*place))).collect();
    let source = source(reach, |version| present.iter().filter(|place| is_of(**place, Some(*version))).count());
    let verdict = |place: usize| {
        if !strange.contains(&place) {
            return TrainingVerdict::Honest;
        }
        if !reach.is_held {
            return TrainingVerdict::Unverified;
        }
        if is_missing(&row.value(place)) {
            return TrainingVerdict::Missing;
        }
        if reach.versions.is_empty() {
            return TrainingVerdict::UnknownEntity;
        }
        let own = || nearest(reach, |version| is_of(place, Some(*version)));
        match source.filter(|version| is_of(place, Some(*version))).or_else(own) {
            None => TrainingVerdict::Altered,
            Some(version) if version.event_timestamp() > reach.at => TrainingVerdict::Leaked,
            Some(version) if is_past_ttl(view, version, reach.at) => TrainingVerdict::PastTtl,
            Some(_) => TrainingVerdict::Outdated,
        }
    };
    let cells = (0..sample.features.len()).map(verdict).collect();
    Judged { cells, source: source.map(|version| version.event_timestamp()) }
}

fn is_past_ttl(view: &FeatureView, version: Version<'_>, at: Timestamp) -> bool {
    view.ttl.is_some_and(|ttl| version.event_timestamp() < at.minus(ttl))
}

/// The version that most values of the row are of; of equals the nearest. `None` where none is of any.
fn source<'a>(reach: &Reach<'a>, matches: impl Fn(&Version<'a>) -> usize) -> Option<Version<'a>> {
    let most = reach.versions.iter().map(|version| matches(&version)).max().filter(|most| *most > 0)?;
    nearest(reach, |version| matches(version) == most)
}

/// The version nearest in time of those that fit; of equally near ones an earlier one.
fn nearest<'a>(reach: &Reach<'a>, fits: impl Fn(&Version<'a>) -> bool) -> Option<Version<'a>> {
    let distance = |version: &Version<'a>| version.event_timestamp().nanos().abs_diff(reach.at.nanos());
    reach.versions.iter().filter(fits).min_by_key(distance)
}

/// Whether a training value says nothing: data frames write a null as NaN.
fn is_missing(value: &Value) -> bool {
    value.is_null() || value.as_number().is_some_and(f64::is_nan)
}

fn is_same(view: &FeatureView, position: usize, (training, held): (&Value, &Value)) -> bool {
    let Some(feature) = view.features.get(position) else { return false };
    let comparison = Comparison { kind: feature.kind, tolerance: view.tolerance, fidelity: Fidelity::NanIsNull };
    // A data frame with a null in a column of integers holds them as doubles.
    let as_double = match (training, held) {
        (Value::Float64(double), Value::Int(_) | Value::UInt(_)) => {
            held.as_number().is_some_and(|held| held == *double)
        }
        _ => false,
    };
    as_double || comparison.layer(training, held).is_some()
}
