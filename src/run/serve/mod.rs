//! The service: rounds of every view on its schedule, published as they end, until told to stop.
//!
//! Three parts run beside each other: the ticker, which starts and abandons rounds; the publisher, one thread that takes
//! in their results; and the HTTP server. They share a `Service`. A view's failure stays its own; a configuration that
//! is no good changes nothing.

mod findings;
mod http;
mod publisher;
mod restore;
mod signals;
mod watched;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use tokio::net::TcpListener;
use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};

use self::findings::ViewFindings;
use self::publisher::{EndedRound, Letter, Loss, Publisher};
use self::watched::Watched;
pub use self::watched::{ConfigSource, surroundings};
use super::round::{RoundOptions, Stores, chain, view_round};
use super::ticker::{Event, Jitter, Means, Moment, Order, Tick, Ticker, drive};
use crate::config::ConfigError;
use crate::history::HistoryError;
use crate::model::measurement::RoundReport;
use crate::model::time::{Clock, Timestamp};
use crate::publish::metrics::{Metrics, Origin, Reach, Reload, USUAL_BUDGET, cells};

/// Longest that starts lag behind their appointments, however rare these are.
const MOST_JITTER: Duration = Duration::from_secs(60);
/// How long connections may stay open after the last round.
const FAREWELL: Duration = Duration::from_secs(2);

/// Why a service could not be started.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// There is no plan.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The address cannot be listened on.
    #[error("could not listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The history cannot be opened or read.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The operating system does not pass signals on.
    #[error("could not wait for signals")]
    Signals(#[source] std::io::Error),
    /// A part of the service broke off.
    #[error("a part of the service broke off")]
    Broken(#[from] tokio::task::JoinError),
}

/// Why a configuration is not taken on while running.
#[derive(Debug, thiserror::Error)]
pub enum ReloadError {
    /// It gives no plan.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It changes what cannot change while running.
    #[error("`publish.{key}` cannot change while running\n  hint: start skewwatch again")]
    Fixed {
        /// The key.
        key: &'static str,
    },
    /// The service is stopping.
    #[error("the service is stopping")]
    Stopping,
}

/// What the parts of a service share.
#[derive(Debug)]
struct Service {
    source: ConfigSource,
    watched: RwLock<Arc<Watched>>,
    metrics: Metrics,
    findings: Mutex<BTreeMap<String, ViewFindings>>,
    letters: mpsc::UnboundedSender<Letter>,
    orders: mpsc::Sender<Order>,
    reloading: AsyncMutex<()>,
    is_ready: AtomicBool,
}

/// Runs a service until it is told to stop; `announce` is given the address of its HTTP server when it is ready.
///
/// # Errors
/// When the configuration is no good, the address or the history is in use, or the history cannot be read.
pub async fn serve(source: ConfigSource, announce: impl FnOnce(SocketAddr)) -> Result<(), ServeError> {
    let plan = source.load().await?;
    let address = plan.publish.metrics;
    let grace = plan.service.schedule.grace;
    let jitter = Jitter { seed: plan.sample.seed, share: plan.service.schedule.jitter, most: MOST_JITTER };
    let refused = |source| ServeError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    let signals = signals::Signals::open().map_err(ServeError::Signals)?;
    let (letters, incoming) = mpsc::unbounded_channel();
    let (orders, ordered) = mpsc::channel(1);
    let service = Arc::new(Service::new(source, Watched::new(plan), (letters, orders)));
    let (farewell, leaving) = oneshot::channel::<()>();
    let server = axum::serve(listener, http::router(Arc::clone(&service))).with_graceful_shutdown(async {
        // Also when the sender is gone.
        let _ = leaving.await;
    });
    let server = tokio::spawn(server.into_future());
    let opened = {
        let service = Arc::clone(&service);
        tokio::task::spawn_blocking(move || restore::restore(&service, &service.watched(), Clock::System.now())).await?
    };
    let history = opened.inspect_err(|_| server.abort())?;
    let publisher = Publisher {
        service: Arc::clone(&service),
        history,
        running: BTreeMap::new(),
        unresolved: Vec::new(),
        upkeep: Clock::System.now(),
    };
    let mut publisher = tokio::task::spawn_blocking(move || publisher.run(incoming));
    // What was taken out of the configuration meanwhile is no longer open.
    service.write(Letter::Replanned);
    service.is_ready.store(true, Ordering::Release);
    announce(bound);
    let signals = tokio::spawn(signals.obey(Arc::clone(&service)));
    let broken = tokio::select! {
        () = service.keep_appointments((jitter, grace), ordered) => None,
        // Rounds that nobody publishes are worse than none: who watches the process starts it again.
        ended = &mut publisher => Some(ended),
    };
    signals.abort();
    match broken {
        Some(ended) => ended?,
        None => {
            service.write(Letter::Stop);
            publisher.await?;
        }
    }
    drop(farewell);
    // A connection that stays open must not hold the process up.
    if tokio::time::timeout(FAREWELL, server).await.is_err() {
        tracing::debug!("connections left open");
    }
    Ok(())
}

impl Service {
    fn new(
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
            letters,
            orders,
            reloading: AsyncMutex::new(()),
            is_ready: AtomicBool::new(false),
        }
    }

    /// Whether what was known is restored.
    fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Acquire)
    }

    fn watched(&self) -> Arc<Watched> {
        Arc::clone(&self.watched.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn findings(&self) -> MutexGuard<'_, BTreeMap<String, ViewFindings>> {
        self.findings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, letter: Letter) {
        if self.letters.send(letter).is_err() {
            tracing::error!("the publisher is gone");
        }
    }

    /// Shows which findings fire: that may change with the time alone, when maintenance begins or a term is over.
    fn refresh(&self, now: Timestamp) {
        let watched = self.watched();
        for (view, findings) in &*self.findings() {
            self.metrics.fire(view, findings.firing(&watched.plan, now));
        }
    }

    /// Reads the configuration again and takes it on; one that is no good changes nothing.
    async fn reload(&self) -> Result<(), ReloadError> {
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
        *self.watched.write().unwrap_or_else(PoisonError::into_inner) = watched;
        self.orders.send(order).await.map_err(|_| ReloadError::Stopping)?;
        self.metrics.reload(Reload::Taken);
        self.write(Letter::Replanned);
        Ok(())
    }

    /// Starts and abandons rounds until told to stop.
    async fn keep_appointments(self: &Arc<Self>, (jitter, grace): (Jitter, Duration), ordered: mpsc::Receiver<Order>) {
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
