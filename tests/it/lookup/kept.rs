//! What L1 keeps, for how long, and what it counts.

use std::time::Duration;

use skewwatch::lookup::{FeatureStatus, L1Settings, LookupCounts, LookupSettings, SelectionError};
use skewwatch::model::value::{ScalarKind, ValueKind};

use super::reference::Reference;
use super::{ABSENT, HASH, TEXTS, ask, calls, key, layout, lookup, patient, present, view};
use crate::support::redis::{RedisServer, wait_until};
use crate::support::views;

#[tokio::test]
async fn a_later_caller_gets_features_that_the_first_did_not_ask_for() {
    let server = RedisServer::start();
    server.run("MSET feat:u:a 1 feat:u:b 2");
    let mut reference = Reference::of(&server);
    assert_eq!(reference.lookup("u", &["a"]).unwrap(), [Some(1)]);
    assert_eq!((reference.lookup("u", &["b"]).unwrap(), reference.hits), (vec![None], 1), "lost, and called a hit");

    let lookup = lookup(server.settings(layout(TEXTS)), &[view("v", &["a", "b"])], &patient()).await;
    assert_eq!(ask(&lookup, &["v:a"], "u").await, [present(1)]);
    assert_eq!(ask(&lookup, &["v:b"], "u").await, [present(2)]);
    let expected = LookupCounts { hits: 1, misses: 1, complete: 2, ..LookupCounts::default() };
    assert_eq!(lookup.counts(), expected, "the row was read whole");
}

#[tokio::test]
async fn a_row_is_not_served_longer_than_its_time_in_l1() {
    let server = RedisServer::start();
    server.run("SET feat:u:a 1");
    let mut reference = Reference::of(&server);
    let patient = patient();
    let l1 = L1Settings { ttl: Duration::from_millis(50), ..patient.l1 };
    let lookup = lookup(server.settings(layout(TEXTS)), &[view("v", &["a"])], &LookupSettings { l1, ..patient }).await;
    assert_eq!(reference.lookup("u", &["a"]).unwrap(), [Some(1)]);
    assert_eq!(ask(&lookup, &["v:a"], "u").await, [present(1)]);
    server.run("SET feat:u:a 2");
    while ask(&lookup, &["v:a"], "u").await != [present(2)] {}
    assert_eq!(reference.lookup("u", &["a"]).unwrap(), [Some(1)], "for ever");
}

#[tokio::test]
async fn a_row_is_not_served_longer_than_redis_keeps_it() {
    let server = RedisServer::start();
    for (pattern, write) in [(TEXTS, "MSET feat:u:a 1 feat:u:b 2"), (HASH, "HSET feat:u a 1 b 2")] {
        server.run("FLUSHALL");
        server.run(write);
        let last = if pattern == TEXTS { "feat:u:b" } else { "feat:u" };
        server.run(&format!("PEXPIRE {last} 300"));
        let lookup = lookup(server.settings(layout(pattern)), &[view("v", &["a", "b"])], &patient()).await;
        assert_eq!(ask(&lookup, &["v:a", "v:b"], "u").await, [present(1), present(2)]);
        assert_eq!(ask(&lookup, &["v:a", "v:b"], "u").await, [present(1), present(2)]);
        assert_eq!(lookup.counts().hits, 1, "it is kept as long");
        wait_until("the key is dropped", || server.run(&format!("EXISTS {last}")) == redis::Value::Int(0));
        let first = if pattern == TEXTS { present(1) } else { ABSENT };
        assert_eq!(ask(&lookup, &["v:a", "v:b"], "u").await, [first, ABSENT], "{pattern}");
    }
    server.run("SET feat:u:a 1 PX 300");
    let mut reference = Reference::of(&server);
    assert_eq!(reference.lookup("u", &["a"]).unwrap(), [Some(1)]);
    wait_until("the key is dropped", || server.run("EXISTS feat:u:a") == redis::Value::Int(0));
    assert_eq!(reference.lookup("u", &["a"]).unwrap(), [Some(1)], "for ever");
}

