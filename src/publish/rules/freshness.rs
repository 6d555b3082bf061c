//! Alerts on freshness: the finding of a view, and how fast its budget burns.

use std::time::Duration;

use super::alert::{Alert, Dashboard, Group, Rule};
use super::findings::{self, Told};
use super::recording::beyond;
use super::settings::{PacedViews, RuleSettings};
use crate::model::check::Severity;
use crate::publish::alert_name::AlertName;

/// Freshness of views.
pub(super) fn group(settings: &RuleSettings, paces: &[PacedViews]) -> Group {
    let objective = findings::figure(settings, "max", "skewwatch_freshness_objective_seconds", "humanizeDuration");
    let told = |severity| Told {
        name: AlertName::FEATURE_VIEW_STALE,
        check: "check=\"freshness\"",
        severity,
        description: format!(
            "Rows of feature view `{{{{ $labels.feature_view }}}}` are older than its freshness objective of {objective}. \
             Models get outdated values."
        ),
    };
    let mut rules = Vec::new();
    rules.extend(burn(settings, paces, Severity::Critical));
    rules.extend(burn(settings, paces, Severity::Warning));
    rules.extend([Severity::Critical, Severity::Warning].map(|severity| findings::rule(settings, told(severity))));
    Group { name: "freshness", rules }
}

/// The alert of all pairs of `severity`; `None` where no view has one that can be met.
fn burn(settings: &RuleSettings, paces: &[PacedViews], severity: Severity) -> Option<Rule> {
    let mut sides = Vec::new();
    for pace in paces {
        for pair in pace.pairs.iter().filter(|pair| pair.severity == severity) {
            let side = |window: Duration| {
                let ratio = settings.series(&beyond(window), &pace.matchers());
                format!("  {ratio} > {} * {}", pair.factor, pace.budget)
            };
            sides.push(format!("(\n{}\n  and\n{}\n)", side(pair.long), side(pair.short)));
        }
    }
    if sides.is_empty() {
        return None;
    }
    let (name, lasting, summary, speed) = match severity {
        Severity::Critical => (
            "SkewwatchFreshnessBudgetBurnFast",
            Duration::from_secs(120),
            "The freshness budget of a feature view is being used up within days.",
            "many times faster than its budget allows",
        ),
        Severity::Warning => (
            "SkewwatchFreshnessBudgetBurnSlow",
            Duration::from_secs(3_600),
            "The freshness budget of a feature view is being used up too early.",
            "faster than its budget allows",
        ),
    };
    let objective = findings::figure(settings, "max", "skewwatch_freshness_objective_seconds", "humanizeDuration");
    Some(Rule::Alert(Alert {
        name,
        comment: "A long window shows that it matters, a short one that it still goes on.",
        severity: Some(severity),
        expression: settings.with_team(&sides.join("\nor\n")),
        lasting: Some(settings.wait(lasting)),
        keeping: Some(settings.restart()),
        summary,
        description: format!(
            "{{{{ $value | humanizePercentage }}}} of the keys read lately from feature view `{{{{ $labels.feature_view }}}}` \
             were older than its freshness objective of {objective}: {speed}."
        ),
        dashboard: Dashboard::FeatureView,
    }))
}
