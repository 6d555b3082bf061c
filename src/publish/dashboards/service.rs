//! skewwatch itself: whether it runs, keeps its appointments and loses nothing.

use super::board::{Board, Row};
use super::list::Column;
use super::panel::Panel;
use super::promql::{Scope, silence};
use super::style::{RESULTS, Steps, Unit, Words};
use super::{DashboardSettings, variable};

const SCOPE: Scope = Scope::Targets;
const VIEW: &str = "feature_view";

/// The watcher.
pub(super) fn board(settings: &DashboardSettings) -> Board {
    let variables = [variable::datasource()].into_iter().chain(variable::targets());
    Board {
        uid: "skewwatch-service",
        title: "skewwatch itself",
        description: "Whether skewwatch runs, keeps its appointments and loses nothing. Where it is silent, nothing that it says of \
                      the feature store can be trusted.",
        variables: variables.chain([variable::window(settings)]).collect(),
        findings: None,
        rows: vec![
            Row { title: "Now", panels: now() },
            Row { title: "Rounds", panels: rounds() },
            Row { title: "Reads and metrics", panels: reads() },
            Row { title: "Deliveries", panels: deliveries() },
        ],
    }
}

fn now() -> Vec<Panel> {
    vec![
        Panel::figure("Targets", Unit::Plain)
            .says("Whether each instance answers Prometheus.")
            .worded(Words::Up)
            .shows(format!("max by (instance) ({})", SCOPE.scraped("up")), "{{instance}}")
            .sized(6, 5),
        Panel::figure("Configuration", Unit::Plain)
            .says(
                "Whether the configuration was good when it was last read; a refused one leaves the older one in use.",
            )
            .worded(Words::Reload)
            .shows(SCOPE.min("config_last_reload_success", "instance"), "{{instance}}")
            .sized(6, 5),
        Panel::figure("Online store", Unit::Plain)
            .says("Whether the online store answered the last round that asked it, by instance.")
            .worded(Words::Up)
            .shows(SCOPE.min("online_store_up", "instance, store"), "{{store}} from {{instance}}")
            .sized(6, 5),
        Panel::list(
            "Versions",
            vec![
                Column::label("instance", "Instance"),
                Column::label("version", "Version"),
                Column::label("revision", "Revision"),
                Column::value("", Unit::Plain, SCOPE.max("build_info", "instance, version, revision")),
            ],
        )
        .says("The program that each instance runs.")
        .sized(6, 5),
    ]
}

fn rounds() -> Vec<Panel> {
    vec![
        Panel::lines("Silent for", Unit::Times)
            .says("Time since the last complete round of each feature view, in intervals of its schedule. Beyond 3 an alert \
                   fires.")
            .limited(Steps::BadFrom(3.0))
            .shows(silence(SCOPE), "{{feature_view}}"),
        Panel::bars("Rounds by result", Unit::Count)
            .says("Rounds that ended within the window. `partial`: something could not be read; `failed`: nothing was measured.")
            .shows(SCOPE.rise("rounds_total", "result"), "{{result}}")
            .painted(RESULTS),
        Panel::lines("Duration ÷ interval", Unit::Times)
            .says("How long the last round of each feature view took, as a share of the time between two. From 1 on rounds are \
                   skipped.")
            .limited(Steps::BadFrom(1.0))
            .shows(
                format!(
                    "{} / on (feature_view) {}",
                    SCOPE.max("round_duration_seconds", VIEW),
                    SCOPE.max("round_interval_seconds", VIEW)
                ),
                "{{feature_view}}",
            ),
        Panel::lines("Rounds skipped", Unit::Count)
            .says("Rounds that were due within the window and left out because the one before still ran.")
            .limited(Steps::DoubtfulFrom(1.0))
            .shows(SCOPE.rise("rounds_skipped_total", VIEW), "{{feature_view}}"),
        Panel::bars("Failures by stage", Unit::Count)
            .says("Feature views that a stage of a round could not do its work for within the window, and why.")
            .or_says("No failures")
            .shows(SCOPE.rise("stage_failures_total", "stage, reason"), "{{stage}}: {{reason}}"),
        Panel::lines("Checks not judged", Unit::Count)
            .says("Checks of each feature view of which the last round could not tell how things stand.")
            .shows(
                format!(
                    "sum by (feature_view) ({} == bool -1)",
                    SCOPE.max("check_status", "feature_view, feature, check")
                ),
                "{{feature_view}}",
            ),
    ]
}

fn reads() -> Vec<Panel> {
    vec![
        Panel::lines("Keys read", Unit::Count)
            .says("Entity keys read from the online store within the window, by feature view.")
            .shows(SCOPE.rise("sampled_keys_total", VIEW), "{{feature_view}}")
            .sized(6, 8),
        Panel::lines("Read from snapshots", Unit::BytesPerSecond)
            .says("Bytes of snapshots read from object stores and disks, over the window.")
            .shows(format!("sum by (instance) (rate({}[$window]))", SCOPE.of("s3_bytes_read_total")), "{{instance}}")
            .sized(6, 8),
        Panel::lines("Series", Unit::Count)
            .says("Series that each instance exports.")
            .shows(
                format!("max by (instance) ({})", SCOPE.scraped("scrape_samples_post_metric_relabeling")),
                "{{instance}}",
            )
            .sized(6, 8),
        Panel::lines("Series dropped", Unit::Count)
            .says("Series left out within the window because there were more than the budget allows. Alerts go on; dashboards \
                   have gaps.")
            .limited(Steps::DoubtfulFrom(1.0))
            .shows(SCOPE.rise("series_dropped_total", "instance"), "{{instance}}")
            .sized(6, 8),
    ]
}

fn deliveries() -> Vec<Panel> {
    vec![
        Panel::bars("Deliveries by result", Unit::Count)
            .says("Alerts and reports sent within the window, by channel and result.")
            .or_says("Nothing is delivered")
            .shows(SCOPE.rise("deliveries_total", "channel, result"), "{{channel}}: {{result}}")
            .sized(8, 8),
        Panel::lines("Waiting for delivery", Unit::Count)
            .says("Messages that wait because their receiver does not take them.")
            .or_says("Nothing is delivered")
            .shows(SCOPE.max("delivery_queue_length", "channel"), "{{channel}}")
            .sized(8, 8),
        Panel::lines("Age of reports ÷ period", Unit::Times)
            .says("Time since each report was last delivered, as a multiple of the time between two. Well beyond 1 one is \
                   missing.")
            .or_says("No reports")
            .limited(Steps::DoubtfulFrom(1.25))
            .shows(
                format!(
                    "({}) / on (report) {}",
                    SCOPE.age("report_last_delivered_timestamp_seconds", "report"),
                    SCOPE.max("report_period_seconds", "report")
                ),
                "{{report}}",
            )
            .sized(8, 8),
    ]
}
