//! How the memory is shared out: every worker has the same part and reads one column at a time in it.

use crate::store::snapshot::ColumnWeight;

/// Bytes of a value that is kept.
const VALUE: u64 = 8;

/// Bytes of a row while its row group is decoded: the value, its validity, the page that it came from.
const DECODED: u64 = 24;

/// Bytes that a key takes beside its text: its count, its length, its place in a map.
const KEY: u64 = 96;

/// Workers and the bytes that each may fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Budget {
    /// Columns that are read at once.
    pub(super) workers: usize,
    /// Bytes for the values of one column.
    pub(super) bytes: u64,
}

impl Budget {
    /// Shares `memory` out among at most `workers`; fewer where the largest column that fits at all would not fit a part.
    pub(super) fn new(memory: u64, workers: usize, needs: impl Iterator<Item = u64>) -> Self {
        let largest = needs.filter(|need| *need <= memory).max().unwrap_or(0).max(1);
        let most = usize::try_from(memory / largest).unwrap_or(usize::MAX);
        let workers = workers.min(most).max(1);
        Self { workers, bytes: memory / workers as u64 }
    }
}

/// Bytes that two sides of numbers take when all values are kept.
pub(super) fn of_numbers(sides: [ColumnWeight; 2]) -> u64 {
    sides.iter().map(|side| side.rows.saturating_mul(VALUE)).fold(decoding(sides), u64::saturating_add)
}

/// Bytes that so many different keys take, whose texts have so many bytes together.
pub(super) const fn of_keys(keys: u64, bytes: u64) -> u64 {
    keys.saturating_mul(KEY).saturating_add(bytes)
}

/// Bytes that one row group takes while it is decoded.
pub(super) fn decoding(sides: [ColumnWeight; 2]) -> u64 {
    sides.iter().map(|side| side.largest_group.saturating_mul(DECODED)).max().unwrap_or(0)
}
