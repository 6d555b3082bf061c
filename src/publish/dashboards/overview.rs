//! The first dashboard to open: what is wrong now, and which feature view to look at.

use super::board::{Board, Row};
use super::list::Column;
use super::panel::Panel;
use super::promql::{Scope, beyond, count, silence};
use super::style::{RESULTS, Steps, Unit, VERDICTS, Words};
use super::{DashboardSettings, variable};

const CHECK: &str = "feature_view, feature, check";
const VIEW: &str = "feature_view";
const FEATURE: &str = "feature_view, feature";

/// All feature views side by side, each figure as a share of its limit.
pub(super) fn board(settings: &DashboardSettings) -> Board {
    let views = variable::several(("feature_view", "Feature view"), "skewwatch_feature_view_info{job=~\"$job\"}");
    let variables = [variable::datasource()].into_iter().chain(variable::targets());
    Board {
        uid: "skewwatch-overview",
        title: "overview",
        description: "What is wrong with the feature store now, and where. Figures are the worst of all chosen replicas.",
        variables: variables.chain([views, variable::window(settings)]).collect(),
        findings: Some(Scope::Views),
        rows: vec![
            Row { title: "Wrong now", panels: now() },
            Row { title: "Feature views", panels: vec![all_views(), beside()] },
            Row { title: "Freshness and coverage", panels: freshness() },
            Row { title: "Skew and drift", panels: skew() },
            Row { title: "Rounds", panels: rounds() },
        ],
    }
}

fn now() -> Vec<Panel> {
    let scope = Scope::Views;
    let findings = scope.max("finding_state", CHECK);
    let statuses = scope.max("check_status", CHECK);
    let states = format!(
        "{} * on (feature_view) group_left (team) topk by (feature_view) (1, {})",
        format_args!("({findings} > 0)"),
        scope.max("feature_view_info", "feature_view, team")
    );
    vec![
        Panel::figure("Critical findings", Unit::Count)
            .says("Critical findings that fire: found in several rounds, not accepted, not under maintenance.")
            .limited(Steps::BadFrom(1.0))
            .shows(count(&findings, "== 2"), "critical"),
        Panel::figure("Warnings", Unit::Count)
            .says("Warnings that fire: found in several rounds, not accepted, not under maintenance.")
            .limited(Steps::DoubtfulFrom(1.0))
            .shows(count(&findings, "== 1"), "warning"),
        Panel::figure("Checks not judged", Unit::Count)
            .says("Checks of which the last round could not tell how things stand. Unknown is not pass.")
            .limited(Steps::DoubtfulFrom(1.0))
            .shows(count(&statuses, "== -1"), "not judged"),
        Panel::figure("Views without rounds", Unit::Count)
            .says("Feature views without a complete round for more than three intervals of their schedule. What is said of \
                   them is old.")
            .limited(Steps::BadFrom(1.0))
            .shows(count(&format!("({})", silence(scope)), "> 3"), "silent"),
        Panel::figure("Targets down", Unit::Count)
            .says("Instances of skewwatch that do not answer Prometheus.")
            .limited(Steps::BadFrom(1.0))
            .shows(count(&Scope::Targets.scraped("up"), "== 0"), "down"),
        Panel::figure("Online store", Unit::Plain)
            .says("Whether the online store answered the last round that asked it, as the most hopeful replica sees it.")
            .worded(Words::Up)
            .shows(Scope::Targets.max("online_store_up", "store"), "{{store}}"),
        Panel::list(
            "Findings that fire",
            vec![
                Column::label("feature_view", "Feature view"),
                Column::label("feature", "Feature"),
                Column::label("check", "Check"),
                Column::label("team", "Team"),
                Column::value("State", Unit::Plain, states).worded(Words::Finding),
            ],
        )
        .says("Every finding that fires, with the team that answers for the view. A finding without a feature is one of the \
               view as a whole. No data: nothing fires.")
        .sized(12, 8),
        Panel::states("Worst finding by feature view", Words::Finding)
            .says("The gravest finding that fires in each feature view, over time.")
            .shows(scope.max("finding_state", VIEW), "{{feature_view}}"),
    ]
}

fn all_views() -> Panel {
    let scope = Scope::Views;
    let skew = format!("max by (feature_view) ({})", skew_share());
    let drift = format!("max by (feature_view) ({})", drift_share());
    let not_judged = format!("sum by (feature_view) ({} == bool -1)", scope.max("check_status", CHECK));
    Panel::list(
        "Feature views",
        vec![
            Column::label("feature_view", "Feature view"),
            Column::label("team", "Team"),
            Column::label("tier", "Tier"),
            Column::label("store", "Store"),
            Column::value("", Unit::Plain, scope.max("feature_view_info", "feature_view, team, tier, store")),
            Column::value("Worst finding", Unit::Plain, scope.max("finding_state", VIEW)).worded(Words::Finding),
            Column::value("Not judged", Unit::Count, not_judged).limited(Steps::DoubtfulFrom(1.0)),
            Column::value("Silent for, intervals", Unit::Times, silence(scope)).limited(Steps::BadFrom(3.0)),
            Column::value("Newest event", Unit::Seconds, scope.age("newest_event_timestamp_seconds", VIEW)),
            Column::value("Coverage", Unit::Share, scope.min("coverage_ratio", VIEW)),
            Column::value("Comparable", Unit::Share, scope.min("comparable_ratio", VIEW)),
            Column::value("Worst skew ÷ limit", Unit::Times, skew).limited(Steps::BadFrom(1.0)),
            Column::value("Worst drift ÷ limit", Unit::Times, drift).limited(Steps::DoubtfulFrom(1.0)),
            Column::value("Snapshot age", Unit::Seconds, scope.age("snapshot_watermark_seconds", VIEW)),
        ],
    )
    .says("One line for each feature view; an empty field is a figure that does not exist. Follow the name for more.")
    .sized(24, 9)
}

