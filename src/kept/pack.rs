//! Keys, times and values as bytes, and back.
//!
//! A [`Pack`] begins with what it is and ends with a checksum, so that a file that was cut off, damaged or written by
//! somebody else is known for what it is. Numbers are little endian in their own width; lengths are 32 bits. Floats keep
//! their bits.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_128;

use crate::model::choice::Part;
use crate::model::entity::{EntityKey, KeyValue};
use crate::model::time::Timestamp;
use crate::model::value::Value;

/// Bytes of the checksum.
const CHECKSUM: usize = 16;

/// Values that lie within each other at most this deep; deeper bytes are no value of ours.
const DEPTH: u32 = 64;

/// Bytes being written.
#[derive(Debug)]
pub struct Pack(Vec<u8>);

/// Bytes being read; `None` anywhere says that they are not what was written.
#[derive(Clone, Copy, Debug)]
pub struct Unpack<'a>(&'a [u8]);

impl Pack {
    /// Begins with `title`, which tells what it is and in which version.
    #[must_use]
    pub fn new(title: &str) -> Self {
        Self(title.as_bytes().to_vec())
    }

    /// The bytes, with their checksum at the end.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        let checksum = xxh3_128(&self.0);
        self.0.extend_from_slice(&checksum.to_le_bytes());
        self.0
    }

    /// Adds one byte.
    pub fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    /// Adds a count of 32 bits; of more there never is anything.
    pub fn count(&mut self, count: usize) {
        self.0.extend_from_slice(&u32::try_from(count).unwrap_or(u32::MAX).to_le_bytes());
    }

    /// Adds a position: a number of 32 bits.
    pub fn position(&mut self, position: u32) {
        self.0.extend_from_slice(&position.to_le_bytes());
    }

    /// Adds a number.
    pub fn number(&mut self, number: u64) {
        self.0.extend_from_slice(&number.to_le_bytes());
    }

    /// Adds bytes with their length.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.extend_from_slice(bytes);
    }

    /// Adds an instant.
    pub fn instant(&mut self, instant: Timestamp) {
        self.0.extend_from_slice(&instant.nanos().to_le_bytes());
    }

    /// Adds something that may not be there: a byte 0, or a byte 1 and what `write` adds.
    pub fn option<T>(&mut self, value: Option<T>, write: impl FnOnce(&mut Self, T)) {
        self.byte(u8::from(value.is_some()));
        if let Some(value) = value {
            write(self, value);
        }
    }

    /// Adds an entity key.
    pub fn key(&mut self, key: &EntityKey) {
        self.count(key.values().len());
        for value in key.values() {
            match value {
                KeyValue::String(text) => self.tagged(0, text.as_bytes()),
                KeyValue::Int32(number) => self.tagged(1, &number.to_le_bytes()),
                KeyValue::Int64(number) => self.tagged(2, &number.to_le_bytes()),
                KeyValue::Bytes(bytes) => self.tagged(3, bytes),
                KeyValue::UnixTimestamp(seconds) => self.tagged(4, &seconds.to_le_bytes()),
            }
        }
    }

    /// Adds keys with their count.
    pub fn keys(&mut self, keys: &[EntityKey]) {
        self.count(keys.len());
        keys.iter().for_each(|key| self.key(key));
    }

    /// Adds chosen keys with their reach.
    pub fn part(&mut self, part: &Part) {
        self.option(part.reach, Self::number);
        self.keys(&part.keys);
    }

    fn tagged(&mut self, tag: u8, bytes: &[u8]) {
        self.byte(tag);
        self.bytes(bytes);
    }

    fn fixed(&mut self, tag: u8, bytes: &[u8]) {
        self.byte(tag);
        self.0.extend_from_slice(bytes);
    }

    /// Adds a feature value.
    pub fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.byte(0),
            Value::Bool(flag) => self.fixed(1, &[u8::from(*flag)]),
            Value::Int(number) => self.fixed(2, &number.to_le_bytes()),
            Value::UInt(number) => self.fixed(3, &number.to_le_bytes()),
            Value::Float32(number) => self.fixed(4, &number.to_bits().to_le_bytes()),
            Value::Float64(number) => self.fixed(5, &number.to_bits().to_le_bytes()),
            Value::String(text) => self.tagged(6, text.as_bytes()),
            Value::Bytes(bytes) => self.tagged(7, bytes),
            Value::UnixTimestamp(seconds) => self.fixed(8, &seconds.to_le_bytes()),
            Value::UnixNanos(nanos) => self.fixed(9, &nanos.to_le_bytes()),
            Value::List(values) => {
                self.byte(10);
                self.count(values.len());
                values.iter().for_each(|value| self.value(value));
            }
            Value::Map(entries) => {
                self.byte(11);
                self.count(entries.len());
                for (name, value) in entries.iter() {
                    self.bytes(name.as_bytes());
                    self.value(value);
                }
            }
        }
    }
}

