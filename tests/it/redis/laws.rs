//! What holds for any entity and any bytes.

use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use skewwatch::model::choice::{KeyChoice, KeyCollector};
use skewwatch::model::entity::{EntityKey, KeyKind, KeyValue};
use skewwatch::model::value::{ScalarKind, ValueKind};
use skewwatch::store::online::redis::KeyPattern;
use skewwatch::store::online::{PlainEncoding, RedisLayout, Walk};

use super::{connect, key, plain, view};
use crate::support::redis::RedisServer;
use crate::support::views;

/// Texts made of what keys and patterns are made of.
fn odd_text() -> impl Strategy<Value = String> {
    proptest::collection::vec(prop_oneof!["[a-b:,{}*?\\[\\]^-]", "\\PC"], 0..8).prop_map(|parts| parts.concat())
}

proptest! {
    #[test]
    fn a_rendered_key_is_the_pattern_with_its_values_put_in(name in odd_text(), feature in odd_text()) {
        let view = view(&[]);
        let pattern = KeyPattern::parse("x{{{entity}}}:{view}:{feature}}}", &view.join_keys).unwrap();
        let rendered = pattern.render(&view, &key(&name), &feature);
        prop_assert_eq!(rendered, format!("x{{{name}}}:user_stats:{feature}}}").into_bytes());
    }

    #[test]
    fn parsing_a_pattern_never_panics(pattern in odd_text()) {
        let _ = KeyPattern::parse(&pattern, &view(&[]).join_keys);
    }
}

/// What is read back from a walked key is the entity that it was written for, or nothing: never another.
#[tokio::test]
async fn a_walk_never_takes_one_entity_for_another() {
    let server = RedisServer::start();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let strategy = proptest::collection::hash_set((odd_text(), odd_text()), 300);
    let entities = strategy.new_tree(&mut runner).unwrap().current();
    let mut view = view(&[("a", ScalarKind::Int64), ("b:a", ScalarKind::Int64)]);
    view.join_keys = vec![view.join_keys[0].clone(), view.join_keys[0].clone()];
    view.join_keys[1].name = "shop".to_owned();
    view.join_keys[1].kind = KeyKind::String;
    let text = "f:{user_id}:{shop}:{feature}";
    let pattern = KeyPattern::parse(text, &view.join_keys).unwrap();
    let written: Vec<EntityKey> = entities
        .iter()
        .map(|(user, shop)| {
            EntityKey::new([KeyValue::String(user.as_str().into()), KeyValue::String(shop.as_str().into())])
        })
        .collect();
    let mut connection = server.connection();
    for entity in &written {
        redis::cmd("SET").arg(pattern.render(&view, entity, "a")).arg("7").exec(&mut connection).unwrap();
    }
    let store = connect(server.settings(RedisLayout::Plain(plain(text, PlainEncoding::Text)))).await;
    let mut collector = KeyCollector::new(KeyChoice { stable_seed: 1, stable: 9999, rotating_seed: 1, rotating: 0 });
    let coverage = store.scan(&view, &mut collector, &mut Walk::default()).await.unwrap();
    let found = collector.into_keys();
    assert!(found.iter().all(|entity| written.contains(entity)));
    assert!(coverage.seen > 0 && coverage.foreign > 0, "{coverage:?}");
}

/// Hostile bytes have a reason or a value, whatever they are declared to be.
#[tokio::test]
async fn no_bytes_break_a_reading() {
    let server = RedisServer::start();
    let mut kinds: Vec<ValueKind> = ScalarKind::ALL.into_iter().map(ValueKind::Scalar).collect();
    kinds.extend([ValueKind::List(ScalarKind::Float32), ValueKind::Set(ScalarKind::String)]);
    kinds.extend([ValueKind::Map, ValueKind::MapList]);
    let names: Vec<String> = kinds.iter().map(ToString::to_string).collect();
    let features: Vec<(&str, ValueKind)> = names.iter().map(String::as_str).zip(kinds).collect();
    let view = views::view("user_stats", "unused", &features);
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let hostile = prop_oneof![proptest::collection::vec(any::<u8>(), 0..24), odd_text().prop_map(String::into_bytes)];
    let mut command = redis::pipe();
    let keys: Vec<EntityKey> = (0..100).map(|number| key(&number.to_string())).collect();
    for entity in &keys {
        for name in &names {
            let bytes = hostile.new_tree(&mut runner).unwrap().current();
            command.cmd("SET").arg(format!("f:{entity}:{name}")).arg(bytes).ignore();
        }
    }
    command.exec(&mut server.connection()).unwrap();
    let encodings = [PlainEncoding::Json, PlainEncoding::Text, PlainEncoding::Msgpack, PlainEncoding::ProtobufValue];
    for encoding in encodings {
        let store = connect(server.settings(RedisLayout::Plain(plain("f:{entity}:{feature}", encoding)))).await;
        assert_eq!(super::rows(&store, &view, &keys).await.len(), keys.len());
    }
}
