//! What is known of a view: what pages are made from.

use std::collections::BTreeMap;

use crate::model::bars::Bars;
use crate::publish::api::{FindingState, FindingTally, ToldFinding, ViewDetail};

/// A view as it stands.
#[derive(Clone, Debug)]
pub struct KnownView {
    /// By its newest round.
    pub detail: ViewDetail,
    /// By its last round with figures, where the newest has none; `None` where it has, or when none is known.
    pub earlier: Option<ViewDetail>,
    /// Share of rows that may lie beyond the freshness objective; `None` does not judge freshness.
    pub freshness_budget: Option<f64>,
    /// What served values were held against in the round whose figures are shown, per feature.
    pub distributions: BTreeMap<String, Bars>,
}

impl KnownView {
    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.detail.summary.name
    }

    /// The state whose figures are shown: that by the last round with figures.
    pub(super) fn figured(&self) -> &ViewDetail {
        self.earlier.as_ref().unwrap_or(&self.detail)
    }
}

/// The word for a badge: how bad a finding is where others are told of it, else why they are not.
pub(super) const fn word(finding: &ToldFinding) -> &'static str {
    match finding.state {
        FindingState::Firing => finding.severity.name(),
        FindingState::Waiting
        | FindingState::Accepted
        | FindingState::Maintenance
        | FindingState::Observed
        | FindingState::Resolved => finding.state.name(),
    }
}

/// The style class of a badge.
pub(super) const fn class(finding: &ToldFinding) -> &'static str {
    match finding.state {
        FindingState::Firing => finding.severity.name(),
        FindingState::Waiting => "waiting",
        FindingState::Accepted | FindingState::Maintenance | FindingState::Observed | FindingState::Resolved => {
            "silent"
        }
    }
}

/// Findings by how they stand: `2 firing, 1 accepted`; empty where there are none.
pub(super) fn tally(findings: &FindingTally) -> String {
    let parts = [
        (findings.firing, "firing"),
        (findings.waiting, "waiting"),
        (findings.accepted, "accepted"),
        (findings.maintenance, "under maintenance"),
        (findings.observed, "only observed"),
    ];
    let parts = parts.into_iter().filter(|(count, _)| *count > 0);
    parts.map(|(count, words)| format!("{count} {words}")).collect::<Vec<_>>().join(", ")
}
