//! What a service keeps in mind of one view between its rounds: keys to read, the last comparison of its snapshots, and what
//! the log of its requests said.
//!
//! It begins anew with the process and with each configuration.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::measure::{Pace, Standstill, Tracker};
use crate::model::entity::EntityKey;
use crate::model::lag::AvailabilityLags;
use crate::model::online::OnlineReading;
use crate::model::sample::Sample;
use crate::run::comparison::Comparison;
use crate::run::logged::KeptLog;

/// What is kept in mind of one view.
#[derive(Debug)]
pub(super) struct Followed {
    state: Mutex<State>,
    /// Keys of the stable part of a sample.
    stable: usize,
    seed: u64,
}

#[derive(Debug)]
struct State {
    tracker: Tracker,
    stable: Vec<EntityKey>,
    compared: Option<Arc<Comparison>>,
    standstill: Option<Standstill>,
    log: Option<KeptLog>,
}

impl Followed {
    /// Nothing yet. Samples have so many keys in their stable part, chosen by `seed`; lags are counted against `limits`.
    pub(super) fn new((stable, seed): (usize, u64), pace: Pace, limits: &[Duration]) -> Self {
        let state = State {
            tracker: Tracker::new(pace, limits),
            stable: Vec::new(),
            compared: None,
            standstill: None,
            log: None,
        };
        Self { state: Mutex::new(state), stable, seed }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes in the sample of a round.
    pub(super) fn learn(&self, sample: &Sample) {
        let mut by_hash: Vec<_> =
            sample.keys.iter().map(|sampled| (sampled.key.sampling_hash(self.seed), &sampled.key)).collect();
        by_hash.sort_unstable();
        let stable = by_hash.into_iter().take(self.stable).map(|(_, key)| key.clone()).collect();
        let mut state = self.state();
        state.stable = stable;
        state.tracker.learn(sample);
    }

    /// The keys that come back every round, as the last one had them; none before the first.
    pub(super) fn stable(&self) -> Vec<EntityKey> {
        self.state().stable.clone()
    }

    /// The keys whose event timestamps are followed.
    pub(super) fn tracked(&self) -> Vec<EntityKey> {
        self.state().tracker.keys()
    }

    /// Takes in readings of tracked keys.
    pub(super) fn observe<'a>(&self, readings: impl Iterator<Item = (&'a EntityKey, &'a OnlineReading)>) {
        let mut state = self.state();
        readings.for_each(|(key, reading)| state.tracker.observe(key, reading));
    }

    /// What was observed of the availability lag since this was asked last.
    pub(super) fn take(&self) -> AvailabilityLags {
        self.state().tracker.take()
    }

    /// The last comparison of snapshots.
    pub(super) fn compared(&self) -> Option<Arc<Comparison>> {
        self.state().compared.clone()
    }

    /// Whether anything was written, as the last round left it; `None` before the first.
    pub(super) fn standstill(&self) -> Option<Standstill> {
        self.state().standstill
    }

    /// Keeps how a round leaves it.
    pub(super) fn stand(&self, standstill: Standstill) {
        self.state().standstill = Some(standstill);
    }

    /// What the log of requests said when it was read last; the round that asks gives it back.
    pub(super) fn take_log(&self) -> Option<KeptLog> {
        self.state().log.take()
    }

    /// Keeps what the log of requests said.
    pub(super) fn keep_log(&self, log: KeptLog) {
        self.state().log = Some(log);
    }

    /// Keeps a comparison of snapshots.
    pub(super) fn keep(&self, compared: Arc<Comparison>) {
        self.state().compared = Some(compared);
    }
}
