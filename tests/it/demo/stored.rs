//! What the demo's SQLite file holds, read without the demo's own code.

use std::collections::BTreeMap;
use std::path::Path;

use rusqlite::Connection;
use skewwatch::feast::{entity_key, value};
use skewwatch::model::value::{Value, ValueKind};

/// One stored row: event timestamp in seconds, and the bytes of each feature.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stored {
    pub(super) event_ts: i64,
    pub(super) cells: BTreeMap<String, Vec<u8>>,
}

impl Stored {
    /// The decoded value of a feature, or the reason why it does not decode.
    pub(super) fn value(&self, feature: &str) -> Result<Value, Box<str>> {
        let kind = match feature {
            "avg_order_value_7d" | "fraud_score" => "float32",
            "preferred_category" => "string",
            _ => "int64",
        };
        value::decode(ValueKind::parse(kind).unwrap(), &self.cells[feature])
    }
}

/// The rows of the demo in `folder`, by entity.
pub(super) fn rows(folder: &Path) -> BTreeMap<String, Stored> {
    let connection = Connection::open(folder.join("data/online_store.db")).unwrap();
    let mut statement = connection
        .prepare("SELECT entity_key, feature_name, value, event_ts, created_ts FROM shop_user_features")
        .unwrap();
    let mut found = statement.query([]).unwrap();
    let mut rows: BTreeMap<String, Stored> = BTreeMap::new();
    while let Some(row) = found.next().unwrap() {
        let key: Vec<u8> = row.get(0).unwrap();
        let join_key = skewwatch::demo::feature::join_keys();
        let entity = entity_key::decode(&key).unwrap().entity_key(&join_key, b"").unwrap().to_string();
        let event_ts: i64 = row.get(3).unwrap();
        let stored = rows.entry(entity).or_insert(Stored { event_ts, cells: BTreeMap::new() });
        assert_eq!((stored.event_ts, event_ts), (event_ts, row.get(4).unwrap()));
        stored.cells.insert(row.get(1).unwrap(), row.get(2).unwrap());
    }
    assert!(rows.values().all(|row| row.cells.len() == 5));
    rows
}
