//! What a lookup tells of features that it has no value for.

use std::time::Duration;

use skewwatch::lookup::FeatureStatus;
use skewwatch::model::time::Clock;
use skewwatch::store::online::{PlainEncoding, PlainLayout, PlainTimestamp, RedisLayout, TimestampFormat};

use super::reference::Reference;
use super::{ABSENT, FAILED, TEXTS, ask, layout, lookup, patient, present, view};
use crate::support::redis::RedisServer;

#[tokio::test]
async fn a_failure_behind_an_absent_feature_is_told() {
    let server = RedisServer::start();
    server.run("RPUSH feat:u:b 1");
    let mut reference = Reference::of(&server);
    assert_eq!(reference.lookup("u", &["a", "b"]).unwrap(), [None, None], "a success");

    let lookup = lookup(server.settings(layout(TEXTS)), &[view("v", &["a", "b"])], &patient()).await;
    assert_eq!(ask(&lookup, &["v:a", "v:b"], "u").await, [ABSENT, FAILED]);
    assert_eq!(lookup.counts().errors, 1);
}

#[tokio::test]
async fn a_failed_feature_is_not_kept() {
    let server = RedisServer::start();
    server.run("SET feat:u:a 1");
    server.run("RPUSH feat:u:c 1");
    let mut reference = Reference::of(&server);
    assert_eq!(reference.lookup("u", &["a", "b", "c"]).unwrap(), [Some(1), None, None]);
    let lookup = lookup(server.settings(layout(TEXTS)), &[view("v", &["a", "b", "c"])], &patient()).await;
    assert_eq!(ask(&lookup, &["v:a", "v:b", "v:c"], "u").await, [present(1), ABSENT, FAILED]);
    server.run("DEL feat:u:c");
    server.run("SET feat:u:c 3");
    assert_eq!(reference.lookup("u", &["a", "b", "c"]).unwrap(), [Some(1), None, None], "for ever");
    assert_eq!(ask(&lookup, &["v:a", "v:b", "v:c"], "u").await, [present(1), ABSENT, present(3)]);
}

#[tokio::test]
async fn an_outage_is_told_and_not_kept() {
    let mut server = RedisServer::start();
    server.run("SET feat:u:a 1");
    server.run("SAVE");
    let lookup = lookup(server.settings(layout(TEXTS)), &[view("v", &["a"])], &patient()).await;
    server.kill();
    assert_eq!(ask(&lookup, &["v:a"], "u").await, [FAILED]);
    server.revive();
    assert_eq!(ask(&lookup, &["v:a"], "u").await, [present(1)]);
    assert_eq!(ask(&lookup, &["v:a"], "u").await, [present(1)]);
    assert_eq!((lookup.counts().errors, lookup.counts().hits), (1, 1));
}

#[tokio::test]
async fn present_null_absent_expired_and_failed_are_five_things() {
    let server = RedisServer::start();
    let timestamp = Some(PlainTimestamp { at: "feat:{entity}".to_owned(), format: TimestampFormat::EpochSeconds });
    let stamped = PlainLayout { key: TEXTS.to_owned(), encoding: PlainEncoding::Text, timestamp };
    let now = Clock::System.now().nanos() / 1_000_000_000;
    for (user, age) in [("new", 60), ("old", 7200)] {
        server.run(&format!("MSET feat:{user}:zero 0 feat:{user}:null  feat:{user} {}", now - age));
        server.run(&format!("RPUSH feat:{user}:broken 1"));
    }
    let mut hourly = view("v", &["zero", "null", "none", "broken"]);
    hourly.ttl = Some(Duration::from_secs(3600));
    let lookup = lookup(server.settings(RedisLayout::Plain(stamped)), &[hourly], &patient()).await;
    let features = ["v:zero", "v:null", "v:none", "v:broken"];
    let null = (FeatureStatus::Null, None);
    assert_eq!(ask(&lookup, &features, "new").await, [present(0), null, ABSENT, FAILED]);
    let expired = |value| (FeatureStatus::Expired, value);
    assert_eq!(ask(&lookup, &features, "old").await, [expired(Some(0)), expired(None), ABSENT, FAILED]);

    let mut reference = Reference::of(&server);
    let features = ["zero", "null", "none", "broken"];
    assert_eq!(reference.lookup("old", &features).unwrap(), [Some(0), None, None, None]);
}

#[tokio::test]
async fn a_lookup_ends_while_its_server_says_nothing() {
    let server = RedisServer::start();
    server.run("SET feat:u:a 1");
    let settings = skewwatch::lookup::LookupSettings { deadline: Duration::from_millis(50), ..patient() };
    let lookup = lookup(server.settings(layout(TEXTS)), &[view("v", &["a"])], &settings).await;
    server.freeze();
    for _ in 0..3 {
        assert_eq!(ask(&lookup, &["v:a"], "u").await, [FAILED]);
    }
    server.thaw();
    while ask(&lookup, &["v:a"], "u").await != [present(1)] {}
    assert_eq!(ask(&lookup, &["v:a"], "u").await, [present(1)]);
    assert_eq!(lookup.counts().hits, 1);
}
