//! What each check said.

use schemars::JsonSchema;
use serde::Serialize;

use super::state::LatestRound;
use crate::history::CheckStatus;
use crate::model::check::{CheckKind, CheckRules, Limits, Severity};
use crate::publish::metrics::{Spot, WatchedView, is_unlimited};

/// What a check said in the newest round.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CheckWord {
    /// Within its limits.
    Pass,
    /// Not judged: never a pass.
    Unknown,
    /// Beyond the limit of a warning.
    Warning,
    /// Beyond the critical limit.
    Critical,
}

/// A check of a view or feature.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct CheckState {
    /// The feature; `null` for the view as a whole.
    pub feature: Option<String>,
    /// What is checked.
    pub check: CheckKind,
    /// What it said.
    pub status: CheckWord,
    /// Why it could not be judged; `null` where it was, or where the round was before the service started.
    pub reason: Option<String>,
    /// The limit of a warning; `null` where there is none, or one for each statistic.
    pub warning: Option<f64>,
    /// The critical limit; `null` where there is none, or one for each statistic.
    pub critical: Option<f64>,
    /// Fewest observations for a verdict; `null` where each statistic has its own.
    pub minimum_n: Option<u64>,
}

/// How many checks said what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckTally {
    /// Within their limits.
    pub pass: u64,
    /// Not judged.
    pub unknown: u64,
    /// Beyond the limit of a warning.
    pub warning: u64,
    /// Beyond the critical limit.
    pub critical: u64,
}

impl CheckTally {
    /// Counts checks.
    #[must_use]
    pub fn of(checks: &[CheckState]) -> Self {
        let mut tally = Self::default();
        for check in checks {
            match check.status {
                CheckWord::Pass => tally.pass += 1,
                CheckWord::Unknown => tally.unknown += 1,
                CheckWord::Warning => tally.warning += 1,
                CheckWord::Critical => tally.critical += 1,
            }
        }
        tally
    }
}

/// The checks of a view and its features, in this order. Where nothing was measured all of them are unknown.
pub(super) fn states(watched: &WatchedView<'_>, latest: Option<&LatestRound>) -> Vec<CheckState> {
    let planned = watched.checks();
    let Some(latest) = latest else {
        let unknown =
            |spot: &Spot| state(watched, spot, (CheckWord::Unknown, Some("no round has ended yet".to_owned())));
        return planned.iter().map(unknown).collect();
    };
    let Some(measured) = &latest.record.round.measured else {
        let reason = "the last round gave no figures".to_owned();
        let unknown = |spot: &Spot| state(watched, spot, (CheckWord::Unknown, Some(reason.clone())));
        return planned.iter().map(unknown).collect();
    };
    let of_features = measured.features.iter().map(|(name, feature)| (Some(name.clone()), &feature.statuses));
    std::iter::once((None, &measured.statuses))
        .chain(of_features)
        .flat_map(|(feature, statuses)| {
            statuses.iter().map(move |(check, status)| ((feature.clone(), *check), *status))
        })
        .filter(|(spot, _)| planned.contains(spot) || is_unlimited(spot))
        .map(|(spot, status)| {
            let word = match status {
                CheckStatus::Pass => CheckWord::Pass,
                CheckStatus::Unknown => CheckWord::Unknown,
                CheckStatus::Breach(Severity::Warning) => CheckWord::Warning,
                CheckStatus::Breach(Severity::Critical) => CheckWord::Critical,
            };
            let reason = latest.reasons.get(&spot).cloned();
            state(watched, &spot, (word, reason))
        })
        .collect()
}

fn state(
    watched: &WatchedView<'_>,
    (feature, check): &Spot,
    (status, reason): (CheckWord, Option<String>),
) -> CheckState {
    let rules = watched.rules_of(feature.as_deref());
    let limits = limits(rules, *check);
    CheckState {
        feature: feature.clone(),
        check: *check,
        status,
        reason,
        warning: limits.and_then(|limits| limits.warning),
        critical: limits.and_then(|limits| limits.critical),
        minimum_n: limits.map(|limits| limits.minimum_n),
    }
}

/// The limits of a check that has one figure.
const fn limits(rules: &CheckRules, check: CheckKind) -> Option<&Limits> {
    Some(match check {
        CheckKind::Freshness => &rules.freshness,
        CheckKind::Coverage => &rules.coverage,
        CheckKind::Comparable => &rules.comparable,
        CheckKind::Skew => &rules.skew,
        CheckKind::Phantom => &rules.phantom,
        CheckKind::MissingOffline => &rules.missing_offline,
        CheckKind::Undecodable => &rules.undecodable,
        CheckKind::InFlight => &rules.in_flight,
        CheckKind::Serving => &rules.serving,
        CheckKind::Drift | CheckKind::NeverMaterialized | CheckKind::Timestamps => return None,
    })
}
