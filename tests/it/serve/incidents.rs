//! Two features that differ for one cause since one time: one finding, for everyone who tells.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{EVERY_SECOND, PUBLISH, Running, Shop, value};
use crate::support::redis::wait_until;

const FEATURES: [&str; 2] = ["account_age_days", "total_orders_30d"];
/// Entities that are hit: enough mismatches to tell a cause from.
const HIT: u32 = 100;

fn add(shop: &Shop, feature: &str, by: i64) {
    for number in 0..HIT {
        shop.redis.run(&format!("INCRBY feat:u{number:06}:{feature} {by}"));
    }
}

/// The open findings of skew: the feature of each, and those that it speaks for.
fn told(service: &Running, path: &str) -> Vec<(String, BTreeSet<String>)> {
    let (status, text) = service.ask("GET", path);
    assert_eq!(status, 200, "{text}");
    let answer: Value = serde_json::from_str(&text).unwrap();
    let listed = answer.get("open_findings").or_else(|| answer.get("findings")).unwrap().as_array().unwrap().clone();
    let names = |finding: &Value| {
        let also = finding["also"].as_array().unwrap().iter();
        also.map(|also| also["feature"].as_str().unwrap().to_owned()).collect()
    };
    let of_skew = listed.iter().filter(|finding| finding["check"] == "skew");
    of_skew.map(|finding| (finding["feature"].as_str().unwrap().to_owned(), names(finding))).collect()
}

fn firing(service: &Running) -> Vec<(String, BTreeSet<String>)> {
    told(service, "/api/v1/findings?state=firing")
}

fn state(metrics: &str, feature: &str) -> Option<f64> {
    value(metrics, &format!("finding_state{{check=\"skew\",feature=\"{feature}\",feature_view=\"user_features\"}}"))
}

#[test]
fn features_of_one_incident_are_one_finding_until_the_last_of_them_is_well() {
    let shop = Shop::open();
    let mut service = shop.configure(&[EVERY_SECOND, PUBLISH]).serve();
    FEATURES.iter().for_each(|feature| add(&shop, feature, 7));
    let is_one = |findings: &[(String, BTreeSet<String>)]| matches!(findings, [(leader, also)] if also.len() == 1 && !also.contains(leader));
    wait_until("both features are one finding", || is_one(&firing(&service)));
    let (leader, also) = firing(&service).remove(0);
    let other = also.into_iter().next().unwrap();
    assert_eq!(told(&service, "/api/v1/views/user_features"), firing(&service));
    let metrics = service.metrics();
    assert_eq!((state(&metrics, &leader), state(&metrics, &other).unwrap_or(0.0)), (Some(2.0), 0.0));
    let (_, page) = service.ask("GET", "/");
    assert_eq!(page.matches("<strong>Skew</strong>").count(), 1, "{page}");
    let listed = shop.scene.command("findings").output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.contains(&format!("skew of 2 features of user_features: {leader}, {other}")), "{listed}");

    // A restart forgets nothing of it.
    assert_eq!(service.stop().code(), Some(0), "{}", service.log());
    let service = shop.serve();
    assert_eq!(firing(&service), [(leader.clone(), BTreeSet::from([other.clone()]))]);

    add(&shop, &leader, -7);
    wait_until("the feature that is left is told alone", || firing(&service) == [(other.clone(), BTreeSet::new())]);
    add(&shop, &other, -7);
    wait_until("nothing is left", || firing(&service).is_empty());
}
