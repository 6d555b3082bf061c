//! A cluster in good and bad days.

use std::time::Duration;

use skewwatch::model::entity::EntityKey;
use skewwatch::model::online::OnlineRow;
use skewwatch::model::time::Clock;
use skewwatch::model::value::ScalarKind;
use skewwatch::store::online::{PlainEncoding, RedisLayout, RedisSettings};

use super::{connect, int, key, plain, rows, unread, untimed, view, walk};
use crate::support::redis::{RedisCluster, RedisServer, information, wait_until};

fn layout() -> RedisLayout {
    RedisLayout::Plain(plain("feat:{entity}:{feature}", PlainEncoding::Text))
}

fn filled(cluster: &RedisCluster, users: usize) -> Vec<String> {
    let users: Vec<String> = (0..users).map(|number| format!("u{number}")).collect();
    for user in &users {
        let key = format!("feat:{user}:a");
        cluster.run(&key, &format!("SET {key} 7"));
    }
    users
}

fn quick(cluster: &RedisCluster) -> RedisSettings {
    let mut settings = cluster.settings(layout());
    settings.budget.attempts = 2;
    settings.budget.pipeline = 8;
    settings.budget.timeout = Duration::from_millis(500);
    settings.budget.connect_timeout = Duration::from_millis(500);
    settings
}

fn keys(users: &[String]) -> Vec<EntityKey> {
    users.iter().map(|user| key(user)).collect()
}

#[tokio::test]
async fn a_dead_node_makes_unread_only_the_keys_that_it_holds() {
    let mut cluster = RedisCluster::start(3, &[]);
    let users = filled(&cluster, 100);
    let view = view(&[("a", ScalarKind::Int64)]);
    let store = connect(quick(&cluster)).await;
    assert_eq!(rows(&store, &view, &keys(&users)).await, vec![untimed(vec![int(7)]); users.len()]);

    let owners: Vec<usize> = users.iter().map(|user| cluster.owner_position(&format!("feat:{user}:a"))).collect();
    cluster.nodes[1].kill();
    let lost = owners.iter().filter(|owner| **owner == 1).count();
    let message = format!(
        "could not read {lost} keys of view `user_stats` from redis://{}: connection refused (2 attempts)",
        cluster.nodes[1].address()
    );
    let readings = store.read(&view, &keys(&users), Clock::System).await;
    for (reading, owner) in readings.iter().zip(&owners) {
        if *owner == 1 {
            assert_eq!(unread(reading), ("connection", message.clone()));
        } else {
            assert_eq!(reading.row, Ok(untimed(vec![int(7)])));
        }
    }
    assert!(lost > 0 && lost < users.len());
}

#[tokio::test]
async fn a_key_lies_on_the_node_that_owns_it_which_its_first_slot_names() {
    let cluster = RedisCluster::start(3, &[]);
    let (users, view) = (filled(&cluster, 40), view(&[("a", ScalarKind::Int64), ("b", ScalarKind::Int64)]));
    let store = connect(quick(&cluster)).await;
    let first_slots: Vec<u16> = cluster.nodes.iter().map(first_slot).collect();
    let prepared = store.prepare(&view);
    for (user, key) in users.iter().zip(keys(&users)) {
        for (position, feature) in ["a", "b"].into_iter().enumerate() {
            let owner = cluster.owner_position(&format!("feat:{user}:{feature}"));
            assert_eq!(store.node(&prepared, &key, position), Some(first_slots[owner]));
        }
    }
    let alone = RedisServer::start();
    let store = connect(alone.settings(layout())).await;
    assert_eq!(store.node(&store.prepare(&view), &key("u1"), 0), None);
}

