//! Drawing a sample: choosing keys, reading both sides.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::kept::KeepError;
use crate::model::check::Stage;
use crate::model::choice::{KeyChoice, KeyCollector, Reach};
use crate::model::entity::EntityKey;
use crate::model::measurement::ScanMeasurement;
use crate::model::online::{Fidelity, OnlineReading};
use crate::model::sample::{Origins, Readings, Sample, SampledKey};
use crate::model::time::Clock;
use crate::model::view::FeatureView;
use crate::store::online::{OnlineStore, RawReadings, StoreError};
use crate::store::snapshot::{SnapshotError, SnapshotStore};

use super::key_file::{self, KeyFileError};
use super::offline::Offline;
use super::online::OnlineKeys;
use super::settings::{KeySource, SampleSettings};

/// Both sides of the world, and when it is.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// The online store.
    pub online: &'a OnlineStore,
    /// What its layout can tell apart.
    pub fidelity: Fidelity,
    /// The snapshots.
    pub snapshots: &'a SnapshotStore,
    /// The time of day.
    pub clock: Clock,
    /// What becomes of the bytes that were read.
    pub bytes: Bytes,
}

/// What becomes of the bytes of online rows once they are decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bytes {
    /// They are dropped.
    Dropped,
    /// They are given back beside the readings.
    Kept,
}

/// A sample with what went wrong on the way to it.
#[derive(Debug)]
pub struct Drawn {
    /// The sample.
    pub sample: Sample,
    /// How far the online store's keys were walked through; `None` where it is no source of keys.
    pub scan: Option<ScanMeasurement>,
    /// The online rows as they lay in the store, one per key; `None` unless they are kept.
    pub raw: Option<RawReadings>,
    /// Sources of keys that could not be asked, whose keys the sample may lack, and what could not be kept.
    pub failures: Vec<SampleError>,
}

/// Why keys could not be chosen or a side could not be read.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// The offline side.
    #[error("could not read the snapshots of view `{view}`")]
    Snapshot {
        /// The view.
        view: String,
        /// What the snapshots said.
        source: SnapshotError,
    },
    /// The online store could not be enumerated.
    #[error("could not enumerate the keys of view `{view}`")]
    Scan {
        /// The view.
        view: String,
        /// What the store said.
        source: StoreError,
    },
    /// A file of keys.
    #[error("could not take the keys of view `{view}` from a file")]
    KeyFile {
        /// The view.
        view: String,
        /// What is wrong with it.
        source: KeyFileError,
    },
    /// What was read could not be kept.
    #[error("what was read of view `{view}` will be read again next round")]
    Keep {
        /// The view.
        view: String,
        /// Why not.
        source: KeepError,
    },
    /// What is kept could not be read.
    #[error("could not read what is kept of view `{view}`, and read its stores instead")]
    KeptUnread {
        /// The view.
        view: String,
        /// Why not.
        source: std::io::Error,
    },
    /// What is kept is not what was written.
    #[error("what is kept of view `{view}` is damaged, and has been read anew")]
    Damaged {
        /// The view.
        view: String,
    },
}

impl SampleError {
    /// The stage that failed: what is kept to be cheaper next time is nothing that a round needs.
    #[must_use]
    pub const fn stage(&self) -> Stage {
        match self {
            Self::Snapshot { .. } | Self::Scan { .. } | Self::KeyFile { .. } => Stage::Sample,
            Self::Keep { .. } | Self::KeptUnread { .. } | Self::Damaged { .. } => Stage::Publish,
        }
    }

    /// The reason in one word, as a metric's label.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::Snapshot { source, .. } => source.reason(),
            Self::Scan { source, .. } => source.reason.name(),
            Self::KeyFile { .. } => "key_file",
            Self::Keep { .. } | Self::KeptUnread { .. } | Self::Damaged { .. } => "cache",
        }
    }
}

/// Chooses keys by the settings and reads both sides of them.
///
/// # Errors
/// When the snapshots cannot be read. A source of keys that cannot be asked is in [`Drawn::failures`].
pub async fn draw(view: &FeatureView, settings: &SampleSettings, sides: &Sides<'_>) -> Result<Drawn, SampleError> {
    let of_snapshot = |source| SampleError::Snapshot { view: view.name.clone(), source };
    let now = sides.clock.now();
    let choose = |digest: &str| choice(settings, digest);
    let mut offline = Offline::open(view, (settings, choose), (sides, now)).await.map_err(of_snapshot)?;
    let choice = offline.choice();
    let mut collected = Vec::with_capacity(settings.sources.len());
    let (mut failures, mut scan) = (Vec::new(), None);
    for source in &settings.sources {
        let mut collector = KeyCollector::new(choice);
        let asked = match source {
            KeySource::Offline => {
                collector = offline.choose().await.map_err(of_snapshot)?;
                Ok(())
            }
            KeySource::Online => {
                let mut online = OnlineKeys::open(view, (settings, choice), sides).await;
                let walked = online.walk(view, sides.online).await;
                collector = online.candidates();
                scan = Some(online.measurement());
                failures.append(&mut online.failures);
                walked.map_err(|source| SampleError::Scan { view: view.name.clone(), source })
            }
            KeySource::File(path) => key_file::offer(path, &view.join_keys, &mut collector)
                .map_err(|source| SampleError::KeyFile { view: view.name.clone(), source }),
        };
        failures.extend(asked.err());
        collected.push((source, collector));
    }
    let keys = union(collected);
    let plain: Vec<EntityKey> = keys.iter().map(|sampled| sampled.key.clone()).collect();
    let (history, (readings, raw)) = tokio::join!(offline.history(&plain), read(view, &plain, sides));
    let history = history.map_err(of_snapshot)?;
    failures.append(&mut offline.failures);
    let readings = readings.into_iter().map(Readings::first).collect();
    Ok(Drawn { sample: Sample { keys, readings, history, fidelity: sides.fidelity }, scan, raw, failures })
}

