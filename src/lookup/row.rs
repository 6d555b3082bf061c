//! A row as it is kept: decoded once, shared by all who look it up, changed by nobody.

use std::mem::{size_of, size_of_val};
use std::time::{Duration, Instant};

use crate::model::entity::{EntityKey, KeyValue};
use crate::model::online::{OnlineCell, OnlineRow, StoredTimestamp};
use crate::model::time::Timestamp;

/// What the store had of one entity in one view.
#[derive(Debug)]
pub(super) struct Row {
    /// The row's event timestamp, where it has a readable one.
    pub(super) event_timestamp: Option<Timestamp>,
    /// One cell per feature of the view; `None` for an entity that the view does not have.
    pub(super) cells: Option<Box<[OnlineCell]>>,
    /// Positions of the features that could not be read, where others could.
    pub(super) unread: Box<[usize]>,
    /// Whether every feature has a value, null included.
    pub(super) is_whole: bool,
    /// When it was asked for: a write after this need not be in it.
    pub(super) asked_at: Instant,
    /// Time until the store drops it, counted from when it was asked for.
    pub(super) remaining_ttl: Option<Duration>,
}

impl Row {
    /// The row of an answer to a question that was asked at `asked_at`, without the features at the positions `unread`.
    pub(super) fn new(row: OnlineRow, unread: Box<[usize]>, asked_at: Instant) -> Self {
        match row {
            OnlineRow::Absent => {
                Self { event_timestamp: None, cells: None, unread, is_whole: false, asked_at, remaining_ttl: None }
            }
            OnlineRow::Found(stored) => Self {
                event_timestamp: match stored.event_timestamp {
                    StoredTimestamp::At(instant, _) => Some(instant),
                    StoredTimestamp::NotKept | StoredTimestamp::Missing | StoredTimestamp::Undecodable(_) => None,
                },
                is_whole: unread.is_empty() && stored.cells.iter().all(|cell| matches!(cell, OnlineCell::Value(_))),
                cells: Some(stored.cells.into()),
                unread,
                asked_at,
                remaining_ttl: stored.remaining_ttl,
            },
        }
    }

    /// Whether the store answered with a value, a null or an absence for every feature: nothing else may be kept.
    pub(super) fn is_sound(&self) -> bool {
        let is_sound = |cell: &OnlineCell| !matches!(cell, OnlineCell::Undecodable(_));
        self.unread.is_empty() && self.cells.iter().flatten().all(is_sound)
    }

    /// Bytes in memory, with those behind pointers.
    pub(super) fn bytes(&self) -> usize {
        let cells = self.cells.iter().flatten();
        size_of::<Self>()
            + self.unread.len() * size_of::<usize>()
            + cells.map(|cell| size_of::<OnlineCell>() + beyond_cell(cell)).sum::<usize>()
    }
}

/// Bytes in memory of a key, with those behind pointers.
pub(super) fn key_bytes(key: &EntityKey) -> usize {
    let beyond = |value: &KeyValue| match value {
        KeyValue::String(text) => text.len(),
        KeyValue::Bytes(bytes) => bytes.len(),
        KeyValue::Int32(_) | KeyValue::Int64(_) | KeyValue::UnixTimestamp(_) => 0,
    };
    // A single value lies in the key itself.
    let apart = if key.values().len() == 1 { 0 } else { size_of_val(key.values()) };
    size_of::<EntityKey>() + apart + key.values().iter().map(beyond).sum::<usize>()
}

fn beyond_cell(cell: &OnlineCell) -> usize {
    match cell {
        OnlineCell::Absent => 0,
        OnlineCell::Undecodable(reason) => reason.len(),
        OnlineCell::Value(value) => value.heap_bytes(),
    }
}
