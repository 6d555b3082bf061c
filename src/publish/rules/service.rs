//! Alerts on skewwatch itself: it is there, it loses nothing, and its alerts arrive.

use std::time::Duration;

use super::alert::{Alert, Dashboard, Group, Rule};
use super::promql;
use super::settings::RuleSettings;
use crate::model::check::Severity;
use crate::publish::alert_name::AlertName;

const HOUR: Duration = Duration::from_secs(3_600);
const FIVE_MINUTES: Duration = Duration::from_secs(300);

/// The watchers of the watcher.
pub(super) fn group(settings: &RuleSettings) -> Group {
    let mut rules = down(settings);
    rules.extend([dropped(settings), reload(settings), watchdog(settings)]);
    Group { name: "meta", rules: rules.into_iter().map(Rule::Alert).collect() }
}

fn down(settings: &RuleSettings) -> Vec<Alert> {
    let up = settings.series("up", &[]);
    let all = Alert {
        name: "SkewwatchDown",
        comment: "The dead-man of every alert that compares series of skewwatch.",
        severity: Some(Severity::Critical),
        expression: format!("max by (job) ({up}) == 0\nor\nabsent({up})"),
        lasting: Some(settings.restart()),
        keeping: None,
        summary: "skewwatch does not answer Prometheus: the feature store is not being watched.",
        description:
            "No target of job `{{ $labels.job }}` answers Prometheus, or there is none. The feature store is not being \
                      watched, and no other alert of skewwatch can fire."
                .to_owned(),
        dashboard: Dashboard::Service,
    };
    let some = Alert {
        comment: "",
        severity: Some(Severity::Warning),
        expression: format!("count by (job) ({up} == 0)\nand on (job)\nmax by (job) ({up}) == 1"),
        description:
            "{{ $value }} of the targets of job `{{ $labels.job }}` do not answer Prometheus; others do, and watch on."
                .to_owned(),
        summary: "A replica of skewwatch does not answer Prometheus.",
        ..all
    };
    vec![all, some]
}

fn dropped(settings: &RuleSettings) -> Alert {
    let series = settings.series("skewwatch_series_dropped_total", &[]);
    let window = promql::duration(settings.window(HOUR).max(settings.longest_interval().saturating_mul(3)));
    Alert {
        name: "SkewwatchSeriesDropped",
        comment: "A counter that begins above 0 has risen.",
        severity: Some(Severity::Warning),
        expression: format!(
            "max by (job) (increase({series}[{window}])) > 0\nor\nmax by (job) ({series} unless {series} offset {window}) > 0"
        ),
        lasting: None,
        keeping: None,
        summary: "skewwatch leaves series out of its metrics.",
        description:
            "Job `{{ $labels.job }}` has more series than its budget allows and leaves families out. Alerts go on; \
                      dashboards have gaps."
                .to_owned(),
        dashboard: Dashboard::Service,
    }
}

fn reload(settings: &RuleSettings) -> Alert {
    Alert {
        name: "SkewwatchConfigReloadFailed",
        comment: "",
        severity: Some(Severity::Warning),
        expression: format!("min by (job) ({}) == 0", settings.series("skewwatch_config_last_reload_success", &[])),
        lasting: Some(settings.wait(FIVE_MINUTES)),
        keeping: Some(settings.restart()),
        summary: "skewwatch could not load its changed configuration and works with the old one.",
        description: "Job `{{ $labels.job }}` refused its changed configuration file and works with the one before."
            .to_owned(),
        dashboard: Dashboard::Service,
    }
}

fn watchdog(settings: &RuleSettings) -> Alert {
    Alert {
        name: AlertName::WATCHDOG.name,
        comment: "Fires as long as all is well. Its absence tells what no alert can: that skewwatch, Prometheus or Alertmanager\n\
                  is gone.",
        severity: None,
        expression: format!("max by (job) ({}) == 1", settings.series("up", &[])),
        lasting: None,
        keeping: None,
        summary: AlertName::WATCHDOG.summary,
        description: "Prometheus sees job `{{ $labels.job }}`, and its alerts reach you.".to_owned(),
        dashboard: Dashboard::Service,
    }
}
