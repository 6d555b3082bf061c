//! Alerts on the rounds themselves: they run, their snapshots are recent, and each check is judged.

use std::time::Duration;

use super::alert::{Alert, Dashboard, Group, Rule};
use super::promql;
use super::settings::{PacedViews, RuleSettings};
use crate::model::check::Severity;
use crate::publish::alert_name::AlertName;

/// Rounds, snapshots, and checks without a verdict.
pub(super) fn group(settings: &RuleSettings, paces: &[PacedViews]) -> Group {
    let rules = vec![
        not_running(settings, paces),
        too_old(settings),
        age_unknown(settings, paces),
        not_judged(settings, paces),
    ];
    Group { name: "rounds", rules: rules.into_iter().map(Rule::Alert).collect() }
}

fn not_running(settings: &RuleSettings, paces: &[PacedViews]) -> Alert {
    let views =
        |family: &str, matchers: &[&str]| format!("max by (job, feature_view) ({})", settings.series(family, matchers));
    let info = |matchers: &[&str]| views("skewwatch_feature_view_info", matchers);
    let planned = |matchers: &[&str], interval: Duration| format!("{} * {}", info(matchers), interval.as_secs_f64());
    // What a view that rests exports is less than its longest pause.
    let resting = settings.rests().into_iter().map(|(pause, matcher)| planned(&[&matcher], pause));
    let exported = views("skewwatch_round_interval_seconds", &[]);
    let intended = paces.iter().map(|pace| planned(&pace.matchers(), pace.interval));
    let intervals: Vec<String> = resting.chain([exported]).chain(intended).collect();
    let watched_before: Vec<String> = paces
        .iter()
        .map(|pace| {
            let info = settings.series("skewwatch_feature_view_info", &pace.matchers());
            let (interval, before) = (promql::duration(pace.interval), promql::duration(2 * pace.interval));
            format!("max by (job, feature_view) (max_over_time({info}[{interval}] offset {before}))")
        })
        .collect();
    Alert {
        name: AlertName::ROUNDS_NOT_RUNNING.name,
        comment: "A view without a last success counts from 1970, one without an interval has the planned one: neither is\n\
                  silent. What was not watched two intervals ago has not had the time for a round: skewwatch was down.",
        severity: Some(Severity::Critical),
        expression: settings.with_team(&format!(
            "time() - (\n  {}\n  or on (job, feature_view) {} * 0\n)\n> 3 * (\n  {}\n)\nand on (job, feature_view) (\n  {}\n)",
            views("skewwatch_round_last_success_timestamp_seconds", &[]),
            info(&[]),
            intervals.join("\n  or on (job, feature_view) "),
            watched_before.join("\n  or on (job, feature_view) "),
        )),
        lasting: None,
        // Longer than the alerts that it holds back, or these would be sent between its end and theirs.
        keeping: Some(settings.restart() + settings.restart() / 5),
        summary: AlertName::ROUNDS_NOT_RUNNING.summary,
        description: "{{ if gt $value 1e9 }}No round of feature view `{{ $labels.feature_view }}` has ever succeeded{{ else }}The \
                      last round that measured feature view `{{ $labels.feature_view }}` ended {{ $value | humanizeDuration }} \
                      ago, more than three intervals{{ end }}. Whether it is fresh, complete and equal is unknown."
            .to_owned(),
        dashboard: Dashboard::Service,
    }
}

fn too_old(settings: &RuleSettings) -> Alert {
    let views = |family: &str| format!("max by (job, feature_view) ({})", settings.series(family, &[]));
    Alert {
        name: "SkewwatchSnapshotTooOld",
        comment: "",
        severity: Some(Severity::Warning),
        expression: settings.with_team(&format!(
            "time() - {}\n> {}",
            views("skewwatch_snapshot_watermark_seconds"),
            views("skewwatch_snapshot_max_age_seconds")
        )),
        lasting: None,
        keeping: Some(settings.restart()),
        summary: "The training snapshot of a feature view is too old.",
        description:
            "The newest training snapshot of feature view `{{ $labels.feature_view }}` is complete up to {{ $value | \
                      humanizeDuration }} ago only. Served values that are newer cannot be compared with it."
                .to_owned(),
        dashboard: Dashboard::FeatureView,
    }
}

fn age_unknown(settings: &RuleSettings, paces: &[PacedViews]) -> Alert {
    let sides = paces.iter().map(|pace| {
        let window = promql::duration(pace.least_window());
        let limit = settings.series("skewwatch_snapshot_max_age_seconds", &pace.matchers());
        let watermark = settings.series("skewwatch_snapshot_watermark_seconds", &pace.matchers());
        format!(
            "(\n  max by (job, feature_view) ({limit})\n  and on (job, feature_view) {limit} offset {window}\n  unless on (job, \
             feature_view) last_over_time({watermark}[{window}])\n)"
        )
    });
    Alert {
        name: "SkewwatchSnapshotAgeUnknown",
        comment: "The dead-man of SkewwatchSnapshotTooOld: a limit stands, and for three intervals nothing to hold against it.",
        severity: Some(Severity::Warning),
        expression: settings.with_team(&sides.collect::<Vec<_>>().join("\nor\n")),
        lasting: None,
        keeping: Some(settings.restart()),
        summary: "How old the training snapshot of a feature view is cannot be said.",
        description: "No round of late could say up to when the training snapshot of feature view `{{ $labels.feature_view }}` is \
                      complete. It may be older than the {{ $value | humanizeDuration }} that it may be."
            .to_owned(),
        dashboard: Dashboard::FeatureView,
    }
}

fn not_judged(settings: &RuleSettings, paces: &[PacedViews]) -> Alert {
    let sides = paces.iter().map(|pace| {
        let window = promql::duration(pace.least_window());
        let status = settings.series("skewwatch_check_status", &pace.matchers());
        let by = "max by (job, feature_view, feature, check)";
        format!(
            "(\n  {by} (max_over_time({status}[{window}])) == -1\n  and on (job, feature_view, feature, check)\n  {by} ({status} \
             offset {window}) == -1\n  and on (job, feature_view, feature, check)\n  {status}\n)"
        )
    });
    Alert {
        name: AlertName::CHECK_NOT_JUDGED.name,
        comment: "The dead-man of the alerts on checks. Unlike `for`, the window does not begin anew with a missed scrape.",
        severity: Some(Severity::Warning),
        expression: settings.with_team(&sides.collect::<Vec<_>>().join("\nor\n")),
        lasting: None,
        keeping: Some(settings.restart()),
        summary: AlertName::CHECK_NOT_JUDGED.summary,
        description: "Check `{{ $labels.check }}` of {{ if $labels.feature }}feature `{{ $labels.feature_view }}.{{ $labels.feature \
                      }}`{{ else }}feature view `{{ $labels.feature_view }}`{{ end }} has not been judged for more than three \
                      rounds. Whether it is within its limit is unknown, and its alert keeps the state it had."
            .to_owned(),
        dashboard: Dashboard::FeatureView,
    }
}
