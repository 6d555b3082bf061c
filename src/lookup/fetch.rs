//! Rows from the online store: by lanes, within the deadline.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::answer::{Served, Tier};
use super::cache::Cache;
use super::lane::{Fetched, Joined, Joins, Lane, LaneLimits};
use super::row::Row;
use super::settings::LookupSettings;
use crate::model::entity::EntityKey;
use crate::model::online::{Unread, UnreadReason};
use crate::model::time::Clock;
use crate::model::view::FeatureView;
use crate::store::online::OnlineStore;

/// Reads rows that L1 does not have.
#[derive(Debug)]
pub(super) struct Fetcher {
    source: Arc<Source>,
    limits: LaneLimits,
    deadline: Duration,
    /// By view and [shard](OnlineStore::shard).
    lanes: RwLock<HashMap<(u32, usize), Arc<Lane>>>,
}

/// Where rows come from, and where they go.
#[derive(Debug)]
struct Source {
    store: Arc<OnlineStore>,
    views: Arc<[FeatureView]>,
    cache: Arc<Cache>,
}

impl Fetcher {
    pub(super) fn new(
        store: Arc<OnlineStore>,
        views: Arc<[FeatureView]>,
        cache: Arc<Cache>,
        settings: &LookupSettings,
    ) -> Self {
        let joins = if cache.is_on() { Joins::Unanswered } else { Joins::Unasked };
        let limits =
            LaneLimits { batch: settings.batch, in_flight: settings.in_flight.max(1), queue: settings.queue, joins };
        let source = Arc::new(Source { store, views, cache });
        Self { source, limits, deadline: settings.deadline, lanes: RwLock::default() }
    }

    /// The row of an entity in a view, or why there is none by the deadline of a lookup that began at `started`.
    pub(super) async fn fetch(&self, view: u32, entity: &EntityKey, started: Instant) -> Served {
        let row = match self.join(view, entity) {
            None => Err(failure(UnreadReason::Timeout, "too many lookups wait for the node")),
            Some(fetched) => {
                let until = tokio::time::Instant::from_std(started + self.deadline);
                match tokio::time::timeout_at(until, fetched).await {
                    Ok(Ok(fetched)) => fetched,
                    Ok(Err(_)) => Err(failure(UnreadReason::Protocol, "the read broke off")),
                    Err(_) => Err(failure(UnreadReason::Timeout, "no answer within the deadline of the lookup")),
                }
            }
        };
        let age = row.as_ref().map(|row| row.asked_at.elapsed()).unwrap_or_default();
        Served { row, tier: Tier::L2, age }
    }

    fn join(&self, view: u32, entity: &EntityKey) -> Option<oneshot::Receiver<Fetched>> {
        let lane = self.lane(view, entity)?;
        match lane.join(entity) {
            Joined::Wait(fetched) => Some(fetched),
            Joined::Start(fetched) => {
                tokio::spawn(read(Arc::clone(&self.source), view, lane));
                Some(fetched)
            }
            Joined::Full => None,
        }
    }

    fn lane(&self, view: u32, entity: &EntityKey) -> Option<Arc<Lane>> {
        let shard = self.source.store.shard(self.source.view(view)?, entity);
        let known = self.lanes.read().unwrap_or_else(PoisonError::into_inner).get(&(view, shard)).cloned();
        known.or_else(|| {
            let mut lanes = self.lanes.write().unwrap_or_else(PoisonError::into_inner);
            Some(Arc::clone(lanes.entry((view, shard)).or_insert_with(|| Arc::new(Lane::new(self.limits)))))
        })
    }
}

impl Source {
    fn view(&self, view: u32) -> Option<&FeatureView> {
        self.views.get(view as usize)
    }
}

/// Asks for the rows of a lane until none wait.
async fn read(source: Arc<Source>, view: u32, lane: Arc<Lane>) {
    let Some(of_view) = source.view(view) else { return };
    loop {
        let question = lane.next();
        if question.rows.is_empty() {
            return;
        }
        let asked_at = Instant::now();
        let readings = source.store.read(of_view, &question.rows, Clock::System).await;
        let rows = readings.into_iter().map(|reading| reading.row.map(|row| Arc::new(Row::new(row, asked_at))));
        let fetched: Vec<Fetched> = rows.collect();
        // First kept, then answered: who comes in between finds the row in one of the two.
        for (entity, row) in question.rows.iter().zip(&fetched) {
            if let Ok(row) = row {
                source.cache.keep(view, entity, row);
            }
        }
        lane.answer(question, fetched);
    }
}

fn failure(reason: UnreadReason, message: &str) -> Unread {
    Unread { reason, message: message.into() }
}
