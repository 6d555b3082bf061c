//! The choices at the top of a dashboard.

use std::time::Duration;

use serde_json::{Value, json};

use super::DashboardSettings;

/// Windows to choose from, as Prometheus writes them, in seconds.
const WINDOWS: [(&str, u64); 11] = [
    ("1m", 60),
    ("5m", 300),
    ("15m", 900),
    ("30m", 1_800),
    ("1h", 3_600),
    ("3h", 10_800),
    ("6h", 21_600),
    ("12h", 43_200),
    ("1d", 86_400),
    ("3d", 259_200),
    ("7d", 604_800),
];
/// Most windows to choose from.
const MOST: usize = 7;
/// Rounds that a window holds at least.
const ROUNDS: u32 = 3;

/// Which Prometheus is asked.
pub(super) fn datasource() -> Value {
    json!({ "type": "datasource", "name": "datasource", "label": "Data source", "query": "prometheus", "hide": 0 })
}

/// The values of `label` among the series that `selector` names, of which several or all may be chosen.
pub(super) fn several((name, title): (&str, &str), selector: &str) -> Value {
    let mut variable = one((name, title), selector);
    if let Value::Object(fields) = &mut variable {
        let all = json!({ "text": ["All"], "value": ["$__all"], "selected": true });
        fields.extend([
            ("allValue".to_owned(), json!(".+")),
            ("current".to_owned(), all),
            ("includeAll".to_owned(), json!(true)),
            ("multi".to_owned(), json!(true)),
        ]);
    }
    variable
}

/// The values of `label` among the series that `selector` names, of which one is chosen.
pub(super) fn one((name, title): (&str, &str), selector: &str) -> Value {
    json!({
        "type": "query",
        "name": name,
        "label": title,
        "datasource": { "type": "prometheus", "uid": "${datasource}" },
        "query": { "query": format!("label_values({selector}, {name})"), "refId": "Variable" },
        "refresh": 2,
        "sort": 1,
        "multi": false,
        "includeAll": false,
        "hide": 0
    })
}

/// Job and instance.
pub(super) fn targets() -> [Value; 2] {
    [
        several(("job", "Job"), "skewwatch_build_info"),
        several(("instance", "Instance"), "skewwatch_build_info{job=~\"$job\"}"),
    ]
}

/// Over which time round counters are looked at: at least three rounds.
pub(super) fn window(settings: &DashboardSettings) -> Value {
    let least = settings.interval.saturating_mul(ROUNDS);
    let long_enough = WINDOWS.iter().filter(|(_, seconds)| Duration::from_secs(*seconds) >= least);
    let mut windows: Vec<String> = long_enough.take(MOST).map(|(name, _)| (*name).to_owned()).collect();
    if windows.is_empty() {
        windows.push(format!("{}s", least.as_secs()));
    }
    let choice = |(place, window): (usize, &String)| json!({ "text": window, "value": window, "selected": place == 0 });
    let options: Vec<Value> = windows.iter().enumerate().map(choice).collect();
    json!({
        "type": "interval",
        "name": "window",
        "label": "Window",
        "description": "Over which time the counters of rounds are looked at; at least three rounds.",
        "query": windows.join(","),
        "current": options.first(),
        "options": options,
        "hide": 0
    })
}
