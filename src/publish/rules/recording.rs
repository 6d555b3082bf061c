//! Series computed ahead: what the burn alerts compare, and what dashboards draw over replicas.

use std::collections::BTreeSet;
use std::time::Duration;

use super::alert::{Group, Rule};
use super::promql;
use super::settings::{PacedViews, RuleSettings};

/// Name of the share of keys beyond the freshness objective over `window`.
pub(super) fn beyond(window: Duration) -> String {
    format!("feature_view:skewwatch_sampled_keys_beyond_objective:ratio_rate{}", promql::duration(window))
}

/// All recorded series.
pub(super) fn group(settings: &RuleSettings, paces: &[PacedViews]) -> Group {
    let windows: BTreeSet<Duration> =
        paces.iter().flat_map(|pace| pace.pairs.iter().flat_map(|pair| [pair.long, pair.short])).collect();
    let ratio = |window: &Duration| {
        let range = promql::duration(*window);
        let beyond_objective = settings.series("skewwatch_sampled_keys_beyond_objective_total", &[]);
        let sampled = settings.series("skewwatch_sampled_keys_total", &[]);
        Rule::Recording {
            name: beyond(*window),
            expression: format!(
                "max by (job, feature_view) (\n  rate({beyond_objective}[{range}])\n  / rate({sampled}[{range}])\n)"
            ),
        }
    };
    let over_replicas = |(level, by, name): &(&str, &str, &str)| {
        // The replica that sees the most trouble decides, which for coverage is the lowest.
        let worst = if name.ends_with("coverage_ratio") { "min" } else { "max" };
        Rule::Recording {
            name: format!("{level}:{name}:{worst}"),
            expression: format!("{worst} by ({by}) ({})", settings.series(name, &[])),
        }
    };
    let figures = [
        ("feature_view", "job, feature_view", "skewwatch_coverage_ratio"),
        ("feature", "job, feature_view, feature", "skewwatch_feature_coverage_ratio"),
        ("feature", "job, feature_view, feature", "skewwatch_skew_mismatch_ratio"),
        ("feature", "job, feature_view, feature, statistic", "skewwatch_drift_distance"),
    ];
    Group { name: "recording", rules: windows.iter().map(ratio).chain(figures.iter().map(over_replicas)).collect() }
}