fn beside() -> Panel {
    Panel::areas("Verdicts", Unit::Count)
        .says(
            "What became of the cells (one feature of one entity key) that were read within the window, as shares. \
               `consistent` and `ahead` are well; `unread` means that the store did not answer.",
        )
        .shows(Scope::Views.rise("cells_total", "verdict"), "{{verdict}}")
        .painted(VERDICTS)
        .sized(24, 8)
}

fn freshness() -> Vec<Panel> {
    let scope = Scope::Views;
    let lag = format!(
        "({}) / on (feature_view) {}",
        scope.quantile(0.99, ("freshness_lag_seconds", VIEW)),
        scope.max("freshness_objective_seconds", VIEW)
    );
    let margin = format!(
        "{} - on (feature_view) {}",
        scope.min("coverage_ratio", VIEW),
        scope.max("coverage_objective_ratio", VIEW)
    );
    vec![
        Panel::lines("Keys beyond the freshness objective", Unit::Share)
            .says("Share of the keys read within the window whose row was older than it may be. Hold it against the budget \
                   (`freshness.budget`, usually 1 %): a share of 14 budgets uses up a month's budget in two days.")
            .shows(beyond(scope, "$window"), "{{feature_view}}")
            .sized(8, 8),
        Panel::lines("Freshness lag ÷ objective", Unit::Times)
            .says("The age that 99 % of the rows read within the window do not exceed, as a multiple of the objective.")
            .limited(Steps::BadFrom(1.0))
            .shows(lag, "{{feature_view}}")
            .sized(8, 8),
        Panel::lines("Coverage above its objective", Unit::Share)
            .says("Share of keys with a usable value for every feature, minus the objective. Below 0 too few keys are served \
                   completely.")
            .limited(Steps::BadBelow(0.0))
            .shows(margin, "{{feature_view}}")
            .sized(8, 8),
    ]
}

/// The lower end of the skew's interval as a multiple of the limit.
fn skew_share() -> String {
    let scope = Scope::Views;
    let limit = scope.with("skew_threshold_ratio", "severity=\"warning\"");
    format!(
        "{} / on (feature_view, feature) (min by (feature_view, feature) ({limit}) > 0)",
        scope.max("skew_mismatch_lower_ratio", FEATURE)
    )
}

/// The distance as a multiple of the limit, the worst statistic of each feature.
fn drift_share() -> String {
    let scope = Scope::Views;
    let by = "feature_view, feature, statistic";
    format!(
        "max by (feature_view, feature) ({} / on ({by}) ({} > 0))",
        scope.max("drift_distance", by),
        scope.min("drift_threshold", by)
    )
}

fn skew() -> Vec<Panel> {
    vec![
        Panel::lines("Skew ÷ limit, the ten worst features", Unit::Times)
            .says("Share of comparable cells with another value than their offline version, as a multiple of the limit for a \
                   warning. The lower end of the 95 % interval is shown: beyond 1 the limit is exceeded for certain.")
            .limited(Steps::BadFrom(1.0))
            .shows(format!("topk(10, {})", skew_share()), "{{feature_view}}.{{feature}}"),
        Panel::lines("Drift ÷ limit, the ten worst features", Unit::Times)
            .says("Distance between the reference's values and those served, as a multiple of the limit, the worst statistic \
                   of each feature. A distance holds what chance adds to it: see the feature view's dashboard for its floor.")
            .limited(Steps::DoubtfulFrom(1.0))
            .shows(format!("topk(10, {})", drift_share()), "{{feature_view}}.{{feature}}"),
    ]
}

fn rounds() -> Vec<Panel> {
    let scope = Scope::Views;
    vec![
        Panel::bars("Rounds by result", Unit::Count)
            .says("Rounds that ended within the window. `partial`: something could not be read; `failed`: nothing was measured.")
            .shows(scope.rise("rounds_total", "result"), "{{result}}")
            .painted(RESULTS)
            .sized(8, 8),
        Panel::lines("Duration of rounds", Unit::Seconds)
            .says("How long the last round of each feature view took.")
            .shows(scope.max("round_duration_seconds", VIEW), "{{feature_view}}")
            .sized(8, 8),
        Panel::lines("Age of snapshots", Unit::Seconds)
            .says("Time since the moment up to which the newest training snapshot is complete.")
            .shows(scope.age("snapshot_watermark_seconds", VIEW), "{{feature_view}}")
            .sized(8, 8),
        Panel::lines("Rounds skipped", Unit::Count)
            .says("Rounds that were due within the window and left out because the one before still ran.")
            .limited(Steps::DoubtfulFrom(1.0))
            .shows(scope.rise("rounds_skipped_total", VIEW), "{{feature_view}}")
            .sized(8, 8),
        Panel::bars("Failures by stage", Unit::Count)
            .says("Feature views that a stage of a round could not do its work for within the window, and why.")
            .or_says("No failures")
            .shows(Scope::Targets.rise("stage_failures_total", "stage, reason"), "{{stage}}: {{reason}}")
            .sized(8, 8),
        Panel::lines("Read from snapshots", Unit::BytesPerSecond)
            .says("Bytes of snapshots read from object stores and disks, over the window. Rounds over unchanged snapshots \
                   should read next to nothing.")
            .shows(
                format!("sum by (instance) (rate({}[$window]))", Scope::Targets.of("s3_bytes_read_total")),
                "{{instance}}",
            )
            .sized(8, 8),
    ]
}
