//! The service: rounds of every view on its schedule, published as they end, until told to stop.
//!
//! Five parts run beside each other: the ticker, which starts and abandons rounds; the publisher, one thread that takes
//! in their results; the pusher, which tells Alertmanager where it is asked to; the reporter, which sends reports; and the
//! HTTP server. They share a `Service`. A view's failure stays its own; a configuration that is no good changes nothing.

mod duties;
mod findings;
mod followed;
mod http;
mod keeping;
mod ledger;
mod publisher;
mod push;
mod reporter;
mod restore;
mod service;
mod shown;
mod signals;
mod silent;
mod threads;
mod vitals;
mod watched;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

pub(crate) use self::ledger::Ledger;
use self::publisher::{Letter, Publisher};
use self::service::Service;
pub use self::shown::{findings_in, resolved_in};
use self::threads::Threads;
use self::watched::Watched;
pub use self::watched::{ConfigSource, surroundings};
use crate::config::ConfigError;
use crate::history::HistoryError;
use crate::model::time::Clock;

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

/// Runs a service until it is told to stop; `announce` is given the address of its HTTP server when it is ready.
///
/// # Errors
/// When the configuration is no good, the address or the history is in use, or the history cannot be read.
pub async fn serve(source: ConfigSource, announce: impl FnOnce(SocketAddr)) -> Result<(), ServeError> {
    let plan = source.load().await?;
    let address = plan.publish.metrics;
    let refused = |source| ServeError::Listen { address, source };
    let threads = Threads::open().map_err(refused)?;
    let listener = threads.spawn(TcpListener::bind(address)).await?.map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    let signals = signals::Signals::open().map_err(ServeError::Signals)?;
    let (letters, incoming) = mpsc::unbounded_channel();
    let (orders, ordered) = mpsc::channel(1);
    let service = Arc::new(Service::new(source, Watched::new(plan, Clock::System.now()), (letters, orders)));
    let (farewell, leaving) = oneshot::channel::<()>();
    let server = axum::serve(listener, http::router(Arc::clone(&service))).with_graceful_shutdown(async {
        // Also when the sender is gone.
        let _ = leaving.await;
    });
    let server = threads.spawn(server.into_future());
    let opened = {
        let service = Arc::clone(&service);
        tokio::task::spawn_blocking(move || restore::restore(&service, &service.watched(), Clock::System.now())).await?
    };
    let known = opened.inspect_err(|_| server.abort())?;
    let publisher = Publisher {
        service: Arc::clone(&service),
        keeping: known.keeping,
        running: BTreeMap::new(),
        unresolved: Vec::new(),
        upkeep: Clock::System.now(),
    };
    let mut publisher = tokio::task::spawn_blocking(move || publisher.run(incoming));
    // What was taken out of the configuration meanwhile is no longer open.
    service.write(Letter::Replanned);
    let (last_word, listening) = oneshot::channel::<()>();
    let mut pusher = tokio::spawn(push::push(Arc::clone(&service), listening));
    let (last_report, reporting) = oneshot::channel::<()>();
    let mut reporter = tokio::spawn(reporter::report(Arc::clone(&service), reporting));
    service.is_ready.store(true, Ordering::Release);
    announce(bound);
    let signals = tokio::spawn(signals.obey(Arc::clone(&service)));
    let broken = tokio::select! {
        () = service.keep_appointments(known.begun, ordered) => None,
        // Rounds that nobody publishes are worse than none: who watches the process starts it again.
        ended = &mut publisher => Some(ended),
        ended = &mut pusher => Some(ended),
        ended = &mut reporter => Some(ended),
    };
    signals.abort();
    match broken {
        Some(ended) => {
            // The publisher waits for letters, and the process would wait for it.
            service.write(Letter::Stop);
            ended?;
        }
        None => {
            service.write(Letter::Stop);
            publisher.await?;
            drop((last_word, last_report));
            pusher.await?;
            reporter.await?;
        }
    }
    drop(farewell);
    // A connection that stays open must not hold the process up.
    if tokio::time::timeout(FAREWELL, server).await.is_err() {
        tracing::debug!("connections left open");
    }
    Ok(())
}
