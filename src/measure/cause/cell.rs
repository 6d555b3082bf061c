//! What a cause is found from: cells with both values, and what lies around the offline one.

use crate::model::time::Timestamp;
use crate::model::value::Value;

use super::super::equal::Comparison;

/// How a cell compares with the version that it should show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Equal.
    Consistent,
    /// Another value.
    Mismatch,
}

/// What the online row's event timestamp says of the version that it was copied from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// The newest version, or the layout pairs otherwise: the value is the only witness.
    Current,
    /// An older one than the newest.
    Old,
    /// Nothing: the layout keeps no timestamps.
    Unknown,
}

/// A version before the one that a cell should show.
#[derive(Clone, Debug, PartialEq)]
pub struct OlderVersion {
    /// Its value.
    pub value: Value,
    /// Event time between it and the version that should be shown; seconds.
    pub seconds: f64,
}

/// One cell with its two values.
#[derive(Clone, Debug)]
pub struct PairedCell {
    /// Position of the entity in the sample.
    pub entity: usize,
    /// Whether the two are equal.
    pub standing: Standing,
    /// What is served.
    pub online: Value,
    /// What should be: the paired version of a skewed cell, the newest of a stale one.
    pub offline: Value,
    /// Event timestamp of the online row.
    pub stamp: Option<Timestamp>,
    /// What that timestamp says.
    pub written: Written,
    /// Versions before, the newest first, one per event timestamp.
    pub older: Vec<OlderVersion>,
    /// Values of the versions after, the oldest first.
    pub newer: Vec<Value>,
    /// Earlier writings of the same version.
    pub superseded: Vec<Value>,
    /// Offline values of all features of the same version, in the order of the view.
    pub siblings: Vec<Value>,
    /// The node of the entity's row, named by the first slot that it serves; `None` where one node holds all rows.
    pub shard: Option<u32>,
    served: Option<f64>,
    wanted: Option<f64>,
}

impl PairedCell {
    /// A cell of which nothing but its two values is known.
    #[must_use]
    pub fn new(entity: usize, standing: Standing, (offline, online): (Value, Value)) -> Self {
        let (wanted, served) = (number(&offline), number(&online));
        Self {
            entity,
            standing,
            online,
            offline,
            stamp: None,
            written: Written::Unknown,
            older: Vec::new(),
            newer: Vec::new(),
            superseded: Vec::new(),
            siblings: Vec::new(),
            shard: None,
            served,
            wanted,
        }
    }

    /// The online value, where it is a finite number.
    pub(super) const fn served(&self) -> Option<f64> {
        self.served
    }

    /// The offline value, where it is a finite number.
    pub(super) const fn wanted(&self) -> Option<f64> {
        self.wanted
    }
}

/// The cells of one feature.
#[derive(Clone, Debug)]
pub struct FeatureCells {
    /// By which rules values are equal.
    pub comparison: Comparison,
    /// Mismatches to look at, in the order of the sample.
    pub mismatches: Vec<PairedCell>,
    /// How many mismatches there are in all.
    pub mismatching: u64,
    /// Consistent cells to look at, in the order of the sample.
    pub consistent: Vec<PairedCell>,
    /// How many consistent cells there are in all.
    pub agreeing: u64,
    /// Offline values by position of the entity; a null where there is none.
    pub population: Vec<Value>,
    /// For how many rounds the newest online event timestamp of the view has stood still while the offline one moved.
    pub unmoved_rounds: u32,
}

/// A finite number; booleans are none.
pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Int(_)
        | Value::UInt(_)
        | Value::Float32(_)
        | Value::Float64(_)
        | Value::UnixTimestamp(_)
        | Value::UnixNanos(_) => value.as_number().filter(|number| number.is_finite()),
        Value::Null | Value::Bool(_) | Value::String(_) | Value::Bytes(_) | Value::List(_) | Value::Map(_) => None,
    }
}
