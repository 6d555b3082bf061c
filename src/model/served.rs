//! The third view: what callers of the serving path get, beside what the online store holds.
//!
//! Where both are the same, what is wrong with a value is wrong in the store; where they differ, the cache or the server
//! between them made it.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::counts::Share;
use super::time::Timestamp;
use super::value::Value;

/// What was served of one entity key.
#[derive(Clone, Debug, PartialEq)]
pub struct ServedRow {
    /// When its facts were true, where the server says so.
    pub event_timestamp: Option<Timestamp>,
    /// One cell per feature, in the order of the view's features.
    pub cells: Vec<ServedCell>,
}

/// What was served of one feature.
#[derive(Clone, Debug, PartialEq)]
pub enum ServedCell {
    /// A value.
    Value(Value),
    /// No value, whatever the reason.
    Nothing,
    /// No value, because it is past its time-to-live.
    Expired,
    /// Something that is no value of the declared type.
    Undecodable,
    /// The server says that it could not tell.
    Failed,
}

/// Why nothing was served of a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unserved {
    /// The reason in one word, for metrics.
    pub reason: &'static str,
    /// What happened, without entity keys.
    pub message: String,
}

/// How a served cell compares with the online store's: a closed set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ServedVerdict {
    /// It is what the store holds.
    Same,
    /// An older value, and no older than the serving path may serve.
    Recent,
    /// An older value than the store holds.
    Outdated,
    /// Another value.
    Different,
    /// Nothing, though the store has a value.
    Missing,
    /// A value, though the store has none.
    Unfounded,
    /// No answer, though the store gave one.
    Unanswered,
    /// The store's row changed while both were read.
    InFlight,
}

impl ServedVerdict {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Same,
        Self::Recent,
        Self::Outdated,
        Self::Different,
        Self::Missing,
        Self::Unfounded,
        Self::Unanswered,
        Self::InFlight,
    ];

    /// The name used in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Same => "the same",
            Self::Recent => "recent",
            Self::Outdated => "outdated",
            Self::Different => "different",
            Self::Missing => "missing",
            Self::Unfounded => "unfounded",
            Self::Unanswered => "unanswered",
            Self::InFlight => "in flight",
        }
    }

    /// The name as a label of metrics.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Recent => "recent",
            Self::Outdated => "outdated",
            Self::Different => "different",
            Self::Missing => "missing",
            Self::Unfounded => "unfounded",
            Self::Unanswered => "unanswered",
            Self::InFlight => "in_flight",
        }
    }

    /// What part of the serving path makes such cells, as a clause; `None` where it is not to blame.
    #[must_use]
    pub const fn culprit(self) -> Option<&'static str> {
        match self {
            Self::Same | Self::Recent | Self::InFlight => None,
            Self::Outdated => Some("the cache, which keeps values longer than it may"),
            Self::Unfounded => Some("the cache, which keeps values that the store has no longer"),
            Self::Missing => {
                Some("the cache, which keeps what was absent or incomplete, or the server, which drops errors")
            }
            Self::Different => Some("the server, which makes other values of them"),
            Self::Unanswered => Some("the server, which does not answer where the store does"),
        }
    }

    /// Whether the serving path is to blame: the store had the right answer to give.
    #[must_use]
    pub const fn accuses(self) -> bool {
        self.culprit().is_some()
    }
}

/// Cells per comparison with the store.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ServedCounts {
    /// It is what the store holds.
    pub same: u64,
    /// An older value, and no older than the serving path may serve.
    pub recent: u64,
    /// An older value than the store holds.
    pub outdated: u64,
    /// Another value.
    pub different: u64,
    /// Nothing, though the store has a value.
    pub missing: u64,
    /// A value, though the store has none.
    pub unfounded: u64,
    /// No answer, though the store gave one.
    pub unanswered: u64,
    /// The store's row changed while both were read.
    pub in_flight: u64,
}

impl ServedCounts {
    /// Counts one cell.
    pub const fn add(&mut self, verdict: ServedVerdict) {
        *match verdict {
            ServedVerdict::Same => &mut self.same,
            ServedVerdict::Recent => &mut self.recent,
            ServedVerdict::Outdated => &mut self.outdated,
            ServedVerdict::Different => &mut self.different,
            ServedVerdict::Missing => &mut self.missing,
            ServedVerdict::Unfounded => &mut self.unfounded,
            ServedVerdict::Unanswered => &mut self.unanswered,
            ServedVerdict::InFlight => &mut self.in_flight,
        } += 1;
    }

    /// Cells with `verdict`.
    #[must_use]
    pub const fn count(&self, verdict: ServedVerdict) -> u64 {
        match verdict {
            ServedVerdict::Same => self.same,
            ServedVerdict::Recent => self.recent,
            ServedVerdict::Outdated => self.outdated,
            ServedVerdict::Different => self.different,
            ServedVerdict::Missing => self.missing,
            ServedVerdict::Unfounded => self.unfounded,
            ServedVerdict::Unanswered => self.unanswered,
            ServedVerdict::InFlight => self.in_flight,
        }
    }

    /// Cells that the serving path is to blame for.
    #[must_use]
    pub fn accused(&self) -> u64 {
        let accused = ServedVerdict::ALL.into_iter().filter(|verdict| verdict.accuses());
        accused.map(|verdict| self.count(verdict)).sum()
    }

    /// Cells that the serving path is to blame for, of all that could be compared.
    #[must_use]
    pub fn wrong(&self) -> Share {
        Share::of(self.accused(), self.total() - self.in_flight)
    }

    /// All cells.
    #[must_use]
    pub fn total(&self) -> u64 {
        ServedVerdict::ALL.into_iter().map(|verdict| self.count(verdict)).sum()
    }
}

/// Who is to blame for the cells that callers got wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Attributed {
    /// The serving path: callers get something else than the store holds.
    pub serving: u64,
    /// Those of them of which the store has what models were trained on.
    pub serving_while_store_agrees: u64,
    /// The store, and what writes it: callers get what it holds, and that is skewed.
    pub store: u64,
}

/// What callers of the serving path get.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ServedMeasurement {
    /// Who was asked, without secrets.
    pub address: String,
    /// Keys of the sample that were asked for.
    pub keys: u64,
    /// Cells that the serving path is to blame for, of all that could be compared.
    pub wrong: Share,
    /// Who is to blame.
    pub attributed: Attributed,
    /// Cells per feature.
    pub features: BTreeMap<String, ServedCounts>,
}

impl ServedMeasurement {
    /// The cells of all features together.
    #[must_use]
    pub fn total(&self, verdict: ServedVerdict) -> u64 {
        self.features.values().map(|counts| counts.count(verdict)).sum()
    }

    /// Cells that the serving path is to blame for per comparison, the most frequent first.
    #[must_use]
    pub fn accused(&self) -> Vec<(ServedVerdict, u64)> {
        let accused = ServedVerdict::ALL.into_iter().filter(|verdict| verdict.accuses());
        let mut counts: Vec<_> = accused.map(|verdict| (verdict, self.total(verdict))).collect();
        counts.retain(|(_, cells)| *cells > 0);
        counts.sort_by_key(|(_, cells)| std::cmp::Reverse(*cells));
        counts
    }
}