/// The keys of all sources. Those of the two sides are one even sample of everything that either side holds; a file of
/// keys is taken as it is.
fn union(collected: Vec<(&KeySource, KeyCollector)>) -> Vec<SampledKey> {
    let sides = collected.iter().filter_map(|(source, collector)| match source {
        KeySource::Offline | KeySource::Online => Some(collector.reach()),
        KeySource::File(_) => None,
    });
    let of_both = sides.fold(Reach::WHOLE, Reach::shared);
    let mut keys: BTreeMap<EntityKey, Origins> = BTreeMap::new();
    for (source, collector) in collected {
        let reach = match source {
            KeySource::Offline | KeySource::Online => of_both,
            KeySource::File(_) => Reach::WHOLE,
        };
        for key in collector.into_keys_within(reach) {
            let origins = keys.entry(key).or_default();
            match source {
                KeySource::Offline => origins.offline = true,
                KeySource::Online => origins.online = true,
                KeySource::File(_) => origins.requested = true,
            }
        }
    }
    keys.into_iter().map(|(key, origins)| SampledKey { key, origins }).collect()
}

/// Reads both sides of one key that somebody asks for.
///
/// # Errors
/// When the snapshots cannot be read.
pub async fn of_key(view: &FeatureView, key: EntityKey, sides: &Sides<'_>) -> Result<Sample, SampleError> {
    let of_snapshot = |source| SampleError::Snapshot { view: view.name.clone(), source };
    let snapshot = sides.snapshots.open(view, sides.clock.now()).await.map_err(of_snapshot)?;
    let plain = [key];
    let history = snapshot.history(&plain).await.map_err(of_snapshot)?;
    let readings = sides.online.read(view, &plain, sides.clock).await.into_iter().map(Readings::first).collect();
    let [key] = plain;
    let keys = vec![SampledKey { key, origins: Origins { requested: true, ..Origins::default() } }];
    Ok(Sample { keys, readings, history, fidelity: sides.fidelity })
}

/// The readings of the keys, and their bytes where these are kept.
pub async fn read(
    view: &FeatureView,
    keys: &[EntityKey],
    sides: &Sides<'_>,
) -> (Vec<OnlineReading>, Option<RawReadings>) {
    match sides.bytes {
        Bytes::Dropped => (sides.online.read(view, keys, sides.clock).await, None),
        Bytes::Kept => {
            let raw = sides.online.read_raw(view, keys, sides.clock).await;
            (raw.decoded(view), Some(raw))
        }
    }
}

/// Reads the rows at `positions` of the sample once more; gives their bytes where these are kept.
pub async fn read_again(
    sample: &mut Sample,
    positions: &[usize],
    view: &FeatureView,
    sides: &Sides<'_>,
) -> Option<RawReadings> {
    let keys: Vec<EntityKey> =
        positions.iter().filter_map(|&row| sample.keys.get(row)).map(|sampled| sampled.key.clone()).collect();
    let (readings, raw) = read(view, &keys, sides).await;
    add_readings(sample, positions, readings);
    raw
}

/// Adds later readings of the rows at `positions` of the sample.
pub fn add_readings(sample: &mut Sample, positions: &[usize], readings: Vec<OnlineReading>) {
    for (&position, reading) in positions.iter().zip(readings) {
        // A store that stopped answering between two readings does not take back what it has said.
        if let (Some(readings), true) = (sample.readings.get_mut(position), reading.row.is_ok()) {
            readings.push(reading);
        }
    }
}

/// The stable part depends on the seed alone, the rotating part on the snapshot too: a snapshot that does not change is
/// asked for the same keys.
fn choice(settings: &SampleSettings, snapshot: &str) -> KeyChoice {
    let rotating = share_of(settings.keys, settings.rotating.get());
    KeyChoice {
        stable_seed: settings.seed,
        stable: settings.keys - rotating,
        rotating_seed: xxh3_64_with_seed(snapshot.as_bytes(), settings.seed),
        rotating,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share between 0 and 1 of a count of keys"
)]
fn share_of(count: usize, share: f64) -> usize {
    ((count as f64 * share).round() as usize).min(count)
}
