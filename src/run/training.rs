//! A training set held against the snapshots of the views whose features it has.
//!
//! Its rows are read as versions of the entities that they name, by what reads snapshots: key by smallest hash, so that
//! what is looked at is bounded by the number of keys, and only the columns that are needed.

use crate::config::Plan;
use crate::measure::{TrainingSample, measure_training};
use crate::model::choice::{KeyChoice, KeyCollector};
use crate::model::entity::EntityKey;
use crate::model::history::History;
use crate::model::sample::{Origins, SampledKey};
use crate::model::time::{Clock, Timestamp};
use crate::model::training::TrainingMeasurement;
use crate::model::value::{ScalarKind, ValueKind};
use crate::model::view::{Contains, FeatureView, SnapshotSource, WatermarkRule};
use crate::store::snapshot::{SnapshotError, SnapshotStore, Table, TableKind};

/// Most views of which it is told what a training set lacks.
const MOST_TOLD: usize = 3;

/// A training set.
#[derive(Clone, Copy, Debug)]
pub struct TrainingSet<'a> {
    /// Its file, folder, glob or `s3://` address.
    pub location: &'a str,
    /// The column with the time of each row.
    pub timestamp: &'a str,
}

/// Why a training set cannot be held against the snapshots.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    /// It cannot be read.
    #[error("could not read the training set {location}")]
    Set {
        /// Where it lies.
        location: String,
        /// Why not.
        source: SnapshotError,
    },
    /// It has no column of times.
    #[error("the training set has no column `{column}`; `--training-timestamp COLUMN` names the time of its rows")]
    NoTimestamp {
        /// The column.
        column: String,
    },
    /// It has nothing of any view.
    #[error("the training set has the join keys and a feature of no view: {lacking}")]
    NoView {
        /// What it lacks of the first views.
        lacking: String,
    },
    /// The snapshots of a view cannot be read.
    #[error("could not read the snapshots of view `{view}`")]
    Snapshot {
        /// The view.
        view: String,
        /// Why not.
        source: SnapshotError,
    },
}

/// What became of a training set.
#[derive(Debug)]
pub struct HeldSet {
    /// What was found, per view.
    pub measured: Vec<TrainingMeasurement>,
    /// Views whose snapshots could not be read.
    pub failures: Vec<TrainingError>,
}

/// Holds a training set against the snapshots of every view whose join keys and at least one feature it has, as of `as_of`.
///
/// # Errors
/// When the set cannot be read, or has nothing of any view.
pub async fn training(plan: &Plan, set: TrainingSet<'_>, as_of: Option<Timestamp>) -> Result<HeldSet, TrainingError> {
    let store = SnapshotStore::new(plan.snapshots.clone());
    let of_set = |source| TrainingError::Set { location: set.location.to_owned(), source };
    let table = store.table(set.location).await.map_err(of_set)?;
    let has = |name: &str| table.columns().iter().any(|column| column.name == name);
    if !has(set.timestamp) {
        return Err(TrainingError::NoTimestamp { column: set.timestamp.to_owned() });
    }
    let mut held = HeldSet { measured: Vec::new(), failures: Vec::new() };
    let now = as_of.map_or(Clock::System, Clock::Fixed).now();
    for view in &plan.views {
        let Some((training, features)) = as_view(view, set, &table) else { continue };
        let rows = store.open(&training, Timestamp::MAX).await.map_err(of_set)?;
        let (stable_seed, stable) = (plan.sample.seed, plan.sample.keys);
        let mut chosen = KeyCollector::new(KeyChoice { stable_seed, stable, rotating_seed: stable_seed, rotating: 0 });
        rows.choose_keys(&mut chosen).await.map_err(of_set)?;
        let keys: Vec<EntityKey> = chosen.into_keys();
        let history = rows.history(&keys).await.map_err(of_set)?;
        let snapshots = match snapshots_of(&store, (view, now), &keys).await {
            Ok(snapshots) => snapshots,
            Err(source) => {
                held.failures.push(TrainingError::Snapshot { view: view.name.clone(), source });
                continue;
            }
        };
        let skipped = rows.skipped();
        let stored = (history.rows, skipped.without_key + skipped.without_event_timestamp);
        let sampled = |key| SampledKey { key, origins: Origins { requested: true, ..Origins::default() } };
        let keys = keys.into_iter().map(sampled).collect();
        let sample = TrainingSample { keys, training: history, features, snapshots };
        held.measured.push(measure_training(view, &sample, stored));
    }
    if held.measured.is_empty() && held.failures.is_empty() {
        return Err(TrainingError::NoView { lacking: lacking(plan, &table) });
    }
    Ok(held)
}

async fn snapshots_of(
    store: &SnapshotStore,
    (view, now): (&FeatureView, Timestamp),
    keys: &[EntityKey],
) -> Result<History, SnapshotError> {
    store.open(view, now).await?.history(keys).await
}

/// What the table lacks of the first views.
fn lacking(plan: &Plan, table: &Table) -> String {
    let has = |name: &str| table.columns().iter().any(|column| column.name == name);
    let of_view = |view: &FeatureView| match view.join_keys.iter().find(|key| !has(&key.name)) {
        Some(key) => format!("it lacks `{}` of `{}`", key.name, view.name),
        None => format!("it has none of the features of `{}`", view.name),
    };
    let mut told: Vec<String> = plan.views.iter().take(MOST_TOLD).map(of_view).collect();
    if plan.views.len() > MOST_TOLD {
        told.push(format!("and so on for {} more", plan.views.len() - MOST_TOLD));
    }
    told.join("; ")
}

/// The training set as the snapshot of a view of its own, with the positions of its features in `view`; `None` where it
/// lacks a join key or has no feature of the view.
fn as_view(view: &FeatureView, set: TrainingSet<'_>, table: &Table) -> Option<(FeatureView, Vec<usize>)> {
    let column = |name: &str| table.columns().iter().find(|column| column.name == name);
    if !view.join_keys.iter().all(|key| column(&key.name).is_some()) {
        return None;
    }
    let source = SnapshotSource {
        naive_timestamps: view.source.naive_timestamps,
        contains: Contains::Changes,
        watermark: WatermarkRule::MaxEventTimestamp,
        ..SnapshotSource::new(set.location, set.timestamp)
    };
    let mut training = FeatureView { join_keys: view.join_keys.clone(), ..FeatureView::new(&view.name, source) };
    let mut positions = Vec::new();
    for (position, feature) in view.features.iter().enumerate() {
        // Feast names features by view where asked to; that name can be of no other view.
        let mut names = view.names_in_reference(&feature.name);
        names.reverse();
        let Some(found) = names.iter().find_map(|name| column(name)) else { continue };
        let mut feature = feature.clone();
        // A data frame with a null in a column of integers holds them as doubles.
        if let (ValueKind::Scalar(ScalarKind::Int32 | ScalarKind::Int64), TableKind::Float) =
            (feature.kind, &found.kind)
        {
            feature.kind = ValueKind::Scalar(ScalarKind::Float64);
        }
        if found.name != feature.name {
            training.source.field_mapping.push((found.name.clone(), feature.name.clone()));
        }
        training.features.push(feature);
        positions.push(position);
    }
    (!positions.is_empty()).then_some((training, positions))
}
