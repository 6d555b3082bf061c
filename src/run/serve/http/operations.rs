//! What those who run the service ask of it: metrics, health and reload.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::super::service::Service;
use crate::model::time::Clock;
use crate::run::round::chain;

/// What Prometheus reads.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The paths that people and programs who run the service use.
pub(super) fn routes() -> Router<Arc<Service>> {
    Router::new()
        .route("/metrics", get(metrics))
        .route("/-/healthy", get(async || "healthy\n"))
        .route("/-/ready", get(ready))
        .route("/-/reload", post(reload))
}

/// Not before what was known is restored: a finding that fires must not go away for a moment.
async fn metrics(State(service): State<Arc<Service>>) -> Response {
    if !service.is_ready() {
        return not_ready();
    }
    let written = tokio::task::spawn_blocking(move || {
        service.refresh(Clock::System.now());
        service.metrics.text()
    });
    match written.await {
        Ok(Ok(text)) => ([(header::CONTENT_TYPE, TEXT_FORMAT)], text.to_string()).into_response(),
        Ok(Err(error)) => failed(&chain(&error)),
        Err(error) => {
            tracing::error!(cause = chain(&error), "the reload broke off");
            (StatusCode::INTERNAL_SERVER_ERROR, "the reload broke off, see the log\n").into_response()
        }
    }
}

fn failed(cause: &str) -> Response {
    tracing::error!(cause, "metrics not written");
    (StatusCode::INTERNAL_SERVER_ERROR, "could not write the metrics, see the log\n").into_response()
}

async fn ready(State(service): State<Arc<Service>>) -> Response {
    if service.is_ready() { "ready\n".into_response() } else { not_ready() }
}

fn not_ready() -> Response {
    (StatusCode::SERVICE_UNAVAILABLE, "not ready: the history is being read\n").into_response()
}

async fn reload(State(service): State<Arc<Service>>) -> Response {
    // Who asked may hang up: what has begun is done whole.
    match tokio::spawn(async move { service.reload().await }).await {
        Ok(Ok(())) => "reloaded\n".into_response(),
        Ok(Err(error)) => (StatusCode::INTERNAL_SERVER_ERROR, format!("{error}\n")).into_response(),
        Err(error) => failed(&chain(&error)),
    }
}
