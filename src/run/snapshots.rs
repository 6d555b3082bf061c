//! What is known of the snapshots of views as a whole: what models were trained on, and the newest one beside the one
//! before.
//!
//! Each snapshot is read once: its profile is kept by its identity, and the next round asks the store for no more than a
//! listing. What goes wrong is a failure of the view, and the round goes on.

use std::collections::BTreeSet;

use super::profiles::{Kept, Purpose};
use super::round::chain;
use super::view::Watch;
use crate::drift::profile;
use crate::evidence::{Successive, Trained};
use crate::model::check::{Failure, Stage};
use crate::model::figure;
use crate::model::measurement::ComparedSnapshots;
use crate::model::time::Timestamp;
use crate::stats::profile::{DocumentError, Settings, TableProfile};
use crate::store::snapshot::{Listing, SnapshotError, SnapshotStore};

/// A file larger than this is no profile, and is not read to find out.
const MOST_BYTES: u64 = 1 << 28;

/// Snapshots by their profiles.
pub(super) struct Snapshots<'a> {
    /// Access to them.
    pub(super) store: &'a SnapshotStore,
    /// Where profiles are kept; `None` keeps none.
    pub(super) kept: Option<Kept<'a>>,
    /// The time of the round.
    pub(super) now: Timestamp,
}

/// What is to be known of which snapshot.
struct Wanted<'a> {
    watch: &'a Watch<'a>,
    purpose: Purpose,
    address: &'a str,
    columns: BTreeSet<String>,
}

/// Why a snapshot has no profile.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ProfileError {
    /// It could not be listed or read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A file that should be a profile is none.
    #[error("could not read the profile {location}")]
    Document {
        /// The file.
        location: String,
        /// What is wrong with it.
        source: DocumentError,
    },
    /// A file that should be a profile is so large that it is none.
    #[error("could not read the profile {location}: no profile has {size}")]
    TooLarge {
        /// The file.
        location: String,
        /// Its size, in words.
        size: String,
    },
}

impl ProfileError {
    const fn reason(&self) -> &'static str {
        match self {
            Self::Snapshot(error) => error.reason(),
            Self::Document { .. } | Self::TooLarge { .. } => "profile",
        }
    }
}

/// The profile that was named instead of a snapshot; `None` where Parquet files were listed.
///
/// # Errors
/// When it cannot be read, or is no profile.
pub(crate) async fn given(store: &SnapshotStore, listing: &Listing) -> Result<Option<TableProfile>, ProfileError> {
    let Some(location) = listing.other_file() else { return Ok(None) };
    let size = listing.identity().files.iter().map(|file| file.size).sum();
    if size > MOST_BYTES {
        return Err(ProfileError::TooLarge { location: location.to_owned(), size: figure::bytes(size) });
    }
    let document = |source| ProfileError::Document { location: location.to_owned(), source };
    TableProfile::from_json(&store.fetch_if_new(location).await?).map(Some).map_err(document)
}

impl Snapshots<'_> {
    /// What served values of the view are held against.
    pub(super) async fn trained(&self, watch: &Watch<'_>, failures: &mut Vec<Failure>) -> Trained {
        let Some(address) = &watch.view.reference else { return Trained::NewestVersions };
        match self.named(watch, address, failures).await {
            Ok(profile) => Trained::Profile(Box::new(profile)),
            Err(error) => {
                let message = format!("served values were not held against the reference: {}", chain(&error));
                failures.push(watch.failure(Stage::Measure, error.reason(), message));
                Trained::Unreadable
            }
        }
    }

    /// The newest snapshot of the view that is complete and the one before; `None` where there are no two, or where
    /// profiles are not kept: to compare them each round would be to read them each round.
    pub(super) async fn successive(&self, watch: &Watch<'_>, failures: &mut Vec<Failure>) -> Option<Successive> {
        self.kept?;
        match self.newest_two(watch, failures).await {
            Ok(found) => found,
            Err(error) => {
                let message = format!("the newest snapshot was not held against the one before: {}", chain(&error));
                failures.push(watch.failure(Stage::Measure, error.reason(), message));
                None
            }
        }
    }

    async fn named(
        &self,
        watch: &Watch<'_>,
        address: &str,
        failures: &mut Vec<Failure>,
    ) -> Result<TableProfile, ProfileError> {
        let listing = self.store.listing(address, &watch.view.source).await?;
        if let Some(profile) = given(self.store, &listing).await? {
            return Ok(profile);
        }
        let view = watch.view;
        let columns = view.features.iter().flat_map(|feature| view.names_in_reference(&feature.name)).collect();
        let wanted = Wanted { watch, purpose: Purpose::Reference, address, columns };
        self.of_listing(&wanted, (&listing, None), failures).await
    }

    async fn newest_two(
        &self,
        watch: &Watch<'_>,
        failures: &mut Vec<Failure>,
    ) -> Result<Option<Successive>, ProfileError> {
        let parts = self.store.parts(watch.view, self.now).await?;
        let [.., before, newest] = parts.as_slice() else { return Ok(None) };
        let name = |part: &Listing| part.time().map(|time| time.name.clone()).unwrap_or_default();
        let names = ComparedSnapshots { before: name(before), newest: name(newest) };
        let source = &watch.view.source;
        let columns = watch.view.features.iter().map(|feature| source.column_of(&feature.name).to_owned()).collect();
        let wanted = Wanted { watch, purpose: Purpose::Partition, address: &source.location, columns };
        let before = self.of_listing(&wanted, (before, None), failures).await?;
        let newest = self.of_listing(&wanted, (newest, Some(&before)), failures).await?;
        Ok(Some(Successive { names, before, newest }))
    }

    /// The kept profile of listed files, or one that is made now and kept; over the edges of another one if asked.
    async fn of_listing(
        &self,
        wanted: &Wanted<'_>,
        (listing, over): (&Listing, Option<&TableProfile>),
        failures: &mut Vec<Failure>,
    ) -> Result<TableProfile, ProfileError> {
        let shelf = self.kept.map(|kept| kept.shelf(wanted.purpose, wanted.address, &wanted.columns));
        let snapshot_time = listing.time().map(|time| time.end);
        if let Some(shelf) = &shelf
            && let Some(profile) = shelf.load(&listing.identity(), snapshot_time).await
            && over.is_none_or(|over| over.ruler_digest() == profile.ruler_digest())
        {
            return Ok(profile);
        }
        let table = self.store.listed(listing).await?;
        let columns = table.columns().iter().map(|column| column.name.clone());
        let settings = Settings {
            columns: columns.filter(|column| wanted.columns.contains(column)).collect(),
            edges_of: over.map(|over| over.ruler_digest().to_owned()),
            snapshot_time,
        };
        let profile = profile(&table, &settings, over, self.now).await?;
        if let Some(shelf) = &shelf
            && let Err(error) = shelf.keep(&profile).await
        {
            let failure = wanted.watch.failure(Stage::Publish, "profile", chain(&error));
            // What one profile meets in the folder, the others meet too, of whatever view.
            if failures.iter().all(|told| told.message != failure.message) {
                failures.push(failure);
            }
        }
        Ok(profile)
    }
}
