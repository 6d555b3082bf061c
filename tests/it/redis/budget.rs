//! Time-outs, attempts and budgets.

use std::time::Duration;

use skewwatch::model::online::OnlineRow;
use skewwatch::model::time::Clock;
use skewwatch::model::value::ScalarKind;
use skewwatch::store::online::{PlainEncoding, RedisLayout, RedisSettings};

use super::{connect, int, key, plain, rows, unread, untimed, view};
use crate::support::redis::{RedisServer, information};

fn layout() -> RedisLayout {
    RedisLayout::Plain(plain("feat:{entity}:{feature}", PlainEncoding::Text))
}

#[tokio::test]
async fn a_frozen_server_makes_unread_keys_and_is_read_again_when_it_thaws() {
    let server = RedisServer::start();
    server.run("SET feat:u1:a 7");
    let mut settings = server.settings(layout());
    settings.budget.timeout = Duration::from_millis(250);
    settings.budget.connect_timeout = Duration::from_millis(250);
    let store = connect(settings).await;
    let view = view(&[("a", ScalarKind::Int64)]);
    let keys = ["u1", "u2", "u3"].map(key);

    server.freeze();
    let readings = store.read(&view, &keys, Clock::System).await;
    let message = format!(
        "could not read 3 keys of view `user_stats` from redis://{}: no answer within 250ms (3 attempts)",
        server.address()
    );
    assert_eq!(readings.iter().map(unread).collect::<Vec<_>>(), vec![("timeout", message); 3]);

    server.thaw();
    let wanted = [untimed(vec![int(7)]), OnlineRow::Absent, OnlineRow::Absent];
    assert_eq!(rows(&store, &view, &keys).await, wanted);
}

#[tokio::test]
async fn a_connection_that_is_cut_is_opened_again() {
    let server = RedisServer::start();
    server.run("SET feat:u1:a 7");
    let store = connect(server.settings(layout())).await;
    server.run("CLIENT KILL TYPE normal SKIPME yes");
    let view = view(&[("a", ScalarKind::Int64)]);
    assert_eq!(rows(&store, &view, &[key("u1")]).await, [untimed(vec![int(7)])]);
}

#[tokio::test]
async fn a_server_that_is_gone_makes_unread_keys_not_absent_ones() {
    let mut server = RedisServer::start();
    let mut settings = server.settings(layout());
    settings.budget.attempts = 1;
    let store = connect(settings).await;
    server.kill();
    let view = view(&[("a", ScalarKind::Int64)]);
    store.read(&view, &[key("u1")], Clock::System).await;
    let readings = store.read(&view, &[key("u1")], Clock::System).await;
    let message = format!(
        "could not read 1 key of view `user_stats` from redis://{}: connection refused (1 attempt)",
        server.address()
    );
    assert_eq!(unread(&readings[0]), ("connection", message));
}

#[tokio::test]
async fn many_keys_come_back_in_their_order_through_many_pipelines() {
    let server = RedisServer::start();
    let mut pipeline = redis::pipe();
    for number in 0..5000 {
        pipeline.cmd("SET").arg(format!("feat:u{number}:a")).arg(number).ignore();
    }
    pipeline.exec(&mut server.connection()).unwrap();
    let mut settings = server.settings(layout());
    settings.budget.pipeline = 7;
    let store = connect(settings).await;
    let keys: Vec<_> = (0..5000).map(|number| key(&format!("u{number}"))).collect();
    let wanted: Vec<_> = (0..5000).map(|number| untimed(vec![int(number)])).collect();
    assert_eq!(rows(&store, &view(&[("a", ScalarKind::Int64)]), &keys).await, wanted);
}

#[tokio::test]
async fn reading_sends_nothing_but_reads() {
    let server = RedisServer::start();
    server.run("SET feat:u1:a 7");
    server.run("CONFIG RESETSTAT");
    let store = connect(server.settings(layout())).await;
    let view = view(&[("a", ScalarKind::Int64)]);
    rows(&store, &view, &[key("u1"), key("u2")]).await;
    super::walk(&store, &view).await;
    let mut sent: Vec<String> = information(&server, "INFO commandstats")
        .lines()
        .filter_map(|line| line.strip_prefix("cmdstat_")?.split(':').next().map(str::to_owned))
        .collect();
    sent.sort();
    // The first is this test's own, and `no-touch` is not known to Redis before 7.2: it is refused and not counted.
    sent.retain(|command| command != "config|resetstat" && command != "client|no-touch");
    assert_eq!(sent, ["client|id", "client|setname", "dbsize", "get", "ping", "pttl", "scan"]);
}

#[tokio::test]
async fn another_database_is_read_where_the_settings_say_so() {
    let server = RedisServer::start();
    let mut connection = server.connection();
    crate::support::redis::run(&mut connection, "SELECT 3");
    crate::support::redis::run(&mut connection, "SET feat:u1:a 7");
    let view = view(&[("a", ScalarKind::Int64)]);
    let mut read = Vec::new();
    for database in [0, 3] {
        let store = connect(RedisSettings { database, ..server.settings(layout()) }).await;
        read.extend(rows(&store, &view, &[key("u1")]).await);
    }
    assert_eq!(read, [OnlineRow::Absent, untimed(vec![int(7)])]);
}
