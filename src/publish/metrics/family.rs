//! Names, labels and help texts of all metrics.
//!
//! A name without its prefix is told here once; the service and the textfile of a single round share it.

/// How a value behaves over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::publish) enum Kind {
    /// May rise and fall.
    Gauge,
    /// Only rises, from 0 at the start of the process.
    Counter,
    /// Counts per bucket, each of which only rises.
    Histogram,
}

/// Series that share a name.
#[derive(Debug)]
pub(in crate::publish) struct Family {
    /// The name after the prefix `skewwatch_`.
    pub(in crate::publish) name: &'static str,
    /// Gauge, counter or histogram.
    pub(in crate::publish) kind: Kind,
    /// Names of the labels, in the order of the rows' values.
    pub(in crate::publish) labels: &'static [&'static str],
    /// What a value says.
    pub(in crate::publish) help: &'static str,
}

const NONE: &[&str] = &[];
const VIEW: &[&str] = &["feature_view"];
const FEATURE: &[&str] = &["feature_view", "feature"];
const STATISTIC: &[&str] = &["feature_view", "feature", "statistic"];
const CHECK: &[&str] = &["feature_view", "feature", "check"];

pub(super) const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Family {
    Family { name, kind: Kind::Gauge, labels, help }
}

pub(super) const fn counter(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Family {
    Family { name, kind: Kind::Counter, labels, help }
}

macro_rules! families {
    ($($constant:ident = $family:expr;)*) => {
        $(pub(in crate::publish) static $constant: Family = $family;)*
    };
}

families! {
    FEATURE_VIEW_INFO = gauge(
        "feature_view_info",
        &["feature_view", "team", "tier", "store"],
        "A watched feature view, who answers for it and where it is served from; always 1.",
    );
    BUILD_INFO = gauge("build_info", &["version", "revision"], "The program that runs; always 1.");
    FRESHNESS_LAG = Family {
        name: "freshness_lag_seconds",
        kind: Kind::Histogram,
        labels: VIEW,
        help: "Age of the rows read from the online store: read time minus event timestamp. Rows from the future are left out.",
    };
    AVAILABILITY_LAG = Family {
        name: "availability_lag_seconds",
        kind: Kind::Histogram,
        labels: VIEW,
        help: "Time from an event to the first reading that showed its row online: at least the true time, and longer by up to the time between two readings (schedule.availability, or else the rounds).",
    };
    AVAILABILITY_FUTURE = counter(
        "availability_future_rows_total",
        VIEW,
        "New rows seen online whose event timestamp lay after the read time; they are not in availability_lag_seconds.",
    );
    AVAILABILITY_TRACKED = gauge(
        "availability_tracked_keys",
        VIEW,
        "Entity keys that are read for the availability lag; 0 where it is measured by rounds, or where nothing has moved.",
    );
    CAPTURED_ROWS = counter(
        "captured_rows_total",
        &["feature_view", "outcome"],
        "Online rows captured at a snapshot's cut, by what became of them: captured, settled (held against that snapshot), superseded (already replaced when read), expired (the snapshot did not come in time).",
    );
    CAPTURED_COMPARABLE = gauge(
        "captured_comparable_ratio",
        VIEW,
        "Share of cells whose value could be held against the snapshot, of the rows captured at its cut.",
    );
    CAPTURED_SKEW = gauge(
        "captured_skew_mismatch_ratio",
        FEATURE,
        "Share of comparable cells with another value than their offline version, of the rows captured at the snapshot's cut.",
    );
    SERVED_KEYS = counter("served_keys_total", VIEW, "Entity keys asked for through the serving path.");
    SERVED_CELLS = counter(
        "served_cells_total",
        &["feature_view", "verdict"],
        "Cells read through the serving path, by how they compare with what the online store holds: same, recent (older, but no older than allowed), outdated, different, missing, unfounded (the store has none), unanswered, in_flight.",
    );
    SERVED_MISMATCH = gauge(
        "served_mismatch_ratio",
        VIEW,
        "Share of cells that callers of the serving path get otherwise than the online store holds them: made by its cache or its server.",
    );
    SERVED_BLAMED = gauge(
        "served_wrong_cells",
        &["feature_view", "culprit"],
        "Cells that callers got wrong in the last round, by who is to blame: serving_path (they differ from the online store), online_store (they are what it holds, and that is skewed).",
    );
    SERVED_FEATURE_MISMATCH = gauge(
        "served_feature_mismatch_ratio",
        FEATURE,
        "Share of cells of a feature that callers of the serving path get otherwise than the online store holds them.",
    );
    LOGGED_REQUESTS = gauge(
        "logged_requests",
        VIEW,
        "Requests of the log that the last round looked at, each of one entity.",
    );
    REQUEST_COVERAGE = gauge(
        "request_coverage_ratio",
        VIEW,
        "Share of logged requests that were given a usable value for every feature that is logged: coverage weighted by traffic.",
    );
    REQUEST_SKEW = gauge(
        "request_skew_mismatch_ratio",
        FEATURE,
        "Share of comparable values given to logged requests that differ from their offline version: skew weighted by traffic.",
    );
    VALUE_LAG = gauge(
        "value_lag_seconds",
        FEATURE,
        "How far served values lag behind where rows carry no event timestamp, by the values that changed; negative where they are of a later time. Absent where the data do not tell.",
    );
    VALUE_LAG_SKEW = gauge(
        "value_lag_skew_mismatch_ratio",
        FEATURE,
        "Share of values without event timestamps that match at no lag that stands out.",
    );
    NEWEST_EVENT = gauge(
        "newest_event_timestamp_seconds",
        VIEW,
        "Newest event timestamp among the rows that the last round read from the online store.",
    );
    FRESHNESS_OBJECTIVE = gauge("freshness_objective_seconds", VIEW, "Age that a row of the view may have.");
    SAMPLED_KEYS = counter("sampled_keys_total", VIEW, "Entity keys read from the online store.");
    SAMPLED_KEYS_BEYOND = counter(
        "sampled_keys_beyond_objective_total",
        VIEW,
        "Entity keys whose row lay beyond the freshness objective.",
    );
    SAMPLED_KEYS_COMPLETE = counter(
        "sampled_keys_complete_total",
        VIEW,
        "Entity keys with a usable value for every feature of the view.",
    );
    CELLS = counter("cells_total", &["feature_view", "feature", "verdict"], "Cells settled, by verdict.");
    EXPIRED_CELLS = counter(
        "expired_cells_total",
        &["feature_view", "feature", "outcome"],
        "Cells past the view's time-to-live, by how they compare with the snapshot.",
    );
    COVERAGE = gauge(
        "coverage_ratio",
        VIEW,
        "Share of entity keys with a usable value for every feature of the view.",
    );
    COVERAGE_OBJECTIVE =
        gauge("coverage_objective_ratio", VIEW, "Least share of entity keys that should be covered.");
    FEATURE_COVERAGE = gauge("feature_coverage_ratio", FEATURE, "Share of cells with a usable value.");
    COMPARABLE = gauge("comparable_ratio", VIEW, "Share of cells whose value could be held against the snapshot.");
    SKEW = gauge(
        "skew_mismatch_ratio",
        FEATURE,
        "Share of comparable cells with another value than their offline version.",
    );
    SKEW_LOWER = gauge(
        "skew_mismatch_lower_ratio",
        FEATURE,
        "Lower end of the 95 % Wilson interval of the share of mismatching cells.",
    );
    SKEW_CAUSE = gauge(
        "skew_cause",
        &["feature_view", "feature", "cause"],
        "Share of the mismatches that the likeliest cause explains.",
    );
    SKEW_THRESHOLD = gauge(
        "skew_threshold_ratio",
        &["feature_view", "feature", "severity"],
        "Largest share of mismatching cells that passes.",
    );
    DRIFT = gauge(
        "drift_distance",
        STATISTIC,
        "Distance between the reference's values, or the newest offline ones, and those served, chance included: beyond drift_threshold it need not be a breach, see check_status.",
    );
    DRIFT_FLOOR = gauge(
        "drift_noise_floor",
        STATISTIC,
        "Distance that samples of these sizes from one distribution exceed in 5 % of draws: what lies below it is chance.",
    );
    DRIFT_THRESHOLD = gauge("drift_threshold", STATISTIC, "Largest effect that passes. The effect is drift_distance without what chance adds to it, and a breach when all of its interval lies beyond.");
    CHECK_STATUS = gauge(
        "check_status",
        CHECK,
        "Outcome of a check in the last round: 0 pass, 1 warning, 2 critical, -1 not judged. Alert on finding_state instead.",
    );
    FINDING_STATE = gauge(
        "finding_state",
        CHECK,
        "What to alert on: 0 nothing, 1 a warning fires, 2 a critical finding fires. A finding fires after several rounds, and is 0 while it is accepted or its view is under maintenance.",
    );
    LAST_SUCCESS = gauge(
        "round_last_success_timestamp_seconds",
        VIEW,
        "When the last round of the view ended that read everything it wanted; before the first one, when the process started.",
    );
    ROUND_INTERVAL = gauge("round_interval_seconds", VIEW, "Usual time between two rounds of the view, by its schedule.");
    ROUND_DURATION = gauge("round_duration_seconds", VIEW, "How long the last round of the view took.");
    ROUNDS = counter(
        "rounds_total",
        &["feature_view", "result"],
        "Rounds ended: complete, partial (something could not be read), failed (nothing was measured).",
    );
    ROUNDS_SKIPPED = counter(
        "rounds_skipped_total",
        VIEW,
        "Rounds that were due and left out because the one before still ran.",
    );
    STAGE_FAILURES =
        counter("stage_failures_total", &["stage", "reason"], "Views that a stage could not do its work for.");
    STORE_UP = gauge("online_store_up", &["store"], "Whether the online store answered: 1, or 0 if no key could be read.");
    WATERMARK = gauge("snapshot_watermark_seconds", VIEW, "Event time up to which the snapshot is complete.");
    SNAPSHOT_MODIFIED = gauge(
        "snapshot_modified_seconds",
        VIEW,
        "When the newest file of the snapshot was written, by the object store's clock.",
    );
    SNAPSHOT_MAX_AGE = gauge(
        "snapshot_max_age_seconds",
        VIEW,
        "Age that the snapshot may have: now minus snapshot_watermark_seconds.",
    );
    BYTES_READ = counter("s3_bytes_read_total", NONE, "Bytes of snapshots read from object stores and disks.");
    DELIVERIES = counter(
        "deliveries_total",
        &["channel", "result"],
        "What was sent to others, by how it went: delivered, failed (tried again), rejected (never taken), dropped (given up because too much waits).",
    );
    DELIVERY_QUEUE = gauge(
        "delivery_queue_length",
        &["channel"],
        "What is to be sent and has not arrived yet; an alert counts once for every Alertmanager that is to be told of it.",
    );
    REPORT_DELIVERED = gauge(
        "report_last_delivered_timestamp_seconds",
        &["report"],
        "When the readers of a report had it last, through each of their channels; before the first one, since when they are to have it.",
    );
    REPORT_PERIOD = gauge("report_period_seconds", &["report"], "Time between two reports to the same readers.");
    SERIES_DROPPED = counter(
        "series_dropped_total",
        NONE,
        "Series left out of the metrics because there were more than the budget allows, added up over writings.",
    );
    RELOAD_SUCCESS = gauge(
        "config_last_reload_success",
        NONE,
        "Whether the configuration was good when it was last read: 1, or 0 while an older one is used.",
    );
}

/// What is left out first when there are too many series; nothing else ever is.
pub(super) static DISPENSABLE: [&Family; 4] = [&SKEW_CAUSE, &DRIFT_FLOOR, &DRIFT, &CELLS];
