//! Online rows in Feast's bytes.

use crate::demo::error::DemoError;
use crate::demo::feature::{FEATURES, ServedCell, ServedRow, join_keys, kind};
use crate::feast::entity_key::{self, Serialization};
use crate::feast::value;
use crate::model::entity::{EntityKey, KeyValue};

/// An unterminated varint: no protobuf message begins so.
const GARBAGE: [u8; 3] = [0xff; 3];

/// The entity key of `row`, without a project.
pub(super) fn key(row: &ServedRow) -> Vec<u8> {
    let key = EntityKey::new(vec![KeyValue::String(row.entity.as_str().into())]);
    entity_key::encode(Serialization::V3, &join_keys(), &key)
}

/// The bytes of the cell at `position`.
pub(super) fn cell(row: &ServedRow, position: usize) -> Result<Vec<u8>, DemoError> {
    match &row.cells[position] {
        ServedCell::Garbage => Ok(GARBAGE.to_vec()),
        ServedCell::Value(value) => value::encode(kind(position), value).map_err(|reason| DemoError::Encode {
            feature: FEATURES[position].0,
            entity: row.entity.clone(),
            reason,
        }),
    }
}
