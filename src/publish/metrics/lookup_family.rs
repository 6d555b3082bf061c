//! Names, labels and help texts of the metrics of lookups.

use super::family::{Family, Kind, counter, gauge};

const VIEW: &[&str] = &["feature_view"];

pub(super) static DURATION: Family = Family {
    name: "lookup_duration_seconds",
    kind: Kind::Histogram,
    labels: &["tier"],
    help: "Time from the request to the answer of each of its lookups (one entity): l1 where memory had all of it, else l2.",
};
pub(super) static L1: Family = counter(
    "lookup_l1_requests_total",
    &["result"],
    "Lookups by what the L1 cache had of them: hit (all), miss (nothing), partial.",
);
pub(super) static RESULTS: Family = counter(
    "lookup_requests_total",
    &["result"],
    "Lookups by result: complete (every feature has a value that may be served, null included), incomplete, error (something could not be read).",
);
pub(super) static VIEW_REQUESTS: Family =
    counter("lookup_view_requests_total", VIEW, "Lookups that asked for features of the view.");
pub(super) static COMPLETE: Family = counter(
    "lookup_complete_total",
    VIEW,
    "Lookups that found every feature of the view that they asked for: over lookup_view_requests_total, coverage as users have it.",
);
pub(super) static FEATURES: Family = counter(
    "lookup_features_total",
    &["feature_view", "status"],
    "Features that lookups answered, by status: present, null, absent, expired, failed.",
);
pub(super) static AGE: Family = Family {
    name: "lookup_age_seconds",
    kind: Kind::Histogram,
    labels: VIEW,
    help: "Age of the rows that were served: time of the answer minus event timestamp. Rows without one, or from the future, are left out.",
};
pub(super) static OBJECTIVE: Family = gauge("lookup_objective_seconds", &["stat"], "Time that lookups should keep to.");
pub(super) static HIT_OBJECTIVE: Family =
    gauge("lookup_l1_hit_objective_ratio", &[], "Least share of lookups that the L1 cache should answer.");
pub(super) static HTTP: Family =
    counter("lookup_http_requests_total", &["code"], "Requests for features, by the status code of their answer.");
pub(super) static L1_BYTES: Family =
    gauge("lookup_l1_bytes", &[], "Memory that the rows in the L1 cache take, as it weighs them.");
pub(super) static L1_CAPACITY: Family = gauge("lookup_l1_capacity_bytes", &[], "Memory that they may take.");
pub(super) static L1_ROWS: Family = gauge("lookup_l1_rows", &[], "Rows in the L1 cache.");
