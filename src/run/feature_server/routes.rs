//! The paths of the feature server.

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use futures_util::StreamExt as _;

use super::refusal::Refusal;
use super::request;
use super::server::FeatureServer;
use crate::config::MetricsAccess;
use crate::run::round::chain;
use crate::run::token::{CHALLENGES, shows};

/// What Prometheus reads.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Longest wait for the whole body of a request.
const BODY_PATIENCE: Duration = Duration::from_secs(10);

/// The paths.
pub(super) fn router(server: Arc<FeatureServer>) -> Router {
    Router::new()
        .route("/get-online-features", post(features))
        .route("/health", get(health))
        .route("/metrics", get(metrics))
        .fallback(async || Refusal::nowhere(StatusCode::NOT_FOUND))
        .method_not_allowed_fallback(async || Refusal::nowhere(StatusCode::METHOD_NOT_ALLOWED))
        .layer(from_fn_with_state(Arc::clone(&server), guard))
        .with_state(server)
}

/// Lets a request through if it may pass; tells clients of a server that is about to stop to connect elsewhere.
async fn guard(State(server): State<Arc<FeatureServer>>, request: Request, next: Next) -> Response {
    let mut response = if may_pass(&server, (request.method(), request.uri().path()), request.headers()) {
        next.run(request).await
    } else {
        let mut response = Refusal::unauthorized().into_response();
        for challenge in CHALLENGES {
            response.headers_mut().append(header::WWW_AUTHENTICATE, challenge);
        }
        response
    };
    if server.is_draining() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

fn may_pass(server: &FeatureServer, (method, path): (&Method, &str), headers: &HeaderMap) -> bool {
    let access = &server.settings.access;
    let Some(token) = &access.token else { return true };
    let is_open = match path {
        "/health" => true,
        "/metrics" => access.metrics == MetricsAccess::Open,
        _ => false,
    };
    is_open || shows(token, headers, method)
}

/// Whether requests should come: not whether the store answers, for what L1 has is served without it, and other servers
/// over the same store would be no better.
async fn health(State(server): State<Arc<FeatureServer>>) -> Response {
    if server.is_draining() {
        (StatusCode::SERVICE_UNAVAILABLE, "stopping\n").into_response()
    } else {
        "healthy\n".into_response()
    }
}

async fn metrics(State(server): State<Arc<FeatureServer>>) -> Response {
    match server.metrics.text(server.l1()) {
        Ok(text) => ([(header::CONTENT_TYPE, TEXT_FORMAT)], text).into_response(),
        Err(error) => {
            tracing::error!(cause = chain(&error), "metrics not written");
            (StatusCode::INTERNAL_SERVER_ERROR, "could not write the metrics, see the log\n").into_response()
        }
    }
}

async fn features(State(server): State<Arc<FeatureServer>>, request: Request) -> Response {
    let answered = answered(&server, request.into_body()).await;
    let response = answered.unwrap_or_else(IntoResponse::into_response);
    server.metrics.answered(response.status().as_u16());
    response
}

async fn answered(server: &FeatureServer, body: Body) -> Result<Response, Refusal> {
    let body = tokio::time::timeout(BODY_PATIENCE, read(body, server.settings.limits.body));
    let body = body.await.map_err(|_| Refusal::too_slow())??;
    let begun = Instant::now();
    server.answer(request::parse(&body)?, begun).await
}

/// The whole body, if it has at most `most` bytes.
async fn read(body: Body, most: u64) -> Result<Vec<u8>, Refusal> {
    let mut parts = body.into_data_stream();
    let mut whole = Vec::new();
    while let Some(part) = parts.next().await {
        let part = part.map_err(|_| Refusal::broken_off())?;
        if (whole.len() + part.len()) as u64 > most {
            let detail = format!("the body of the request has more than {most} bytes, and may have no more");
            return Err(Refusal::too_large(detail));
        }
        whole.extend_from_slice(&part);
    }
    Ok(whole)
}
