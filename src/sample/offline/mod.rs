//! The offline side of a draw: from disk where the snapshot was read before, else from the snapshot.
//!
//! A snapshot that does not change says the same every round: which keys the seed chooses, and what their versions are. So
//! both are kept by the snapshot's identity and by all that the choice depends on, and a round over an unchanged snapshot
//! costs a listing. A key that comes from elsewhere needs no reading either if the choice would have kept it: not among the
//! chosen, it is not in the snapshot.
//!
//! Rows that lie in the future when a snapshot is read come into sight later; what is kept counts as long as none does.

mod held;

use std::collections::BTreeSet;

use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::draw::{SampleError, Sides};
use super::settings::{KeySource, SampleSettings};
use crate::kept::Shelf;
use crate::model::choice::{KeyChoice, KeyCollector};
use crate::model::entity::EntityKey;
use crate::model::history::History;
use crate::model::time::Timestamp;
use crate::model::view::FeatureView;
use crate::store::snapshot::{ListedSnapshot, Snapshot, SnapshotError};
use held::{Found, HISTORIES, Held};

/// The offline side of one draw.
pub(super) struct Offline {
    view: String,
    listed: ListedSnapshot,
    choice: KeyChoice,
    kept: Option<Place>,
    held: Option<Held>,
    opened: Option<Snapshot>,
    chosen: Option<KeyCollector>,
    /// What went wrong with what is kept; the draw goes on without it.
    pub(super) failures: Vec<SampleError>,
}

/// Where the history of a snapshot and a choice is kept.
struct Place {
    shelf: Shelf,
    digest: String,
}

impl Offline {
    /// Lists the view's snapshot and looks for what is kept of it; `choose` gives the choice of keys over it.
    pub(super) async fn open(
        view: &FeatureView,
        (settings, choose): (&SampleSettings, impl FnOnce(&str) -> KeyChoice),
        (sides, now): (&Sides<'_>, Timestamp),
    ) -> Result<Self, SnapshotError> {
        let listed = sides.snapshots.list(view, now).await?;
        let choice = choose(&listed.identity().digest);
        let kept = settings.cache.folder().map(|folder| {
            let place = xxh3_64(format!("{}\0{}", view.name, view.source.location).as_bytes());
            let offers = settings.sources.contains(&KeySource::Offline);
            let made_from = format!(
                "{:?}",
                (&listed.identity().digest, choice, offers, &view.join_keys, &view.features, &view.source)
            );
            Place {
                shelf: Shelf::new(folder, format!("{place:016x}-"), HISTORIES),
                digest: format!("{:032x}", xxh3_128(made_from.as_bytes())),
            }
        });
        let mut offline = Self {
            view: view.name.clone(),
            listed,
            choice,
            kept,
            held: None,
            opened: None,
            chosen: None,
            failures: Vec::new(),
        };
        offline.held = offline.load(view.features.len()).await.filter(|held| held.whole.sight.holds(now));
        Ok(offline)
    }

    /// The choice of keys.
    pub(super) const fn choice(&self) -> KeyChoice {
        self.choice
    }

    async fn load(&mut self, features: usize) -> Option<Held> {
        let Place { shelf, digest } = self.kept.as_ref()?;
        let view = || self.view.clone();
        let failure = match shelf.load(digest).await {
            Ok(None) => return None,
            Ok(Some(bytes)) => match Held::unpack(&bytes, features) {
                Found::Held(held) => return Some(*held),
                Found::OtherVersion => return None,
                Found::Damaged => SampleError::Damaged { view: view() },
            },
            Err(source) => SampleError::KeptUnread { view: view(), source },
        };
        self.failures.push(failure);
        None
    }

    /// The keys that the choice takes from the snapshot.
    pub(super) async fn choose(&mut self) -> Result<KeyCollector, SnapshotError> {
        if let Some(chosen) = self.held.as_ref().and_then(|held| held.chosen.as_ref()) {
            return Ok(chosen.clone());
        }
        let mut collector = KeyCollector::new(self.choice);
        self.snapshot().await?.choose_keys(&mut collector).await?;
        self.chosen = Some(collector.clone());
        Ok(collector)
    }

    /// The versions of at least `keys`; keeps what was read for them.
    pub(super) async fn history(&mut self, keys: &[EntityKey]) -> Result<History, SnapshotError> {
        if self.kept.is_none() {
            return self.snapshot().await?.history(keys).await;
        }
        let held = match self.held.take() {
            Some(held) => {
                let unknown = held.unknown(keys);
                if unknown.is_empty() {
                    held
                } else {
                    let (versions, _) = self.snapshot().await?.versions(&unknown).await?;
                    self.keep(held.extended(versions, keys)).await
                }
            }
            None => {
                let chosen = self.chosen.take();
                let mut wanted: BTreeSet<EntityKey> = keys.iter().cloned().collect();
                wanted.extend(chosen.iter().flat_map(|chosen| chosen.clone().into_keys()));
                let wanted: Vec<EntityKey> = wanted.into_iter().collect();
                let (versions, whole) = self.snapshot().await?.versions(&wanted).await?;
                self.keep(Held { whole, chosen, versions }).await
            }
        };
        Ok(History::of(self.listed.facts(&held.whole)?, &held.versions))
    }

    async fn keep(&mut self, held: Held) -> Held {
        if let Some(Place { shelf, digest }) = &self.kept
            && let Err(source) = shelf.keep(digest, held.pack()).await
        {
            self.failures.push(SampleError::Keep { view: self.view.clone(), source });
        }
        held
    }

    async fn snapshot(&mut self) -> Result<&Snapshot, SnapshotError> {
        let opened = match self.opened.take() {
            Some(opened) => opened,
            None => self.listed.open().await?,
        };
        Ok(self.opened.insert(opened))
    }
}
