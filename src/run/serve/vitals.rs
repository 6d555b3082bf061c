//! Whether the service itself gets its work done: last successes of views, and the online store.

use std::collections::{BTreeMap, BTreeSet};

use crate::history::{HistoryRound, RoundResult};
use crate::model::time::Timestamp;
use crate::publish::metrics::Reach;

/// What is known of the online store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StorePulse {
    /// It was not asked yet.
    Unknown,
    /// It answered when it was asked last.
    Up,
    /// It has not answered since the end of this round.
    Down {
        /// The first round that got no answer.
        since: Timestamp,
    },
}

/// Whether rounds succeed and the store answers.
#[derive(Clone, Debug)]
pub(super) struct Vitals {
    started_at: Timestamp,
    successes: BTreeMap<String, Timestamp>,
    store: StorePulse,
    forgotten: BTreeSet<String>,
}

impl Vitals {
    /// Of a service that has just started.
    pub(super) const fn new(started_at: Timestamp) -> Self {
        Self { started_at, successes: BTreeMap::new(), store: StorePulse::Unknown, forgotten: BTreeSet::new() }
    }

    /// When the service started.
    pub(super) const fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// Takes in when a view succeeded last before the service started.
    pub(super) fn restore(&mut self, view: &str, completed_at: Option<Timestamp>) {
        self.successes.extend(completed_at.map(|at| (view.to_owned(), at)));
    }

    /// Says that the findings of a view could not be restored: they may go on or be over.
    pub(super) fn forget(&mut self, view: &str) {
        self.forgotten.insert(view.to_owned());
    }

    /// Says that the findings of a view are known after all.
    pub(super) fn recall(&mut self, view: &str) {
        self.forgotten.remove(view);
    }

    /// The views whose findings are not known: not restored, and without figures since.
    pub(super) const fn forgotten(&self) -> &BTreeSet<String> {
        &self.forgotten
    }

    /// Takes in a round that has ended, and whether the store answered in it.
    pub(super) fn record(&mut self, round: &HistoryRound, reach: Reach) {
        if round.result == RoundResult::Complete {
            self.successes.insert(round.view.clone(), round.finished_at);
        }
        if round.measured.is_some() {
            self.forgotten.remove(&round.view);
        }
        self.store = match (reach, self.store) {
            (Reach::Unknown, store) => store,
            (Reach::Up, _) => StorePulse::Up,
            (Reach::Down, StorePulse::Down { since }) => StorePulse::Down { since },
            (Reach::Down, StorePulse::Unknown | StorePulse::Up) => StorePulse::Down { since: round.finished_at },
        };
    }

    /// Forgets what is known of the store, when there is another one.
    pub(super) const fn change_store(&mut self) {
        self.store = StorePulse::Unknown;
    }

    /// When a round of the view succeeded last; `None` if none ever has.
    pub(super) fn last_success(&self, view: &str) -> Option<Timestamp> {
        self.successes.get(view).copied()
    }

    /// What is known of the online store.
    pub(super) const fn store(&self) -> StorePulse {
        self.store
    }
}
