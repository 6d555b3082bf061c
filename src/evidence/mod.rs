//! What the verdicts of a round rest on, written down so that they can be given again.
//!
//! [`Evidence`] is everything that a round read: the bytes of the online rows, every version of the sampled entities, what
//! the snapshots are, the plan as it was, and when it began and ended. [`write()`] puts it into a folder, [`read()`] takes it
//! out again, and `run::replay` judges it by the code that judges a round.
//!
//! A folder is there whole or not at all, and each of its files has its checksum in it. Entity keys are hashed with a
//! secret unless they are asked for as they are ([`KeyForm`]); feature values are what they are.

mod digest;
mod error;
mod folder;
mod keys;
mod logged;
mod manifest;
mod readings;
mod served;
mod table;
mod versions;

use std::path::Path;
use std::time::Duration;

use crate::judge::CheckBook;
use crate::model::check::Failure;
use crate::model::entity::EntityKey;
use crate::model::exhibit::Values;
use crate::model::history::{SnapshotFacts, VersionRows};
use crate::model::measurement::{ComparedSnapshots, ScanMeasurement};
use crate::model::online::Fidelity;
use crate::model::sample::SampledKey;
use crate::model::served::ServedRow;
use crate::model::time::Timestamp;
use crate::model::view::{FeatureView, NotWatched};
use crate::stats::profile::TableProfile;
use crate::store::online::{RawReading, RowFormat};

pub use error::EvidenceError;
pub use folder::vacant;
pub use keys::{KeyForm, Salt};

/// What a round read, and by what it judged.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The instant that was given as "now"; `None` where the clock was asked.
    pub now: Option<Timestamp>,
    /// The instant that stood for "now".
    pub as_of: Timestamp,
    /// When the round began.
    pub started_at: Timestamp,
    /// When it ended.
    pub finished_at: Timestamp,
    /// Seed of the choice of keys.
    pub seed: u64,
    /// Views that were known and not watched.
    pub not_watched: Vec<NotWatched>,
    /// Limits.
    pub checks: CheckBook,
    /// Whether the report shows values of features.
    pub values: Values,
    /// The views, in the order of the plan.
    pub views: Vec<ViewEvidence>,
}

/// What was read of one view.
#[derive(Clone, Debug)]
pub struct ViewEvidence {
    /// The view, as it was.
    pub view: FeatureView,
    /// What could not be read, but for keys without an answer, which follow from the readings.
    pub failures: Vec<Failure>,
    /// What could not be read of the serving path and its log.
    pub later: Vec<Failure>,
    /// What its snapshots said as a whole.
    pub compared: Compared,
    /// Both sides of its sample; `None` where there was none.
    pub sample: Option<SampleEvidence>,
}

/// What is known of the snapshots of a view as a whole.
#[derive(Clone, Debug, Default)]
pub struct Compared {
    /// What served values are held against.
    pub trained: Trained,
    /// The newest snapshot and the one before; `None` where no two were compared.
    pub successive: Option<Successive>,
}

/// What served values are held against for drift.
#[derive(Clone, Debug, Default)]
pub enum Trained {
    /// The newest offline values of the same entities: the view names nothing else.
    #[default]
    NewestVersions,
    /// The profile of the snapshot that the view names.
    Profile(Box<TableProfile>),
    /// It could not be read.
    Unreadable,
}

/// Two snapshots of one view that follow one another, profiled over the same edges.
#[derive(Clone, Debug)]
pub struct Successive {
    /// What they are called.
    pub names: ComparedSnapshots,
    /// The one before: the reference.
    pub before: TableProfile,
    /// The newest one.
    pub newest: TableProfile,
}

/// The node of each feature of an entity, named by the first slot that it serves; `None` where one node holds all rows.
pub type FeatureNodes = Vec<Option<u16>>;

/// Both sides of a sample as they were read.
#[derive(Clone, Debug)]
pub struct SampleEvidence {
    /// The keys, in the order of the sample.
    pub keys: Vec<SampledKey>,
    /// The node that held each feature of each key, named by the first slot that it served; `None` where one node held all
    /// rows.
    pub nodes: Vec<FeatureNodes>,
    /// What the bytes of the rows mean.
    pub format: RowFormat,
    /// What the layout can tell apart.
    pub fidelity: Fidelity,
    /// Every reading of each key, in the order in which it was read: at least one.
    pub readings: Vec<Vec<RawReading>>,
    /// How far the online store's keys were walked through; `None` where it was no source of keys.
    pub scan: Option<ScanMeasurement>,
    /// What the snapshot said as a whole.
    pub facts: SnapshotFacts,
    /// Every version of the keys.
    pub versions: VersionRows,
    /// What the serving path gave; `None` where it was not asked.
    pub served: Option<ServedEvidence>,
    /// What the log of requests says; `None` where none was read.
    pub logged: Option<LoggedEvidence>,
}

/// What the serving path gave for some keys of a sample.
#[derive(Clone, Debug)]
pub struct ServedEvidence {
    /// Who was asked.
    pub address: String,
    /// How old a value it may give.
    pub max_age: Duration,
    /// The keys that it was asked for.
    pub asked: Vec<AskedEvidence>,
}

/// What the serving path gave for a key.
#[derive(Clone, Debug)]
pub struct AskedEvidence {
    /// Position of the key in the sample.
    pub row: usize,
    /// The store's row as it was read last, after the answer; `None` where it is the last reading of the sample.
    pub again: Option<RawReading>,
    /// Whether the store held the same before and after.
    pub is_still: bool,
    /// What was given; `None` where there was no answer.
    pub served: Option<ServedRow>,
}

/// What a log of requests says of some entities, and what the snapshots have of them.
#[derive(Clone, Debug)]
pub struct LoggedEvidence {
    /// The log as a view of its own.
    pub log: FeatureView,
    /// The view, with the features that are logged.
    pub view: FeatureView,
    /// The entities.
    pub keys: Vec<EntityKey>,
    /// Their requests.
    pub requests: Held,
    /// Their versions.
    pub versions: Held,
    /// The instant that requests were looked at as of.
    pub now: Timestamp,
    /// How far back requests count.
    pub window: Duration,
}

/// Rows of a snapshot, and what it says as a whole.
#[derive(Clone, Debug)]
pub struct Held {
    /// What it says as a whole.
    pub facts: SnapshotFacts,
    /// The rows of the entities asked for.
    pub rows: VersionRows,
}

/// Writes the evidence and the report of its round (as JSON) into `folder`, which must not be there or be empty.
///
/// # Errors
/// When the folder cannot be written; then nothing is left of it.
pub fn write(evidence: &Evidence, report: &[u8], (folder, keys): (&Path, &KeyForm)) -> Result<(), EvidenceError> {
    folder::seal(folder, manifest::files(evidence, report, keys)?)
}

/// Takes evidence and the report of its round out of `folder`.
///
/// # Errors
/// When the folder is no evidence, is not whole, was altered, or was written by a newer version of this program.
pub fn read(folder: &Path) -> Result<(Evidence, Vec<u8>), EvidenceError> {
    manifest::evidence(&folder::open(folder)?)
}
