//! A report posted as JSON: to Slack, or to any receiver.

use std::collections::BTreeMap;

use reqwest::{StatusCode, Url, header};
use serde_json::{Value, json};

use super::courier::{CourierError, Parcel, Sent};
use super::settings::{ReportSettings, WebhookContent};
use crate::model::secret::Secret;
use crate::publish::alertmanager::{Access, client};
use crate::publish::http::{answered, causes, wait};

/// The header that is the same with each attempt of a delivery.
const KEY: &str = "Idempotency-Key";

/// The client of one receiver.
#[derive(Clone, Debug)]
pub(super) struct Post {
    client: reqwest::Client,
    target: Url,
    access: Access,
}

impl Post {
    /// A client; nobody is contacted.
    pub(super) fn open(
        url: &Secret,
        (access, headers): (&Access, &BTreeMap<String, Secret>),
        settings: &ReportSettings,
    ) -> Result<Self, CourierError> {
        let target = Url::parse(url.reveal()).map_err(|_| CourierError::Address)?;
        let client = client((access, headers), (settings.ca_file.as_deref(), settings.timeout))?;
        Ok(Self { client, target, access: access.clone() })
    }

    /// Posts a body. What the receiver calls no good is never sent again; all else is.
    pub(super) async fn send(&self, body: &Value, parcel: &Parcel<'_>) -> Sent {
        let request = self.client.post(self.target.clone()).header(header::CONTENT_TYPE, "application/json");
        let request = request.header(KEY, parcel.token).body(body.to_string());
        let request = match &self.access {
            Access::Open | Access::Bearer(_) => request,
            Access::Basic { username, password } => request.basic_auth(username, Some(password.reveal())),
        };
        let response = match request.send().await {
            Ok(response) => response,
            // The address stands in no message: who knows it may write.
            Err(error) => return Sent::Failed { cause: causes(&error.without_url()), retry_after: None },
        };
        let status = response.status();
        if status.is_success() {
            return Sent::Delivered;
        }
        let retry_after = response.headers().get(header::RETRY_AFTER).and_then(|value| wait(value, parcel.now));
        let mut cause = answered(response).await;
        if status.is_redirection() {
            cause.push_str("; a redirection is not followed, as it may lead anywhere");
        }
        match status {
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => {
                Sent::Rejected { cause }
            }
            _ => Sent::Failed { cause, retry_after },
        }
    }
}

/// What a webhook is told.
pub(super) fn body(parcel: &Parcel<'_>, content: WebhookContent) -> Value {
    let mut body = parcel.edition.summary.clone();
    body["id"] = json!(parcel.token);
    match content {
        WebhookContent::Summary => {}
        WebhookContent::Report => body["report"] = parcel.edition.model.clone(),
    }
    body
}
