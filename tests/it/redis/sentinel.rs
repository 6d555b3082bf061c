//! A master behind sentinels.

use std::collections::HashMap;

use skewwatch::model::secret::Secret;
use skewwatch::model::value::ScalarKind;
use skewwatch::store::online::{PlainEncoding, RedisLayout, RedisSettings, RedisTopology};

use super::{connect, int, key, plain, refusal, rows, untimed, view};
use crate::support::redis::{Options, RedisServer, Role, free_port, information, settings, wait_until};

fn layout() -> RedisLayout {
    RedisLayout::Plain(plain("feat:{entity}:{feature}", PlainEncoding::Text))
}

fn sentinel(master: &RedisServer, lines: &[&str]) -> RedisServer {
    let mut watched = vec![
        format!("sentinel monitor shop 127.0.0.1 {} 1", master.port),
        "sentinel down-after-milliseconds shop 500".to_owned(),
        "sentinel failover-timeout shop 2000".to_owned(),
    ];
    watched.extend(lines.iter().map(|line| (*line).to_owned()));
    RedisServer::with(&Options { lines: watched, role: Role::Sentinel, ..Options::default() })
}

fn behind(sentinels: Vec<String>, master: &str, password: Option<&str>) -> RedisSettings {
    let topology = RedisTopology::Sentinel { master: master.to_owned(), password: password.map(Secret::new) };
    RedisSettings { topology, ..settings(sentinels, layout()) }
}

#[tokio::test]
async fn the_master_is_found_through_any_sentinel_and_followed_when_it_changes() {
    let mut master = RedisServer::start();
    let replica =
        RedisServer::configured(&[&format!("replicaof 127.0.0.1 {}", master.port), "repl-diskless-sync-delay 0"]);
    master.run("CONFIG SET repl-diskless-sync-delay 0");
    master.run("SET feat:u1:a 7");
    wait_until("the replica follows", || information(&replica, "INFO replication").contains("master_link_status:up"));
    master.run("WAIT 1 10000");
    let sentinel = sentinel(&master, &[]);
    wait_until("the sentinel knows that the replica is healthy", || {
        let replicas: Vec<HashMap<String, String>> =
            redis::from_redis_value(sentinel.run("SENTINEL REPLICAS shop")).unwrap();
        let healthy = |known: &HashMap<String, String>| {
            known["port"] == replica.port.to_string()
                && known["flags"] == "slave"
                && known["master-link-status"] == "ok"
        };
        replicas.iter().any(healthy)
    });

    let nobody = format!("127.0.0.1:{}", free_port());
    let mut settings = behind(vec![nobody.clone(), sentinel.address()], "shop", None);
    settings.budget.attempts = 1;
    let store = connect(settings.clone()).await;
    assert_eq!(store.name(), format!("redis+sentinel://{nobody},{}/shop", sentinel.address()));
    let view = view(&[("a", ScalarKind::Int64)]);
    assert_eq!(rows(&store, &view, &[key("u1")]).await, [untimed(vec![int(7)])]);

    let copies = connect(RedisSettings { replica_reads: true, ..settings }).await;
    replica.run("CONFIG RESETSTAT");
    assert_eq!(rows(&copies, &view, &[key("u1")]).await, [untimed(vec![int(7)])]);
    assert!(information(&replica, "INFO commandstats").contains("cmdstat_get:"), "the replica was asked");

    master.kill();
    wait_until("the replica is promoted", || promoted(&sentinel, &replica));
    let mut settings = behind(vec![sentinel.address()], "shop", None);
    settings.budget.attempts = 1;
    assert_eq!(rows(&connect(settings).await, &view, &[key("u1")]).await, [untimed(vec![int(7)])]);
    // The store that was connected to the old master follows too: the first read may only find out.
    wait_until_read(&store, &view).await;
}

fn promoted(sentinel: &RedisServer, replica: &RedisServer) -> bool {
    let place: Vec<String> = redis::from_redis_value(sentinel.run("SENTINEL GET-MASTER-ADDR-BY-NAME shop")).unwrap();
    place == ["127.0.0.1".to_owned(), replica.port.to_string()]
}

async fn wait_until_read(store: &skewwatch::store::online::OnlineStore, view: &skewwatch::model::view::FeatureView) {
    for _ in 0..20 {
        let readings = store.read(view, &[key("u1")], skewwatch::model::time::Clock::System).await;
        if readings[0].row == Ok(untimed(vec![int(7)])) {
            return;
        }
    }
    panic!("the new master is not read");
}

#[tokio::test]
async fn a_master_that_the_sentinel_does_not_know_is_named() {
    let master = RedisServer::start();
    let sentinel = sentinel(&master, &[]);
    let error = refusal(behind(vec![sentinel.address()], "bakery", None)).await;
    assert_eq!(
        error.to_string(),
        format!(
            "could not connect to redis+sentinel://{0}/bakery: redis://{0}: the sentinel knows no master \
             `bakery`",
            sentinel.address()
        )
    );
}

#[tokio::test]
async fn a_sentinel_has_a_password_of_its_own() {
    let master = RedisServer::start();
    let sentinel = sentinel(&master, &["requirepass hunter2"]);
    let attempt = format!("could not connect to redis+sentinel://{}/shop", sentinel.address());
    let error = refusal(behind(vec![sentinel.address()], "shop", None)).await;
    let cause = format!("redis://{}: the server asks for a password and none is configured", sentinel.address());
    assert_eq!(error.to_string(), format!("{attempt}: {cause}"));
    connect(behind(vec![sentinel.address()], "shop", Some("hunter2"))).await;
}
