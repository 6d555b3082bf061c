//! Profiles of snapshots, kept in a folder by the identity of their snapshot.
//!
//! A snapshot that was seen before is not read again. What cannot be read as a profile counts as not kept: it is made anew
//! and replaced. Of each place only the profiles written last are kept, so that the folder does not grow with the days.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use xxhash_rust::xxh3::xxh3_64;

use crate::model::history::SnapshotIdentity;
use crate::model::time::Timestamp;
use crate::publish::file;
use crate::stats::profile::TableProfile;

/// How many profiles of a place are kept: the two that a round compares, and room for rounds as of other times.
const MOST_PROFILES: usize = 8;

/// What every name of a kept profile ends with.
const ENDING: &str = ".profile.json";

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

/// The profiles of one place: those of one address and one choice of columns, for one purpose.
#[derive(Debug)]
pub(super) struct Shelf<'a> {
    folder: &'a Path,
    /// What the names of its files begin with.
    lead: String,
}

/// A profile could not be kept; it can be used all the same.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeepError {
    /// It could not be written.
    #[error("could not keep a profile in `{}`", folder.display())]
    Write {
        /// Where it would be.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// An older one stays.
    #[error("could not remove old profiles from `{}`", folder.display())]
    Remove {
        /// Where they are.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl<'a> Kept<'a> {
    /// Profiles in `folder`, which is made when the first one is kept.
    pub(super) const fn new(folder: &'a Path) -> Self {
        Self { folder }
    }

    /// The profiles of what lies at an address. Views over the same files may want other columns, and each has its own.
    pub(super) fn shelf(&self, purpose: Purpose, address: &str, columns: &BTreeSet<String>) -> Shelf<'a> {
        let purpose = match purpose {
            Purpose::Reference => "reference",
            Purpose::Partition => "partition",
        };
        let place: Vec<&str> = std::iter::once(address).chain(columns.iter().map(String::as_str)).collect();
        let place = xxh3_64(place.join("\0").as_bytes());
        Shelf { folder: self.folder, lead: format!("{purpose}-{place:016x}-") }
    }
}

impl Shelf<'_> {
    /// The profile of a snapshot that was taken at this time; `None` where there is none that could be read.
    pub(super) async fn load(
        &self,
        snapshot: &SnapshotIdentity,
        snapshot_time: Option<Timestamp>,
    ) -> Option<TableProfile> {
        let bytes = tokio::fs::read(self.path(snapshot)).await.ok()?;
        let is_asked_for = |profile: &TableProfile| {
            profile.snapshot.digest == snapshot.digest && profile.settings.snapshot_time == snapshot_time
        };
        TableProfile::from_json(&bytes).ok().filter(is_asked_for)
    }

    /// Keeps a profile, in one step: whoever reads the folder sees the old one or the new one. Then removes what was
    /// written before the last few.
    ///
    /// # Errors
    /// When the folder or the file cannot be written, and the old file is then still in place; or when an old profile
    /// cannot be removed.
    pub(super) async fn keep(&self, profile: &TableProfile) -> Result<(), KeepError> {
        let unwritten = |source| KeepError::Write { folder: self.folder.to_owned(), source };
        let path = self.path(&profile.snapshot);
        let text = profile.to_json().map_err(|error| unwritten(error.into()))?;
        tokio::fs::create_dir_all(self.folder).await.map_err(unwritten)?;
        let placed = tokio::task::spawn_blocking(move || file::replace(&path, text.as_bytes())).await;
        placed.map_err(|error| unwritten(error.into()))?.map_err(unwritten)?;
        let (folder, lead) = (self.folder.to_owned(), self.lead.clone());
        let removed = tokio::task::spawn_blocking(move || remove_old(&folder, &lead)).await;
        let unremoved = |source| KeepError::Remove { folder: self.folder.to_owned(), source };
        removed.map_err(|error| unremoved(error.into()))?.map_err(unremoved)
    }

    fn path(&self, snapshot: &SnapshotIdentity) -> PathBuf {
        self.folder.join(format!("{}{}{ENDING}", self.lead, snapshot.digest))
    }
}

/// Removes all but the last profiles whose names begin with `lead`; whatever is named otherwise is not ours.
fn remove_old(folder: &Path, lead: &str) -> io::Result<()> {
    let mut profiles: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| is_profile(name, lead)) && entry.file_type()?.is_file() {
            profiles.push((entry.metadata()?.modified()?, entry.path()));
        }
    }
    profiles.sort();
    let old = profiles.len().saturating_sub(MOST_PROFILES);
    for (_, path) in profiles.into_iter().take(old) {
        match fs::remove_file(path) {
            // Another round was faster.
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            removed => removed?,
        }
    }
    Ok(())
}

/// Whether a name is `lead`, a digest and the ending.
fn is_profile(name: &str, lead: &str) -> bool {
    let digest = name.strip_prefix(lead).and_then(|rest| rest.strip_suffix(ENDING));
    digest.is_some_and(|digest| {
        digest.len() == 32 && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
    })
}
