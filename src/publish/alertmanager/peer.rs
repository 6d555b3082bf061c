//! The client of one Alertmanager.
//!
//! A request that is refused as a whole is sent again in halves, until the alert that is no good stands alone: it is given
//! up, and the others arrive. Everything else that goes wrong is an outage, after which nothing more is tried at once.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use reqwest::header::{HeaderMap, HeaderName, HeaderValue, InvalidHeaderName, InvalidHeaderValue};
use reqwest::{Certificate, Client, StatusCode, Url, header, redirect};
use serde::Serialize;

use super::ledger::Posting;
use super::settings::{Access, AlertmanagerSettings};
use super::wording::Labels;
use crate::model::secret::Secret;
use crate::model::time::Timestamp;
use crate::publish::http::{answered, causes, wait};

/// Where alerts are posted, below the address.
const PATH: [&str; 3] = ["api", "v2", "alerts"];

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// The address is none.
    #[error("`{url}` is no address of an Alertmanager")]
    Address {
        /// The address.
        url: String,
    },
    /// The name of a header is none.
    #[error("`{name}` is no name of a header")]
    HeaderName {
        /// The name.
        name: String,
        /// Why not.
        source: InvalidHeaderName,
    },
    /// A header cannot have this value, which is not told.
    #[error("header `{name}` cannot have this value")]
    HeaderValue {
        /// The name.
        name: String,
        /// Why not.
        source: InvalidHeaderValue,
    },
    /// The certificates cannot be read.
    #[error("could not read the certificates in `{path}`")]
    Certificates {
        /// The file.
        path: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The client cannot be made.
    #[error("could not make a client")]
    Client(#[from] reqwest::Error),
}

/// The client of one Alertmanager.
#[derive(Clone, Debug)]
pub struct Peer {
    address: String,
    target: Url,
    access: Access,
    source: Option<String>,
    client: Client,
}

/// What became of alerts that were sent.
#[derive(Debug, Default)]
pub struct Delivery {
    /// Those that the peer has.
    pub taken: Vec<Posting>,
    /// Those that it will never take, with its reason.
    pub refused: Vec<(Posting, String)>,
    /// Why it was told no more; `None` if it was told of all.
    pub outage: Option<Outage>,
}

/// A peer that takes nothing at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outage {
    /// What went wrong.
    pub cause: String,
    /// How long it wants to be left alone.
    pub retry_after: Option<Duration>,
}

/// What a peer said to one request.
enum Answer {
    Taken,
    Refused(String),
    Outage(Outage),
}

/// An alert as Alertmanager reads it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PostableAlert<'a> {
    labels: &'a Labels,
    annotations: &'a Labels,
    starts_at: Timestamp,
    ends_at: Timestamp,
    #[serde(rename = "generatorURL", skip_serializing_if = "Option::is_none")]
    generator_url: Option<&'a str>,
}

impl Peer {
    /// A client for every address of `settings`; none is contacted.
    ///
    /// # Errors
    /// When an address, a header or the file of certificates is no good.
    pub fn open(settings: &AlertmanagerSettings) -> Result<Vec<Self>, PeerError> {
        let client = client((&settings.access, &settings.headers), (settings.ca_file.as_deref(), settings.timeout))?;
        let peer = |url: &String| {
            let none = || PeerError::Address { url: url.clone() };
            let mut target = Url::parse(url).map_err(|_| none())?;
            target.path_segments_mut().map_err(|()| none())?.pop_if_empty().extend(PATH);
            let (access, source) = (settings.access.clone(), settings.external_url.clone());
            Ok(Self { address: url.clone(), target, access, source, client: client.clone() })
        };
        settings.urls.iter().map(peer).collect()
    }

