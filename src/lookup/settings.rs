//! What lookups may keep, and how long they may take.

use std::time::Duration;

use crate::model::ratio::Ratio;

/// What L1 keeps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct L1Settings {
    /// Most bytes of rows with their keys; 0 keeps nothing.
    pub capacity: u64,
    /// Longest time that a row is served after it was asked for in the store.
    pub ttl: Duration,
    /// By up to this share a row's time is shorter, so that rows read together are not read again together.
    pub jitter: Ratio,
    /// Longest time that the absence of a row is remembered.
    pub negative_ttl: Duration,
}

/// How features are looked up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LookupSettings {
    /// What L1 keeps.
    pub l1: L1Settings,
    /// Longest time for an answer; what is not there by then has failed.
    pub deadline: Duration,
    /// Most rows that one pipeline asks for.
    pub batch: usize,
    /// Most pipelines under way at once, per view and node.
    pub in_flight: usize,
    /// Most rows that wait for a pipeline, per view and node; what comes beyond fails at once.
    pub queue: usize,
}

impl Default for LookupSettings {
    /// 256 MiB for 30 s, absences for 1 s; 50 ms for an answer.
    fn default() -> Self {
        let l1 = L1Settings {
            capacity: 256 << 20,
            ttl: Duration::from_secs(30),
            jitter: Ratio::of(1, 10).unwrap_or(Ratio::ZERO),
            negative_ttl: Duration::from_secs(1),
        };
        Self { l1, deadline: Duration::from_millis(50), batch: 64, in_flight: 4, queue: 100_000 }
    }
}
