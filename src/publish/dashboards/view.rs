//! One feature view: its checks, and the figures behind them beside their limits.

use super::board::{Board, Row};
use super::list::Column;
use super::panel::Panel;
use super::promql::{Scope, beyond, silence};
use super::style::{RESULTS, SERVED, Steps, Unit, VERDICTS, Words};
use super::{DashboardSettings, variable};

const VIEW: &str = "feature_view";
const FEATURE: &str = "feature";
const SPOT: &str = "feature, check";

/// One feature view with its features.
pub(super) fn board(settings: &DashboardSettings) -> Board {
    let view = variable::one(("feature_view", "Feature view"), "skewwatch_feature_view_info{job=~\"$job\"}");
    let of_view = |family: &str| format!("skewwatch_{family}{{job=~\"$job\",feature_view=~\"$feature_view\"}}");
    let feature = variable::several(("feature", "Feature"), &of_view("feature_coverage_ratio"));
    let statistic = variable::one(("statistic", "Drift statistic"), &of_view("drift_threshold"));
    let variables = [variable::datasource()].into_iter().chain(variable::targets());
    Board {
        uid: "skewwatch-feature-view",
        title: "feature view",
        description: "One feature view: what its checks say, and the figures behind them beside their limits. Figures are the \
                      worst of all chosen replicas.",
        variables: variables.chain([view, feature, statistic, variable::window(settings)]).collect(),
        findings: Some(Scope::Checks),
        rows: vec![
            Row { title: "Wrong now", panels: now() },
            Row { title: "Freshness", panels: freshness() },
            Row { title: "Coverage and verdicts", panels: coverage() },
            Row { title: "Skew", panels: skew() },
            Row { title: "Drift", panels: drift() },
            Row { title: "What callers get", panels: served() },
            Row { title: "Snapshots and rounds", panels: rounds() },
        ],
    }
}

fn now() -> Vec<Panel> {
    let scope = Scope::Checks;
    let fired = format!(
        "{} and on ({SPOT}) max by ({SPOT}) (max_over_time({}[$__range])) > 0",
        scope.max("finding_state", SPOT),
        scope.of("finding_state")
    );
    vec![
        Panel::figure("Worst finding", Unit::Plain)
            .says("The gravest finding of the feature view that fires.")
            .worded(Words::Finding)
            .shows(Scope::Views.max("finding_state", VIEW), "worst"),
        Panel::figure("Silent for", Unit::Times)
            .says(
                "Time since the last complete round, in intervals of the schedule. Beyond 3, what is said here is old.",
            )
            .limited(Steps::BadFrom(3.0))
            .shows(silence(Scope::Views), "intervals"),
        Panel::figure("Newest event", Unit::Seconds)
            .says("Age of the newest row that the last round read from the online store.")
            .shows(Scope::Views.age("newest_event_timestamp_seconds", VIEW), "age"),
        Panel::figure("Covered keys", Unit::Share)
            .says("Share of keys with a usable value for every feature of the view, in the last round.")
            .shows(Scope::Views.min("coverage_ratio", VIEW), "coverage"),
        Panel::figure("Comparable", Unit::Share)
            .says("Share of cells whose value could be held against the snapshot: for so much the skew speaks.")
            .shows(Scope::Views.min("comparable_ratio", VIEW), "comparable"),
        Panel::figure("Snapshot age", Unit::Seconds)
            .says("Time since the moment up to which the newest training snapshot is complete.")
            .shows(Scope::Views.age("snapshot_watermark_seconds", VIEW), "age"),
        Panel::list(
            "Checks",
            vec![
                Column::label("feature", "Feature"),
                Column::label("check", "Check"),
                Column::value("Fires", Unit::Plain, scope.max("finding_state", SPOT)).worded(Words::Finding),
                Column::value("Last round", Unit::Plain, scope.max("check_status", SPOT)).worded(Words::Check),
            ],
        )
        .says(
            "What each check said in the last round, and whether its finding fires: that takes several rounds. A check \
               without a feature is one of the view as a whole.",
        )
        .sized(10, 10),
        Panel::states("Findings that fired", Words::Finding)
            .says("Checks with a finding that fired within the time shown.")
            .or_says("Nothing fired")
            .shows(fired, "{{check}} {{feature}}")
            .sized(8, 10),
        Panel::list(
            "Who answers for it",
            vec![
                Column::label("team", "Team"),
                Column::label("tier", "Tier"),
                Column::label("store", "Store"),
                Column::value("", Unit::Plain, Scope::Views.max("feature_view_info", "team, tier, store")),
            ],
        )
        .says("The team that owns the feature view, how much depends on it, and where it is served from.")
        .sized(6, 10),
    ]
}

