//! The alerts by name: one table for the rules that Prometheus evaluates and for the alerts that a service pushes itself,
//! so that one routing and one runbook fit both.

use crate::model::check::{CheckKind, Severity};

/// What an alert is called, who it concerns and what it says every time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertName {
    /// The label `alertname`, which is the heading in the runbook.
    pub name: &'static str,
    /// The label `component`: the group of its rule.
    pub component: &'static str,
    /// What is wrong, as one sentence.
    pub summary: &'static str,
}

impl AlertName {
    /// Rounds of a view do not succeed.
    pub const ROUNDS_NOT_RUNNING: Self = Self {
        name: "SkewwatchRoundsNotRunning",
        component: "rounds",
        summary: "A feature view is not being measured: its other alerts cannot be trusted.",
    };
    /// A check has no verdict.
    pub const CHECK_NOT_JUDGED: Self = Self {
        name: "SkewwatchCheckNotJudged",
        component: "rounds",
        summary: "A check of a feature view has not been judged for three rounds.",
    };
    /// The online store does not answer.
    pub const ONLINE_STORE_DOWN: Self =
        Self { name: "SkewwatchOnlineStoreDown", component: "store", summary: "The online store does not answer." };
    /// Fires as long as all is well.
    pub const WATCHDOG: Self = Self {
        name: "SkewwatchWatchdog",
        component: "meta",
        summary: "This alert always fires. If it stops, alerts of skewwatch do not reach you.",
    };
    /// A view is served with old rows.
    pub const FEATURE_VIEW_STALE: Self = Self {
        name: "SkewwatchFeatureViewStale",
        component: "freshness",
        summary: "A feature view is served with rows older than its freshness objective.",
    };
    /// Coverage is critical.
    pub const COVERAGE_COLLAPSED: Self = Self {
        name: "SkewwatchCoverageCollapsed",
        component: "coverage",
        summary: "Far too many entity keys have no usable value in the online store.",
    };
    /// Coverage is a warning.
    pub const COVERAGE_LOW: Self = Self {
        name: "SkewwatchCoverageLow",
        component: "coverage",
        summary: "Too many entity keys have no usable value in the online store.",
    };
    /// Served values differ from training.
    pub const SKEW_MISMATCH: Self = Self {
        name: "SkewwatchSkewMismatch",
        component: "skew",
        summary: "Served values of a feature differ from the training snapshot.",
    };
    /// A distribution has moved.
    pub const DRIFT_HIGH: Self = Self {
        name: "SkewwatchDriftHigh",
        component: "drift",
        summary: "The distribution of a feature has moved away from its reference.",
    };
    /// Any other check.
    pub const CHECK_BREACHED: Self = Self {
        name: "SkewwatchCheckBreached",
        component: "skew",
        summary: "A check of a feature view is beyond its limit.",
    };

    /// The alert that a finding of `check` is told by.
    #[must_use]
    pub const fn of_finding(check: CheckKind, severity: Severity) -> Self {
        match (check, severity) {
            (CheckKind::Freshness, _) => Self::FEATURE_VIEW_STALE,
            (CheckKind::Coverage, Severity::Critical) => Self::COVERAGE_COLLAPSED,
            (CheckKind::Coverage, Severity::Warning) => Self::COVERAGE_LOW,
            (CheckKind::Skew, _) => Self::SKEW_MISMATCH,
            (CheckKind::Drift, _) => Self::DRIFT_HIGH,
            (
                CheckKind::Comparable
                | CheckKind::Phantom
                | CheckKind::MissingOffline
                | CheckKind::Undecodable
                | CheckKind::InFlight
                | CheckKind::NeverMaterialized
                | CheckKind::Timestamps
                | CheckKind::Serving,
                _,
            ) => Self::CHECK_BREACHED,
        }
    }
}
