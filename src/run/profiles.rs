//! Profiles of snapshots, kept in a folder by the identity of their snapshot.
//!
//! A snapshot that was seen before is not read again. What cannot be read as a profile counts as not kept: it is made anew
//! and replaced. Of each place only the profiles written last are kept, so that the folder does not grow with the days.

use std::collections::BTreeSet;
use std::path::Path;

use xxhash_rust::xxh3::xxh3_64;

use crate::kept::file::Readers;
use crate::kept::{KeepError, Shelf, ShelfKind};
use crate::model::history::SnapshotIdentity;
use crate::model::time::Timestamp;
use crate::stats::profile::TableProfile;

/// Of a place, the two profiles that a round compares, and room for rounds as of other times.
const PROFILES: ShelfKind =
    ShelfKind { one: "a profile", many: "profiles", ending: ".profile.json", most: 8, readers: Readers::All };

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
pub(super) struct Profiles(Shelf);

impl<'a> Kept<'a> {
    /// Profiles in `folder`, which is made when the first one is kept.
    pub(super) const fn new(folder: &'a Path) -> Self {
        Self { folder }
    }

    /// The profiles of what lies at an address. Views over the same files may want other columns, and each has its own.
    pub(super) fn shelf(&self, purpose: Purpose, address: &str, columns: &BTreeSet<String>) -> Profiles {
        let purpose = match purpose {
            Purpose::Reference => "reference",
            Purpose::Partition => "partition",
        };
        let place: Vec<&str> = std::iter::once(address).chain(columns.iter().map(String::as_str)).collect();
        let place = xxh3_64(place.join("\0").as_bytes());
        Profiles(Shelf::new(self.folder, format!("{purpose}-{place:016x}-"), PROFILES))
    }
}

impl Profiles {
    /// The profile of a snapshot that was taken at this time; `None` where there is none that could be read.
    pub(super) async fn load(
        &self,
        snapshot: &SnapshotIdentity,
        snapshot_time: Option<Timestamp>,
    ) -> Option<TableProfile> {
        let bytes = self.0.load(&snapshot.digest).await.ok()??;
        let is_asked_for = |profile: &TableProfile| {
            profile.snapshot.digest == snapshot.digest && profile.settings.snapshot_time == snapshot_time
        };
        TableProfile::from_json(&bytes).ok().filter(is_asked_for)
    }

    /// Keeps a profile, and removes what was written before the last few.
    ///
    /// # Errors
    /// When it cannot be written, or an old one cannot be removed.
    pub(super) async fn keep(&self, profile: &TableProfile) -> Result<(), KeepError> {
        let text = profile.to_json().map_err(|error| self.0.unwritten(error.into()))?;
        self.0.keep(&profile.snapshot.digest, text.into_bytes()).await
    }
}
