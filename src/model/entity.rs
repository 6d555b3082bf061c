//! Entity keys: which row of a feature view is meant.
//!
//! An [`EntityKey`] holds one value per join key, always in the order of the view's join keys, so that the same entity
//! read from a snapshot, from Redis and from a key file is the same key. Its hash is stable across processes and
//! machines, because both sides choose sample keys by it.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// The type of a join key; Feast allows no floats and no booleans.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyKind {
    /// UTF-8 text.
    String,
    /// 32-bit signed integer.
    Int32,
    /// 64-bit signed integer.
    Int64,
    /// Raw bytes.
    Bytes,
    /// Whole seconds since 1970.
    UnixTimestamp,
}

impl KeyKind {
    /// The name used in configuration and in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::String => "string",
            Self::Int32 => "int32",
            Self::Int64 => "int64",
            Self::Bytes => "bytes",
            Self::UnixTimestamp => "unix_timestamp",
        }
    }

    /// The kind of a configuration name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::String, Self::Int32, Self::Int64, Self::Bytes, Self::UnixTimestamp]
            .into_iter()
            .find(|kind| kind.name() == name)
    }

    /// Reads a key value from text as given on a command line or found inside a plain Redis key; `None` if the text
    /// is no value of this kind. Bytes are written in hexadecimal, instants as whole seconds.
    #[must_use]
    pub fn parse_value(self, text: &str) -> Option<KeyValue> {
        match self {
            Self::String => Some(KeyValue::String(text.into())),
            Self::Int32 => text.parse().ok().map(KeyValue::Int32),
            Self::Int64 => text.parse().ok().map(KeyValue::Int64),
            Self::UnixTimestamp => text.parse().ok().map(KeyValue::UnixTimestamp),
            Self::Bytes => {
                if !text.len().is_multiple_of(2) || !text.is_ascii() {
                    return None;
                }
                let byte = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).ok();
                (0..text.len())
                    .step_by(2)
                    .map(byte)
                    .collect::<Option<Vec<u8>>>()
                    .map(|bytes| KeyValue::Bytes(bytes.into()))
            }
        }
    }
}

impl KeyKind {
    /// Appends a value of this kind: a tag, the length, and its bytes, of numbers little endian in their own width. No
    /// two keys are written alike.
    pub fn write(self, value: &[u8], buffer: &mut Vec<u8>) {
        let tag = match self {
            Self::Bytes => 1,
            Self::String => 2,
            Self::Int32 => 3,
            Self::Int64 => 4,
            Self::UnixTimestamp => 8,
        };
        buffer.push(tag);
        buffer.extend_from_slice(&(value.len() as u64).to_le_bytes());
        buffer.extend_from_slice(value);
    }
}

/// A column that identifies a row, with its type.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinKey {
    /// Name of the join key (the entity-key side; a snapshot's column may be mapped to it).
    pub name: String,
    /// Its type.
    pub kind: KeyKind,
}

/// The value of one join key.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum KeyValue {
    /// UTF-8 text.
    String(Box<str>),
    /// 32-bit signed integer.
    Int32(i32),
    /// 64-bit signed integer.
    Int64(i64),
    /// Raw bytes.
    Bytes(Box<[u8]>),
    /// Whole seconds since 1970.
    UnixTimestamp(i64),
}

impl KeyValue {
    /// Appends the value by [`KeyKind::write`].
    pub fn write(&self, buffer: &mut Vec<u8>) {
        match self {
            Self::String(text) => KeyKind::String.write(text.as_bytes(), buffer),
            Self::Int32(number) => KeyKind::Int32.write(&number.to_le_bytes(), buffer),
            Self::Int64(number) => KeyKind::Int64.write(&number.to_le_bytes(), buffer),
            Self::Bytes(bytes) => KeyKind::Bytes.write(bytes, buffer),
            Self::UnixTimestamp(seconds) => KeyKind::UnixTimestamp.write(&seconds.to_le_bytes(), buffer),
        }
    }

    /// The value's type.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        match self {
            Self::String(_) => KeyKind::String,
            Self::Int32(_) => KeyKind::Int32,
            Self::Int64(_) => KeyKind::Int64,
            Self::Bytes(_) => KeyKind::Bytes,
            Self::UnixTimestamp(_) => KeyKind::UnixTimestamp,
        }
    }
}