/// Median, nine in ten and ninety-nine in a hundred of histogram `name`.
fn quantiles(panel: Panel, name: &str) -> Panel {
    [(0.5, "p50"), (0.9, "p90"), (0.99, "p99")]
        .into_iter()
        .fold(panel, |panel, (rank, legend)| panel.shows(Scope::Views.quantile(rank, (name, VIEW)), legend))
}

fn freshness() -> Vec<Panel> {
    let scope = Scope::Views;
    let lag = Panel::lines("Freshness lag", Unit::Seconds)
        .says("Age of the rows read within the window, by quantile, and the age that they may have.");
    let available = Panel::lines("Availability lag", Unit::Seconds)
        .says("From the time of an event to the first read that shows it, by quantile: at most so long.")
        .or_says("Not measured");
    vec![
        quantiles(lag, "freshness_lag_seconds")
            .against(scope.max("freshness_objective_seconds", VIEW), "objective")
            .sized(8, 8),
        Panel::lines("Keys beyond the objective", Unit::Share)
            .says(
                "Share of keys whose row was older than it may be, over several windows. Hold it against the budget \
                   (`freshness.budget`, usually 1 %): 14 budgets over an hour or 6 over six hours burn it fast.",
            )
            .shows(beyond(scope, "$window"), "$window")
            .shows(beyond(scope, "6h"), "6h")
            .shows(beyond(scope, "1d"), "1d")
            .sized(8, 8),
        Panel::lines("Age of the newest event", Unit::Seconds)
            .says("Time since the newest event timestamp that the last round read. It grows while nothing is written.")
            .shows(scope.age("newest_event_timestamp_seconds", VIEW), "newest event")
            .against(scope.max("freshness_objective_seconds", VIEW), "objective")
            .sized(8, 8),
        quantiles(available, "availability_lag_seconds").sized(24, 7),
    ]
}

fn coverage() -> Vec<Panel> {
    vec![
        Panel::lines("Coverage", Unit::Share)
            .says("Share of keys with a usable value: for every feature of the view, and for each feature.")
            .shows(Scope::Views.min("coverage_ratio", VIEW), "all features")
            .shows(Scope::Features.min("feature_coverage_ratio", FEATURE), "{{feature}}")
            .against(Scope::Views.max("coverage_objective_ratio", VIEW), "objective")
            .sized(8, 9),
        Panel::areas("Verdicts", Unit::Count)
            .says("What became of the cells read within the window, as shares. `missing_online`, `expired` and `undecodable` \
                   lower coverage; `skewed` is skew; of `ahead` and `phantom` nothing can be compared.")
            .shows(Scope::Features.rise("cells_total", "verdict"), "{{verdict}}")
            .painted(VERDICTS)
            .sized(8, 9),
        Panel::bars("Expired cells", Unit::Count)
            .says("Cells past the view's time-to-live that were read within the window: how what is served of them compares, \
                   and how many are rightly gone (`absent`).")
            .or_says("None expired")
            .shows(Scope::Features.rise("expired_cells_total", "outcome"), "{{outcome}}")
            .sized(8, 9),
    ]
}

fn skew() -> Vec<Panel> {
    let causes = format!("topk by (feature) (1, {})", Scope::Features.max("skew_cause", "feature, cause"));
    vec![
        Panel::lines("Skew", Unit::Share)
            .says("Share of comparable cells with another value than their offline version, and the limits. Several features \
                   may have several limits: the lowest of each severity is drawn.")
            .shows(Scope::Features.max("skew_mismatch_ratio", FEATURE), "{{feature}}")
            .against(
                format!("min by (severity) ({})", Scope::Features.of("skew_threshold_ratio")),
                "limit, {{severity}}",
            )
            .sized(8, 9),
        Panel::lines("Skew, lower end", Unit::Share)
            .says("The lower end of the 95 % interval of the skew: what is beyond a limit here is beyond it for certain.")
            .shows(Scope::Features.max("skew_mismatch_lower_ratio", FEATURE), "{{feature}}")
            .against(
                format!("min by (severity) ({})", Scope::Features.of("skew_threshold_ratio")),
                "limit, {{severity}}",
            )
            .sized(8, 9),
        Panel::list(
            "Likely causes of skew",
            vec![
                Column::label("feature", "Feature"),
                Column::label("cause", "Cause"),
                Column::value("Explains", Unit::Share, causes),
            ],
        )
        .says("The cause that explains the most differing cells of each feature, and how many of them. No data: none is known.")
        .sized(8, 9),
    ]
}

