//! Requests that are not answered with features, in the forms that clients of Feast's server know.
//!
//! An unknown view or service is told as Feast's own error, so that its client raises the error of that name. Other faults
//! of a request have the status 422 and a `detail`, as Feast's server tells of bodies that it cannot read; it answers some
//! of them with 500, which a client would try again in vain.

use axum::body::Body;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value as Json, json};

/// What is told instead of features.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Refusal {
    status: StatusCode,
    body: Json,
}

/// One fault of a body, as Feast's server lists them.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// The kind, in pydantic's words.
    pub(super) kind: &'static str,
    /// Path to it within the body.
    pub(super) place: Vec<Json>,
    /// What is wrong.
    pub(super) message: String,
    /// What was found there.
    pub(super) input: Json,
}

impl Refusal {
    fn detail(status: StatusCode, detail: impl Into<String>) -> Self {
        Self { status, body: json!({"detail": detail.into()}) }
    }

    /// The request cannot be answered as it is.
    pub(super) fn request(detail: impl Into<String>) -> Self {
        Self::detail(StatusCode::UNPROCESSABLE_ENTITY, detail)
    }

    /// The body is not of the form that requests have.
    pub(super) fn body(faults: Vec<Fault>) -> Self {
        let told = faults.into_iter().map(|fault| {
            let mut place = vec![json!("body")];
            place.extend(fault.place);
            json!({"type": fault.kind, "loc": place, "msg": fault.message, "input": fault.input})
        });
        Self { status: StatusCode::UNPROCESSABLE_ENTITY, body: json!({"detail": told.collect::<Vec<_>>()}) }
    }

    /// Something of this name is not known here: `class` is Feast's error.
    pub(super) fn unknown(class: &str, message: &str) -> Self {
        let (class, message) = (Json::from(class), Json::from(message));
        // Feast sends the error as a text that holds JSON, with blanks between its parts.
        let told = format!("{{\"module\": \"feast.errors\", \"class\": {class}, \"message\": {message}}}");
        Self { status: StatusCode::NOT_FOUND, body: Json::String(told) }
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
        let body = Body::from(self.body.to_string());
        (self.status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
    }
}
