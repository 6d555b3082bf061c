//! What a store answered, before anything is made of it.
//!
//! Reading has two halves: a [`RawRow`] is what lay in the store, byte for byte, and [`RowFormat`] says what the bytes
//! mean. Every row that is judged goes through both, so that rows that were written down are judged as they were when
//! they were read.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::redis::{decode_hash, decode_plain};
use super::settings::{PlainEncoding, TimestampFormat};
use super::sqlite::decode_table;
use crate::model::online::{OnlineReading, OnlineRow, Unread};
use crate::model::time::Timestamp;
use crate::model::view::FeatureView;

/// What lay in one place.
#[derive(Clone, Debug, PartialEq)]
pub enum RawCell {
    /// Nothing.
    Absent,
    /// Bytes.
    Bytes(Vec<u8>),
    /// Text, where the store tells it from bytes.
    Text(Vec<u8>),
    /// A number, where the store has such.
    Integer(i64),
    /// A number with a fraction, where the store has such.
    Real(f64),
    /// Something of another type than the layout has there.
    OtherType,
}

impl RawCell {
    pub(super) fn as_ref(&self) -> CellRef<'_> {
        match self {
            Self::Absent => CellRef::Absent,
            Self::Bytes(bytes) => CellRef::Bytes(bytes),
            Self::Text(text) => CellRef::Text(text),
            Self::Integer(number) => CellRef::Integer(*number),
            Self::Real(number) => CellRef::Real(*number),
            Self::OtherType => CellRef::OtherType,
        }
    }
}

/// What lies in one place, as [`RawCell`] has it, where the answer of the store has it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum CellRef<'a> {
    Absent,
    Bytes(&'a [u8]),
    Text(&'a [u8]),
    Integer(i64),
    Real(f64),
    OtherType,
}

impl<'a> CellRef<'a> {
    /// These bytes, or nothing.
    pub(super) fn of(bytes: Option<&'a Vec<u8>>) -> Self {
        bytes.map_or(Self::Absent, |bytes| Self::Bytes(bytes))
    }

    fn to_raw(self) -> RawCell {
        match self {
            Self::Absent => RawCell::Absent,
            Self::Bytes(bytes) => RawCell::Bytes(bytes.to_vec()),
            Self::Text(text) => RawCell::Text(text.to_vec()),
            Self::Integer(number) => RawCell::Integer(number),
            Self::Real(number) => RawCell::Real(number),
            Self::OtherType => RawCell::OtherType,
        }
    }
}

/// A row where the answers of the store have it: who only wants to know what it says copies no byte of it.
#[derive(Clone, Copy)]
pub(super) struct RowRef<'a> {
    /// Its event timestamp, as in [`RawRow`].
    pub(super) event_timestamp: CellRef<'a>,
    /// The cell of the feature at a position.
    pub(super) cell: &'a dyn Fn(usize) -> CellRef<'a>,
    /// Time until the store drops the row by itself, as in [`RawRow`].
    pub(super) remaining_ttl: Option<Duration>,
}

impl RowRef<'_> {
    /// The row as it lies in the store, for a view with so many features.
    pub(super) fn to_raw(self, features: usize) -> RawRow {
        RawRow {
            event_timestamp: self.event_timestamp.to_raw(),
            cells: (0..features).map(|feature| (self.cell)(feature).to_raw()).collect(),
            remaining_ttl: self.remaining_ttl,
        }
    }
}

/// A row as it lay in the store.
#[derive(Clone, Debug, PartialEq)]
pub struct RawRow {
    /// Its event timestamp; [`RawCell::Absent`] also where the layout keeps none.
    pub event_timestamp: RawCell,
    /// One cell per feature, in the order of the view's features.
    pub cells: Vec<RawCell>,
    /// Time until the store drops the row by itself, where the store was asked and has one.
    pub remaining_ttl: Option<Duration>,
}

impl RawRow {
    /// Nothing of a view with so many features.
    pub(super) fn absent(features: usize) -> Self {
        Self { event_timestamp: RawCell::Absent, cells: vec![RawCell::Absent; features], remaining_ttl: None }
    }
}

/// One reading of one entity key.
#[derive(Clone, Debug, PartialEq)]
pub struct RawReading {
    /// When the answer arrived.
    pub read_at: Timestamp,
    /// The row, or why there was no answer.
    pub row: Result<RawRow, Unread>,
}

/// What the bytes of a row mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RowFormat {
    /// Feast's hash in Redis.
    FeastHash,
    /// Feast's table in SQLite.
    FeastTable,
    /// A hash with a field per feature.
    Hash(PlainFormat),
    /// A text per feature.
    Texts(PlainFormat),
}

/// What the bytes of a plain row mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlainFormat {
    /// How values are written.
    pub encoding: PlainEncoding,
    /// How the event timestamp is written, and where; `None` where there is none.
    pub event_timestamp: Option<(TimestampFormat, StampPlace)>,
}

/// Where a plain row keeps its event timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StampPlace {
    /// In a field of the row's hash.
    Field,
    /// Under a key of its own.
    Key,
}

impl RowFormat {
    /// What the row says.
    #[must_use]
    pub fn decode(self, view: &FeatureView, row: &RawRow) -> OnlineRow {
        let cell = |feature: usize| row.cells.get(feature).map_or(CellRef::Absent, RawCell::as_ref);
        let event_timestamp = row.event_timestamp.as_ref();
        self.decode_ref(view, RowRef { event_timestamp, cell: &cell, remaining_ttl: row.remaining_ttl })
    }

    /// What the row says.
    pub(super) fn decode_ref(self, view: &FeatureView, row: RowRef<'_>) -> OnlineRow {
        match self {
            Self::FeastHash => decode_hash(view, row),
            Self::FeastTable => decode_table(view, row),
            Self::Hash(format) => decode_plain((format, "hash"), view, row),
            Self::Texts(format) => decode_plain((format, "string"), view, row),
        }
    }

    /// What the reading says.
    #[must_use]
    pub fn reading(self, view: &FeatureView, raw: &RawReading) -> OnlineReading {
        let row = raw.row.as_ref().map(|row| self.decode(view, row)).map_err(Clone::clone);
        OnlineReading { read_at: raw.read_at, row }
    }
}

/// Readings of one request, with what their bytes mean.
#[derive(Clone, Debug)]
pub struct RawReadings {
    /// What the bytes mean.
    pub format: RowFormat,
    /// One reading per key, in the order asked.
    pub readings: Vec<RawReading>,
}

impl RawReadings {
    /// What they say.
    #[must_use]
    pub fn decoded(&self, view: &FeatureView) -> Vec<OnlineReading> {
        self.readings.iter().map(|raw| self.format.reading(view, raw)).collect()
    }

    /// What they say; the bytes of each are let go once it is decoded.
    #[must_use]
    pub fn into_decoded(self, view: &FeatureView) -> Vec<OnlineReading> {
        self.readings.into_iter().map(|raw| self.format.reading(view, &raw)).collect()
    }
}
