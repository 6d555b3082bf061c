//! A whole round over the demo finds what the fault list says, in every store that the demo can fill.

use std::collections::BTreeMap;

use serde_json::Value as Json;
use skewwatch::config;
use skewwatch::demo::calendar::{NOW, instant};
use skewwatch::demo::make;
use skewwatch::demo::online::{OnlineTarget, RedisAddress, RedisLayout};
use skewwatch::publish::json;
use skewwatch::run::{RoundOptions, round};
use tempfile::tempdir;

use super::settings;
use crate::support::redis::RedisServer;

/// Figures per feature that are not zero.
type Counts = BTreeMap<String, BTreeMap<String, u64>>;

/// What a round over a demo in `online` with these faults finds, and what its fault list says; each as the verdicts and
/// as the outcomes of expired cells.
async fn found_and_listed(faults: &str, online: OnlineTarget) -> ([Counts; 2], [Counts; 2]) {
    let home = tempdir().unwrap();
    let mut settings = settings(&home.path().join("demo"), faults);
    settings.online = online;
    let made = make(&settings).await.unwrap();
    let plan = config::load(&made.configuration, &|_| None).await.unwrap();
    let report = round(&plan, RoundOptions { as_of: Some(instant(NOW)), progress: &|_| {} }).await;
    assert_eq!(report.failures, []);
    let mut text = Vec::new();
    json::write(&report, &mut text).unwrap();
    let report: Json = serde_json::from_slice(&text).unwrap();
    let features = report["views"][0]["features"].as_object().unwrap();
    let figures =
        |name: &str| features.iter().map(|(feature, found)| (feature.clone(), counts(&found[name]))).collect();
    let truth: Json = serde_json::from_slice(&std::fs::read(&made.faults).unwrap()).unwrap();
    let verdicts = truth["verdicts"].as_object().unwrap();
    let mut expired: Counts = features.keys().map(|feature| (feature.clone(), BTreeMap::new())).collect();
    for cell in truth["cells"].as_array().unwrap() {
        if let (Some(feature), Some(outcome)) = (cell["feature"].as_str(), cell["expired_served"].as_str()) {
            *expired.entry(feature.to_owned()).or_default().entry(outcome.to_owned()).or_default() += 1;
        }
    }
    let listed = verdicts.iter().map(|(feature, listed)| (feature.clone(), counts(listed))).collect();
    ([figures("verdicts"), figures("expired_served")], [listed, expired])
}

fn counts(object: &Json) -> BTreeMap<String, u64> {
    let counts = object.as_object().unwrap().iter().map(|(name, count)| (name.clone(), count.as_u64().unwrap()));
    counts.filter(|(_, count)| *count > 0).collect()
}

#[tokio::test]
async fn a_clean_shop_has_nothing_skewed_and_a_broken_one_what_its_fault_list_says() {
    let (found, listed) = found_and_listed("none", OnlineTarget::Sqlite).await;
    assert_eq!(found, listed);
    assert!(found[0].values().all(|verdicts| !verdicts.contains_key("skewed") && verdicts["consistent"] > 0));
    let (found, listed) = found_and_listed("default", OnlineTarget::Sqlite).await;
    assert_eq!(found, listed);
    assert!(found[0].values().all(|verdicts| verdicts["skewed"] > 0));
}

#[tokio::test]
async fn both_layouts_of_redis_are_found_as_the_fault_list_says() {
    let server = RedisServer::start();
    for (database, layout) in [(1, RedisLayout::Feast), (2, RedisLayout::Plain)] {
        let address = RedisAddress::parse(&format!("redis://{}/{database}", server.address())).unwrap();
        let (found, listed) = found_and_listed("default", OnlineTarget::Redis(address, layout)).await;
        assert_eq!(found, listed, "{layout:?}");
    }
}