/// The first slot of a node, as the node itself says.
fn first_slot(node: &RedisServer) -> u16 {
    let nodes: String = redis::cmd("CLUSTER").arg("NODES").query(&mut node.connection()).unwrap();
    let own = nodes.lines().find(|line| line.contains("myself")).unwrap();
    let range = own.split(' ').nth(8).unwrap();
    range.split('-').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn a_slot_that_moves_is_followed() {
    let cluster = RedisCluster::start(3, &[]);
    let users = filled(&cluster, 40);
    let view = view(&[("a", ScalarKind::Int64)]);
    let mut settings = quick(&cluster);
    settings.budget.attempts = 1;
    let store = connect(settings).await;

    // Move the slot of the first user's key to the next node, key and all.
    let moved = format!("feat:{}:a", users[0]);
    let from = cluster.owner_position(&moved);
    let to = (from + 1) % 3;
    let id = |position: usize| -> String {
        redis::cmd("CLUSTER").arg("MYID").query(&mut cluster.nodes[position].connection()).unwrap()
    };
    let slot: u16 = redis::cmd("CLUSTER").arg("KEYSLOT").arg(&moved).query(&mut cluster.nodes[0].connection()).unwrap();
    cluster.nodes[to].run(&format!("CLUSTER SETSLOT {slot} IMPORTING {}", id(from)));
    cluster.nodes[from].run(&format!("CLUSTER SETSLOT {slot} MIGRATING {}", id(to)));
    cluster.nodes[from].run(&format!("MIGRATE 127.0.0.1 {} {moved} 0 5000", cluster.nodes[to].port));
    // Half moved: the old node sends those who ask for the key on to the new one.
    assert_eq!(rows(&store, &view, &keys(&users)).await, vec![untimed(vec![int(7)]); users.len()]);
    for position in [to, from] {
        cluster.nodes[position].run(&format!("CLUSTER SETSLOT {slot} NODE {}", id(to)));
    }
    wait_until("the nodes agree on the slot", || {
        let answer: redis::RedisResult<Option<String>> =
            redis::cmd("GET").arg(&moved).query(&mut cluster.nodes[from].connection());
        answer.is_err_and(|error| error.code() == Some("MOVED"))
    });

    assert_eq!(rows(&store, &view, &keys(&users)).await, vec![untimed(vec![int(7)]); users.len()]);
    let mut wanted = keys(&users);
    wanted.sort();
    assert_eq!(walk(&store, &view).await.0, wanted);
}

#[tokio::test]
async fn a_newcomer_that_is_taking_over_its_first_slot_is_asked_over_one_connection() {
    let cluster = RedisCluster::start(3, &[]);
    // The third node gives up its slots first, lest it claims them again.
    for node in cluster.nodes.iter().rev() {
        node.run("CLUSTER DELSLOTSRANGE 10922 16383");
    }
    let tag = (0..100).map(|number| format!("t{number}")).find(|tag| cluster.owner_position(tag) == 0).unwrap();
    let layout = RedisLayout::Plain(plain(&format!("feat:{{{{{tag}}}}}:{{entity}}:{{feature}}"), PlainEncoding::Text));
    let users: Vec<String> = (0..40).map(|number| format!("u{number}")).collect();
    let (from, to) = (&cluster.nodes[0], &cluster.nodes[2]);
    let id =
        |node: &RedisServer| -> String { redis::cmd("CLUSTER").arg("MYID").query(&mut node.connection()).unwrap() };
    let slot: u16 = redis::cmd("CLUSTER").arg("KEYSLOT").arg(&tag).query(&mut from.connection()).unwrap();
    for user in &users {
        from.run(&format!("SET feat:{{{tag}}}:{user}:a 7"));
    }
    to.run(&format!("CLUSTER SETSLOT {slot} IMPORTING {}", id(from)));
    from.run(&format!("CLUSTER SETSLOT {slot} MIGRATING {}", id(to)));
    for user in &users {
        from.run(&format!("MIGRATE 127.0.0.1 {} feat:{{{tag}}}:{user}:a 0 5000", to.port));
    }
    let mut settings = quick(&cluster);
    settings.layout = layout;
    settings.nodes = vec![from.address()];
    let store = connect(settings).await;
    let connections = || -> u64 {
        let statistics = information(to, "INFO stats");
        let line = statistics.lines().find_map(|line| line.strip_prefix("total_connections_received:"));
        line.and_then(|count| count.trim().parse().ok()).unwrap()
    };
    let before = connections();
    assert_eq!(
        rows(&store, &view(&[("a", ScalarKind::Int64)]), &keys(&users)).await,
        vec![untimed(vec![int(7)]); users.len()]
    );
    assert_eq!(connections() - before, 2, "that of the store, and that of this question");
}

#[tokio::test]
async fn a_slot_that_nobody_serves_makes_unread_keys_not_absent_ones() {
    let cluster = RedisCluster::start(3, &[]);
    let gone = "feat:u1:a";
    let slot: u16 = redis::cmd("CLUSTER").arg("KEYSLOT").arg(gone).query(&mut cluster.nodes[0].connection()).unwrap();
    for node in &cluster.nodes {
        node.run(&format!("CLUSTER DELSLOTS {slot}"));
    }
    let store = connect(quick(&cluster)).await;
    let readings = store.read(&view(&[("a", ScalarKind::Int64)]), &[key("u1"), key("u2")], Clock::System).await;
    let (reason, message) = unread(&readings[0]);
    assert_eq!(
        (reason, message.as_str()),
        (
            "protocol",
            "could not read 1 key of view `user_stats` from the cluster: no node serves the slot (2 attempts)"
        )
    );
    assert_eq!(readings[1].row, Ok(OnlineRow::Absent));
}

#[tokio::test]
async fn hash_tags_keep_the_features_of_an_entity_together() {
    let cluster = RedisCluster::start(3, &[]);
    let layout = RedisLayout::Plain(plain("feat:{{{entity}}}:{feature}", PlainEncoding::Text));
    let users: Vec<String> = (0..30).map(|number| format!("u{number}")).collect();
    for user in &users {
        for (feature, value) in [("a", 1), ("b", 2)] {
            let key = format!("feat:{{{user}}}:{feature}");
            cluster.run(&key, &format!("SET {key} {value}"));
        }
    }
    let store = connect(cluster.settings(layout)).await;
    let view = view(&[("a", ScalarKind::Int64), ("b", ScalarKind::Int64)]);
    assert_eq!(rows(&store, &view, &keys(&users)).await, vec![untimed(vec![int(1), int(2)]); users.len()]);
}

#[tokio::test]
async fn a_frozen_node_makes_unread_only_the_keys_that_it_holds() {
    let cluster = RedisCluster::start(3, &[]);
    let users = filled(&cluster, 60);
    let view = view(&[("a", ScalarKind::Int64)]);
    let store = connect(quick(&cluster)).await;
    let owners: Vec<usize> = users.iter().map(|user| cluster.owner_position(&format!("feat:{user}:a"))).collect();
    cluster.nodes[2].freeze();
    let readings = store.read(&view, &keys(&users), Clock::System).await;
    cluster.nodes[2].thaw();
    let lost = owners.iter().filter(|owner| **owner == 2).count();
    let message = format!(
        "could not read {lost} keys of view `user_stats` from redis://{}: no answer within 500ms (2 attempts)",
        cluster.nodes[2].address()
    );
    for (reading, owner) in readings.iter().zip(&owners) {
        if *owner == 2 {
            assert_eq!(unread(reading), ("timeout", message.clone()));
        } else {
            assert_eq!(reading.row, Ok(untimed(vec![int(7)])));
        }
    }
    assert_eq!(rows(&store, &view, &keys(&users)).await, vec![untimed(vec![int(7)]); users.len()]);
}
