//! Lookups that meet: at one row that none has, and at one answer that several have.

use skewwatch::model::value::Value;

use super::reference::Reference;
use super::{HASH, TEXTS, ask, calls, key, layout, lookup, patient, present, told, view};
use crate::support::redis::RedisServer;

#[tokio::test]
async fn a_thousand_lookups_of_one_cold_row_send_one_read() {
    let server = RedisServer::start();
    server.run("HSET feat:u a 1 b 2");
    let lookup = lookup(server.settings(layout(HASH)), &[view("v", &["a", "b"])], &patient()).await;
    let selection = lookup.select(&["v:a", "v:b"]).unwrap();
    let answers = lookup.lookup_all(&selection, &vec![key("u"); 1000]).await;
    assert!(answers.iter().all(|answer| told(answer) == [present(1), present(2)]));
    assert_eq!((calls(&server, "hmget"), lookup.counts().misses), (1, 1000));

    // Lookups that all begin before the first is answered.
    server.run("SET feat:u:a 1");
    let mut reference = Reference::of(&server);
    let rows: Vec<_> = (0..1000).map(|_| reference.read("u", &["a"]).unwrap()).collect();
    rows.into_iter().for_each(|row| reference.fill("u", row));
    assert_eq!(calls(&server, "get"), 1000);
}

#[tokio::test]
async fn a_caller_cannot_change_what_others_get() {
    let server = RedisServer::start();
    server.run("SET feat:u:a 1");
    let mut reference = Reference::of(&server);
    reference.lookup("u", &["a"]).unwrap();
    let row = reference.rows["u"].clone();
    row.borrow_mut().insert("a".to_owned(), 7);
    assert_eq!(reference.lookup("u", &["a"]).unwrap(), [Some(7)]);

    let lookup = lookup(server.settings(layout(TEXTS)), &[view("v", &["a"])], &patient()).await;
    let selection = lookup.select(&["v:a"]).unwrap();
    let answer = lookup.lookup(&selection, &key("u")).await;
    // An answer lends its values; what is changed is a copy.
    let mut copies: Vec<Value> = answer.features().filter_map(|feature| feature.value.cloned()).collect();
    copies.iter_mut().for_each(|copy| *copy = Value::Int(7));
    assert_eq!(ask(&lookup, &["v:a"], "u").await, [present(1)]);
    assert_eq!(lookup.counts().hits, 1);
}
