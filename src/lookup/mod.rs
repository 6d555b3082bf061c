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
mod rehearsal;
mod row;
mod selection;
mod settings;

pub use answer::{Answer, FeatureAnswer, FeatureStatus, Tier};
pub use counters::LookupCounts;
pub use rehearsal::Rehearsal;
pub use selection::{Selection, SelectionError};
pub use settings::{L1Settings, LookupSettings};

use std::sync::Arc;
use std::time::Instant;

use self::answer::{Rows, Served};
use self::cache::Cache;
use self::counters::{Counters, Outcome, Tally};
use self::fetch::Fetcher;
use self::selection::Part;
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
    counters: Arc<Counters>,
    tally: Tally,
    clock: Clock,
}

/// A lookup that L1 could not answer.
#[derive(Debug)]
pub struct Missed {
    selection: Selection,
    entity: EntityKey,
    /// What L1 has, per part of the selection; nothing where there is one part only.
    known: Vec<Option<Served>>,
    started: Instant,
}

impl FeatureLookup {
    /// Serves `views` from `store`; must be called within a tokio runtime, on which reads then run.
    #[must_use]
    pub fn new(store: Arc<OnlineStore>, views: &[FeatureView], settings: &LookupSettings) -> Self {
        let views: Arc<[FeatureView]> = views.into();
        let cache = Arc::new(Cache::new(&settings.l1));
        let fetcher = Fetcher::new(store, &views, Arc::clone(&cache), settings);
        let tally = Tally::default();
        let shared = Shared { views, cache, fetcher, counters: tally.join(), tally, clock: Clock::System };
        Self { shared: Arc::new(shared) }
    }

    /// Fixes what is asked of every entity: features as `view:feature`, in the order of the answer.
    ///
    /// # Errors
    /// When nothing is asked, or a view or feature is not known.
    pub fn select(&self, features: &[&str]) -> Result<Selection, SelectionError> {
        Selection::new(&self.shared.views, features)
    }

    /// The same L1 and the same counts over another connection, for a thread with a runtime of its own.
    #[must_use]
    pub fn beside(&self, store: Arc<OnlineStore>, settings: &LookupSettings) -> Self {
        let (views, cache) = (Arc::clone(&self.shared.views), Arc::clone(&self.shared.cache));
        let fetcher = Fetcher::new(store, &views, Arc::clone(&cache), settings);
        let tally = self.shared.tally.clone();
        let counters = tally.join();
        Self { shared: Arc::new(Shared { views, cache, fetcher, counters, tally, clock: self.shared.clock }) }
    }

    /// The features of one entity, whose key has one value per [join key](Selection::join_keys) of the selection. There is
    /// always an answer: what could not be read in time is [`FeatureStatus::Failed`].
    pub async fn lookup(&self, selection: &Selection, entity: &EntityKey) -> Answer {
        match self.recall(selection, entity) {
            Ok(answer) => answer,
            Err(missed) => self.fetch(missed).await,
        }
    }

    /// The first half of [`FeatureLookup::lookup`], which waits for nothing: the answer, if L1 has all of it.
    ///
    /// # Errors
    /// What L1 does not have, for [`FeatureLookup::fetch`].
    pub fn recall(&self, selection: &Selection, entity: &EntityKey) -> Result<Answer, Missed> {
        let started = Instant::now();
        let shared = &self.shared;
        let look = |part: &Part| {
            let found = shared.cache.get(part.view(), &part.key_of(entity), started)?;
            Some(Served { row: Ok(found.row), tier: Tier::L1, age: found.age })
        };
        let rows = match selection.parts() {
            [part] => look(part).map(|row| Rows::One([row])).ok_or_else(Vec::new),
            parts => {
                let known: Vec<Option<Served>> = parts.iter().map(look).collect();
                let is_all = known.iter().all(Option::is_some);
                if is_all { Ok(Rows::Several(known.into_iter().flatten().collect())) } else { Err(known) }
            }
        };
        match rows {
            Ok(rows) => Ok(self.answer(selection, rows, Outcome::Hit)),
            Err(known) => Err(Missed { selection: selection.clone(), entity: entity.clone(), known, started }),
        }
    }

    /// The second half: reads what L1 did not have, all of it at once, and counts time from the first half on.
    pub async fn fetch(&self, missed: Missed) -> Answer {
        let Missed { selection, entity, known, started } = missed;
        let outcome = if known.iter().any(Option::is_some) { Outcome::Partial } else { Outcome::Miss };
        let fetcher = &self.shared.fetcher;
        let rows = match selection.parts() {
            [part] => Rows::One([fetcher.fetch(part.view(), &part.key_of(&entity), started).await]),
            parts => {
                let parts = parts.iter().zip(known).map(async |(part, known)| match known {
                    Some(served) => served,
                    None => fetcher.fetch(part.view(), &part.key_of(&entity), started).await,
                });
                Rows::Several(futures_util::future::join_all(parts).await.into())
            }
        };
        self.answer(&selection, rows, outcome)
    }

    /// The features of several entities, in their order; all are looked up at once.
    pub async fn lookup_all(&self, selection: &Selection, entities: &[EntityKey]) -> Vec<Answer> {
        futures_util::future::join_all(entities.iter().map(|entity| self.lookup(selection, entity))).await
    }

    /// What was counted since the start, [beside](FeatureLookup::beside) too; a lookup is counted when it is answered.
    #[must_use]
    pub fn counts(&self) -> LookupCounts {
        self.shared.tally.read()
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

    fn answer(&self, selection: &Selection, rows: Rows, outcome: Outcome) -> Answer {
        let has_ttl = selection.parts().iter().any(|part| part.ttl().is_some());
        let answer = Answer::new(selection, rows, has_ttl.then(|| self.shared.clock.now()));
        self.shared.counters.count(outcome, answer.completeness());
        answer
    }
}
