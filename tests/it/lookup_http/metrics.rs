//! The metrics of the server: their text, what they count, and whether the rules can read them.

use std::time::Duration;

use skewwatch::publish::metrics::lookup::{L1Fill, L1Result, LookupMetrics, LookupOrigin, LookupResult, ViewServed};

use super::{SERVING, Shop, ask, json, lasting};
use crate::serve::promtool;

fn served(statuses: [u64; 5], age: Option<u64>) -> ViewServed {
    ViewServed { statuses, age: age.map(Duration::from_secs) }
}

fn told() -> String {
    let metrics = LookupMetrics::new(LookupOrigin {
        version: "1.2.3".to_owned(),
        revision: "abcdef".to_owned(),
        objectives: vec![("p50", Duration::from_micros(1_200)), ("p99", Duration::from_millis(7))],
        hit_objective: Some(0.73),
        views: vec![("users".to_owned(), Some(Duration::from_secs(7_200))), ("drivers".to_owned(), None)],
        l1_capacity: 1 << 20,
    });
    metrics.looked_up(L1Result::Hit, LookupResult::Complete, Duration::from_micros(7));
    metrics.looked_up(L1Result::Miss, LookupResult::Incomplete, Duration::from_micros(1_200));
    metrics.looked_up(L1Result::Partial, LookupResult::Error, Duration::from_secs(6));
    metrics.served(0, &served([3, 1, 0, 0, 0], Some(7_200)));
    metrics.served(0, &served([3, 0, 0, 1, 0], Some(7_776_001)));
    metrics.served(1, &served([0, 0, 2, 0, 0], None));
    metrics.served(1, &served([0, 0, 0, 0, 2], None));
    [200, 422, 200].into_iter().for_each(|code| metrics.answered(code));
    metrics.text(L1Fill { bytes: 1_000, rows: 3 }).unwrap()
}

#[test]
fn the_text_is_that_of_the_contract() {
    let (told, path) = (told(), "tests/fixtures/lookup/metrics.txt");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &told).unwrap();
    }
    assert!(told == std::fs::read_to_string(path).unwrap_or_default(), "{path} should be:\n{told}");
    assert_eq!(promtool(&told), "", "{told}");
}

#[test]
fn sums_stay_exact_over_centuries_of_lookups() {
    let metrics = LookupMetrics::new(LookupOrigin {
        version: String::new(),
        revision: String::new(),
        objectives: Vec::new(),
        hit_objective: None,
        views: vec![("users".to_owned(), None)],
        l1_capacity: 0,
    });
    let old = Duration::new(7_776_000, 500_000_000);
    for _ in 0..10_000 {
        metrics.served(0, &ViewServed { statuses: [1, 0, 0, 0, 0], age: Some(old) });
    }
    let text = metrics.text(L1Fill { bytes: 0, rows: 0 }).unwrap();
    assert!(text.contains("skewwatch_lookup_age_seconds_sum{feature_view=\"users\"} 77760005000\n"), "{text}");
}

#[test]
fn lookups_are_counted_by_what_they_found() {
    let shop = Shop::golden(&lasting(
        "l1: { ttl: 1h, negative_ttl: 1h, jitter: 0% }, objective: { p50: 1.2ms, p99: 4.8ms, hit: 73% }",
    ));
    let service = shop.serve();
    let users = r#"{"features":["user_features:fraud_score","user_features:total_orders_30d"],"entities":{"user_id":["u01068","u01006","u01046","nobody"]}}"#;
    for _ in 0..2 {
        json(&ask(&service, users), 200);
    }
    let both = r#"{"features":["user_features:fraud_score","driver_profile:rating"],"entities":{"user_id":["u01068"],"driver_id":[5001]}}"#;
    json(&ask(&service, both), 200);
    let text = service.metrics();
    assert_eq!(promtool(&text), "", "{text}");
    let expected = [
        ("lookup_requests_total{result=\"complete\"}", 7.0),
        ("lookup_requests_total{result=\"incomplete\"}", 2.0),
        ("lookup_requests_total{result=\"error\"}", 0.0),
        ("lookup_l1_requests_total{result=\"partial\"}", 1.0),
        ("lookup_view_requests_total{feature_view=\"user_features\"}", 9.0),
        ("lookup_complete_total{feature_view=\"user_features\"}", 7.0),
        ("lookup_view_requests_total{feature_view=\"driver_profile\"}", 1.0),
        ("lookup_complete_total{feature_view=\"driver_profile\"}", 1.0),
        ("lookup_view_requests_total{feature_view=\"user_sessions\"}", 0.0),
        ("lookup_features_total{feature_view=\"user_features\",status=\"null\"}", 2.0),
        ("lookup_features_total{feature_view=\"user_features\",status=\"absent\"}", 4.0),
        ("lookup_features_total{feature_view=\"user_features\",status=\"present\"}", 11.0),
        ("lookup_age_seconds_count{feature_view=\"user_features\"}", 7.0),
        ("lookup_http_requests_total{code=\"200\"}", 3.0),
        ("lookup_objective_seconds{stat=\"p99\"}", 0.0048),
        ("lookup_l1_hit_objective_ratio", 0.73),
        ("lookup_l1_capacity_bytes", 268_435_456.0),
        ("lookup_l1_rows", 5.0),
    ];
    for (series, value) in expected {
        assert_eq!(service.value(series), Some(value), "{series}\n{text}");
    }
    // Each lookup has one time, in the tier that it went to: four hits and four misses, and one that was both.
    assert_eq!(service.value("lookup_l1_requests_total{result=\"hit\"}"), Some(4.0));
    assert_eq!(service.value("lookup_duration_seconds_count{tier=\"l1\"}"), Some(4.0));
    assert_eq!(service.value("lookup_duration_seconds_count{tier=\"l2\"}"), Some(5.0));
}

#[test]
fn what_the_rules_on_lookups_read_is_there_from_the_start() {
    let shop = Shop::golden(&format!("lookup: {{ {SERVING}, objective: {{ p50: 1.2ms, p99: 4.8ms, hit: 73% }} }}\n"));
    let text = shop.serve().metrics();
    let rules = std::fs::read_to_string("rules/lookup.yaml").unwrap();
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut read: Vec<&str> = rules
        .match_indices("skewwatch_lookup")
        .map(|(place, _)| rules[place..].split(|letter| !is_name(letter)).next().unwrap())
        .collect();
    read.sort_unstable();
    read.dedup();
    assert_eq!(read.len(), 5, "{read:?}");
    for name in read {
        assert!(
            text.lines().any(|line| line.starts_with(&format!("{name}{{")) || line.starts_with(&format!("{name} "))),
            "{name}: {text}"
        );
    }
}