    /// Its address, as it was configured.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Tells it of these alerts; `now` is when.
    pub async fn deliver(&self, postings: Vec<Posting>, now: Timestamp) -> Delivery {
        let mut delivery = Delivery::default();
        let mut parts = vec![postings];
        while let Some(mut part) = parts.pop() {
            match self.post(&part, now).await {
                Answer::Taken => delivery.taken.append(&mut part),
                Answer::Refused(reason) if part.len() <= 1 => {
                    delivery.refused.extend(part.pop().map(|posting| (posting, reason)));
                }
                Answer::Refused(_) => {
                    let second = part.split_off(part.len() / 2);
                    parts.extend([second, part]);
                }
                Answer::Outage(outage) => {
                    delivery.outage = Some(outage);
                    break;
                }
            }
        }
        delivery
    }

    async fn post(&self, postings: &[Posting], now: Timestamp) -> Answer {
        let alert = |posting: &'_ Posting| -> serde_json::Value {
            let Posting { alert, ends_at, .. } = posting;
            serde_json::to_value(PostableAlert {
                labels: &alert.labels,
                annotations: &alert.annotations,
                starts_at: alert.starts_at,
                ends_at: *ends_at,
                generator_url: self.source.as_deref(),
            })
            .unwrap_or_default()
        };
        let body = serde_json::Value::from(postings.iter().map(alert).collect::<Vec<_>>()).to_string();
        let request = self.client.post(self.target.clone()).header(header::CONTENT_TYPE, "application/json").body(body);
        let request = match &self.access {
            Access::Open | Access::Bearer(_) => request,
            Access::Basic { username, password } => request.basic_auth(username, Some(password.reveal())),
        };
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Answer::Outage(Outage { cause: causes(&error), retry_after: None }),
        };
        let status = response.status();
        if status.is_success() {
            return Answer::Taken;
        }
        let retry_after = response.headers().get(header::RETRY_AFTER).and_then(|value| wait(value, now));
        let cause = answered(response).await;
        match status {
            StatusCode::BAD_REQUEST | StatusCode::PAYLOAD_TOO_LARGE | StatusCode::UNPROCESSABLE_ENTITY => {
                Answer::Refused(cause)
            }
            _ => Answer::Outage(Outage { cause, retry_after }),
        }
    }
}

/// A client that says who it is, trusts these authorities beside the system's, and waits so long for an answer.
pub(in crate::publish) fn client(
    (access, headers): (&Access, &BTreeMap<String, Secret>),
    (ca_file, timeout): (Option<&Path>, Duration),
) -> Result<Client, PeerError> {
    let mut builder = Client::builder()
        .default_headers(header_map(access, headers)?)
        .timeout(timeout)
        // Who is sent elsewhere has the wrong address, and a password must not go along.
        .redirect(redirect::Policy::none());
    if let Some(path) = ca_file {
        let unread = |source| PeerError::Certificates { path: path.display().to_string(), source };
        let bytes = std::fs::read(path).map_err(unread)?;
        builder = builder.tls_certs_merge(Certificate::from_pem_bundle(&bytes)?);
    }
    Ok(builder.build()?)
}

fn header_map(access: &Access, headers: &BTreeMap<String, Secret>) -> Result<HeaderMap, PeerError> {
    let mut map = HeaderMap::new();
    let mut secret = |name: HeaderName, text: &str| {
        let invalid = |source| PeerError::HeaderValue { name: name.to_string(), source };
        let mut value = HeaderValue::from_str(text).map_err(invalid)?;
        value.set_sensitive(true);
        map.insert(name, value);
        Ok::<(), PeerError>(())
    };
    match access {
        // Basic authentication is encoded with each request.
        Access::Open | Access::Basic { .. } => {}
        Access::Bearer(token) => secret(header::AUTHORIZATION, &format!("Bearer {}", token.reveal()))?,
    }
    for (name, value) in headers {
        let invalid = |source| PeerError::HeaderName { name: name.clone(), source };
        secret(HeaderName::from_bytes(name.as_bytes()).map_err(invalid)?, value.reveal())?;
    }
    Ok(map)
}
