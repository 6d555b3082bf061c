//! The HTTP API of a running service: what it answers, what it refuses, and whom; and the commands beside it.

mod access;
mod answers;
mod archived;
mod commands;
mod document;
mod fixture;
mod refusals;
mod shapes;

use serde_json::Value;

use crate::serve::Running;

/// The JSON of an answer, which must have this status.
fn json(service: &Running, path: &str, expected: u16) -> Value {
    let (status, head, body) = service.ask_with("GET", path, "");
    assert_eq!(status, expected, "{path}: {body}");
    assert!(head.to_lowercase().contains("content-type: application/json"), "{path}: {head}");
    serde_json::from_str(&body).unwrap_or_else(|error| panic!("{path}: {error}: {body}"))
}

/// The texts at `pointer` in each item of a list.
fn texts(list: &Value, pointer: &str) -> Vec<String> {
    let text = |item: &Value| item.pointer(pointer).and_then(Value::as_str).map(str::to_owned);
    list.as_array().unwrap().iter().filter_map(text).collect()
}
