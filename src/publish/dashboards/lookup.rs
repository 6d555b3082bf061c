//! The lookup path: how fast it answers, how much of it from the L1 cache, and how completely.

use super::board::{Board, Row};
use super::panel::Panel;
use super::promql::Scope;
use super::style::{Steps, Unit};
use super::variable;

/// Lookups against their objectives.
pub(super) fn board() -> Board {
    let selector = "skewwatch_lookup_view_requests_total{job=~\"$job\"}";
    let views = variable::several(("feature_view", "Feature view"), selector);
    let variables = [variable::datasource()].into_iter().chain(variable::targets());
    Board {
        uid: "skewwatch-lookup",
        title: "lookup",
        description: "The lookup path: how fast it answers, how much of it from the L1 cache, and how completely.",
        variables: variables.chain([views]).collect(),
        findings: None,
        rows: vec![Row { title: "Now", panels: now() }, Row { title: "Over time", panels: over_time() }],
    }
}

const SCOPE: Scope = Scope::Targets;

/// A quantile of the answer times of all chosen instances, or by tier.
fn quantile(rank: f64, labels: &str) -> String {
    let by_bucket = if labels.is_empty() { "le".to_owned() } else { format!("{labels}, le") };
    let by = if labels.is_empty() { String::new() } else { format!("by ({labels}) ") };
    let asked = format!("sum {by}(rate({}[$__rate_interval])) > 0", SCOPE.of("lookup_duration_seconds_count"));
    let matching = if labels.is_empty() { "and on ()" } else { "and on (tier)" };
    format!(
        "histogram_quantile({rank}, {}) {matching} {asked}",
        SCOPE.rate("lookup_duration_seconds_bucket", &by_bucket)
    )
}

fn objective(stat: &str) -> String {
    format!("max by (stat) ({})", SCOPE.with("lookup_objective_seconds", &format!("stat=\"{stat}\"")))
}

/// Share of the requests to the L1 cache that it answered.
fn hit_rate() -> String {
    let rate = |selector: String| format!("sum (rate({selector}[$__rate_interval]))");
    format!(
        "{} / ({} > 0)",
        rate(SCOPE.with("lookup_l1_requests_total", "result=\"hit\"")),
        rate(SCOPE.of("lookup_l1_requests_total"))
    )
}

fn now() -> Vec<Panel> {
    let against = |rank: f64, stat: &str| format!("({}) / on () {}", quantile(rank, ""), objective(stat));
    let errors = format!(
        "sum (rate({}[$__rate_interval])) / (sum (rate({}[$__rate_interval])) > 0)",
        SCOPE.with("lookup_requests_total", "result=\"error\""),
        SCOPE.of("lookup_requests_total")
    );
    let margin = format!("{} - on () max ({})", hit_rate(), SCOPE.of("lookup_l1_hit_objective_ratio"));
    vec![
        Panel::figure("p50 ÷ objective", Unit::Times)
            .says("The time within which half of the lookups are answered, as a multiple of the objective.")
            .limited(Steps::BadFrom(1.0))
            .shows(against(0.5, "p50"), "p50")
            .sized(5, 4),
        Panel::figure("p99 ÷ objective", Unit::Times)
            .says("The time within which 99 % of the lookups are answered, as a multiple of the objective.")
            .limited(Steps::BadFrom(1.0))
            .shows(against(0.99, "p99"), "p99")
            .sized(5, 4),
        Panel::figure("Hit rate above objective", Unit::Share)
            .says("Share of lookups that the L1 cache answers, minus the objective. Below 0 the others load the online store.")
            .limited(Steps::BadBelow(0.0))
            .shows(margin, "hit rate")
            .sized(5, 4),
        Panel::figure("Errors", Unit::Share)
            .says("Share of lookups that ended with an error.")
            .limited(Steps::BadFrom(0.001))
            .shows(errors, "errors")
            .sized(4, 4),
        Panel::figure("Lookups", Unit::RequestsPerSecond)
            .says("Lookups a second over all chosen instances.")
            .shows(format!("sum (rate({}[$__rate_interval]))", SCOPE.of("lookup_requests_total")), "lookups")
            .sized(5, 4),
    ]
}

fn over_time() -> Vec<Panel> {
    let completeness = format!(
        "{} / on (feature_view) ({} > 0)",
        Scope::Views.rate("lookup_complete_total", "feature_view"),
        Scope::Views.rate("lookup_view_requests_total", "feature_view")
    );
    vec![
        Panel::lines("Answer time", Unit::Seconds)
            .says("Answer time of all lookups, and the objectives.")
            .shows(quantile(0.5, ""), "p50")
            .shows(quantile(0.99, ""), "p99")
            .against(objective("p50"), "objective, {{stat}}")
            .against(objective("p99"), "objective, {{stat}}"),
        Panel::lines("Answer time by tier", Unit::Seconds)
            .says(
                "Answer time of lookups from the L1 cache (`l1`) and of those that had to ask the online store (`l2`).",
            )
            .shows(quantile(0.5, "tier"), "p50 {{tier}}")
            .shows(quantile(0.99, "tier"), "p99 {{tier}}"),
        Panel::lines("L1 hit rate", Unit::Share)
            .says("Share of lookups that the L1 cache answers alone, and the objective.")
            .shows(hit_rate(), "hit rate")
            .against(format!("max ({})", SCOPE.of("lookup_l1_hit_objective_ratio")), "objective"),
        Panel::areas("L1 requests by result", Unit::RequestsPerSecond)
            .says("What the L1 cache knew of the lookups: all (`hit`), some (`partial`) or nothing (`miss`).")
            .shows(SCOPE.rate("lookup_l1_requests_total", "result"), "{{result}}"),
        Panel::lines("Lookups by result", Unit::RequestsPerSecond)
            .says(
                "Lookups a second: every feature had a value (`complete`), some had none (`incomplete`), or no answer.",
            )
            .shows(SCOPE.rate("lookup_requests_total", "result"), "{{result}}"),
        Panel::lines("Completeness by feature view", Unit::Share)
            .says("Share of lookups of a feature view for which every feature asked for had a value.")
            .shows(completeness, "{{feature_view}}"),
    ]
}
