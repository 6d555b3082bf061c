//! A skew report on its way to its readers: what is sent, and the clients that send it.
//!
//! An [`Edition`] is a report in all of its forms, as text that can be kept until every reader has it. [`Courier`] takes it
//! to a folder or bucket, to Slack, to any receiver of JSON, or to people by mail. Every attempt of a delivery carries the
//! same token (`Idempotency-Key`, `id` of the body, `Message-ID`), so that a receiver can tell a repetition.
//!
//! Nothing here has a clock, a task or a record of what was sent; `run::delivery` has.

mod courier;
mod edition;
mod mail;
mod post;
mod session;
mod settings;

pub use courier::{Courier, CourierError, Parcel, Sent};
pub use edition::{Edition, EditionError, Later};
pub use mail::{Mailer, MailerError};
pub use settings::{
    Audience, HtmlPart, ReportCadence, ReportChannel, ReportSettings, SmtpSecurity, SmtpSettings, Way, WebhookContent,
};
