//! Rows from the online store: by lanes, within the deadline.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use foldhash::quality::RandomState;
use tokio::sync::oneshot;
use tokio::time::error::Elapsed;

use super::answer::{Served, Tier};
use super::cache::Cache;
use super::lane::{Fetched, Joined, Joins, Lane, LaneLimits};
use super::row::Row;
use super::settings::LookupSettings;
use crate::model::entity::EntityKey;
use crate::model::online::{OnlineRow, Unread, UnreadReason};
use crate::model::time::{Clock, Timestamp};
use crate::model::view::FeatureView;
use crate::store::online::{LookedUp, OnlineStore, PreparedView};

/// Reads rows that L1 does not have.
#[derive(Debug)]
pub(super) struct Fetcher {
    source: Arc<Source>,
    limits: LaneLimits,
    deadline: Duration,
    /// By view and [shard](OnlineStore::shard).
    lanes: RwLock<HashMap<(u32, usize), Arc<Lane>, RandomState>>,
}

/// Where rows come from, and where they go.
#[derive(Debug)]
struct Source {
    store: Arc<OnlineStore>,
    views: Vec<PreparedView>,
    /// What each view allows its rows to be old.
    ttls: Vec<Option<Duration>>,
    cache: Arc<Cache>,
    /// Time for one question: less than a lookup has, so that what is known of a row by then still comes in time.
    patience: Duration,
    negative_ttl: Duration,
}

/// Which lookups a failed read of a row may be the answer to.
enum Read {
    /// Those that waited for it to begin.
    Own(oneshot::Receiver<Fetched>),
    /// Those that joined it later have the right to one of their own.
    Others(oneshot::Receiver<Fetched>),
}

impl Fetcher {
    pub(super) fn new(
        store: Arc<OnlineStore>,
        views: &[FeatureView],
        cache: Arc<Cache>,
        settings: &LookupSettings,
    ) -> Self {
        let joins = if cache.is_on() { Joins::Unanswered } else { Joins::Unasked };
        let limits = LaneLimits {
            batch: settings.batch.max(1),
            in_flight: settings.in_flight.max(1),
            queue: settings.queue,
            joins,
        };
        let prepared = views.iter().map(|view| store.prepare(view)).collect();
        let source = Source {
            store,
            views: prepared,
            ttls: views.iter().map(|view| view.ttl).collect(),
            cache,
            patience: settings.deadline / 8 * 7,
            negative_ttl: settings.l1.negative_ttl,
        };
        let source = Arc::new(source);
        Self { source, limits, deadline: settings.deadline, lanes: RwLock::default() }
    }

    /// The row of an entity in a view, or why there is none by the deadline of a lookup that began at `started`.
    pub(super) async fn fetch(&self, view: u32, entity: &EntityKey, started: Instant) -> Served {
        let until = tokio::time::Instant::from_std(started + self.deadline);
        let row = match self.join(view, entity) {
            None => Err(crowded()),
            Some(Read::Own(fetched)) => came(tokio::time::timeout_at(until, fetched).await),
            Some(Read::Others(fetched)) => match came(tokio::time::timeout_at(until, fetched).await) {
                // The question may have been out of time before this lookup began.
                Err(_) if tokio::time::Instant::now() < until => match self.join(view, entity) {
                    None => Err(crowded()),
                    Some(Read::Own(fetched) | Read::Others(fetched)) => {
                        came(tokio::time::timeout_at(until, fetched).await)
                    }
                },
                fetched => fetched,
            },
        };
        let age = row.as_ref().map(|row| row.asked_at.elapsed()).unwrap_or_default();
        Served { row, tier: Tier::L2, age }
    }

    fn join(&self, view: u32, entity: &EntityKey) -> Option<Read> {
        let lane = self.lane(view, entity)?;
        match lane.join(entity) {
            Joined::Wait(fetched) => Some(Read::Own(fetched)),
            Joined::Late(fetched) => Some(Read::Others(fetched)),
            Joined::Start(fetched) => {
                tokio::spawn(read(Arc::clone(&self.source), view, lane));
                Some(Read::Own(fetched))
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
    fn view(&self, view: u32) -> Option<&PreparedView> {
        self.views.get(view as usize)
    }

    /// The row as it may be kept: when its view's ttl is over it may be in the store anew, so that it is asked for again
    /// then; one that is older already is asked for as often as one that is not there.
    fn row(&self, view: u32, (row, unread): (OnlineRow, Vec<usize>), asked_at: (Instant, Timestamp)) -> Row {
        let mut row = Row::new(row, unread.into(), asked_at.0);
        let ttl = self.ttls.get(view as usize).copied().flatten();
        if let (Some(ttl), Some(event)) = (ttl, row.event_timestamp) {
            let age = asked_at.1.since(event).unwrap_or_default();
            let left = ttl.saturating_sub(age).max(self.negative_ttl);
            row.remaining_ttl = row.remaining_ttl.into_iter().chain([left]).min();
        }
        row
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
        let (asked_at, asked_on) = (Instant::now(), Clock::System.now());
        let found = source.store.look_up(of_view, &question.rows, asked_at + source.patience).await;
        let rows = found.into_iter().map(|LookedUp { row, unread }| {
            row.map(|row| Arc::new(source.row(view, (row, unread), (asked_at, asked_on))))
        });
        let fetched: Vec<Fetched> = rows.collect();
        // First kept, then answered: who comes in between finds the row in one of the two.
        for (entity, row) in question.rows.iter().zip(&fetched) {
            // No failure is kept, of single features neither.
            if let Ok(row) = row
                && row.is_sound()
            {
                source.cache.keep(view, entity, row);
            }
        }
        lane.answer(question, &fetched);
    }
}

fn came(fetched: Result<Result<Fetched, oneshot::error::RecvError>, Elapsed>) -> Fetched {
    match fetched {
        Ok(Ok(fetched)) => fetched,
        Ok(Err(_)) => Err(failure(UnreadReason::Timeout, "the read broke off")),
        Err(_) => Err(failure(UnreadReason::Timeout, "no answer within the deadline of the lookup")),
    }
}

fn crowded() -> Unread {
    failure(UnreadReason::Timeout, "too many lookups wait for the node")
}

fn failure(reason: UnreadReason, message: &str) -> Unread {
    Unread { reason, message: message.into() }
}
