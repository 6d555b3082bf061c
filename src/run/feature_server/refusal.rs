//! Requests that are not answered with features, in the forms that clients of Feast's server know.
//!
//! An unknown view or service is told as Feast's own error, so that its client raises the error of that name. Other faults
//! of a request have the status 422 and a `detail`, as Feast's server tells of bodies that it cannot read; it answers some
//! of them with 500, which a client would try again in vain.

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Value as Json, json};

/// What is told instead of features.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    status: StatusCode,
    /// In JSON.
    body: String,
}

/// One fault of a body, as Feast's server lists them.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Fault {
    /// The kind, in pydantic's words.
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    /// Path to it, from `body` on.
    #[serde(rename = "loc")]
    pub(super) place: Vec<Json>,
    /// What is wrong.
    #[serde(rename = "msg")]
    pub(super) message: String,
    /// What was found there.
    pub(super) input: Json,
}

/// Faults under the name that they have in the answer.
#[derive(Debug, Serialize)]
struct Faults {
    detail: Vec<Fault>,
}

impl Refusal {
    fn detail(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, body: json!({"detail": detail.into()}).to_string() }
    }

    /// The request cannot be answered as it is.
    pub(super) fn request(detail: impl Into<String>) -> Self {
        Self::detail(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// The body is not of the form that requests have.
    pub(super) fn body(faults: Vec<Fault>) -> Self {
        let detail = faults.into_iter().map(|mut fault| {
            fault.place.insert(0, json!("body"));
            fault
        });
        // Texts, numbers and lists of them can always be written.
        let body = serde_json::to_string(&Faults { detail: detail.collect() }).unwrap_or_default();
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, body }
    }

    /// Something of this name is not known here: `class` is Feast's error.
    pub(super) fn unknown(class: &str, message: &str) -> Self {
        let (class, message) = (Json::from(class), Json::from(message));
        // Feast sends the error as a text that holds JSON, with blanks between its parts.
        let told = format!("{{\"module\": \"feast.errors\", \"class\": {class}, \"message\": {message}}}");
        Self { status: StatusCode::NOT_FOUND, body: Json::String(told).to_string() }
    }

    /// What is asked for is known to Feast and not served here.
    pub(super) fn not_served(detail: impl Into<String>) -> Self {
        Self::detail(StatusCode::NOT_IMPLEMENTED, detail)
    }

    /// The request is larger than it may be.
    pub(super) fn too_large(detail: impl Into<String>) -> Self {
        Self::detail(StatusCode::PAYLOAD_TOO_LARGE, detail)
    }

    /// The body did not come whole in time.
    pub(super) fn too_slow() -> Self {
        Self::detail(StatusCode::REQUEST_TIMEOUT, "the body of the request did not come whole in time")
    }

    /// The body broke off.
    pub(super) fn broken_off() -> Self {
        Self::detail(StatusCode::BAD_REQUEST, "the body of the request broke off")
    }

    /// The online store did not answer.
    pub(super) fn unread(detail: impl Into<String>) -> Self {
        Self::detail(StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    /// The token is missing or wrong.
    pub(super) fn unauthorized() -> Self {
        Self::detail(StatusCode::UNAUTHORIZED, "send `Authorization: Bearer …` with the token of `lookup.api`")
    }

    /// There is no such path, or not for this method.
    pub(super) fn nowhere(status: StatusCode) -> Self {
        Self::detail(status, status.canonical_reason().unwrap_or_default())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = Body::from(self.body);
        (self.status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}
