//! Which entity keys a round reads.

use std::path::{Path, PathBuf};

use crate::model::ratio::Ratio;

/// Which entity keys a round reads, and how many.
#[derive(Clone, Debug, PartialEq)]
pub struct SampleSettings {
    /// Keys per view and source. Where the snapshots and the online store differ in size, the smaller one gives fewer: as
    /// many as lie among those of the larger.
    pub keys: usize,
    /// Where keys come from; the sample is the union.
    pub sources: Vec<KeySource>,
    /// Share of the keys of each source that changes whenever the snapshot does.
    pub rotating: Ratio,
    /// Seed of the choice.
    pub seed: u64,
    /// Where what was read is kept for the rounds that follow.
    pub cache: Cache,
}

impl SampleSettings {
    /// No keys from nowhere.
    #[must_use]
    pub const fn none() -> Self {
        Self { keys: 0, sources: Vec::new(), rotating: Ratio::ZERO, seed: 0, cache: Cache::Off }
    }
}

/// Where what a round read is kept for those that follow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Cache {
    /// Nothing is said: a service keeps it beside its history, a round from the command line keeps nothing.
    #[default]
    Unset,
    /// Nowhere.
    Off,
    /// In this folder.
    Folder(PathBuf),
}

impl Cache {
    /// What a service makes of it that keeps its history in this file.
    #[must_use]
    pub fn of_service(&self, history: Option<&Path>) -> Self {
        match (self, history) {
            (Self::Unset, Some(history)) => {
                let mut folder = history.as_os_str().to_owned();
                folder.push(".cache");
                Self::Folder(folder.into())
            }
            (Self::Unset, None) | (Self::Off | Self::Folder(_), _) => self.clone(),
        }
    }

    /// The folder; `None` where nothing is kept.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match self {
            Self::Unset | Self::Off => None,
            Self::Folder(folder) => Some(folder),
        }
    }
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
