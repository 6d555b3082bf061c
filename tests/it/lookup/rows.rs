//! Rows: of one write, and of one entity.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use skewwatch::model::entity::{EntityKey, JoinKey, KeyKind, KeyValue};
use skewwatch::store::online::RedisSettings;

use super::reference::Reference;
use super::{FAILED, HASH, TAGGED, TEXTS, ask, key, layout, lookup, patient, present, told, uncached, view};
use crate::support::redis::{RedisCluster, RedisServer};

/// Looks rows up while `write` is run over and over with a number that grows; every row is of one number.
async fn assert_whole(settings: RedisSettings, mut write: impl FnMut(i64) + Send + 'static) {
    let lookup = lookup(settings, &[view("v", &["a", "b", "c", "d", "e"])], &uncached()).await;
    let selection = lookup.select(&["v:a", "v:b", "v:c", "v:d", "v:e"]).unwrap();
    write(0);
    let is_over = Arc::new(AtomicBool::new(false));
    let writer = std::thread::spawn({
        let is_over = Arc::clone(&is_over);
        move || (1..).take_while(|_| !is_over.load(Ordering::Relaxed)).inspect(|number| write(*number)).count()
    });
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..2000 {
        let row = told(&lookup.lookup(&selection, &key("u")).await);
        assert!(row.windows(2).all(|pair| pair[0] == pair[1]), "torn: {row:?}");
        seen.extend(row[0].1);
    }
    is_over.store(true, Ordering::Relaxed);
    assert!(writer.join().unwrap() > 0 && seen.len() > 10, "nothing was written meanwhile: {seen:?}");
}

fn words(head: &str, prefix: &str, number: i64) -> redis::Cmd {
    let mut command = redis::Cmd::new();
    head.split(' ').for_each(|word| {
        command.arg(word);
    });
    for feature in ["a", "b", "c", "d", "e"] {
        command.arg(format!("{prefix}{feature}")).arg(number);
    }
    command
}

#[tokio::test]
async fn a_row_of_texts_is_of_one_write() {
    let server = RedisServer::start();
    let mut connection = server.connection();
    assert_whole(server.settings(layout(TEXTS)), move |number| {
        words("MSET", "feat:u:", number).exec(&mut connection).unwrap();
    })
    .await;

    server.run("MSET feat:u:a 1 feat:u:b 1");
    let mut connection = server.connection();
    let mut reference = Reference::new(|key| {
        let value = redis::cmd("GET").arg(key).query(&mut connection);
        server.run("MSET feat:u:a 2 feat:u:b 2");
        value
    });
    assert_eq!(reference.lookup("u", &["a", "b"]).unwrap(), [Some(1), Some(2)], "torn by a write in between");
}

#[tokio::test]
async fn a_hash_is_of_one_write() {
    let server = RedisServer::start();
    let mut connection = server.connection();
    assert_whole(server.settings(layout(HASH)), move |number| {
        words("HSET feat:u", "", number).exec(&mut connection).unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_row_of_texts_in_one_slot_of_a_cluster_is_of_one_write() {
    let cluster = RedisCluster::start(3, &[]);
    let mut connection = cluster.owner("feat:{u}:a").connection();
    assert_whole(cluster.settings(layout(TAGGED)), move |number| {
        words("MSET", "feat:{u}:", number).exec(&mut connection).unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_feature_whose_key_could_be_another_entitys_is_refused() {
    let server = RedisServer::start();
    server.run("SET feat:a:b:c 1");
    let mut reference = Reference::of(&server);
    assert_eq!(reference.lookup("a:b", &["c"]).unwrap(), [Some(1)]);
    assert_eq!(reference.lookup("a", &["b:c"]).unwrap(), [Some(1)], "another's");

    let texts = lookup(server.settings(layout(TEXTS)), &[view("v", &["c"]), view("w", &["b:c"])], &patient()).await;
    assert_eq!(ask(&texts, &["v:c"], "a:b").await, [present(1)]);
    assert_eq!(ask(&texts, &["w:b:c"], "a").await, [FAILED]);
    // In hashes the two are apart.
    server.run("HSET feat:a:b c 2");
    server.run("HSET feat:a b:c 3");
    let hashes = lookup(server.settings(layout(HASH)), &[view("v", &["c"]), view("w", &["b:c"])], &patient()).await;
    assert_eq!(ask(&hashes, &["v:c"], "a:b").await, [present(2)]);
    assert_eq!(ask(&hashes, &["w:b:c"], "a").await, [present(3)]);
}

#[tokio::test]
async fn two_entities_whose_keys_would_be_one_are_refused() {
    let server = RedisServer::start();
    server.run("HSET feat:a,b,c f 1");
    server.run("HSET feat:a,b f 2");
    let mut pairs = view("v", &["f"]);
    pairs.join_keys.push(JoinKey { name: "shop".to_owned(), kind: KeyKind::String });
    let lookup = lookup(server.settings(layout(HASH)), &[pairs], &patient()).await;
    let selection = lookup.select(&["v:f"]).unwrap();
    let pair = |one: &str, other: &str| EntityKey::new([KeyValue::String(one.into()), KeyValue::String(other.into())]);
    let keys = [pair("a,b", "c"), pair("a", "b,c"), pair("a", "b")];
    let answers = lookup.lookup_all(&selection, &keys).await;
    let answers: Vec<_> = answers.iter().flat_map(told).collect();
    assert_eq!(answers, [FAILED, FAILED, present(2)]);
}

#[tokio::test]
async fn braces_in_an_entity_lead_to_the_slot_that_the_cluster_means() {
    let cluster = RedisCluster::start(3, &[]);
    for pattern in [TEXTS, TAGGED] {
        let lookup = lookup(cluster.settings(layout(pattern)), &[view("v", &["a", "b", "c"])], &patient()).await;
        for entity in ["{x}", "x}y", "}", "{", "{}", "a{b}c", "{{x}}"] {
            let tagged = if pattern == TAGGED { format!("{{{entity}}}") } else { entity.to_owned() };
            for (number, feature) in (1..).zip(["a", "b", "c"]) {
                let key = format!("feat:{tagged}:{feature}");
                cluster.run(&key, &format!("SET {key} {number}"));
            }
            let row = ask(&lookup, &["v:a", "v:b", "v:c"], entity).await;
            assert_eq!(row, [present(1), present(2), present(3)], "{entity} under {pattern}");
        }
    }
}
