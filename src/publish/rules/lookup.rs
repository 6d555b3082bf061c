//! Alerts on the lookup path. Its counters rise with every request, so its windows do not depend on rounds.

use std::time::Duration;

use super::alert::{Alert, Dashboard, Group, Rule};
use super::promql;
use super::settings::RuleSettings;
use crate::model::check::Severity;

const FIVE_MINUTES: Duration = Duration::from_secs(300);
const TEN_MINUTES: Duration = Duration::from_secs(600);
const QUARTER: Duration = Duration::from_secs(900);

/// Latency and hit rate against their objectives, and a lookup path without lookups.
pub(super) fn group(settings: &RuleSettings) -> Group {
    let rules = [latency(settings), hit_rate(settings), silent(settings)];
    Group { name: "lookup", rules: rules.into_iter().map(Rule::Alert).collect() }
}

fn latency(settings: &RuleSettings) -> Alert {
    let buckets = settings.series("skewwatch_lookup_duration_seconds_bucket", &[]);
    let window = promql::duration(settings.window(FIVE_MINUTES));
    let quantile = |stat: &str, rank: &str| {
        format!(
            "  label_replace(\n    histogram_quantile({rank}, sum by (job, le) (rate({buckets}[{window}]))),\n    \"stat\", \
             \"{stat}\", \"\", \"\"\n  )"
        )
    };
    Alert {
        name: "SkewwatchLookupLatencyHigh",
        comment: "",
        severity: Some(Severity::Critical),
        expression: format!(
            "(\n{}\n  or\n{}\n)\n> on (job, stat)\nmax by (job, stat) ({})",
            quantile("p50", "0.5"),
            quantile("p99", "0.99"),
            settings.series("skewwatch_lookup_objective_seconds", &[])
        ),
        lasting: Some(settings.wait(TEN_MINUTES)),
        keeping: None,
        summary: "Feature lookups are slower than their objective.",
        description: "The {{ $labels.stat }} of feature lookups over the last five minutes is {{ $value | humanizeDuration }}, above \
                      its objective."
            .to_owned(),
        dashboard: Dashboard::Lookup,
    }
}

fn hit_rate(settings: &RuleSettings) -> Alert {
    let hits = settings.series("skewwatch_lookup_l1_requests_total", &["result=\"hit\""]);
    let all = settings.series("skewwatch_lookup_l1_requests_total", &[]);
    let window = promql::duration(settings.window(QUARTER));
    Alert {
        name: "SkewwatchL1HitRateDrop",
        comment: "Without a single hit there may be no series of hits: 0 stands in for it.",
        severity: Some(Severity::Warning),
        expression: format!(
            "(sum by (job) (rate({hits}[{window}])) or sum by (job) (rate({all}[{window}])) * 0)\n/ sum by (job) (rate({all}[{window}]))\n< max \
             by (job) ({})",
            settings.series("skewwatch_lookup_l1_hit_objective_ratio", &[])
        ),
        lasting: Some(settings.wait(QUARTER)),
        keeping: None,
        summary: "Too few feature lookups are answered from the L1 cache.",
        description: "Only {{ $value | humanizePercentage }} of the lookups of the last 15 minutes were answered from the L1 cache, \
                      below its objective. The others load the online store."
            .to_owned(),
        dashboard: Dashboard::Lookup,
    }
}

fn silent(settings: &RuleSettings) -> Alert {
    Alert {
        name: "SkewwatchLookupNoRequests",
        comment: "The dead-man of the alerts on latency and hit rate: without lookups neither has a figure.",
        severity: Some(Severity::Warning),
        expression: format!(
            "max by (job) ({})\nunless on (job)\nsum by (job) (rate({}[{}])) > 0",
            settings.series("skewwatch_lookup_objective_seconds", &[]),
            settings.series("skewwatch_lookup_requests_total", &[]),
            promql::duration(settings.window(FIVE_MINUTES))
        ),
        lasting: Some(settings.wait(QUARTER)),
        keeping: None,
        summary: "The lookup path runs and nobody looks features up.",
        description: "Job `{{ $labels.job }}` has answered no feature lookup for more than 15 minutes. Either no caller reaches it, \
                      or there is none."
            .to_owned(),
        dashboard: Dashboard::Lookup,
    }
}
