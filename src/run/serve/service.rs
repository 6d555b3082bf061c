//! What the parts of a service share, and the way of a round through it.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Instant;

use futures_util::future::BoxFuture;
use tokio::sync::{Mutex as AsyncMutex, Notify, mpsc};

use super::ReloadError;
use super::findings::ViewFindings;
use super::publisher::{Letter, Loss};
use super::vitals::Vitals;
use super::watched::{ConfigSource, Watched};
use crate::model::captured::CaptureCounts;
use crate::model::check::Stage;
use crate::model::exhibit::Disclosure;
use crate::model::time::{Clock, Timestamp};
use crate::publish::api::LatestRound;
use crate::publish::metrics::{Metrics, Origin, Reload, USUAL_BUDGET};
use crate::run::round::chain;
use crate::run::ticker::{Duty, Event, Job, Means, Moment, Order, Tick, Ticker, drive};

/// What the parts of a service share.
#[derive(Debug)]
pub(super) struct Service {
    source: ConfigSource,
    watched: RwLock<Arc<Watched>>,
    pub(super) metrics: Metrics,
    findings: Mutex<BTreeMap<String, ViewFindings>>,
    latest: Mutex<BTreeMap<String, Arc<LatestRound>>>,
    captured: Mutex<BTreeMap<String, CaptureCounts>>,
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
            latest: Mutex::default(),
            captured: Mutex::default(),
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

    /// The configuration file, for commands to copy.
    pub(super) fn configuration(&self) -> String {
        self.source.path.display().to_string()
    }

    /// The newest round of a view; `None` before the first one.
    pub(super) fn latest(&self, view: &str) -> Option<Arc<LatestRound>> {
        self.latest_rounds().get(view).cloned()
    }

    /// Takes in the newest round of a view.
    pub(super) fn remember(&self, latest: LatestRound) {
        let mut rounds = self.latest_rounds();
        // Asked for while nobody else can withhold: a reload finds the round here, or the round finds the reload's plan.
        let latest = latest.shown(self.watched().plan.publish.disclosure);
        rounds.insert(latest.record.round.view.clone(), Arc::new(latest));
    }

    /// Forgets the rounds of views that are not wanted.
    pub(super) fn forget(&self, is_wanted: impl Fn(&str) -> bool) {
        self.latest_rounds().retain(|view, _| is_wanted(view));
    }

    /// What became of the rows captured of a view, by the history; `None` where none were.
    pub(super) fn captured(&self, view: &str) -> Option<CaptureCounts> {
        self.capture_counts().get(view).copied().filter(|counts| counts.captured > 0)
    }

    /// Takes in what became of the rows captured of a view.
    pub(super) fn count_captured(&self, view: &str, counts: CaptureCounts) {
        self.capture_counts().insert(view.to_owned(), counts);
    }

    /// The views of which rows were captured.
    pub(super) fn counted_views(&self) -> Vec<String> {
        self.capture_counts().keys().cloned().collect()
    }

    fn capture_counts(&self) -> MutexGuard<'_, BTreeMap<String, CaptureCounts>> {
        self.captured.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets of all views what may not be shown any more.
    fn withhold(&self, disclosure: Disclosure) {
        self.findings().values_mut().for_each(|findings| findings.withhold(disclosure.values));
        self.latest_rounds().values_mut().for_each(|latest| *latest = Arc::new((**latest).clone().shown(disclosure)));
    }

    fn latest_rounds(&self) -> MutexGuard<'_, BTreeMap<String, Arc<LatestRound>>> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
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
        let watched = Arc::new(Watched::new(plan, now));
        let is_new = |name: &str| before.plan.views.iter().all(|view| view.name != name);
        let order = Order::Replan(Box::new(watched.calendar(now, &is_new)));
        self.metrics.watch(&watched.surroundings(), &watched.intervals(now));
        if watched.plan.online.kind() != before.plan.online.kind() {
            self.vitals().change_store();
        }
        let disclosure = watched.plan.publish.disclosure;
        *self.watched.write().unwrap_or_else(PoisonError::into_inner) = watched;
        self.withhold(disclosure);
        self.orders.send(order).await.map_err(|_| ReloadError::Stopping)?;
        self.metrics.reload(Reload::Taken);
        self.write(Letter::Replanned);
        Ok(())
    }

    /// Starts and abandons what is due until told to stop.
    ///
    /// A view whose last round `begun` more than an interval ago has one at once.
    pub(super) async fn keep_appointments(
        self: &Arc<Self>,
        begun: BTreeMap<String, Timestamp>,
        ordered: mpsc::Receiver<Order>,
    ) {
        let start = Instant::now();
        let now = || Moment { time: Clock::System.now(), elapsed: start.elapsed() };
        let watched = self.watched();
        let intervals = watched.intervals(now().time);
        let age = |name: &str| now().time.since(*begun.get(name)?);
        let is_due = |name: &str, interval| age(name).is_none_or(|age| age >= interval);
        let calendar =
            watched.calendar(now().time, &|name| intervals.get(name).is_some_and(|interval| is_due(name, *interval)));
        let grace = calendar.grace;
        let mut ticker = Ticker::new(calendar.jitter);
        ticker.take_on(calendar, now());
        let wait = |span| -> BoxFuture<'static, ()> { Box::pin(tokio::time::sleep(span)) };
        let keep = |tick: Tick| -> BoxFuture<'static, ()> { Box::pin(Arc::clone(self).keep(tick)) };
        let tell = |event| self.take_notice(event);
        drive(ticker, Means { now: &now, wait: &wait, keep: &keep, tell: &tell, grace }, ordered).await;
    }

    fn take_notice(&self, event: Event) {
        match event.duty().job {
            Job::Round => self.write(match event {
                Event::Started(tick) => Letter::Began(tick.duty.feature_view),
                Event::Skipped(tick) => Letter::Skipped(tick.duty.feature_view),
                Event::Overdue(duty) => Letter::Lost(duty.feature_view, Loss::Deadline),
                Event::Broken(duty) => Letter::Lost(duty.feature_view, Loss::Broken),
                Event::Abandoned(duty) => Letter::Abandoned(duty.feature_view),
                // It has told of itself.
                Event::Finished(_) => return,
            }),
            Job::Availability | Job::Comparison | Job::Capture => self.take_notice_between(&event),
        }
    }

    /// Between rounds there is no result to publish: what goes wrong is counted and logged.
    fn take_notice_between(&self, event: &Event) {
        let Duty { feature_view, job } = event.duty();
        let job = job.name();
        let lose = |loss: Loss| {
            self.metrics.fail(Stage::Sample, loss.reason());
            tracing::warn!(feature_view, job, reason = loss.reason(), "given up");
        };
        match event {
            Event::Skipped(_) => tracing::warn!(feature_view, job, "skipped, the one before still runs"),
            Event::Overdue(_) => lose(Loss::Deadline),
            Event::Broken(_) => lose(Loss::Broken),
            Event::Abandoned(_) => tracing::warn!(feature_view, job, "abandoned"),
            Event::Started(_) | Event::Finished(_) => {}
        }
    }
}
