//! Names, labels and help texts of the metrics that a single round can give.

/// How a value behaves over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// May rise and fall.
    Gauge,
    /// Only rises, from 0 at the start of the process.
    Counter,
}

/// Series that share a name.
#[derive(Debug)]
pub(super) struct Family {
    /// The name after the prefix `skewwatch_`.
    pub(super) name: &'static str,
    /// Gauge or counter.
    pub(super) kind: Kind,
    /// Names of the labels, in the order of the rows' values.
    pub(super) labels: &'static [&'static str],
    /// What a value says.
    pub(super) help: &'static str,
}

const VIEW: &[&str] = &["feature_view"];
const FEATURE: &[&str] = &["feature_view", "feature"];

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Family {
    Family { name, kind: Kind::Gauge, labels, help }
}

const fn counter(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Family {
    Family { name, kind: Kind::Counter, labels, help }
}

pub(super) static FEATURE_VIEW_INFO: Family = gauge(
    "feature_view_info",
    &["feature_view", "team", "tier", "store"],
    "A watched feature view and who answers for it; always 1.",
);
pub(super) static FRESHNESS_OBJECTIVE: Family =
    gauge("freshness_objective_seconds", VIEW, "Age that a row of the view may have.");
pub(super) static SAMPLED_KEYS: Family = counter("sampled_keys_total", VIEW, "Entity keys read from the online store.");
pub(super) static SAMPLED_KEYS_BEYOND: Family =
    counter("sampled_keys_beyond_objective_total", VIEW, "Entity keys whose row lay beyond the freshness objective.");
pub(super) static CELLS: Family =
    counter("cells_total", &["feature_view", "feature", "verdict"], "Cells settled, by verdict.");
pub(super) static EXPIRED_CELLS: Family = counter(
    "expired_cells_total",
    &["feature_view", "feature", "outcome"],
    "Cells past the view's time-to-live, by how they compare with the snapshot.",
);
pub(super) static COVERAGE: Family =
    gauge("coverage_ratio", VIEW, "Share of entity keys with a usable value for every feature of the view.");
pub(super) static COVERAGE_OBJECTIVE: Family =
    gauge("coverage_objective_ratio", VIEW, "Least share of entity keys that should be covered.");
pub(super) static FEATURE_COVERAGE: Family =
    gauge("feature_coverage_ratio", FEATURE, "Share of cells with a usable value.");
pub(super) static COMPARABLE: Family =
    gauge("comparable_ratio", VIEW, "Share of cells whose value could be held against the snapshot.");
pub(super) static SKEW: Family =
    gauge("skew_mismatch_ratio", FEATURE, "Share of comparable cells with another value than their offline version.");
pub(super) static SKEW_LOWER: Family = gauge(
    "skew_mismatch_lower_ratio",
    FEATURE,
    "Lower end of the 95 % Wilson interval of the share of mismatching cells.",
);
pub(super) static SKEW_THRESHOLD: Family = gauge(
    "skew_threshold_ratio",
    &["feature_view", "feature", "severity"],
    "Largest share of mismatching cells that passes.",
);
pub(super) static DRIFT: Family = gauge(
    "drift_distance",
    &["feature_view", "feature", "statistic"],
    "Distance between the reference's values, or the newest offline ones, and those served.",
);
pub(super) static DRIFT_FLOOR: Family = gauge(
    "drift_noise_floor",
    &["feature_view", "feature", "statistic"],
    "Distance that samples of these sizes from one distribution exceed in 5 % of draws.",
);
pub(super) static DRIFT_THRESHOLD: Family = gauge(
    "drift_threshold",
    &["feature_view", "feature", "statistic"],
    "Largest effect that passes: the distance without what chance adds to it.",
);
pub(super) static CHECK_STATUS: Family = gauge(
    "check_status",
    &["feature_view", "feature", "check"],
    "Outcome of a check: 0 pass, 1 warning, 2 critical, -1 unknown.",
);
pub(super) static LAST_SUCCESS: Family =
    gauge("round_last_success_timestamp_seconds", VIEW, "When the last round that measured the view ended.");
pub(super) static STAGE_FAILURES: Family =
    counter("stage_failures_total", &["stage", "reason"], "Views that a stage could not do its work for.");
pub(super) static STORE_UP: Family =
    gauge("online_store_up", &["store"], "Whether the online store answered: 1, or 0 if no key could be read.");
pub(super) static WATERMARK: Family =
    gauge("snapshot_watermark_seconds", VIEW, "Event time up to which the snapshot is complete.");