impl<'a> Unpack<'a> {
    /// What follows `title` in `bytes`; `None` where they begin otherwise or their checksum says that they are not whole.
    #[must_use]
    pub fn new(title: &str, bytes: &'a [u8]) -> Option<Self> {
        let (content, checksum) = bytes.split_at_checked(bytes.len().checked_sub(CHECKSUM)?)?;
        let whole = u128::from_le_bytes(checksum.try_into().ok()?) == xxh3_128(content);
        content.strip_prefix(title.as_bytes()).filter(|_| whole).map(Self)
    }

    /// Whether everything has been read.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        self.0.is_empty()
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    /// One byte.
    pub fn byte(&mut self) -> Option<u8> {
        self.array().map(|[byte]| byte)
    }

    /// A count of things that take at least one byte each: never more than there are bytes left.
    pub fn count(&mut self) -> Option<usize> {
        let count = usize::try_from(u32::from_le_bytes(self.array()?)).ok()?;
        (count <= self.0.len()).then_some(count)
    }

    /// A position: a number of 32 bits.
    pub fn position(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    /// A number.
    pub fn number(&mut self) -> Option<u64> {
        self.array().map(u64::from_le_bytes)
    }

    /// Bytes with their length.
    pub fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.count()?;
        self.take(length)
    }

    /// Text with its length.
    pub fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    /// An instant.
    pub fn instant(&mut self) -> Option<Timestamp> {
        self.array().map(i64::from_le_bytes).map(Timestamp::from_nanos)
    }

    /// Something that may not be there.
    pub fn option<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.byte()? {
            0 => Some(None),
            1 => read(self).map(Some),
            _ => None,
        }
    }

    /// An entity key.
    pub fn key(&mut self) -> Option<EntityKey> {
        let count = self.count()?;
        let values = (0..count).map(|_| self.key_value()).collect::<Option<Vec<_>>>()?;
        Some(EntityKey::new(values))
    }

    fn key_value(&mut self) -> Option<KeyValue> {
        let tag = self.byte()?;
        let bytes = self.bytes()?;
        let number = || bytes.try_into().ok().map(i64::from_le_bytes);
        match tag {
            0 => std::str::from_utf8(bytes).ok().map(|text| KeyValue::String(text.into())),
            1 => bytes.try_into().ok().map(i32::from_le_bytes).map(KeyValue::Int32),
            2 => number().map(KeyValue::Int64),
            3 => Some(KeyValue::Bytes(bytes.into())),
            4 => number().map(KeyValue::UnixTimestamp),
            _ => None,
        }
    }

    /// Keys with their count.
    pub fn keys(&mut self) -> Option<Vec<EntityKey>> {
        let count = self.count()?;
        (0..count).map(|_| self.key()).collect()
    }

    /// Chosen keys with their reach.
    pub fn part(&mut self) -> Option<Part> {
        let reach = self.option(Self::number)?;
        Some(Part { keys: self.keys()?, reach })
    }

    /// A feature value.
    pub fn value(&mut self) -> Option<Value> {
        self.value_within(DEPTH)
    }

    fn value_within(&mut self, depth: u32) -> Option<Value> {
        let deeper = depth.checked_sub(1)?;
        Some(match self.byte()? {
            0 => Value::Null,
            1 => Value::Bool(self.byte()? != 0),
            2 => Value::Int(self.array().map(i64::from_le_bytes)?),
            3 => Value::UInt(self.number()?),
            4 => Value::Float32(f32::from_bits(u32::from_le_bytes(self.array()?))),
            5 => Value::Float64(f64::from_bits(self.number()?)),
            6 => Value::string(self.text()?),
            7 => Value::Bytes(self.bytes()?.into()),
            8 => Value::UnixTimestamp(self.array().map(i64::from_le_bytes)?),
            9 => Value::UnixNanos(self.array().map(i64::from_le_bytes)?),
            10 => {
                let count = self.count()?;
                let values = (0..count).map(|_| self.value_within(deeper)).collect::<Option<Vec<_>>>()?;
                Value::List(values.into())
            }
            11 => {
                let count = self.count()?;
                let entry = |unpack: &mut Self| Some((unpack.text()?.to_owned(), unpack.value_within(deeper)?));
                Value::Map(Box::new((0..count).map(|_| entry(self)).collect::<Option<BTreeMap<_, _>>>()?))
            }
            _ => return None,
        })
    }
}
