//! Reports that are due, made and sent, by the service at appointments and by `report --deliver` at once.
//!
//! [`Desk`] plans and makes: what is due is written down before anything is made, and what is made is kept before anything
//! is sent. [`send`] is one attempt: the disk knows that something may have been sent before it is, and what became of it
//! after. What happens in between cannot be known, so that such a report is sent again, with the same token: each arrives at
//! least once, and a receiver that goes by the token has it once.

mod desk;
mod errand;

use crate::history::HistoryError;
use crate::publish::delivery::EditionError;
use crate::publish::report::ReportError;

pub use desk::{Desk, Due, Overview};
pub use errand::{Attempt, send};

/// Why reports could not be planned, made or noted.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The history cannot be read or written.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The report cannot be made.
    #[error(transparent)]
    Report(#[from] ReportError),
    /// The report cannot be kept.
    #[error(transparent)]
    Edition(#[from] EditionError),
    /// The work broke off.
    #[error("the work on a report broke off")]
    Broken(#[from] tokio::task::JoinError),
}
