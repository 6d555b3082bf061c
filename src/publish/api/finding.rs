//! Findings as they stand.

use schemars::JsonSchema;
use serde::Serialize;

use crate::history::FindingEpisode;
use crate::model::check::{CheckKind, Severity};
use crate::model::time::Timestamp;

/// How a finding stands; one of them, whatever else is true of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FindingState {
    /// Others are told of it: metrics, alerts, page.
    Firing,
    /// Seen, and not yet in enough rounds.
    Waiting,
    /// Known and accepted, whether it would wait or fire; nobody is told.
    Accepted,
    /// It would fire, and its view is under maintenance.
    Maintenance,
    /// It would fire, and the service only observes.
    Observed,
    /// Over.
    Resolved,
}

impl FindingState {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Firing, Self::Waiting, Self::Accepted, Self::Maintenance, Self::Observed, Self::Resolved];

    /// The name in the JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Firing => "firing",
            Self::Waiting => "waiting",
            Self::Accepted => "accepted",
            Self::Maintenance => "maintenance",
            Self::Observed => "observed",
            Self::Resolved => "resolved",
        }
    }
}

/// Which findings are asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FindingFilter {
    /// All but the resolved ones.
    #[default]
    Open,
    /// Those that stand so.
    Only(FindingState),
    /// All.
    All,
}

impl FindingFilter {
    /// All of them, by their words.
    pub const WORDS: [&str; FindingState::ALL.len() + 2] =
        ["open", "firing", "waiting", "accepted", "maintenance", "observed", "resolved", "all"];

    /// The filter of a word; `None` if it is none.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        let only = FindingState::ALL.into_iter().map(Self::Only);
        [Self::Open, Self::All].into_iter().chain(only).find(|filter| filter.name() == word)
    }

    /// Its word.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Only(state) => state.name(),
            Self::All => "all",
        }
    }

    /// Whether a finding that stands so is asked for.
    #[must_use]
    pub fn admits(self, state: FindingState) -> bool {
        match self {
            Self::Open => state != FindingState::Resolved,
            Self::Only(only) => state == only,
            Self::All => true,
        }
    }
}

/// What is to be done about a finding.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum FindingStanding {
    /// Nothing stands against telling it.
    Open,
    /// It was accepted, and the term is over.
    Expired {
        /// Since when.
        since: Timestamp,
    },
    /// It was accepted, and is worse than that by more than the factor.
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

impl FindingStanding {
    /// The standing as a clause; `None` where there is nothing to say.
    #[must_use]
    pub fn clause(&self) -> Option<String> {
        Some(match self {
            Self::Open => return None,
            Self::Expired { since } => format!("was accepted until {since}, and that is over"),
            Self::Worse { accepted } => format!("was accepted at {accepted}, and is worse now"),
            Self::Accepted { until, reason } => format!("accepted until {until}: {reason}"),
            Self::Maintenance { until } => format!("not told until {until}: the view is under maintenance"),
            Self::Observed => "not told: the service only observes".to_owned(),
        })
    }
}

/// A feature that a finding of another one speaks for.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct JoinedFeature {
    /// The feature.
    pub feature: String,
    /// How bad the last round said it is.
    pub severity: Severity,
    /// Its last figure.
    pub observed: f64,
    /// The limit that it broke.
    pub threshold: f64,
    /// Observations behind the figure.
    pub n: u64,
}

/// A finding, open or resolved.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ToldFinding {
    /// The view.
    pub feature_view: String,
    /// The feature; `null` for the view as a whole.
    pub feature: Option<String>,
    /// Other features that differ for the same cause since the same time: the finding speaks for all of them.
    pub also: Vec<JoinedFeature>,
    /// What was checked.
    pub check: CheckKind,
    /// How it stands.
    pub state: FindingState,
    /// How bad: what others are told where it fires, else what the last round said.
    pub severity: Severity,
    /// What is to be done about it; `null` once it is resolved.
    pub standing: Option<FindingStanding>,
    /// The last figure.
    pub observed: f64,
    /// The limit that it broke.
    pub threshold: f64,
    /// Observations behind the figure.
    pub n: u64,
    /// The sentence that a person reads.
    pub message: String,
    /// End of the first round that saw it.
    pub first_seen: Timestamp,
    /// End of the last round that saw it.
    pub last_seen: Timestamp,
    /// Since when it fires; `null` while it waits, or where it never did.
    pub fired_at: Option<Timestamp>,
    /// When it ended; `null` while it is open.
    pub resolved_at: Option<Timestamp>,
}

impl ToldFinding {
    /// A finding that has ended; `None` while it is open.
    #[must_use]
    pub fn resolved(episode: &FindingEpisode) -> Option<Self> {
        let resolved_at = Some(episode.resolved_at?);
        Some(Self {
            feature_view: episode.key.feature_view.clone(),
            feature: episode.key.feature.clone(),
            also: Vec::new(),
            check: episode.key.check,
            state: FindingState::Resolved,
            severity: episode.severity,
            standing: None,
            observed: episode.observed,
            threshold: episode.threshold,
            n: episode.n,
            message: episode.message.clone(),
            first_seen: episode.first_seen,
            last_seen: episode.last_seen,
            fired_at: episode.fired_at,
            resolved_at,
        })
    }
}

/// Findings that were asked for.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct FindingList {
    /// Open ones by view, feature and check; then those that are resolved, newest end first.
    pub findings: Vec<ToldFinding>,
    /// How many more there are than the limit allows.
    pub left_off: u64,
}

/// Open findings of a view, by how they stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FindingTally {
    /// Others are told of these.
    pub firing: u64,
    /// Not yet seen in enough rounds.
    pub waiting: u64,
    /// Known and accepted.
    pub accepted: u64,
    /// Would fire, but for maintenance.
    pub maintenance: u64,
    /// Would fire, but the service only observes.
    pub observed: u64,
}

impl FindingList {
    /// The findings that `is_wanted`, at most so many.
    #[must_use]
    pub fn of(mut findings: Vec<ToldFinding>, most: u32, is_wanted: impl Fn(&ToldFinding) -> bool) -> Self {
        findings.retain(is_wanted);
        let most = usize::try_from(most).unwrap_or(usize::MAX);
        let left_off = u64::try_from(findings.len().saturating_sub(most)).unwrap_or(u64::MAX);
        findings.truncate(most);
        Self { findings, left_off }
    }
}

impl FindingTally {
    /// Counts open findings.
    #[must_use]
    pub fn of(findings: &[ToldFinding]) -> Self {
        let mut tally = Self::default();
        for finding in findings {
            match finding.state {
                FindingState::Firing => tally.firing += 1,
                FindingState::Waiting => tally.waiting += 1,
                FindingState::Accepted => tally.accepted += 1,
                FindingState::Maintenance => tally.maintenance += 1,
                FindingState::Observed => tally.observed += 1,
                FindingState::Resolved => {}
            }
        }
        tally
    }
}
