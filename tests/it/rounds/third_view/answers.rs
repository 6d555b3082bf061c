//! Answers of feature servers, as Feast's own server gave them.

use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::routing::post;
use serde_json::Value as Json;
use skewwatch::model::entity::{EntityKey, KeyValue};
use skewwatch::model::served::{ServedCell, ServedRow};
use skewwatch::model::time::Timestamp;
use skewwatch::model::value::{ScalarKind, Value, ValueKind};
use skewwatch::store::serving::{FeatureServer, ServerSettings};

use crate::support::views::view;

/// A server that answers everything so; gives its address.
async fn answering(answer: String) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().route("/get-online-features", post(move || std::future::ready(answer.clone())));
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    address
}

fn server(address: &str) -> FeatureServer {
    let timeout = Duration::from_secs(10);
    let settings = ServerSettings { address: address.parse().unwrap(), token: None, timeout, connections: 1 };
    FeatureServer::new(&settings).unwrap()
}

fn keys(ids: &[&str]) -> Vec<EntityKey> {
    ids.iter().map(|id| EntityKey::new(vec![KeyValue::String((*id).into())])).collect()
}

#[tokio::test]
async fn what_feast_answered_is_read_as_it_meant_it() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden-feast/http/http_dev_redis.json");
    let exchanges: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let answer = exchanges["features_present_null_expired_missing"]["response"].to_string();
    let [float, int] = [ScalarKind::Float32, ScalarKind::Int64].map(ValueKind::Scalar);
    let view = view("user_features", "users", &[("fraud_score", float), ("total_orders_30d", int)]);
    let rows = server(&answering(answer).await).read(&view, &keys(&["u01068", "u01006", "u01046", "nobody"]), 50).await;
    let at = |text: &str| Some(Timestamp::parse_rfc3339(text).unwrap());
    let score = |score| ServedCell::Value(Value::Float32(score));
    let count = |count| ServedCell::Value(Value::Int(count));
    let row = |event_timestamp, cells: [ServedCell; 2]| Ok(ServedRow { event_timestamp, cells: cells.into() });
    let expected = [
        row(at("2026-06-14T02:38:00.457737Z"), [score(0.713_246_1), count(29)]),
        row(at("2026-06-14T02:05:34.871696Z"), [ServedCell::Nothing, count(52)]),
        row(at("2026-06-12T02:30:27.589978Z"), [score(0.140_021_64), count(12)]),
        row(None, [ServedCell::Nothing, ServedCell::Nothing]),
    ];
    assert_eq!(rows, expected);
}

#[tokio::test]
async fn an_answer_about_something_else_is_none() {
    let float = ValueKind::Scalar(ScalarKind::Float32);
    let view = view("user_features", "users", &[("fraud_score", float)]);
    for answer in ["[]", "{}", r#"{"metadata":{"feature_names":["other"]},"results":[{"values":[1]}]}"#] {
        let rows = server(&answering(answer.to_owned()).await).read(&view, &keys(&["a", "b"]), 50).await;
        let reasons: Vec<&str> = rows.iter().map(|row| row.as_ref().unwrap_err().reason).collect();
        assert_eq!(reasons, ["protocol", "protocol"], "{answer}");
    }
}
