//! Feast's SQLite layout: one row per entity key and feature.

use std::path::Path;

use rusqlite::{Connection, params};

use crate::demo::error::DemoError;
use crate::demo::feature::{FEATURES, PROJECT, ServedCell, ServedRow, VIEW};
use crate::model::time::NANOS_PER_SECOND;
use crate::model::value::Value;

/// Makes the file at `path` and puts `rows` into it.
pub(super) fn write(rows: &[ServedRow], path: &Path) -> Result<(), DemoError> {
    let failed = |source| DemoError::Sqlite { path: path.to_owned(), source };
    let mut connection = Connection::open(path).map_err(failed)?;
    // Nobody sees the file before it is complete, so it needs no journal of its own.
    connection
        .execute_batch(&format!(
            "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;
             CREATE TABLE \"{PROJECT}_{VIEW}\" (entity_key BLOB, feature_name TEXT, value BLOB, value_text TEXT, \
             vector_value BLOB, event_ts timestamp, created_ts timestamp, PRIMARY KEY(entity_key, feature_name));
             CREATE INDEX \"{PROJECT}_{VIEW}_ek\" ON \"{PROJECT}_{VIEW}\" (entity_key);"
        ))
        .map_err(failed)?;
    let transaction = connection.transaction().map_err(failed)?;
    {
        let mut insert = transaction
            .prepare(&format!("INSERT INTO \"{PROJECT}_{VIEW}\" VALUES (?1, ?2, ?3, ?4, NULL, ?5, ?5)"))
            .map_err(failed)?;
        for row in rows {
            let key = super::feast::key(row);
            let seconds = row.event_timestamp.nanos().div_euclid(NANOS_PER_SECOND);
            for (position, (feature, _)) in FEATURES.iter().enumerate() {
                let bytes = super::feast::cell(row, position)?;
                insert.execute(params![key, feature, bytes, text(&row.cells[position]), seconds]).map_err(failed)?;
            }
        }
    }
    transaction.commit().map_err(failed)?;
    connection.close().map_err(|(_, source)| failed(source))
}

/// The text that Feast keeps beside the bytes, for people who look into the file; null has none.
fn text(cell: &ServedCell) -> Option<String> {
    match cell {
        ServedCell::Garbage | ServedCell::Value(Value::Null) => None,
        ServedCell::Value(Value::String(text)) => Some(text.to_string()),
        ServedCell::Value(Value::Float32(number)) => Some(f64::from(*number).to_string()),
        ServedCell::Value(value) => Some(value.to_string()),
    }
}
