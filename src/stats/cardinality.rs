//! Keys that came and keys that went.

use super::categories::Categories;
use super::real;

/// How many new keys are named.
pub const NAMED: usize = 5;

/// Different keys of both sides held against each other.
#[derive(Clone, Debug, PartialEq)]
pub struct Cardinality {
    /// Different keys of the reference.
    pub reference: u64,
    /// Different keys of the current side.
    pub current: u64,
    /// Keys that only the current side has.
    pub new: u64,
    /// Keys that only the reference has.
    pub gone: u64,
    /// Current rows whose key the reference does not have.
    pub unseen_rows: u64,
    /// Those rows among current rows with a key, from 0 to 1; `None` without such a row.
    pub unseen_share: Option<f64>,
    /// The first [`NAMED`] new keys, in the order of their bytes.
    pub new_keys: Vec<Box<str>>,
}

/// Compares the keys of two columns.
#[must_use]
pub fn of(reference: &Categories, current: &Categories) -> Cardinality {
    let new = || current.iter().filter(|(key, _)| reference.count(key) == 0);
    let unseen_rows = new().map(|(_, count)| count).sum();
    let rows = current.counts().valid();
    Cardinality {
        reference: reference.distinct() as u64,
        current: current.distinct() as u64,
        new: new().count() as u64,
        gone: reference.iter().filter(|(key, _)| current.count(key) == 0).count() as u64,
        unseen_rows,
        unseen_share: (rows > 0).then(|| real(unseen_rows) / real(rows)),
        new_keys: new().take(NAMED).map(|(key, _)| key.into()).collect(),
    }
}
