//! What the parts of a service share, and the way of a round through it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::sync::{Mutex as AsyncMutex, Notify, mpsc, oneshot};

use super::ReloadError;
use super::findings::ViewFindings;
use super::publisher::{EndedRound, Letter, Loss};
use super::vitals::Vitals;
use super::watched::{ConfigSource, Watched};
use crate::model::measurement::RoundReport;
use crate::model::time::{Clock, Timestamp};
use crate::publish::metrics::{Metrics, Origin, Reach, Reload, USUAL_BUDGET, cells};
use crate::run::round::{RoundOptions, Stores, chain, view_round};
use crate::run::ticker::{Event, Jitter, Means, Moment, Order, Tick, Ticker, drive};

/// What the parts of a service share.
#[derive(Debug)]
pub(super) struct Service {
    source: ConfigSource,
    watched: RwLock<Arc<Watched>>,
    pub(super) metrics: Metrics,
    findings: Mutex<BTreeMap<String, ViewFindings>>,
    vitals: Mutex<Vitals>,
    news: Notify,
    letters: mpsc::UnboundedSender<Letter>,
    pub(super) orders: mpsc::Sender<Order>,
    reloading: AsyncMutex<()>,
    pub(super) is_ready: AtomicBool,
}

impl Service {
    pub(super) fn new(
        source: ConfigSource,
        watched: Watched,
        (letters, orders): (mpsc::UnboundedSender<Letter>, mpsc::Sender<Order>),
    ) -> Self {
        let now = Clock::System.now();
        let metrics = Metrics::new(Origin {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            revision: option_env!("SKEWWATCH_REVISION").unwrap_or("unknown").to_owned(),
            started_at: now,
            budget: USUAL_BUDGET,
        });
        metrics.watch(&watched.surroundings(), &watched.intervals(now));
        Self {
            source,
            watched: RwLock::new(Arc::new(watched)),
            metrics,
            findings: Mutex::default(),
            vitals: Mutex::new(Vitals::new(now)),
            news: Notify::new(),
            letters,
            orders,
            reloading: AsyncMutex::new(()),
            is_ready: AtomicBool::new(false),
        }
    }

    /// Whether what was known is restored.
    pub(super) fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Acquire)
    }

    pub(super) fn watched(&self) -> Arc<Watched> {
        Arc::clone(&self.watched.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn findings(&self) -> MutexGuard<'_, BTreeMap<String, ViewFindings>> {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn vitals(&self) -> MutexGuard<'_, Vitals> {
        self.vitals.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until something has happened that others may have to be told.
    pub(super) async fn news(&self) {
        self.news.notified().await;
    }

    /// Says that something has happened that others may have to be told.
    pub(super) fn tell_news(&self) {
        self.news.notify_one();
    }

    pub(super) fn write(&self, letter: Letter) {
        if self.letters.send(letter).is_err() {
            tracing::error!("the publisher is gone");
        }
    }

    /// Shows which findings fire: that may change with the time alone, when maintenance begins or a term is over.
    pub(super) fn refresh(&self, now: Timestamp) {
        let watched = self.watched();
        for (view, findings) in &*self.findings() {
            self.metrics.fire(view, findings.firing(&watched.plan, now));
        }
    }

    /// Reads the configuration again and takes it on; one that is no good changes nothing.
    pub(super) async fn reload(&self) -> Result<(), ReloadError> {
        let _one_at_a_time = self.reloading.lock().await;
        let outcome = self.take_on().await;
        match &outcome {
            Ok(()) => tracing::info!("configuration read again"),
            Err(error) => {
                self.metrics.reload(Reload::Refused);
                tracing::error!(cause = chain(error), "configuration refused, the one before stays");
            }
        }
        outcome
    }

    async fn take_on(&self) -> Result<(), ReloadError> {
        let plan = self.source.load().await?;
        let before = self.watched();
        for (key, is_same) in [
            ("metrics", plan.publish.metrics == before.plan.publish.metrics),
            ("history", plan.publish.history == before.plan.publish.history),
        ] {
            if !is_same {
                return Err(ReloadError::Fixed { key });
            }
        }
        let now = Clock::System.now();
        let watched = Arc::new(Watched::new(plan));
        let order = Order::Replan(watched.timetables(now));
        self.metrics.watch(&watched.surroundings(), &watched.intervals(now));
        if watched.plan.online.kind() != before.plan.online.kind() {
            self.vitals().change_store();
        }
        *self.watched.write().unwrap_or_else(PoisonError::into_inner) = watched;
        self.orders.send(order).await.map_err(|_| ReloadError::Stopping)?;
        self.metrics.reload(Reload::Taken);
        self.write(Letter::Replanned);
        Ok(())
    }

    /// Starts and abandons rounds until told to stop.
    pub(super) async fn keep_appointments(
        self: &Arc<Self>,
        (jitter, grace): (Jitter, Duration),
        ordered: mpsc::Receiver<Order>,
    ) {
        let begun = Instant::now();
        let now = || Moment { time: Clock::System.now(), elapsed: begun.elapsed() };
        let mut ticker = Ticker::new(jitter);
        ticker.replan(self.watched().timetables(now().time), now());
        let wait = |span| -> BoxFuture<'static, ()> { Box::pin(tokio::time::sleep(span)) };
        let round = |tick: Tick| -> BoxFuture<'static, ()> { Box::pin(Arc::clone(self).keep(tick)) };
        let tell = |event| {
            self.write(match event {
                Event::Started(tick) => Letter::Began(tick.feature_view),
                Event::Skipped(tick) => Letter::Skipped(tick.feature_view),
                Event::Overdue(view) => Letter::Lost(view, Loss::Deadline),
                Event::Broken(view) => Letter::Lost(view, Loss::Broken),
                Event::Abandoned(view) => Letter::Abandoned(view),
                // It has told of itself.
                Event::Finished(_) => return,
            });
        };
        drive(ticker, Means { now: &now, wait: &wait, round: &round, tell: &tell, grace }, ordered).await;
    }

    /// One round of one view, from its appointment to its publication.
    async fn keep(self: Arc<Self>, tick: Tick) {
        let watched = self.watched();
        let Some(view) = watched.plan.views.iter().find(|view| view.name == tick.feature_view) else { return };
        let online = watched.online().await;
        let stores = Stores { online: online.as_deref(), snapshots: &watched.snapshots };
        let options = RoundOptions { as_of: None, progress: &|_| {} };
        let report = view_round(&watched.plan, view, (stores, options)).await;
        self.metrics.add_bytes_read(watched.take_bytes_read());
        let reach = match &online {
            Ok(_) => reach(&report, &tick.feature_view),
            Err(_) => Reach::Down,
        };
        if let (Ok(online), Reach::Down) = (&online, reach) {
            watched.forget(online).await;
        }
        let (published, publication) = oneshot::channel();
        let round = Box::new(EndedRound { view: tick.feature_view, report, reach });
        self.write(Letter::Ended { round, published });
        // The publisher is gone only when the service is.
        let _ = publication.await;
    }
}

/// Whether the store answered in a round of the view.
fn reach(report: &RoundReport, view: &str) -> Reach {
    let record = crate::history::RoundRecord::of(report, view);
    match record.round.measured.as_ref().map(cells) {
        None | Some((0, _)) => Reach::Unknown,
        Some((all, unread)) if unread < all => Reach::Up,
        Some(_) => Reach::Down,
    }
}