#[tokio::test]
async fn lifetimes_are_learnt_when_the_first_key_of_a_store_gets_one() {
    let server = RedisServer::start();
    let users: Vec<String> = (0..64).map(|number| format!("u{number}")).collect();
    users.iter().for_each(|user| drop(server.run(&format!("HSET feat:{user} a 1"))));
    let lookup = lookup(server.settings(layout(HASH)), &[view("v", &["a"])], &super::uncached()).await;
    let selection = lookup.select(&["v:a"]).unwrap();
    let keys: Vec<_> = users.iter().map(|user| key(user)).collect();
    for _ in 0..2 {
        lookup.lookup_all(&selection, &keys).await;
    }
    let before = calls(&server, "pttl");
    lookup.lookup_all(&selection, &keys).await;
    let after_none = calls(&server, "pttl");
    server.run("PEXPIRE feat:u7 3600000");
    lookup.lookup_all(&selection, &keys).await;
    let after_one = calls(&server, "pttl");
    assert!(after_none - before < 64, "{} lifetimes were asked where no key has one", after_none - before);
    assert!(after_one - after_none >= 64, "{} lifetimes were asked where a key has one", after_one - after_none);
}

#[tokio::test]
async fn a_lookup_of_which_l1_has_a_part_is_no_hit() {
    let server = RedisServer::start();
    server.run("MSET feat:u:a 1 feat:u:b 2");
    let mut reference = Reference::of(&server);
    reference.lookup("u", &["a"]).unwrap();
    reference.lookup("u", &["a", "b"]).unwrap();
    assert_eq!(reference.hits, 1);

    let views = [view("one", &["a"]), view("other", &["b"])];
    let lookup = lookup(server.settings(layout(TEXTS)), &views, &patient()).await;
    ask(&lookup, &["one:a"], "u").await;
    assert_eq!(ask(&lookup, &["one:a", "other:b"], "u").await, [present(1), present(2)]);
    let expected = LookupCounts { misses: 1, partial: 1, complete: 2, ..LookupCounts::default() };
    assert_eq!(lookup.counts(), expected);
}

#[tokio::test]
async fn absence_is_remembered_shortly() {
    let server = RedisServer::start();
    let mut reference = Reference::of(&server);
    let patient = patient();
    let l1 = L1Settings { negative_ttl: Duration::from_millis(50), ..patient.l1 };
    let lookup = lookup(server.settings(layout(TEXTS)), &[view("v", &["a"])], &LookupSettings { l1, ..patient }).await;
    assert_eq!(reference.lookup("u", &["a"]).unwrap(), [None]);
    assert_eq!(ask(&lookup, &["v:a"], "u").await, [ABSENT]);
    server.run("SET feat:u:a 1");
    while ask(&lookup, &["v:a"], "u").await != [present(1)] {}
    assert_eq!(reference.lookup("u", &["a"]).unwrap(), [None], "for ever");
}

#[tokio::test]
async fn a_write_during_a_read_is_hidden_no_longer_than_any_other() {
    let server = RedisServer::start();
    server.run("SET feat:u:a 1");
    let mut reference = Reference::of(&server);
    let old = reference.read("u", &["a"]).unwrap();
    server.run("SET feat:u:a 2");
    reference.fill("u", old);
    assert_eq!(reference.lookup("u", &["a"]).unwrap(), [Some(1)], "for ever");

    let patient = patient();
    let l1 = L1Settings { ttl: Duration::from_millis(50), ..patient.l1 };
    let lookup = lookup(server.settings(layout(TEXTS)), &[view("v", &["a"])], &LookupSettings { l1, ..patient }).await;
    for version in 3..20 {
        let selection = lookup.select(&["v:a"]).unwrap();
        let entity = key("u");
        let read = lookup.lookup(&selection, &entity);
        let write = tokio::task::spawn_blocking({
            let mut connection = server.connection();
            move || redis::cmd("SET").arg("feat:u:a").arg(version).exec(&mut connection).unwrap()
        });
        let (_, written) = tokio::join!(read, write);
        written.unwrap();
        while ask(&lookup, &["v:a"], "u").await != [present(version)] {}
    }
}

