//! Entity keys as Feast writes them: what identifies a row in Redis and in SQLite.
//!
//! Version 3 delimits itself and can be taken apart again; version 2 cannot, so it is only written. Feast sorts join keys
//! by name, while an [`EntityKey`] holds its values in the order of the view, so both directions reorder. In Redis the
//! project's name follows the key without a separator.

use super::type_number;
use crate::model::entity::{EntityKey, JoinKey, KeyKind, KeyValue};

/// Feast's versions of writing an entity key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Serialization {
    /// Version 2: names without length; cannot be taken apart again.
    V2,
    /// Version 3, the default: delimits itself.
    V3,
}

/// The bytes of `key`, whose values belong to `join_keys` in this order; without the project that follows it in Redis.
#[must_use]
pub fn encode(serialization: Serialization, join_keys: &[JoinKey], key: &EntityKey) -> Vec<u8> {
    debug_assert_eq!(join_keys.len(), key.values().len(), "one value per join key");
    let mut pairs: Vec<(&str, &KeyValue)> =
        join_keys.iter().map(|join_key| join_key.name.as_str()).zip(key.values()).collect();
    pairs.sort_by_key(|(name, _)| *name);

    let mut bytes = Vec::with_capacity(64);
    if serialization == Serialization::V3 {
        put_length(&mut bytes, pairs.len());
    }
    for (name, _) in &pairs {
        bytes.extend(type_number::of_key_kind(KeyKind::String).to_le_bytes());
        if serialization == Serialization::V3 {
            put_length(&mut bytes, name.len());
        }
        bytes.extend(name.as_bytes());
    }
    for (_, value) in &pairs {
        bytes.extend(type_number::of_key_kind(value.kind()).to_le_bytes());
        match value {
            KeyValue::String(text) => put_sized(&mut bytes, text.as_bytes()),
            KeyValue::Bytes(raw) => put_sized(&mut bytes, raw),
            KeyValue::Int32(number) => put_sized(&mut bytes, &number.to_le_bytes()),
            KeyValue::Int64(number) | KeyValue::UnixTimestamp(number) => put_sized(&mut bytes, &number.to_le_bytes()),
        }
    }
    bytes
}

fn put_sized(bytes: &mut Vec<u8>, content: &[u8]) {
    put_length(bytes, content.len());
    bytes.extend(content);
}

fn put_length(bytes: &mut Vec<u8>, length: usize) {
    // No store takes a key of 4 GiB; a length that does not fit makes a key that no store holds.
    bytes.extend(u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes());
}

/// A version 3 key taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct DecodedKey<'a> {
    /// Join keys and their values, in the order of the bytes: Feast sorts by name.
    pub pairs: Vec<(&'a str, KeyValue)>,
    /// What follows the key: the project in Redis, nothing in SQLite.
    pub rest: &'a [u8],
}

impl DecodedKey<'_> {
    /// The key in the order of `join_keys`; `None` if it is not a key of exactly these join keys and types, or if what
    /// follows it is not exactly `rest` (the project's name in Redis, nothing in SQLite).
    #[must_use]
    pub fn entity_key(&self, join_keys: &[JoinKey], rest: &[u8]) -> Option<EntityKey> {
        if self.rest != rest || self.pairs.len() != join_keys.len() {
            return None;
        }
        let value_of = |join_key: &JoinKey| {
            let (_, value) = self.pairs.iter().find(|(name, _)| *name == join_key.name)?;
            (value.kind() == join_key.kind).then(|| value.clone())
        };
        join_keys.iter().map(value_of).collect::<Option<Vec<KeyValue>>>().map(EntityKey::new)
    }
}

/// Takes a version 3 key apart.
///
/// # Errors
/// The reason, as a sentence part, when the bytes are no such key.
pub fn decode(bytes: &[u8]) -> Result<DecodedKey<'_>, Box<str>> {
    let mut cursor = Cursor { bytes };
    let count = cursor.number()?;
    let mut names = Vec::new();
    for _ in 0..count {
        if cursor.number()? != type_number::of_key_kind(KeyKind::String) {
            return Err("the name of a join key is not marked as a string".into());
        }
        names.push(text(cursor.sized()?)?);
    }
    let mut pairs = Vec::with_capacity(names.len());
    for name in names {
        let number = cursor.number()?;
        let kind = i32::try_from(number).map_err(|_| format!("number {number}")).and_then(type_number::key_kind);
        let kind = kind.map_err(|name| format!("the type {name} cannot be an entity key"))?;
        pairs.push((name, value(kind, cursor.sized()?)?));
    }
    Ok(DecodedKey { pairs, rest: cursor.bytes })
}

fn value(kind: KeyKind, bytes: &[u8]) -> Result<KeyValue, Box<str>> {
    Ok(match kind {
        KeyKind::String => KeyValue::String(text(bytes)?.into()),
        KeyKind::Bytes => KeyValue::Bytes(bytes.into()),
        KeyKind::Int32 => KeyValue::Int32(i32::from_le_bytes(fixed(kind, bytes)?)),
        KeyKind::Int64 => KeyValue::Int64(i64::from_le_bytes(fixed(kind, bytes)?)),
        KeyKind::UnixTimestamp => KeyValue::UnixTimestamp(i64::from_le_bytes(fixed(kind, bytes)?)),
    })
}

fn text(bytes: &[u8]) -> Result<&str, Box<str>> {
    std::str::from_utf8(bytes).map_err(|error| format!("a text in the key is not UTF-8: {error}").into())
}

fn fixed<const N: usize>(kind: KeyKind, bytes: &[u8]) -> Result<[u8; N], Box<str>> {
    bytes.try_into().map_err(|_| format!("an {} value of {} bytes instead of {N}", kind.name(), bytes.len()).into())
}

struct Cursor<'a> {
    bytes: &'a [u8],
}

impl<'a> Cursor<'a> {
    fn number(&mut self) -> Result<u32, Box<str>> {
        let (head, tail) = self.bytes.split_first_chunk::<4>().ok_or("the key ends early")?;
        self.bytes = tail;
        Ok(u32::from_le_bytes(*head))
    }

    fn sized(&mut self) -> Result<&'a [u8], Box<str>> {
        let length = usize::try_from(self.number()?).map_err(|_| "the key ends early")?;
        let (head, tail) = self.bytes.split_at_checked(length).ok_or("the key ends early")?;
        self.bytes = tail;
        Ok(head)
    }
}
