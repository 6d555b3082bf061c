//! The feature server: lookups over HTTP, as Feast's own server answers them, from L1 and the online store.
//!
//! From a plan to a server that runs until told to stop. On SIGTERM it says for a while that it is about to stop and answers
//! everything still; then it takes no new requests, and ends when those that run are answered or out of time.
//!
//! It does what `POST /get-online-features` does, and none of Feast's other paths: it never writes. Values that are computed
//! on demand are not served.

mod asked;
mod entities;
mod json;
mod refusal;
mod reply;
mod request;
mod routes;
mod server;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use self::asked::Catalog;
use self::server::FeatureServer;
use crate::config::{Plan, ServingSettings};
use crate::lookup::FeatureLookup;
use crate::publish::metrics::lookup::{LookupMetrics, LookupOrigin};
use crate::store::online::{OnlineSettings, OnlineStore, StoreError};

/// How often a pipeline is sent within the deadline of a lookup.
const ATTEMPTS: u32 = 2;

/// Why a feature server could not be started, or broke off.
#[derive(Debug, thiserror::Error)]
pub enum FeatureServerError {
    /// The online store does not answer, or not to this user.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The address cannot be listened on.
    #[error("could not listen on {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why not.
        source: io::Error,
    },
    /// The operating system does not pass signals on.
    #[error("could not wait for signals")]
    Signals(#[source] io::Error),
    /// The server broke off.
    #[error("the server broke off")]
    Broken(#[source] io::Error),
    /// The server's task broke off.
    #[error("the server broke off")]
    Ended(#[from] tokio::task::JoinError),
}

/// Serves the views of a plan until told to stop; `announce` is given the address when it is ready.
///
/// # Errors
/// When the online store does not answer, the address is in use, or the server breaks off.
pub async fn serve_features(plan: Plan, announce: impl FnOnce(SocketAddr)) -> Result<(), FeatureServerError> {
    let settings = plan.serving.clone();
    let address = settings.listen;
    let refused = |source| FeatureServerError::Listen { address, source };
    let (mut terminate, mut interrupt) = (
        signal(SignalKind::terminate()).map_err(FeatureServerError::Signals)?,
        signal(SignalKind::interrupt()).map_err(FeatureServerError::Signals)?,
    );
    let store = Arc::new(OnlineStore::connect(&online(&plan.online, &settings)).await?);
    let listener = TcpListener::bind(address).await.map_err(refused)?;
    let bound = listener.local_addr().map_err(refused)?;
    let (views, l1_bytes) = (plan.views.len(), settings.lookup.l1.capacity);
    let name = store.name().to_owned();
    let server = Arc::new(server(plan, store, &settings));
    // Small answers are sent at once; a connection for which this cannot be set is served all the same.
    let listener = listener.tap_io(|stream| drop(stream.set_nodelay(true)));
    let (farewell, leaving) = oneshot::channel::<()>();
    let running = axum::serve(listener, routes::router(Arc::clone(&server))).with_graceful_shutdown(async {
        // Also when the sender is gone.
        let _ = leaving.await;
    });
    let mut running = tokio::spawn(running.into_future());
    tracing::info!(views, services = server.services(), store = name, l1_bytes, "serving features");
    announce(bound);
    tokio::select! {
        ended = &mut running => return ended?.map_err(FeatureServerError::Broken),
        // Who sits at the terminal does not wait for balancers of load.
        _ = interrupt.recv() => server.drain(),
        _ = terminate.recv() => {
            server.drain();
            tracing::info!(notice = ?settings.drain.notice, "stopping soon");
            tokio::select! {
                () = tokio::time::sleep(settings.drain.notice) => {}
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        }
    }
    tracing::info!("stopping");
    drop(farewell);
    match tokio::time::timeout(settings.drain.limit, &mut running).await {
        Ok(ended) => ended?.map_err(FeatureServerError::Broken),
        Err(_) => {
            running.abort();
            tracing::warn!(limit = ?settings.drain.limit, "requests left unanswered");
            Ok(())
        }
    }
}

fn server(plan: Plan, store: Arc<OnlineStore>, settings: &ServingSettings) -> FeatureServer {
    let objective = settings.objective;
    let objectives = [("p50", objective.p50), ("p99", objective.p99)];
    let origin = LookupOrigin {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        revision: option_env!("SKEWWATCH_REVISION").unwrap_or("unknown").to_owned(),
        objectives: objectives.into_iter().filter_map(|(stat, objective)| Some((stat, objective?))).collect(),
        hit_objective: objective.hit.map(crate::model::ratio::Ratio::get),
        views: plan.views.iter().map(|view| (view.name.clone(), view.ttl)).collect(),
        l1_capacity: settings.lookup.l1.capacity,
    };
    let lookup = FeatureLookup::new(store, &plan.views, &settings.lookup);
    let catalog = Catalog { lookup, views: plan.views, not_watched: plan.not_watched, services: plan.services };
    FeatureServer::new(catalog, LookupMetrics::new(origin), settings.clone())
}

/// The online store as lookups read it: no budget of rounds holds them back, and their deadline bounds every attempt.
fn online(settings: &OnlineSettings, serving: &ServingSettings) -> OnlineSettings {
    let mut settings = settings.clone();
    match &mut settings {
        OnlineSettings::Redis(redis) => {
            let budget = &mut redis.budget;
            budget.keys_per_second = None;
            budget.pipeline = serving.lookup.batch;
            budget.in_flight = serving.lookup.in_flight;
            budget.timeout = serving.lookup.deadline;
            budget.attempts = ATTEMPTS;
        }
        OnlineSettings::Sqlite(_) => {}
    }
    settings
}
