//! Entity keys in the columns of a file.
//!
//! A row's key is written into a buffer as bytes, so that millions of rows can be looked up without building millions of
//! [`EntityKey`]s.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasherDefault, Hasher};

use chrono_tz::Tz;
use polars_arrow::array::{Array, BinaryViewArray, FixedSizeBinaryArray, Utf8ViewArray};
use xxhash_rust::xxh3::xxh3_64;

use super::instants::instants;
use super::shape::Shape;
use super::values::{Unreadable, integer};
use crate::model::entity::{EntityKey, KeyKind, KeyValue};
use crate::model::time::{NANOS_PER_SECOND, Precision};

/// The join keys of the rows of one row group.
#[derive(Debug)]
pub(super) struct KeyColumns(pub(super) Vec<KeyColumn>);

/// One join key of the rows of one row group.
#[derive(Debug)]
pub(super) enum KeyColumn {
    /// Text, for keys of text or bytes.
    Text(Utf8ViewArray, KeyKind),
    /// Bytes, for keys of text or bytes.
    Bytes(BinaryViewArray, KeyKind),
    /// Bytes of one length.
    Fixed(FixedSizeBinaryArray),
    /// Numbers, for integers and points in time; `None` where there is none or it is out of range.
    Numbers(Vec<Option<i64>>, KeyKind),
    /// The same for all rows.
    Constant(Option<KeyValue>),
}

impl KeyColumn {
    /// The join key in a decoded column.
    pub(super) fn new(array: &dyn Array, shape: &Shape, kind: KeyKind, zone: Tz) -> Result<Self, Unreadable> {
        let any = array.as_any();
        if matches!(shape, Shape::Null) {
            return Ok(Self::Constant(None));
        }
        match kind {
            KeyKind::String | KeyKind::Bytes => {
                let text = any.downcast_ref::<Utf8ViewArray>().map(|array| Self::Text(array.clone(), kind));
                let bytes = || any.downcast_ref::<BinaryViewArray>().map(|array| Self::Bytes(array.clone(), kind));
                let fixed = || any.downcast_ref::<FixedSizeBinaryArray>().cloned().map(Self::Fixed);
                text.or_else(bytes).or_else(fixed).ok_or(Unreadable)
            }
            KeyKind::Int32 | KeyKind::Int64 => {
                let Shape::Integer(width) = shape else { return Err(Unreadable) };
                let fitting = |number: i128| match kind {
                    KeyKind::Int32 => i32::try_from(number).ok().map(i64::from),
                    KeyKind::String | KeyKind::Int64 | KeyKind::Bytes | KeyKind::UnixTimestamp => {
                        i64::try_from(number).ok()
                    }
                };
                let number = |row| {
                    if array.is_null(row) { Ok(None) } else { integer(array, *width, row).map(fitting) }
                };
                let numbers = (0..array.len()).map(number).collect::<Result<_, _>>()?;
                Ok(Self::Numbers(numbers, kind))
            }
            KeyKind::UnixTimestamp => {
                let seconds = instants(array, shape, zone)?
                    .into_iter()
                    .map(|instant| instant.map(|instant| instant.floor(Precision::Seconds).nanos() / NANOS_PER_SECOND));
                Ok(Self::Numbers(seconds.collect(), kind))
            }
        }
    }

    fn bytes<'a>(&'a self, row: usize, number: &'a mut [u8; 8]) -> Option<(KeyKind, &'a [u8])> {
        let found = match self {
            Self::Text(array, kind) => (!array.is_null(row)).then(|| (*kind, array.value(row).as_bytes())),
            Self::Bytes(array, kind) => (!array.is_null(row)).then(|| (*kind, array.value(row))),
            Self::Fixed(array) => (!array.is_null(row)).then(|| (KeyKind::Bytes, array.value(row))),
            Self::Numbers(numbers, kind) => {
                *number = numbers.get(row).copied().flatten()?.to_le_bytes();
                // A number in range has the same lowest bytes in any width.
                let width = match kind {
                    KeyKind::Int32 => 4,
                    KeyKind::Int64 | KeyKind::UnixTimestamp | KeyKind::String | KeyKind::Bytes => 8,
                };
                number.get(..width).map(|bytes| (*kind, bytes))
            }
            Self::Constant(_) => None,
        };
        let is_text = matches!(self, Self::Text(..));
        found.filter(|(kind, bytes)| is_text || *kind != KeyKind::String || std::str::from_utf8(bytes).is_ok())
    }

    fn write(&self, row: usize, buffer: &mut Vec<u8>) -> Option<()> {
        if let Self::Constant(value) = self {
            value.as_ref()?.write(buffer);
            return Some(());
        }
        let mut number = [0; 8];
        let (kind, bytes) = self.bytes(row, &mut number)?;
        kind.write(bytes, buffer);
        Some(())
    }

    fn value(&self, row: usize) -> Option<KeyValue> {
        if let Self::Constant(value) = self {
            return value.clone();
        }
        let mut number = [0; 8];
        let (kind, bytes) = self.bytes(row, &mut number)?;
        let number = || bytes.try_into().ok().map(i64::from_le_bytes);
        match kind {
            KeyKind::String => std::str::from_utf8(bytes).ok().map(|text| KeyValue::String(text.into())),
            KeyKind::Bytes => Some(KeyValue::Bytes(bytes.into())),
            KeyKind::Int32 => bytes.try_into().ok().map(i32::from_le_bytes).map(KeyValue::Int32),
            KeyKind::Int64 => number().map(KeyValue::Int64),
            KeyKind::UnixTimestamp => number().map(KeyValue::UnixTimestamp),
        }
    }
}

