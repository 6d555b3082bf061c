//! Takes reports to where they belong, one attempt at a time.

use std::collections::BTreeMap;
use std::time::Duration;

use super::edition::{Edition, Later};
use super::mail::{Mailer, MailerError};
use super::post::{self, Post};
use super::settings::{HtmlPart, ReportChannel, ReportSettings, Way, WebhookContent};
use crate::model::time::Timestamp;
use crate::publish::alertmanager::{Access, PeerError};
use crate::publish::archive::{Archive, ArchiveError};
use crate::publish::http::with_sources;
use crate::store::snapshot::S3Settings;

/// Why a channel cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// The address of a webhook is none; it is not told.
    #[error("the address of a webhook is none")]
    Address,
    /// No HTTP client can be made.
    #[error(transparent)]
    Post(#[from] PeerError),
    /// No client of a mail server can be made.
    #[error(transparent)]
    Mail(#[from] MailerError),
    /// Files cannot be put.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// What the channel needs is not in the settings.
    #[error("nothing says where the reports of this channel go")]
    Nowhere,
}

/// A report that is sent.
#[derive(Clone, Copy, Debug)]
pub struct Parcel<'a> {
    /// The report.
    pub edition: &'a Edition,
    /// The same with each attempt.
    pub token: &'a str,
    /// Whether the report of a later period is there already.
    pub later: Later,
    /// The present.
    pub now: Timestamp,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// It arrived.
    Delivered,
    /// It arrived, but for some whom the other side will never take it for.
    Partly {
        /// Whom, and why not.
        cause: String,
    },
    /// It did not, or nobody said that it did.
    Failed {
        /// Why not.
        cause: String,
        /// How long the other side wants to be left alone.
        retry_after: Option<Duration>,
    },
    /// The other side will never take it.
    Rejected {
        /// Why not.
        cause: String,
    },
}

/// The client of one channel.
#[derive(Clone, Debug)]
pub struct Courier {
    vehicle: Vehicle,
    timeout: Duration,
}

#[derive(Clone, Debug)]
enum Vehicle {
    Files(Archive),
    Slack(Post),
    Webhook(Post, WebhookContent),
    Mail(Mailer, Vec<String>, HtmlPart),
}

impl Courier {
    /// A client for a channel; nobody is contacted.
    ///
    /// # Errors
    /// When an address, a header or the file of certificates is no good.
    pub fn open(channel: &ReportChannel, (settings, s3): (&ReportSettings, &S3Settings)) -> Result<Self, CourierError> {
        let vehicle = match &channel.way {
            Way::Files => {
                let place = settings.to.as_deref().ok_or(CourierError::Nowhere)?;
                Vehicle::Files(Archive::open(place, s3)?)
            }
            Way::Slack { url } => Vehicle::Slack(Post::open(url, (&Access::Open, &BTreeMap::new()), settings)?),
            Way::Webhook { url, access, headers, content } => {
                Vehicle::Webhook(Post::open(url, (access, headers), settings)?, *content)
            }
            Way::Mail { to, html } => {
                for address in to {
                    Mailer::address(address)?;
                }
                let smtp = settings.smtp.as_ref().ok_or(CourierError::Nowhere)?;
                Vehicle::Mail(Mailer::open(smtp, settings)?, to.clone(), *html)
            }
        };
        Ok(Self { vehicle, timeout: settings.timeout })
    }

    /// Sends a report once, in no more time than the settings give. Nothing that is told has an address or a password in it.
    pub async fn send(&self, parcel: &Parcel<'_>) -> Sent {
        let late = || Sent::Failed { cause: "it did not answer in time".to_owned(), retry_after: None };
        tokio::time::timeout(self.timeout, self.attempt(parcel)).await.unwrap_or_else(|_| late())
    }

    async fn attempt(&self, parcel: &Parcel<'_>) -> Sent {
        match &self.vehicle {
            Vehicle::Files(archive) => match parcel.edition.put(archive, parcel.later).await {
                Ok(()) => Sent::Delivered,
                Err(error) => Sent::Failed { cause: with_sources(error.to_string(), &error), retry_after: None },
            },
            Vehicle::Slack(post) => post.send(&parcel.edition.slack, parcel).await,
            Vehicle::Webhook(post, content) => post.send(&post::body(parcel, *content), parcel).await,
            Vehicle::Mail(mailer, to, html) => mailer.send((to, *html), parcel).await,
        }
    }
}
