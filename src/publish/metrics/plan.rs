//! Metrics that follow from the plan: who owns a view, which limits it is held against, which checks it has.

use std::collections::BTreeSet;
use std::time::Duration;

use super::family;
use super::row::{Families, row};
use crate::history::HistoryRound;
use crate::model::check::{CheckKind, CheckRules, Limits, Severity};
use crate::model::view::FeatureView;

/// What belongs to the metrics and is not in the report: who owns a view, and which limits it was held against.
#[derive(Clone, Debug, Default)]
pub struct Surroundings<'a> {
    /// Name of the online store, such as `redis`; the label `store`.
    pub store: &'a str,
    /// The watched views, measured or not.
    pub views: Vec<WatchedView<'a>>,
}

/// A view with its limits.
#[derive(Clone, Debug)]
pub struct WatchedView<'a> {
    /// The view.
    pub view: &'a FeatureView,
    /// Limits of the view as a whole.
    pub rules: &'a CheckRules,
    /// Limits per feature, by the feature's name.
    pub feature_rules: Vec<(&'a str, &'a CheckRules)>,
}

/// A check of a view: the feature (`None` for the view as a whole) and what is checked.
pub type Spot = (Option<String>, CheckKind);

impl WatchedView<'_> {
    /// Limits of a feature, or of the view as a whole.
    #[must_use]
    pub fn rules_of(&self, feature: Option<&str>) -> &CheckRules {
        let own = self.feature_rules.iter().find(|(name, _)| Some(*name) == feature);
        own.map_or(self.rules, |(_, rules)| rules)
    }

    /// Age that a row may have: the objective, or else the view's ttl.
    fn objective(&self) -> Option<Duration> {
        self.rules.freshness_objective.or(self.view.ttl)
    }

    /// Removes from a round, which may have begun under another configuration, what is no longer watched.
    pub fn trim(&self, round: &mut HistoryRound) {
        let checks = self.checks();
        let Some(measured) = &mut round.measured else { return };
        let keeps = |feature: Option<&str>, check: CheckKind| {
            let spot = (feature.map(str::to_owned), check);
            is_unlimited(&spot) || checks.contains(&spot)
        };
        measured.statuses.retain(|check, _| keeps(None, *check));
        measured.features.retain(|name, _| self.view.position(name).is_some());
        for (name, feature) in &mut measured.features {
            feature.statuses.retain(|check, _| keeps(Some(name), *check));
        }
    }

    /// The checks that a round of the view may judge.
    #[must_use]
    pub fn checks(&self) -> BTreeSet<Spot> {
        let has = |limits: &Limits| limits.warning.is_some() || limits.critical.is_some();
        let of_view = [
            (CheckKind::Freshness, self.objective().is_some() && has(&self.rules.freshness)),
            (CheckKind::Coverage, has(&self.rules.coverage)),
            (CheckKind::Comparable, has(&self.rules.comparable)),
            (CheckKind::Phantom, has(&self.rules.phantom)),
            (CheckKind::MissingOffline, has(&self.rules.missing_offline)),
            (CheckKind::InFlight, has(&self.rules.in_flight)),
        ];
        let of_feature = |(feature, rules): &(&str, &CheckRules)| {
            let checks = [
                (CheckKind::Coverage, has(&rules.coverage)),
                (CheckKind::Skew, has(&rules.skew)),
                (CheckKind::Undecodable, has(&rules.undecodable)),
                (CheckKind::Drift, rules.drift.iter().any(|(_, limits)| has(limits))),
            ];
            checks.map(|(check, is_on)| is_on.then(|| (Some((*feature).to_owned()), check)))
        };
        let of_view = of_view.into_iter().filter(|(_, is_on)| *is_on).map(|(check, _)| (None, check));
        of_view.chain(self.feature_rules.iter().flat_map(of_feature).flatten()).collect()
    }
}

/// Whether the limits of a view do not tell if the check is on: two are filed only when they fail, and one only where there
/// is a serving path to ask.
#[must_use]
pub fn is_unlimited((feature, check): &Spot) -> bool {
    feature.is_none() && matches!(check, CheckKind::NeverMaterialized | CheckKind::Timestamps | CheckKind::Serving)
}

/// The families that the plan fills.
pub(in crate::publish) fn of_plan<'a>(surroundings: &Surroundings<'a>) -> Families<'a> {
    let views = &surroundings.views;
    let name = |watched: &WatchedView<'a>| watched.view.name.as_str();
    let info = |watched: &WatchedView<'a>| {
        let view = watched.view;
        let (team, tier) = (view.team.as_deref().unwrap_or_default(), view.tier.as_deref().unwrap_or_default());
        row([&view.name, team, tier, surroundings.store], 1.0)
    };
    let objective =
        |watched: &WatchedView<'a>| row([name(watched)], watched.objective().map(|objective| objective.as_secs_f64()));
    let max_age = |watched: &WatchedView<'a>| {
        row([name(watched)], watched.rules.snapshot_max_age.map(|max_age| max_age.as_secs_f64()))
    };
    let coverage = |watched: &WatchedView<'a>| {
        row([name(watched)], watched.rules.coverage.warning.or(watched.rules.coverage.critical))
    };
    let mut skew = Vec::new();
    let mut drift = Vec::new();
    for watched in views {
        for (feature, rules) in &watched.feature_rules {
            let limits = [(Severity::Warning, rules.skew.warning), (Severity::Critical, rules.skew.critical)];
            skew.extend(
                limits
                    .into_iter()
                    .filter_map(|(severity, limit)| row([name(watched), feature, severity.name()], limit)),
            );
            drift.extend(rules.drift.iter().filter_map(|(statistic, limits)| {
                row([name(watched), feature, statistic.name()], limits.warning.or(limits.critical))
            }));
        }
    }
    vec![
        (&family::FEATURE_VIEW_INFO, views.iter().filter_map(info).collect()),
        (&family::FRESHNESS_OBJECTIVE, views.iter().filter_map(objective).collect()),
        (&family::COVERAGE_OBJECTIVE, views.iter().filter_map(coverage).collect()),
        (&family::SNAPSHOT_MAX_AGE, views.iter().filter_map(max_age).collect()),
        (&family::SKEW_THRESHOLD, skew),
        (&family::DRIFT_THRESHOLD, drift),
    ]
}
