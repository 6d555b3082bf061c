//! Answers in JSON: what was asked for, or why it is not answered.

use std::fmt::Write as _;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::publish::api;

/// A request that is not answered as it was meant.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    hint: Option<String>,
}

impl Refusal {
    /// A refusal without a hint.
    pub(super) fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), hint: None }
    }

    /// The same with a next step.
    pub(super) fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// A view of which nothing is known; `watched` are those of which something is.
    pub(super) fn unknown_view<'a>(name: &str, watched: impl Iterator<Item = &'a str>) -> Self {
        let names: Vec<&str> = watched.collect();
        let likeness = |known: &str| strsim::jaro_winkler(known, name);
        let near = names.iter().copied().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
        let hint = near.map_or_else(
            || "no view is watched".to_owned(),
            |near| format!("there are {} views, the nearest name is `{near}`; `/api/v1/views` lists them", names.len()),
        );
        Self::new(StatusCode::NOT_FOUND, "unknown_view", format!("no feature view `{name}` is watched")).hint(hint)
    }

    /// What was known is not restored yet.
    pub(super) fn not_ready() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", "the history is being read").hint("try again soon")
    }

    /// No history is kept.
    pub(super) fn no_history(what: &str) -> Self {
        let message = format!("{what} are kept in the history, and this service keeps none");
        Self::new(StatusCode::NOT_FOUND, "no_history", message).hint("name a file in `publish.history`")
    }

    /// The history, or a part of the program, did not do its work; the log has the cause.
    pub(super) fn unreadable(cause: &str) -> Self {
        tracing::error!(cause, "history not read");
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "history_unreadable", "the history could not be read")
            .hint("the log of the service has the cause")
    }

    /// Its status.
    pub(super) const fn status(&self) -> StatusCode {
        self.status
    }

    /// The refusal as plain text, for paths that answer text.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}\n", self.message);
        if let Some(hint) = &self.hint {
            // Writing into a string does not fail.
            let _ = writeln!(text, "  hint: {hint}");
        }
        text
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let error = api::ProblemBody { code: self.code.to_owned(), message: self.message, hint: self.hint };
        (self.status, json(&api::Problem { error })).into_response()
    }
}

/// `shape` as JSON.
pub(super) fn json(shape: &impl Serialize) -> Response {
    match serde_json::to_vec(shape) {
        Ok(bytes) => {
            let kind = (header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
            ([kind, (header::CACHE_CONTROL, HeaderValue::from_static("no-store"))], bytes).into_response()
        }
        Err(error) => {
            tracing::error!(cause = error.to_string(), "answer not written");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
