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
    let deliveries = |matcher: &str| settings.series("skewwatch_deliveries_total", &[matcher]);
    let (failed, delivered) = (deliveries("result!=\"delivered\""), deliveries("result=\"delivered\""));
    let window = promql::duration(settings.window(Duration::from_secs(900)));
    let queue = settings.series("skewwatch_delivery_queue_length", &[]);
    let failing = Alert {
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
        summary: "Alerts or reports that skewwatch sends do not arrive.",
        description: "Nothing that skewwatch sends through channel `{{ $labels.channel }}` has arrived of late. Alerts that it pushes \
                      itself may not reach you."
            .to_owned(),
        dashboard: Dashboard::Service,
    };
    Group { name: "reports", rules: vec![Rule::Alert(late), Rule::Alert(failing)] }
}
