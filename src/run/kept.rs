//! Profiles of snapshots, kept in a folder by the identity of their snapshot.
//!
//! A snapshot that was seen before is not read again. What cannot be read as a profile counts as not kept: it is made anew
//! and replaced.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use xxhash_rust::xxh3::xxh3_64;

use crate::model::history::SnapshotIdentity;
use crate::publish::file;
use crate::stats::profile::TableProfile;

/// What a profile is kept for. Edges of a reference are its own, those of partitions are all from one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Served values are held against it.
    Reference,
    /// Partitions are held against each other.
    Partition,
}

/// A folder of profiles.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept<'a> {
    folder: &'a Path,
}

/// A profile could not be kept; it can be used all the same.
#[derive(Debug, thiserror::Error)]
#[error("could not keep the profile `{}`", path.display())]
pub(super) struct KeepError {
    path: PathBuf,
    source: io::Error,
}

impl<'a> Kept<'a> {
    /// Profiles in `folder`, which is made when the first one is kept.
    pub(super) const fn new(folder: &'a Path) -> Self {
        Self { folder }
    }

    /// The profile of these columns of a snapshot; `None` where there is none that could be read.
    pub(super) async fn load(
        &self,
        purpose: Purpose,
        snapshot: &SnapshotIdentity,
        columns: &BTreeSet<&str>,
    ) -> Option<TableProfile> {
        let bytes = tokio::fs::read(self.path(purpose, snapshot, columns)).await.ok()?;
        TableProfile::from_json(&bytes).ok().filter(|profile| profile.snapshot.digest == snapshot.digest)
    }

    /// Keeps a profile, in one step: whoever reads the folder sees the old one or the new one.
    ///
    /// # Errors
    /// When the folder or the file cannot be written; the old file is then still in place.
    pub(super) async fn keep(
        &self,
        purpose: Purpose,
        profile: &TableProfile,
        columns: &BTreeSet<&str>,
    ) -> Result<(), KeepError> {
        let path = self.path(purpose, &profile.snapshot, columns);
        let failed = |source| KeepError { path: path.clone(), source };
        let text = profile.to_json().map_err(|error| failed(error.into()))?;
        tokio::fs::create_dir_all(self.folder).await.map_err(failed)?;
        let place = path.clone();
        let placed = tokio::task::spawn_blocking(move || file::replace(&place, text.as_bytes())).await;
        placed.map_err(|error| failed(error.into()))?.map_err(failed)
    }

    /// Views over the same files may want other columns, and each has a file of its own.
    fn path(&self, purpose: Purpose, snapshot: &SnapshotIdentity, columns: &BTreeSet<&str>) -> PathBuf {
        let purpose = match purpose {
            Purpose::Reference => "reference",
            Purpose::Partition => "partition",
        };
        let columns = columns.iter().copied().collect::<Vec<_>>().join("\0");
        let columns = xxh3_64(columns.as_bytes());
        self.folder.join(format!("{purpose}-{}-{columns:016x}.profile.json", snapshot.digest))
    }
}
