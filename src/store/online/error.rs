//! Why an online store could not be used.

use crate::model::online::UnreadReason;

/// The store did not do what was asked; never used for absent data.
#[derive(Debug, thiserror::Error)]
#[error("{attempt}: {cause}")]
pub struct StoreError {
    /// What was attempted, with the store's address: "could not connect to redis://10.0.4.7:6379".
    pub attempt: String,
    /// What went wrong, and a hint where there is one honest next step.
    pub cause: String,
    /// The reason in one word, for metrics.
    pub reason: UnreadReason,
}
