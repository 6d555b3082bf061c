//! A store that dies or hangs under the server, and clients that go away.

use std::io::Write as _;
use std::net::TcpStream;

use serde_json::json;

use super::{LASTING, SCORE, Shop, ask, head, json, statuses};
use crate::serve::Running;
use crate::support::redis::wait_until;

/// Features of a view of another entity than that of [`SCORE`], beside it.
const BOTH: &str = r#"{"features":["user_features:fraud_score","driver_profile:rating"],"entities":{"user_id":["u01068"],"driver_id":[5001]}}"#;

/// A store that does not answer is soon given up.
fn hasty(more: &str) -> String {
    format!("{LASTING}lookup: {{ listen: \"127.0.0.1:0\", deadline: 300ms, {more} }}\n")
}

fn becomes_present(service: &Running, body: &str) {
    wait_until("features are served again", || ask(service, body).status == 200);
}

#[test]
fn a_dead_store_is_an_error_what_memory_has_is_served_and_the_store_is_found_again() {
    let mut shop = Shop::golden(&hasty("l1: { ttl: 1h, jitter: 0% }"));
    let service = shop.serve();
    let before = json(&ask(&service, SCORE), 200);
    shop.redis.run("SAVE");
    shop.redis.kill();
    assert_eq!(json(&ask(&service, SCORE), 200), before, "from memory");

    let other = SCORE.replace("u01068", "u01006");
    let refused = json(&ask(&service, &other), 503);
    let detail = "1 of 1 values could not be read: the online store did not answer in time, or holds what is no value";
    assert_eq!(refused, json!({"detail": detail}));

    let partly = ask(&service, BOTH);
    let answer = json(&partly, 200);
    assert_eq!((statuses(&answer, 2), statuses(&answer, 3)), (vec!["PRESENT"], vec!["INVALID"]));
    assert_eq!(answer["results"][3]["values"], json!([null]));
    assert!(partly.head.contains("x-skewwatch-failed: 1"), "{}", partly.head);
    assert_eq!(service.value("lookup_requests_total{result=\"error\"}"), Some(2.0));
    assert_eq!(service.value("lookup_l1_requests_total{result=\"partial\"}"), Some(1.0));
    assert_eq!(service.value("lookup_features_total{feature_view=\"driver_profile\",status=\"failed\"}"), Some(1.0));
    assert_eq!(service.ask("GET", "/health").0, 200, "other servers over the same store would be no better");

    shop.redis.revive();
    becomes_present(&service, &other);
    assert_eq!(statuses(&json(&ask(&service, BOTH), 200), 3), ["PRESENT"], "failures are not remembered");
}

#[test]
fn where_parts_are_not_wanted_the_whole_is_refused() {
    let shop = Shop::golden(&hasty("l1: { ttl: 1h }, partial: refuse"));
    let service = shop.serve();
    json(&ask(&service, SCORE), 200);
    shop.redis.freeze();
    json(&ask(&service, SCORE), 200);
    let detail = "1 of 2 values could not be read: the online store did not answer in time, or holds what is no value";
    assert_eq!(json(&ask(&service, BOTH), 503), json!({"detail": detail}));
    shop.redis.thaw();
    becomes_present(&service, BOTH);
}

#[test]
fn a_store_that_hangs_is_an_error_within_the_deadline_and_never_an_absence() {
    let shop = Shop::golden(&hasty("l1: { capacity: none }"));
    let service = shop.serve();
    json(&ask(&service, SCORE), 200);
    shop.redis.freeze();
    for _ in 0..3 {
        json(&ask(&service, SCORE), 503);
    }
    shop.redis.thaw();
    becomes_present(&service, SCORE);
    let absent = "lookup_features_total{feature_view=\"user_features\",status=\"absent\"}";
    assert_eq!(service.value(absent), Some(0.0));
}

#[test]
fn clients_that_go_away_leave_the_server_as_it_was() {
    let shop = Shop::golden(&hasty("l1: { capacity: none }"));
    let service = shop.serve();
    shop.redis.freeze();
    for _ in 0..50 {
        let mut stream = TcpStream::connect(&service.address).unwrap();
        write!(stream, "{}{SCORE}", head(SCORE.len(), "")).unwrap();
        let mut half = TcpStream::connect(&service.address).unwrap();
        write!(half, "{}{}", head(SCORE.len(), ""), &SCORE[..20]).unwrap();
    }
    shop.redis.thaw();
    becomes_present(&service, SCORE);
    let log = service.log();
    assert!(!log.contains("ERROR") && !log.contains("panicked"), "{log}");
}
