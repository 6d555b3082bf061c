//! Feature servers: what models are served through. They are asked as clients ask them, and never written to.
//!
//! Feast's own server, `skewwatch lookup` and whatever else answers `POST /get-online-features` in the same form.

mod address;
mod answer;
mod question;

pub use address::{HttpAddress, HttpAddressError};
pub use answer::{Column, Table};

use std::time::Duration;

use bytes::Bytes;
use reqwest::{Client, RequestBuilder, Url, header, redirect};

use crate::model::entity::EntityKey;
use crate::model::secret::Secret;
use crate::model::served::{ServedRow, Unserved};
use crate::model::view::FeatureView;

/// Requests in a row without an answer, after which a server is not asked for the other keys.
const MOST_SILENCES: u32 = 3;

/// How a feature server is reached.
#[derive(Clone, Debug, PartialEq)]
pub struct ServerSettings {
    /// Where features are asked for.
    pub address: HttpAddress,
    /// What a request shows, as `Authorization: Bearer`; `None` shows nothing.
    pub token: Option<Secret>,
    /// Longest wait for an answer.
    pub timeout: Duration,
    /// Connections that are kept open.
    pub connections: usize,
}

/// A feature server.
#[derive(Clone, Debug)]
pub struct FeatureServer {
    client: Client,
    address: HttpAddress,
    token: Option<Secret>,
}

/// Why a request had no answer.
#[derive(Debug, thiserror::Error)]
pub enum ServerFailure {
    /// The exchange broke off, or took too long.
    #[error("the exchange broke off")]
    Broken(#[from] reqwest::Error),
    /// It was refused.
    #[error("answered with status {0}")]
    Status(u16),
    /// The answer does not have what was asked for.
    #[error("answered with something else than the features and entities that were asked for")]
    Foreign,
}

impl ServerFailure {
    /// The reason in one word, as a metric's label.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Broken(error) if error.is_timeout() => "timeout",
            Self::Broken(_) => "connection",
            Self::Status(401 | 403) => "denied",
            Self::Status(_) | Self::Foreign => "protocol",
        }
    }
}

impl FeatureServer {
    /// A client of the server; nothing is sent yet.
    ///
    /// # Errors
    /// When there can be no client, as without certificates of the system.
    pub fn new(settings: &ServerSettings) -> Result<Self, reqwest::Error> {
        let client = Client::builder()
            .timeout(settings.timeout)
            .pool_max_idle_per_host(settings.connections.max(1))
            .http1_only()
            .no_proxy()
            .redirect(redirect::Policy::none())
            .user_agent(concat!("skewwatch/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, address: settings.address.clone(), token: settings.token.clone() })
    }

    /// Where features are asked for; shown, it has no password.
    #[must_use]
    pub const fn address(&self) -> &HttpAddress {
        &self.address
    }

    fn url(&self) -> Url {
        self.address.url().clone()
    }

    /// A request with this body.
    pub fn request(&self, body: String) -> RequestBuilder {
        let request = self.client.post(self.url()).header(header::CONTENT_TYPE, "application/json").body(body);
        match &self.token {
            Some(token) => request.bearer_auth(token.reveal()),
            None => request,
        }
    }

    /// The body of a good answer to a request with this body.
    ///
    /// # Errors
    /// When there is none, or it is none that succeeded.
    pub async fn ask(&self, body: String) -> Result<Bytes, ServerFailure> {
        let response = self.request(body).send().await?;
        let status = response.status();
        // Read in any case: a connection whose answer is not read cannot be used again.
        let body = response.bytes().await?;
        if status.is_success() { Ok(body) } else { Err(ServerFailure::Status(status.as_u16())) }
    }

    /// What is served of `keys`, all features of the view at once: one row per key, in their order. A request of several
    /// keys that is refused is repeated key by key, so that one that cannot be served hides no other. A server that goes on
    /// answering nothing is asked no further.
    pub async fn read(&self, view: &FeatureView, keys: &[EntityKey], batch: usize) -> Vec<Result<ServedRow, Unserved>> {
        let mut rows: Vec<Result<ServedRow, Unserved>> = Vec::with_capacity(keys.len());
        let mut silences = 0;
        for batch in keys.chunks(batch.max(1)) {
            if let (true, Some(Err(last))) = (silences >= MOST_SILENCES, rows.last().cloned()) {
                rows.extend(batch.iter().map(|_| Err(last.clone())));
                continue;
            }
            let before = rows.len();
            match self.rows(view, batch).await {
                Ok(served) => rows.extend(served.into_iter().map(Ok)),
                Err(ServerFailure::Status(_)) if batch.len() > 1 => {
                    for key in batch {
                        let one = self.rows(view, std::slice::from_ref(key)).await;
                        let one = one.and_then(|rows| rows.into_iter().next().ok_or(ServerFailure::Foreign));
                        rows.push(one.map_err(|failure| self.unserved(&failure)));
                    }
                }
                Err(failure) => rows.extend(batch.iter().map(|_| Err(self.unserved(&failure)))),
            }
            silences = if rows.iter().skip(before).any(Result::is_ok) { 0 } else { silences + 1 };
        }
        rows
    }

    async fn rows(&self, view: &FeatureView, keys: &[EntityKey]) -> Result<Vec<ServedRow>, ServerFailure> {
        let body = self.ask(question::body(view, keys)).await?;
        answer::rows(&body, view, keys.len()).ok_or(ServerFailure::Foreign)
    }

    fn unserved(&self, failure: &ServerFailure) -> Unserved {
        let cause = match failure {
            // Its address would be told with what is in it.
            ServerFailure::Broken(error) if error.is_timeout() => ": no answer in time".to_owned(),
            ServerFailure::Broken(error) if error.is_connect() => ": no connection".to_owned(),
            ServerFailure::Broken(_) | ServerFailure::Status(_) | ServerFailure::Foreign => String::new(),
        };
        Unserved { reason: failure.reason(), message: format!("{}: {failure}{cause}", self.address) }
    }
}
