//! Clusters of which a node is slow or dead.

use std::collections::BTreeSet;
use std::time::Duration;

use skewwatch::lookup::{FeatureLookup, LookupSettings};

use super::reference::Reference;
use super::{FAILED, TAGGED, TEXTS, Told, ask, calls, key, layout, lookup, patient, present, told, uncached, view};
use crate::support::redis::{RedisCluster, wait_until};

const FEATURES: [&str; 5] = ["a", "b", "c", "d", "e"];
const NAMES: [&str; 5] = ["v:a", "v:b", "v:c", "v:d", "v:e"];

/// Writes rows of five features, which are 1 to 5.
fn fill(cluster: &RedisCluster, users: &[String], key_of: fn(&str, &str) -> String) {
    for user in users {
        for (number, feature) in (1..).zip(FEATURES) {
            let key = key_of(user, feature);
            cluster.run(&key, &format!("SET {key} {number}"));
        }
    }
}

fn spread(user: &str, feature: &str) -> String {
    format!("feat:{user}:{feature}")
}

fn tagged(user: &str, feature: &str) -> String {
    format!("feat:{{{user}}}:{feature}")
}

fn users(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("u{number}")).collect()
}

fn row_without(owners: &[usize], lost: usize) -> Vec<Told> {
    (1..).zip(owners).map(|(number, owner)| if *owner == lost { FAILED } else { present(number) }).collect()
}

fn quick() -> LookupSettings {
    LookupSettings { deadline: Duration::from_millis(500), ..patient() }
}

/// Asks until every row is whole again.
async fn wait_until_whole(lookup: &FeatureLookup, users: &[String]) {
    let all: Vec<Told> = (1..=5).map(present).collect();
    for user in users {
        while ask(lookup, &NAMES, user).await != all {}
    }
}

#[tokio::test]
async fn a_dead_node_fails_its_own_features_and_no_others() {
    let mut cluster = RedisCluster::start(3, &[]);
    let users = users(20);
    fill(&cluster, &users, spread);
    let owners: Vec<Vec<usize>> = users
        .iter()
        .map(|user| FEATURES.iter().map(|feature| cluster.owner_position(&spread(user, feature))).collect())
        .collect();
    let lookup = lookup(cluster.settings(layout(TEXTS)), &[view("v", &FEATURES)], &quick()).await;
    cluster.nodes[1].kill();
    for (user, owners) in users.iter().zip(&owners) {
        // Twice: what was put together of parts is not kept.
        for _ in 0..2 {
            assert_eq!(ask(&lookup, &NAMES, user).await, row_without(owners, 1), "{user}");
        }
    }
    let whole = owners.iter().filter(|owners| !owners.contains(&1)).count();
    assert_eq!(lookup.l1_rows(), whole);

    // A user whose first feature is lost and others are not.
    let user = users.iter().zip(&owners).find(|(_, owners)| owners[0] == 1 && owners.iter().any(|owner| *owner != 1));
    let (user, _) = user.unwrap();
    let mut reference = Reference::new(|key| {
        let owner = cluster.owner(key);
        let client = redis::Client::open(format!("redis://{}/", owner.address())).unwrap();
        client.get_connection().and_then(|mut connection| redis::cmd("GET").arg(key).query(&mut connection))
    });
    assert!(reference.lookup(user, &FEATURES).is_err(), "what healthy nodes answered is thrown away");
}

#[tokio::test]
async fn a_slow_node_fails_its_own_rows_and_no_others() {
    let cluster = RedisCluster::start(3, &[]);
    let users = users(60);
    fill(&cluster, &users, tagged);
    let settings = LookupSettings { deadline: Duration::from_millis(500), ..uncached() };
    let lookup = lookup(cluster.settings(layout(TAGGED)), &[view("v", &FEATURES)], &settings).await;
    let selection = lookup.select(&NAMES).unwrap();
    let owners: Vec<usize> = users.iter().map(|user| cluster.owner_position(&tagged(user, "a"))).collect();
    let keys: Vec<_> = users.iter().map(|user| key(user)).collect();
    let all: Vec<Told> = (1..=5).map(present).collect();
    lookup.lookup_all(&selection, &keys).await;
    cluster.nodes[2].freeze();
    let answers = lookup.lookup_all(&selection, &keys).await;
    for ((user, owner), answer) in users.iter().zip(&owners).zip(&answers) {
        assert_eq!(told(answer), if *owner == 2 { vec![FAILED; 5] } else { all.clone() }, "{user}");
    }
    cluster.nodes[2].thaw();
    wait_until_whole(&lookup, &users).await;
}