#[tokio::test]
async fn l1_is_bounded_in_bytes_of_what_it_holds() {
    let server = RedisServer::start();
    let text = "x".repeat(10_000);
    (0..100).for_each(|number| drop(server.run(&format!("HSET feat:u{number} a {text}"))));
    let patient = patient();
    let capacity = 200_000;
    let l1 = L1Settings { capacity, ..patient.l1 };
    let views = [views::view("v", "unused", &[("a", ValueKind::Scalar(ScalarKind::String))])];
    let lookup = lookup(server.settings(layout(HASH)), &views, &LookupSettings { l1, ..patient }).await;
    for number in 0..100 {
        ask(&lookup, &["v:a"], &format!("u{number}")).await;
    }
    assert!(lookup.l1_bytes() <= capacity, "{} bytes", lookup.l1_bytes());
    assert!((5..20).contains(&lookup.l1_rows()), "{} rows of 10,000 bytes", lookup.l1_rows());
    let before = (lookup.l1_rows(), lookup.l1_bytes());
    for number in 0..10_000 {
        ask(&lookup, &["v:a"], &format!("none{number}")).await;
    }
    assert!(lookup.l1_bytes() <= capacity, "{} bytes", lookup.l1_bytes());
    assert!(lookup.l1_rows() < 2_000, "{} absences in {capacity} bytes, after {before:?}", lookup.l1_rows());

    let mut reference = Reference::of(&server);
    (0..100).for_each(|number| drop(reference.lookup(&format!("none{number}"), &["a"])));
    assert_eq!((reference.rows.len(), reference.cost), (100, 0), "no bound for what is empty");
}

#[tokio::test]
async fn a_feature_asked_for_twice_is_read_once_and_nothing_is_no_question() {
    let server = RedisServer::start();
    server.run("SET feat:u:a 1");
    let mut connection = server.connection();
    let mut gets = 0;
    let mut reference = Reference::new(|key| {
        gets += 1;
        redis::cmd("GET").arg(key).query(&mut connection)
    });
    reference.lookup("u", &["a", "a"]).unwrap();
    reference.lookup("other", &[]).unwrap();
    assert!(reference.rows.contains_key("other"), "an empty row is kept");
    drop(reference);
    assert_eq!(gets, 2);

    let lookup = lookup(server.settings(layout(TEXTS)), &[view("v", &["a"])], &patient()).await;
    let before = (calls(&server, "mget"), calls(&server, "get"));
    assert_eq!(ask(&lookup, &["v:a", "v:a"], "u").await, [present(1), present(1)]);
    assert_eq!((calls(&server, "mget"), calls(&server, "get")), (before.0 + 1, before.1));
    assert_eq!(lookup.select(&[]).unwrap_err(), SelectionError::Empty);
    assert_eq!(lookup.l1_rows(), 1);
}

#[tokio::test]
async fn a_row_older_than_its_view_allows_is_asked_for_anew() {
    use skewwatch::model::time::Clock;
    use skewwatch::store::online::{PlainEncoding, PlainLayout, PlainTimestamp, RedisLayout, TimestampFormat};
    let server = RedisServer::start();
    let timestamp = Some(PlainTimestamp { at: "t".to_owned(), format: TimestampFormat::EpochSeconds });
    let stamped = PlainLayout { key: HASH.to_owned(), encoding: PlainEncoding::Text, timestamp };
    let now = Clock::System.now().nanos() / 1_000_000_000;
    server.run(&format!("HSET feat:u a 1 t {}", now - 7200));
    let mut hourly = view("v", &["a"]);
    hourly.ttl = Some(Duration::from_secs(3600));
    let patient = patient();
    let l1 = L1Settings { negative_ttl: Duration::from_millis(50), ..patient.l1 };
    let settings = LookupSettings { l1, ..patient };
    let lookup = lookup(server.settings(RedisLayout::Plain(stamped)), &[hourly], &settings).await;
    assert_eq!(ask(&lookup, &["v:a"], "u").await, [(FeatureStatus::Expired, Some(1))]);
    server.run(&format!("HSET feat:u a 2 t {now}"));
    while ask(&lookup, &["v:a"], "u").await != [present(2)] {}
}
