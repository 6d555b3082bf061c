//! The outside world, read only: online stores and training snapshots.

pub mod online;
pub mod serving;
pub mod snapshot;
