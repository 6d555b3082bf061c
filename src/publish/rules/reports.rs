//! Alerts on what skewwatch sends: reports, and alerts that it pushes itself.

use std::time::Duration;

use super::alert::{Alert, Dashboard, Group, Rule};
use super::promql;
use super::settings::RuleSettings;
use crate::model::check::Severity;

/// Reports that are late, and deliveries that fail.
pub(super) fn group(settings: &RuleSettings) -> Group {
    let report = |family: &str| format!("max by (job, report) ({})", settings.series(family, &[]));
    let period = report("skewwatch_report_period_seconds");
    let late = Alert {
        name: "SkewwatchReportNotDelivered",
        comment: "A tenth and an hour of grace: months and days of a clock change differ in length. A report that was never\n\
                  delivered counts from 1970.",
        severity: Some(Severity::Warning),
        expression: format!(
            "time() - (\n  {}\n  or on (job, report) {period} * 0\n)\n> 1.1 * {period} + 3600",
            report("skewwatch_report_last_delivered_timestamp_seconds"),
        ),
        lasting: Some(settings.wait(Duration::from_secs(600))),
        keeping: None,
        summary: "A report has not reached its readers in time.",
        description: "{{ if gt $value 1e9 }}Report `{{ $labels.report }}` has never been delivered{{ else }}Report `{{ \
                      $labels.report }}` was delivered {{ $value | humanizeDuration }} ago, which is longer than its period{{ end \
                      }}."
            .to_owned(),
        dashboard: Dashboard::Service,
    };
    Group {
        name: "reports",
        rules: vec![Rule::Alert(late), Rule::Alert(waiting(settings)), Rule::Alert(failing(settings))],
    }
}

/// Reports that readers do not take: a team misses its page, and no alert.
fn waiting(settings: &RuleSettings) -> Alert {
    const REPORTS: &str = "channel!=\"alertmanager\"";
    let window = promql::duration(settings.window(Duration::from_secs(3600)));
    let queue = settings.series("skewwatch_delivery_queue_length", &[REPORTS]);
    let ended = settings.series("skewwatch_deliveries_total", &[REPORTS, "result=~\"rejected|dropped\""]);
    Alert {
        name: "SkewwatchReportDeliveryFailing",
        comment: "A report that waits for an hour, or that was refused or given up within one. A counter that begins above 0\n\
                  has risen.",
        severity: Some(Severity::Warning),
        expression: format!(
            "max by (job, channel) (min_over_time({queue}[{window}])) > 0\nor\nsum by (job, channel) (increase({ended}[{window}])) > \
             0\nor\nsum by (job, channel) ({ended} unless {ended} offset {window}) > 0"
        ),
        lasting: Some(settings.wait(Duration::from_secs(600))),
        keeping: None,
        summary: "Reports that skewwatch sends do not arrive.",
        description: "A report waits in channel `{{ $labels.channel }}` for an hour, or was refused or given up there. Alerts are not \
                      concerned."
            .to_owned(),
        dashboard: Dashboard::Service,
    }
}

/// Alerts that the service pushes and nobody takes.
fn failing(settings: &RuleSettings) -> Alert {
    const ALERTS: &str = "channel=\"alertmanager\"";
    let deliveries = |result: &str| settings.series("skewwatch_deliveries_total", &[ALERTS, result]);
    let (failed, delivered) = (deliveries("result!=\"delivered\""), deliveries("result=\"delivered\""));
    let window = promql::duration(settings.window(Duration::from_secs(900)));
    let queue = settings.series("skewwatch_delivery_queue_length", &[ALERTS]);
    Alert {
        name: "SkewwatchAlertDeliveryFailing",
        comment: "A queue that never empties, or failures without a single success. A counter that begins above 0 has risen.",
        severity: Some(Severity::Critical),
        expression: format!(
            "max by (job, channel) (min_over_time({queue}[{window}])) > 0\nor\n(\n  (\n    sum by (job, channel) \
             (increase({failed}[{window}])) > 0\n    or\n    sum by (job, channel) ({failed} unless {failed} offset {window}) > 0\n  )\n  \
             unless\n  sum by (job, channel) (increase({delivered}[{window}])) > 0\n)"
        ),
        lasting: Some(settings.wait(Duration::from_secs(300))),
        keeping: None,
        summary: "Alerts that skewwatch pushes itself do not arrive.",
        description: "Nothing that skewwatch sends through channel `{{ $labels.channel }}` has arrived of late. Alerts that it pushes \
                      itself may not reach you."
            .to_owned(),
        dashboard: Dashboard::Service,
    }
}
