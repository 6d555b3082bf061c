//! The lookup path: feature values for one entity, from memory where they are known and from the online store else.
//!
//! [`FeatureLookup`] holds whole rows of a view in L1, a cache in the process, bounded in bytes and in age. What L1 does
//! not have is read from the online store, L2: lookups that miss the same row share one read, and reads of many rows share
//! one pipeline per node, so that a node that is slow or dead holds up its own rows only. A row that could not be read is
//! never taken for one that is not there, and never kept.
//!
//! What is asked of every entity is fixed once, as a [`Selection`]; a lookup that L1 can answer then allocates nothing.

mod answer;
mod cache;
mod counters;
mod fetch;
mod lane;
mod row;
mod selection;
mod settings;

pub use answer::{Answer, FeatureAnswer, FeatureStatus, Tier};
pub use counters::LookupCounts;
pub use selection::{Selection, SelectionError};
pub use settings::{L1Settings, LookupSettings};

use std::sync::Arc;
use std::time::Instant;

use self::answer::{Rows, Served};
use self::cache::{Cache, Found};
use self::counters::{Counters, Outcome};
use self::fetch::Fetcher;
use crate::model::entity::EntityKey;
use crate::model::time::Clock;
use crate::model::view::FeatureView;
use crate::store::online::OnlineStore;

/// Serves features of entities. Cheap to clone; all clones share one cache.
#[derive(Clone, Debug)]
pub struct FeatureLookup {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    views: Arc<[FeatureView]>,
    cache: Arc<Cache>,
    fetcher: Fetcher,
    counters: Counters,
    clock: Clock,
}

impl FeatureLookup {
    /// Serves `views` from `store`; must be called within a tokio runtime, on which reads then run.
    #[must_use]
    pub fn new(store: Arc<OnlineStore>, views: &[FeatureView], settings: &LookupSettings) -> Self {
        let views: Arc<[FeatureView]> = views.into();
        let cache = Arc::new(Cache::new(&settings.l1));
        let fetcher = Fetcher::new(store, Arc::clone(&views), Arc::clone(&cache), settings);
        let shared = Shared { views, cache, fetcher, counters: Counters::default(), clock: Clock::System };
        Self { shared: Arc::new(shared) }
    }

    /// Fixes what is asked of every entity: features as `view:feature`, in the order of the answer.
    ///
    /// # Errors
    /// When nothing is asked, or a view or feature is not known.
    pub fn select(&self, features: &[&str]) -> Result<Selection, SelectionError> {
        Selection::new(&self.shared.views, features)
    }

    /// The features of one entity, whose key has one value per [join key](Selection::join_keys) of the selection. There is
    /// always an answer: what could not be read in time is [`FeatureStatus::Failed`].
    pub async fn lookup(&self, selection: &Selection, entity: &EntityKey) -> Answer {
        let started = Instant::now();
        match self.remember(selection, entity, started) {
            Ok(answer) => answer,
            Err(known) => self.complete(selection, (entity, known), started).await,
        }
    }

    /// The features of several entities, in their order; all are looked up at once.
    pub async fn lookup_all(&self, selection: &Selection, entities: &[EntityKey]) -> Vec<Answer> {
        futures_util::future::join_all(entities.iter().map(|entity| self.lookup(selection, entity))).await
    }

    /// What was counted since the start.
    #[must_use]
    pub fn counts(&self) -> LookupCounts {
        self.shared.counters.read()
    }

    /// Bytes that L1 holds, as it weighs them.
    #[must_use]
    pub fn l1_bytes(&self) -> u64 {
        self.shared.cache.weight()
    }

    /// Rows that L1 holds.
    #[must_use]
    pub fn l1_rows(&self) -> usize {
        self.shared.cache.len()
    }

    /// The answer, if L1 has every row of it; else what it has of them.
    fn remember(&self, selection: &Selection, entity: &EntityKey, now: Instant) -> Result<Answer, Vec<Option<Served>>> {
        let cache = &self.shared.cache;
        let served = |found: Found| Served { row: Ok(found.row), tier: Tier::L1, age: found.age };
        if let [part] = selection.parts()
            && let Some(found) = cache.get(part.view(), part.key_of(entity).as_ref(), now)
        {
            self.shared.counters.count(Outcome::Hit);
            let answer = Answer::new(selection, Rows::One([served(found)]), self.shared.clock.now());
            self.shared.counters.answered(&answer);
            return Ok(answer);
        }
        let look = |part: &selection::Part| cache.get(part.view(), part.key_of(entity).as_ref(), now).map(served);
        let known: Vec<Option<Served>> = match selection.parts() {
            [_] => vec![None],
            parts => parts.iter().map(look).collect(),
        };
        if known.iter().any(Option::is_none) {
            let nothing = known.iter().all(Option::is_none);
            self.shared.counters.count(if nothing { Outcome::Miss } else { Outcome::Partial });
            return Err(known);
        }
        self.shared.counters.count(Outcome::Hit);
        let rows = Rows::Several(known.into_iter().flatten().collect());
        let answer = Answer::new(selection, rows, self.shared.clock.now());
        self.shared.counters.answered(&answer);
        Ok(answer)
    }

    /// Fetches the rows that L1 does not have, all at once.
    async fn complete(
        &self,
        selection: &Selection,
        (entity, known): (&EntityKey, Vec<Option<Served>>),
        started: Instant,
    ) -> Answer {
        let fetcher = &self.shared.fetcher;
        let rows = match selection.parts() {
            [part] => Rows::One([fetcher.fetch(part.view(), part.key_of(entity), started).await]),
            parts => {
                let parts = parts.iter().zip(known).map(async |(part, known)| match known {
                    Some(served) => served,
                    None => fetcher.fetch(part.view(), part.key_of(entity), started).await,
                });
                Rows::Several(futures_util::future::join_all(parts).await.into())
            }
        };
        let answer = Answer::new(selection, rows, self.shared.clock.now());
        self.shared.counters.answered(&answer);
        answer
    }
}