fn drift() -> Vec<Panel> {
    let matcher = "statistic=~\"$statistic\"";
    let of_statistic =
        |worst: &str, name: &str, by: &str| format!("{worst} by ({by}) ({})", Scope::Features.with(name, matcher));
    vec![
        Panel::lines("Drift", Unit::Plain)
            .says("Distance between the reference's values and those served, by the chosen statistic, and its limit. Several \
                   features may have several limits: the lowest is drawn. The limit holds for the distance without what \
                   chance adds to it.")
            .shows(of_statistic("max", "drift_distance", FEATURE), "{{feature}}")
            .against(of_statistic("min", "drift_threshold", "statistic"), "limit, {{statistic}}")
            .above(of_statistic("max", "drift_noise_floor", "statistic"), "chance, {{statistic}}")
            .sized(12, 9),
        Panel::list(
            "Drift by statistic",
            vec![
                Column::label("feature", "Feature"),
                Column::label("statistic", "Statistic"),
                Column::value("Distance", Unit::Plain, Scope::Features.max("drift_distance", "feature, statistic")),
                Column::value("By chance", Unit::Plain, Scope::Features.max("drift_noise_floor", "feature, statistic")),
                Column::value("Limit", Unit::Plain, Scope::Features.min("drift_threshold", "feature, statistic")),
            ],
        )
        .says("Every distance that a check names, what chance alone exceeds in 5 % of draws, and the limit.")
        .sized(12, 9),
    ]
}

fn served() -> Vec<Panel> {
    vec![
        Panel::lines("Served otherwise than stored", Unit::Share)
            .says("Share of cells that callers of the serving path get otherwise than the online store holds them: made by \
                   its cache or its server.")
            .or_says("Not read through a serving path")
            .shows(Scope::Views.max("served_mismatch_ratio", VIEW), "all features")
            .shows(Scope::Features.max("served_feature_mismatch_ratio", FEATURE), "{{feature}}")
            .sized(8, 9),
        Panel::areas("Served cells", Unit::Count)
            .says("How the cells that were read through the serving path within the window compare with the online store.")
            .or_says("Not read through a serving path")
            .shows(Scope::Views.rise("served_cells_total", "verdict"), "{{verdict}}")
            .painted(SERVED)
            .sized(8, 9),
        Panel::lines("Wrong cells by culprit", Unit::Count)
            .says("Cells that callers got wrong in the last round. `serving_path`: they differ from the store; \
                   `online_store`: they are what it holds, and that is skewed.")
            .or_says("Not read through a serving path")
            .shows(Scope::Views.max("served_wrong_cells", "culprit"), "{{culprit}}")
            .sized(8, 9),
        Panel::lines("Coverage by requests", Unit::Share)
            .says("Share of logged requests that were given a usable value for every feature: coverage as callers met it.")
            .or_says("No log of requests")
            .shows(Scope::Views.min("request_coverage_ratio", VIEW), "coverage")
            .sized(8, 8),
        Panel::lines("Skew by requests", Unit::Share)
            .says("Share of comparable values given to logged requests that differ from their offline version.")
            .or_says("No log of requests")
            .shows(Scope::Features.max("request_skew_mismatch_ratio", FEATURE), "{{feature}}")
            .sized(8, 8),
        Panel::lines("Lag of values", Unit::Seconds)
            .says("How far values lag behind where rows carry no event timestamp, by the values that changed; below 0 they \
                   are of a later time.")
            .or_says("Rows carry their time, or their values do not tell")
            .shows(Scope::Features.max("value_lag_seconds", FEATURE), "{{feature}}")
            .sized(8, 8),
    ]
}

fn rounds() -> Vec<Panel> {
    let scope = Scope::Views;
    vec![
        Panel::lines("Age of the snapshot", Unit::Seconds)
            .says("Time since the moment up to which the newest training snapshot is complete, time since its files were \
                   written, and how old it may be.")
            .shows(scope.age("snapshot_watermark_seconds", VIEW), "complete up to")
            .shows(scope.age("snapshot_modified_seconds", VIEW), "written")
            .against(scope.max("snapshot_max_age_seconds", VIEW), "limit")
            .sized(8, 8),
        Panel::bars("Rounds by result", Unit::Count)
            .says("Rounds that ended within the window. `partial`: something could not be read; `failed`: nothing was measured.")
            .shows(scope.rise("rounds_total", "result"), "{{result}}")
            .painted(RESULTS)
            .shows(scope.rise("rounds_skipped_total", "feature_view"), "skipped")
            .sized(8, 8),
        Panel::lines("Duration of rounds", Unit::Seconds)
            .says("How long the last round took, and the time between two rounds.")
            .shows(scope.max("round_duration_seconds", VIEW), "duration")
            .against(scope.max("round_interval_seconds", VIEW), "interval")
            .sized(8, 8),
    ]
}
