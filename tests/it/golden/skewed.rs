//! The set with faults: the verdicts are those that its list of faults implies, cell by cell.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value as Json;
use skewwatch::model::measurement::{ExpiredServed, RoundReport, VerdictCounts};
use skewwatch::model::time::Timestamp;
use skewwatch::model::verdict::Verdict;

use super::{Repository, as_of, feature, golden, view};

const VIEW: &str = "user_features";

fn truth() -> Json {
    serde_json::from_str(&fs::read_to_string(golden("skewed").join("truth.json")).unwrap()).unwrap()
}

fn instant(json: &Json) -> Option<Timestamp> {
    json.as_str().map(|text| Timestamp::parse_rfc3339(text).unwrap())
}

/// What a row past the ttl is worth: the value online against the version of its own event timestamp.
fn unexpired(cell: &Json, feature: &str) -> Verdict {
    let faults: Vec<&str> =
        cell["features"][feature]["faults"].as_array().unwrap().iter().map(|fault| fault.as_str().unwrap()).collect();
    let row_faults = cell["row_faults"].as_array().unwrap();
    // Injected into every row's values whatever version they come from; the list says so per cell.
    let is_changed = faults.iter().any(|fault| !matches!(*fault, "expired_past_ttl" | "row_lagging"));
    match (is_changed, row_faults.is_empty()) {
        (true, _) => Verdict::Skewed,
        (false, false) => Verdict::Stale,
        (false, true) => Verdict::Consistent,
    }
}

/// The verdict counts and the comparison of served expired cells that the truth implies under a ttl.
fn implied(ttl_seconds: i64) -> BTreeMap<String, (VerdictCounts, ExpiredServed)> {
    let truth = truth();
    let mut counts: BTreeMap<String, (VerdictCounts, ExpiredServed)> = BTreeMap::new();
    for cell in truth["cells"].as_object().unwrap().values() {
        let online = instant(&cell["online_event_timestamp"]);
        for name in truth["per_feature"].as_object().unwrap().keys() {
            let (verdicts, expired) = counts.entry(name.clone()).or_default();
            let Some(online) = online else {
                verdicts.add(Verdict::MissingOnline);
                continue;
            };
            let verdict = unexpired(cell, name);
            if as_of().nanos() - online.nanos() > ttl_seconds * 1_000_000_000 {
                verdicts.add(Verdict::Expired);
                match verdict {
                    Verdict::Skewed => expired.skewed += 1,
                    Verdict::Stale => expired.stale += 1,
                    _ => expired.consistent += 1,
                }
            } else {
                verdicts.add(verdict);
            }
        }
    }
    counts
}

fn assert_implied(report: &RoundReport, ttl_seconds: i64) {
    assert_eq!(report.failures, []);
    for (name, (verdicts, expired)) in implied(ttl_seconds) {
        let figures = feature(report, VIEW, &name);
        assert_eq!(figures.verdicts, verdicts, "{name}");
        assert_eq!(figures.expired_served, expired, "{name}");
    }
}

#[tokio::test]
async fn rows_past_their_ttl_are_expired_and_still_compared() {
    for repository in
        [Repository::on_sqlite("skewed", "feast: ./repo\n"), Repository::on_redis("skewed", "feast: ./repo\n")]
    {
        assert_implied(&repository.check().await, 24 * 3600);
    }
}

#[tokio::test]
async fn with_a_longer_ttl_the_same_rows_are_stale_or_skewed() {
    let configuration = "feast: ./repo\nfeature_views:\n  - { name: user_features, ttl: 30d }\n";
    for repository in [Repository::on_sqlite("skewed", configuration), Repository::on_redis("skewed", configuration)] {
        assert_implied(&repository.check().await, 30 * 24 * 3600);
    }
}

#[tokio::test]
async fn the_lag_in_versions_is_that_of_the_rows_left_behind() {
    let configuration = "feast: ./repo\nfeature_views:\n  - { name: user_features, ttl: 30d }\n";
    let report = Repository::on_redis("skewed", configuration).check().await;
    let truth = truth();
    for name in view(&report, VIEW).features.keys() {
        // One snapshot a day: the rows behind are as many versions behind as days lie between the two timestamps.
        let mut behind: Vec<u64> = truth["cells"]
            .as_object()
            .unwrap()
            .values()
            .filter(|cell| {
                instant(&cell["online_event_timestamp"]).is_some() && unexpired(cell, name) == Verdict::Stale
            })
            .map(|cell| {
                let (online, offline) = (&cell["online_event_timestamp"], &cell["offline_event_timestamp"]);
                let lag = instant(offline).unwrap().since(instant(online).unwrap()).unwrap();
                (lag.as_secs_f64() / 86_400.0).round() as u64
            })
            .collect();
        behind.sort_unstable();
        let lag = feature(&report, VIEW, name).lag;
        let median = behind.len().checked_sub(1).map(|last| behind[last / 2]);
        assert_eq!((lag.versions_p50, lag.versions_max), (median, behind.last().copied()), "{name}");
    }
}

#[tokio::test]
async fn the_views_without_faults_stay_clean() {
    let report = Repository::on_redis("skewed", "feast: ./repo\n").check().await;
    for name in truth()["clean_views"].as_array().unwrap() {
        for (feature, figures) in &view(&report, name.as_str().unwrap()).features {
            let skewed = figures.verdicts.count(Verdict::Skewed);
            // Feast writes a null timestamp as the smallest integer, faults or not.
            assert_eq!(skewed > 0, feature == "last_trip_at", "{name}.{feature}");
        }
    }
}