impl fmt::Display for KeyValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::String(text) => formatter.write_str(text),
            Self::Int32(number) => write!(formatter, "{number}"),
            Self::Int64(number) => write!(formatter, "{number}"),
            Self::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(formatter, "{byte:02x}")),
            Self::UnixTimestamp(seconds) => write!(formatter, "{seconds}"),
        }
    }
}

/// One entity: a value for each join key of the view, in the view's order.
///
/// A key of one number, which most are, lies in memory without a pointer: lookups make, copy and compare millions a second.
#[derive(Clone)]
pub struct EntityKey(Values);

#[derive(Clone)]
enum Values {
    One(KeyValue),
    /// None, or more than one.
    Several(Box<[KeyValue]>),
}

impl EntityKey {
    /// The key with these values, one per join key in the view's order.
    #[must_use]
    pub fn new(values: impl IntoIterator<Item = KeyValue>) -> Self {
        let mut values = values.into_iter();
        match (values.next(), values.next()) {
            (Some(only), None) => Self(Values::One(only)),
            (first, second) => Self(Values::Several(first.into_iter().chain(second).chain(values).collect())),
        }
    }

    /// The values, in the order of the view's join keys.
    #[must_use]
    pub fn values(&self) -> &[KeyValue] {
        match &self.0 {
            Values::One(value) => std::slice::from_ref(value),
            Values::Several(values) => values,
        }
    }

    /// A hash of the key that is the same on every machine and in every version of this program, for one `seed`.
    #[must_use]
    pub fn sampling_hash(&self, seed: u64) -> u64 {
        let mut written = Vec::with_capacity(64);
        self.write(&mut written);
        hash_of_written(&written, seed)
    }

    /// The key that was written by [`EntityKey::write`]; `None` for bytes that are none.
    #[must_use]
    pub fn read(mut written: &[u8]) -> Option<Self> {
        let mut values = Vec::new();
        while let Some((tag, rest)) = written.split_first() {
            let (length, rest) = rest.split_first_chunk()?;
            let (value, rest) = rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)?;
            values.push(match tag {
                1 => KeyValue::Bytes(value.into()),
                2 => KeyValue::String(std::str::from_utf8(value).ok()?.into()),
                3 => KeyValue::Int32(i32::from_le_bytes(value.try_into().ok()?)),
                4 => KeyValue::Int64(i64::from_le_bytes(value.try_into().ok()?)),
                8 => KeyValue::UnixTimestamp(i64::from_le_bytes(value.try_into().ok()?)),
                _ => return None,
            });
            written = rest;
        }
        Some(Self::new(values))
    }

    /// Appends the key as it is hashed: value by value, by [`KeyKind::write`].
    pub fn write(&self, buffer: &mut Vec<u8>) {
        self.values().iter().for_each(|value| value.write(buffer));
    }
}

impl fmt::Debug for EntityKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("EntityKey").field(&self.values()).finish()
    }
}

impl PartialEq for EntityKey {
    fn eq(&self, other: &Self) -> bool {
        self.values() == other.values()
    }
}

impl Eq for EntityKey {}

impl PartialOrd for EntityKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for EntityKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.values().cmp(other.values())
    }
}

impl Hash for EntityKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            // Keys of one map are of one view: neither how many values nor what kind need be told apart.
            Values::One(KeyValue::Int64(number) | KeyValue::UnixTimestamp(number)) => state.write_i64(*number),
            Values::One(value) => value.hash(state),
            Values::Several(values) => values.hash(state),
        }
    }
}

/// The [`EntityKey::sampling_hash`] of a key that was written by [`EntityKey::write`].
#[must_use]
pub fn hash_of_written(written: &[u8], seed: u64) -> u64 {
    xxh3_64_with_seed(written, seed)
}

impl fmt::Display for EntityKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, value) in self.values().iter().enumerate() {
            if place > 0 {
                formatter.write_str(",")?;
            }
            write!(formatter, "{value}")?;
        }
        Ok(())
    }
}
