//! A user who may only read suffices, and what it may not do is told apart from what is not there.

use skewwatch::model::online::OnlineRow;
use skewwatch::model::secret::Secret;
use skewwatch::model::value::ScalarKind;
use skewwatch::store::online::{PlainEncoding, RedisLayout, RedisSettings};

use super::{connect, int, key, plain, rows, unread, untimed, view, walk};
use crate::support::redis::{RedisCluster, RedisServer, feast_layout, information, wait_until};
use skewwatch::model::time::Clock;

const READER: &str = "user watch on >hunter2 resetkeys %R~* -@all +@read +@connection";
const CLUSTER_READER: &str =
    "user watch on >hunter2 resetkeys %R~* -@all +@read +@connection +cluster|slots +cluster|shards +cluster|nodes";

fn as_reader(settings: RedisSettings) -> RedisSettings {
    RedisSettings { username: Some("watch".to_owned()), password: Some(Secret::new("hunter2")), ..settings }
}

fn layout() -> RedisLayout {
    RedisLayout::Plain(plain("feat:{entity}:{feature}", PlainEncoding::Text))
}

/// Every command that the user was not allowed to run, since the server started.
fn denials(server: &RedisServer) -> Vec<String> {
    let entries: Vec<Vec<redis::Value>> = redis::cmd("ACL").arg("LOG").query(&mut server.connection()).unwrap();
    entries.into_iter().map(|entry| format!("{entry:?}")).collect()
}

#[tokio::test]
async fn a_reading_user_reads_and_walks_a_single_server() {
    let server = RedisServer::configured(&[READER]);
    server.run("SET feat:u1:a 7");
    server.run("HSET h x y");
    let view = view(&[("a", ScalarKind::Int64)]);
    let store = connect(as_reader(server.settings(layout()))).await;
    assert_eq!(rows(&store, &view, &[key("u1"), key("u2")]).await, [untimed(vec![int(7)]), OnlineRow::Absent]);
    assert_eq!(walk(&store, &view).await.0, [key("u1")]);
    let feast = connect(as_reader(server.settings(feast_layout()))).await;
    assert_eq!(rows(&feast, &view, &[key("u1")]).await, [OnlineRow::Absent]);
    assert_eq!(walk(&feast, &view).await.0, []);
    assert_eq!(denials(&server), Vec::<String>::new(), "not even an attempt at what it may not do");
}

#[tokio::test]
async fn a_reading_user_reads_and_walks_a_cluster_and_its_replicas() {
    let mut cluster = RedisCluster::start(3, &[CLUSTER_READER]);
    cluster.add_replica(0, &[CLUSTER_READER]);
    let view = view(&[("a", ScalarKind::Int64)]);
    let users: Vec<String> = (0..60).map(|number| format!("u{number}")).collect();
    for user in &users {
        let key = format!("feat:{user}:a");
        cluster.run(&key, &format!("SET {key} 7"));
    }
    cluster.nodes[0].run("WAIT 1 10000");
    let port = cluster.replicas[0].port.to_string();
    for node in &cluster.nodes {
        wait_until("every master lists the replica", || format!("{:?}", node.run("CLUSTER SLOTS")).contains(&port));
    }
    let mut keys: Vec<_> = users.iter().map(|user| key(user)).collect();
    for replica_reads in [false, true] {
        let settings = RedisSettings { replica_reads, ..as_reader(cluster.settings(layout())) };
        let store = connect(settings).await;
        assert_eq!(rows(&store, &view, &keys).await, vec![untimed(vec![int(7)]); keys.len()]);
        keys.sort();
        assert_eq!(walk(&store, &view).await.0, keys);
    }
    for node in cluster.nodes.iter().chain(&cluster.replicas) {
        assert_eq!(denials(node), Vec::<String>::new());
    }
    let reads = |server: &RedisServer| information(server, "INFO commandstats");
    assert!(reads(&cluster.replicas[0]).contains("cmdstat_get:"), "the replica was asked");
}

#[tokio::test]
async fn a_user_without_the_right_to_read_makes_unread_keys_not_absent_ones() {
    let server = RedisServer::configured(&["user watch on >hunter2 resetkeys %R~* -@all +@connection"]);
    let store = connect(as_reader(server.settings(layout()))).await;
    let readings = store.read(&view(&[("a", ScalarKind::Int64)]), &[key("u1"), key("u2")], Clock::System).await;
    let message = format!(
        "could not read 2 keys of view `user_stats` from redis://{}: the server answered `NOPERM this user has no \
         permissions to run the 'get' command`",
        server.address()
    );
    assert_eq!(readings.iter().map(unread).collect::<Vec<_>>(), vec![("denied", message); 2]);
}
