//! What is known of a view: what pages are made from.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use crate::history::{DriftSubject, HistoryRound, RoundRecord};
use crate::model::bars::Bars;
use crate::model::check::{Finding, FindingState, Severity, Unjudged};
use crate::model::drift::DriftChecks;
use crate::model::measurement::RoundReport;
use crate::model::time::Timestamp;

/// A view that is watched, with its last rounds and its findings.
#[derive(Clone, Debug)]
pub struct KnownView {
    /// Its name.
    pub name: String,
    /// Feast project, where there is one.
    pub project: Option<String>,
    /// The team that it belongs to.
    pub team: Option<String>,
    /// The person or group that it belongs to.
    pub owner: Option<String>,
    /// How important it is.
    pub tier: Option<String>,
    /// Names of its features, in their order.
    pub features: Vec<String>,
    /// What it is held against.
    pub limits: Limits,
    /// When its rounds are due.
    pub pace: Pace,
    /// Its last round; `None` before the first.
    pub newest: Option<Arc<PastRound>>,
    /// Its last round with figures, perhaps the same; `None` when none is known.
    pub measured: Option<Arc<PastRound>>,
    /// Its findings that wait or fire.
    pub findings: Vec<ToldFinding>,
}

/// The limits of a view that pages name; `None` judges nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    /// Least share of keys with every feature.
    pub coverage: Option<f64>,
    /// Share of rows that may lie beyond the freshness objective.
    pub freshness_budget: Option<f64>,
    /// Most share of skewed cells, per feature.
    pub skew: BTreeMap<String, f64>,
}

/// When rounds are due.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pace {
    /// The usual time between two; `None` for a schedule that ends.
    pub interval: Option<Duration>,
    /// The next appointment; `None` where there is none.
    pub next: Option<Timestamp>,
    /// From when on the last round was too long ago; `None` where no further one is due.
    pub overdue: Option<Timestamp>,
}

/// A round that has ended, with what the history does not keep of it.
#[derive(Clone, Debug)]
pub struct PastRound {
    /// The round.
    pub round: HistoryRound,
    /// Whole results of drift, per feature and subject.
    pub drift: BTreeMap<(String, DriftSubject), DriftChecks>,
    /// What could not be judged, and why; empty for a round read back from the history.
    pub unjudged: Vec<Unjudged>,
    /// What served values were held against, per feature; empty for a round read back from the history.
    pub distributions: BTreeMap<String, Bars>,
}

impl PastRound {
    /// A round that has just ended.
    #[must_use]
    pub fn of(record: &RoundRecord, report: &RoundReport) -> Self {
        let view = report.views.iter().find(|measured| measured.feature_view == record.round.view);
        let drawn = view.into_iter().flat_map(|view| &view.features);
        Self {
            round: record.round.clone(),
            drift: record.drift.clone(),
            unjudged: report
                .unknown
                .iter()
                .filter(|unjudged| unjudged.feature_view == record.round.view)
                .cloned()
                .collect(),
            distributions: drawn
                .filter_map(|(name, feature)| Some((name.clone(), feature.distributions.clone()?)))
                .collect(),
        }
    }

    /// A round read back from the history.
    #[must_use]
    pub const fn restored(round: HistoryRound, drift: BTreeMap<(String, DriftSubject), DriftChecks>) -> Self {
        Self { round, drift, unjudged: Vec::new(), distributions: BTreeMap::new() }
    }
}

/// A finding that waits or fires.
#[derive(Clone, Debug, PartialEq)]
pub struct ToldFinding {
    /// As the last round that had it told it.
    pub finding: Finding,
    /// Where it is in its life.
    pub state: FindingState,
    /// How bad what others are told is; `None` when nobody is told.
    pub told: Option<Severity>,
    /// What else is to be said of it.
    pub remark: Remark,
    /// The round that saw its first breach.
    pub first_seen: Timestamp,
    /// The round that saw its last breach.
    pub last_seen: Timestamp,
    /// The round since which it fires; `None` while it waits.
    pub fired_at: Option<Timestamp>,
}

/// Why others are told of a finding or not.
#[derive(Clone, Debug, PartialEq)]
pub enum Remark {
    /// Nothing stands against it.
    Nothing,
    /// It was accepted, and the term is over.
    Expired {
        /// Since when.
        since: Timestamp,
    },
    /// It was accepted, and is worse than that.
    Worse {
        /// The figure that was accepted.
        accepted: f64,
    },
    /// It is known.
    Accepted {
        /// Until when.
        until: Timestamp,
        /// Why.
        reason: String,
    },
    /// Its view is under maintenance.
    Maintenance {
        /// Until when.
        until: Timestamp,
    },
    /// The service only observes.
    Observed,
}

/// What became of a finding, in one word for badges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fate {
    /// Others are told.
    Firing(Severity),
    /// It waits for further rounds.
    Waiting,
    /// It fires and is accepted.
    Accepted,
    /// It fires under maintenance.
    Maintenance,
    /// It fires where nobody is told of anything.
    Observed,
}

impl ToldFinding {
    pub(super) const fn fate(&self) -> Fate {
        match (self.told, self.state, &self.remark) {
            (Some(severity), _, _) => Fate::Firing(severity),
            (None, FindingState::Firing(_), Remark::Accepted { .. }) => Fate::Accepted,
            (None, FindingState::Firing(_), Remark::Maintenance { .. }) => Fate::Maintenance,
            (None, FindingState::Firing(_), Remark::Observed) => Fate::Observed,
            (None, _, _) => Fate::Waiting,
        }
    }
}

impl Fate {
    /// The word for a badge.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Firing(severity) => severity.name(),
            Self::Waiting => "waiting",
            Self::Accepted => "accepted",
            Self::Maintenance => "maintenance",
            Self::Observed => "observed",
        }
    }

    /// The style class.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Firing(Severity::Critical) => "critical",
            Self::Firing(Severity::Warning) => "warning",
            Self::Waiting => "waiting",
            Self::Accepted | Self::Maintenance | Self::Observed => "silent",
        }
    }
}
