//! Who may ask: with a token in the configuration, those who show it.
//!
//! Programs send `Authorization: Bearer …`. A browser cannot be told to; it asks for a name and a password, and the token is
//! the password. Because it then sends the password along with requests that other pages cause, Basic only reads.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use subtle::ConstantTimeEq as _;

use super::super::service::Service;
use super::answer::Refusal;
use crate::config::{ApiSettings, MetricsAccess};

/// What a browser is told to ask for, and a program to send.
const CHALLENGES: [&str; 2] = ["Bearer realm=\"skewwatch\"", "Basic realm=\"skewwatch\", charset=\"UTF-8\""];

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
        response.headers_mut().append(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
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
    is_open || shown(headers, method).is_some_and(|shown| is_same(&shown, token.reveal()))
}

/// The secret that a request shows: by Bearer, or to read as the password of Basic.
fn shown(headers: &HeaderMap, method: &Method) -> Option<Vec<u8>> {
    let (scheme, rest) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(rest.trim().as_bytes().to_vec());
    }
    let is_reading = method == Method::GET || method == Method::HEAD;
    if !is_reading || !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = BASE64_STANDARD.decode(rest.trim()).ok()?;
    let colon = pair.iter().position(|byte| *byte == b':')?;
    pair.get(colon + 1..).map(<[u8]>::to_vec)
}

/// Compares without telling by its time where the first difference lies.
fn is_same(shown: &[u8], token: &str) -> bool {
    shown.ct_eq(token.as_bytes()).into()
}
