//! A finding as it stands: what everyone who tells of findings goes by, so that all of them agree.

use super::accept::Standing;
use crate::model::check::{Finding, FindingState, Severity};
use crate::model::time::Timestamp;

/// A finding that waits or fires.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveFinding {
    /// As the last round that had it told it.
    pub finding: Finding,
    /// Where it is in its life; never quiet.
    pub state: FindingState,
    /// What is to be done about it.
    pub standing: Standing,
    /// The round that saw its first breach.
    pub first_seen: Timestamp,
    /// The round that saw its last breach.
    pub last_seen: Timestamp,
    /// The round since which it fires; `None` while it waits.
    pub fired_at: Option<Timestamp>,
}

impl LiveFinding {
    /// How bad what others are told is; `None` when nobody is told.
    #[must_use]
    pub const fn told(&self) -> Option<Severity> {
        match self.state {
            FindingState::Firing(severity) if self.standing.is_told() => Some(severity),
            FindingState::Firing(_) | FindingState::Waiting | FindingState::Quiet => None,
        }
    }
}
