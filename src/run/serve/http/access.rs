//! Who may ask: with a token in the configuration, those who show it.
//!
//! Programs send `Authorization: Bearer …`. A browser cannot be told to; it asks for a name and a password, and the token is
//! the password. Because it then sends the password along with requests that other pages cause, Basic only reads.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::super::service::Service;
use super::answer::Refusal;
use crate::config::{ApiSettings, MetricsAccess};
use crate::run::token::{CHALLENGES, shows};

/// Lets a request through if it may pass.
pub(super) async fn guard(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let watched = service.watched();
    let settings = &watched.plan.publish.api;
    let (path, method) = (request.uri().path().to_owned(), request.method().clone());
    if may_pass(settings, (&method, &path), request.headers()) {
        drop(watched);
        return next.run(request).await;
    }
    let refusal = Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", format!("`{path}` needs the token"))
        .hint("send `Authorization: Bearer …` with the token of `publish.api`");
    let mut response = if path.starts_with("/api/") {
        refusal.into_response()
    } else {
        (StatusCode::UNAUTHORIZED, refusal.text()).into_response()
    };
    for challenge in CHALLENGES {
        response.headers_mut().append(header::WWW_AUTHENTICATE, challenge);
    }
    response
}

/// Whether a request is open to all, or shows the token.
fn may_pass(settings: &ApiSettings, (method, path): (&Method, &str), headers: &HeaderMap) -> bool {
    let Some(token) = &settings.token else { return true };
    let is_open = match path {
        "/-/healthy" | "/-/ready" => true,
        "/metrics" => settings.metrics == MetricsAccess::Open,
        _ => false,
    };
    is_open || shows(token, headers, method)
}