#[tokio::test]
async fn a_slow_node_fails_its_own_features_of_rows_that_are_spread() {
    let cluster = RedisCluster::start(3, &[]);
    let users = users(20);
    fill(&cluster, &users, spread);
    let owners: Vec<Vec<usize>> = users
        .iter()
        .map(|user| FEATURES.iter().map(|feature| cluster.owner_position(&spread(user, feature))).collect())
        .collect();
    let lookup = lookup(cluster.settings(layout(TEXTS)), &[view("v", &FEATURES)], &quick()).await;
    cluster.nodes[0].freeze();
    for (user, owners) in users.iter().zip(&owners) {
        assert_eq!(ask(&lookup, &NAMES, user).await, row_without(owners, 0), "{user}");
    }
    cluster.nodes[0].thaw();
    wait_until_whole(&lookup, &users).await;
}

#[tokio::test]
async fn a_tagged_row_is_asked_of_one_node_by_one_command() {
    let cluster = RedisCluster::start(3, &[]);
    let users = users(30);
    fill(&cluster, &users, tagged);
    let lookup = lookup(cluster.settings(layout(TAGGED)), &[view("v", &FEATURES)], &patient()).await;
    for user in &users {
        assert_eq!(ask(&lookup, &NAMES, user).await, (1..=5).map(present).collect::<Vec<_>>());
    }
    let asked: u64 = cluster.nodes.iter().map(|node| calls(node, "mget")).sum();
    assert_eq!(asked, users.len() as u64);

    let nodes_of = |user: &String, key_of: fn(&str, &str) -> String| {
        FEATURES.iter().map(|feature| cluster.owner_position(&key_of(user, feature))).collect::<BTreeSet<_>>().len()
    };
    assert!(users.iter().all(|user| nodes_of(user, tagged) == 1));
    assert!(users.iter().any(|user| nodes_of(user, spread) > 1), "without the tag a row waits for several nodes");
}

#[tokio::test]
async fn a_slot_that_moves_is_followed_within_the_deadline() {
    let cluster = RedisCluster::start(3, &[]);
    let users = users(10);
    fill(&cluster, &users, tagged);
    let lookup = lookup(cluster.settings(layout(TAGGED)), &[view("v", &FEATURES)], &uncached()).await;
    let all: Vec<Told> = (1..=5).map(present).collect();
    let moved = tagged(&users[0], "a");
    let from = cluster.owner_position(&moved);
    let to = (from + 1) % 3;
    let id = |position: usize| -> String {
        redis::cmd("CLUSTER").arg("MYID").query(&mut cluster.nodes[position].connection()).unwrap()
    };
    let slot: u16 = redis::cmd("CLUSTER").arg("KEYSLOT").arg(&moved).query(&mut cluster.nodes[0].connection()).unwrap();
    cluster.nodes[to].run(&format!("CLUSTER SETSLOT {slot} IMPORTING {}", id(from)));
    cluster.nodes[from].run(&format!("CLUSTER SETSLOT {slot} MIGRATING {}", id(to)));
    for feature in FEATURES {
        let key = tagged(&users[0], feature);
        cluster.nodes[from].run(&format!("MIGRATE 127.0.0.1 {} {key} 0 5000", cluster.nodes[to].port));
    }
    for user in &users {
        assert_eq!(ask(&lookup, &NAMES, user).await, all, "while the slot moves");
    }
    for position in [to, from] {
        cluster.nodes[position].run(&format!("CLUSTER SETSLOT {slot} NODE {}", id(to)));
    }
    wait_until("the old node sends on for good", || {
        let answer: redis::RedisResult<redis::Value> =
            redis::cmd("GET").arg(&moved).query(&mut cluster.nodes[from].connection());
        answer.is_err_and(|error| error.code() == Some("MOVED"))
    });
    for user in &users {
        assert_eq!(ask(&lookup, &NAMES, user).await, all, "after it moved");
    }
}
