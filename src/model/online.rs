//! What the online store answered for one entity key.
//!
//! Absent, null, undecodable and unread are four different things and stay so: absent is an answer, a null is a value,
//! undecodable bytes are there, and unread means that the store did not answer at all.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::time::{Precision, Timestamp};
use super::value::Value;

/// One reading of one entity key.
#[derive(Clone, Debug, PartialEq)]
pub struct OnlineReading {
    /// When the answer arrived.
    pub read_at: Timestamp,
    /// The row, or why there was no answer.
    pub row: Result<OnlineRow, Unread>,
}

/// Why a key was not read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    /// The reason in one word, for metrics.
    pub reason: UnreadReason,
    /// The whole error text, shared by all keys of one request.
    pub message: Arc<str>,
}

/// Why the store did not answer: a closed set, used as a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UnreadReason {
    /// The connection was refused, lost or could not be made.
    Connection,
    /// No answer within the time-out.
    Timeout,
    /// The store does not accept the user, the password or the command.
    Denied,
    /// The answer was an error or made no sense.
    Protocol,
}

impl UnreadReason {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Connection, Self::Timeout, Self::Denied, Self::Protocol];

    /// The label's text.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Connection => "connection",
            Self::Timeout => "timeout",
            Self::Denied => "denied",
            Self::Protocol => "protocol",
        }
    }
}

/// What the store holds for an entity key in one view.
#[derive(Clone, Debug, PartialEq)]
pub enum OnlineRow {
    /// Nothing of this view under this key.
    Absent,
    /// A row.
    Found(StoredRow),
}

/// A row as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct StoredRow {
    /// The row's event timestamp.
    pub event_timestamp: StoredTimestamp,
    /// One cell per feature, in the order of the view's features.
    pub cells: Vec<OnlineCell>,
    /// Time until the store drops the row by itself, where the store was asked and has one.
    pub remaining_ttl: Option<Duration>,
}

/// The event timestamp of a stored row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoredTimestamp {
    /// The layout stores none.
    NotKept,
    /// The layout stores one and this row has none.
    Missing,
    /// The instant, at the store's precision.
    At(Timestamp, Precision),
    /// Bytes are there and are no timestamp; the reason.
    Undecodable(Box<str>),
}

/// One feature of a stored row.
#[derive(Clone, Debug, PartialEq)]
pub enum OnlineCell {
    /// The row has no such field.
    Absent,
    /// The decoded value; a null is [`Value::Null`].
    Value(Value),
    /// Bytes are there and do not decode as the declared type; the reason.
    Undecodable(Box<str>),
}

/// What a layout's bytes can tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fidelity {
    /// Everything.
    Exact,
    /// NaN is written as null (JSON has no NaN).
    NanIsNull,
    /// NaN is written as null and so is an empty list (Feast's values).
    NanAndEmptyAreNull,
}
