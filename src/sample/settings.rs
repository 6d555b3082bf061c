//! Which entity keys a round reads.

use std::path::PathBuf;

use crate::model::ratio::Ratio;

/// Which entity keys a round reads, and how many.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleSettings {
    /// Keys per view and source. Where the snapshots and the online store differ in size, the smaller one gives fewer: as
    /// many as lie among those of the larger.
    pub keys: usize,
    /// Where keys come from; the sample is the union.
    pub sources: Vec<KeySource>,
    /// Share of the keys of each source that changes from round to round.
    pub rotating: Ratio,
    /// Seed of the choice.
    pub seed: u64,
}

/// Where entity keys come from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeySource {
    /// The snapshots.
    Offline,
    /// The online store, enumerated.
    Online,
    /// A file of keys: a CSV whose header names the join keys.
    File(PathBuf),
}

impl KeySource {
    /// The name used in configuration and reports.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Offline => "offline",
            Self::Online => "online",
            Self::File(_) => "file",
        }
    }
}