impl KeyColumns {
    /// Writes the key of a row into an emptied `buffer`, as [`EntityKey::write`] does; `None` when the row has no whole
    /// key.
    pub(super) fn write(&self, row: usize, buffer: &mut Vec<u8>) -> Option<()> {
        buffer.clear();
        self.0.iter().try_for_each(|column| column.write(row, buffer))
    }

    /// The key of a row; `None` when the row has no whole key.
    pub(super) fn entity(&self, row: usize) -> Option<EntityKey> {
        self.0.iter().map(|column| column.value(row)).collect::<Option<Vec<_>>>().map(EntityKey::new)
    }
}

/// With so many bits for each wanted key, one row in 16 at most passes for wanted that is not.
const BITS_PER_KEY: usize = 16;

/// Positions of wanted keys by their bytes.
#[derive(Debug)]
pub(super) struct KeyIndex {
    keys: Vec<EntityKey>,
    written: Vec<Box<[u8]>>,
    // Bits that the hashes of wanted keys have set: small enough for a processor's cache, and most rows are not wanted.
    sieve: Vec<u64>,
    by_hash: HashMap<u64, u32, BuildHasherDefault<Hashed>>,
    // Keys whose hash another wanted key has already.
    collided: HashMap<Box<[u8]>, u32>,
}

/// Passes on keys that are hashes already.
#[derive(Debug, Default)]
pub(super) struct Hashed(u64);

impl Hasher for Hashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64(bytes);
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

impl KeyIndex {
    /// An index of `keys`; one that is there twice counts once.
    pub(super) fn new(keys: &[EntityKey]) -> Self {
        let mut index = Self {
            keys: Vec::with_capacity(keys.len()),
            written: Vec::with_capacity(keys.len()),
            sieve: vec![0; (keys.len() * BITS_PER_KEY / 64).next_power_of_two()],
            by_hash: HashMap::with_capacity_and_hasher(keys.len(), BuildHasherDefault::default()),
            collided: HashMap::new(),
        };
        let mut buffer = Vec::new();
        for key in keys {
            buffer.clear();
            key.write(&mut buffer);
            if index.position(&buffer).is_some() {
                continue;
            }
            let position = u32::try_from(index.keys.len()).unwrap_or(u32::MAX);
            let hash = xxh3_64(&buffer);
            let (word, bit) = index.place_in_sieve(hash);
            index.sieve[word] |= bit;
            match index.by_hash.entry(hash) {
                Entry::Vacant(free) => {
                    free.insert(position);
                }
                Entry::Occupied(_) => {
                    index.collided.insert(buffer.as_slice().into(), position);
                }
            }
            index.written.push(buffer.as_slice().into());
            index.keys.push(key.clone());
        }
        index
    }

    /// The keys, each once; positions count in this order.
    pub(super) fn keys(&self) -> &[EntityKey] {
        &self.keys
    }

    /// The word and the bit of a hash; by its upper half, because the map goes by the lower one.
    fn place_in_sieve(&self, hash: u64) -> (usize, u64) {
        let upper = usize::try_from(hash >> 32).unwrap_or_default();
        ((upper >> 6) & (self.sieve.len() - 1), 1 << (upper & 63))
    }

    /// Position of the key that was written as `written`.
    pub(super) fn position(&self, written: &[u8]) -> Option<u32> {
        let hash = xxh3_64(written);
        let (word, bit) = self.place_in_sieve(hash);
        if self.sieve[word] & bit == 0 {
            return None;
        }
        let position = *self.by_hash.get(&hash)?;
        let same = self.written.get(position as usize).is_some_and(|found| **found == *written);
        if same { Some(position) } else { self.collided.get(written).copied() }
    }
}
