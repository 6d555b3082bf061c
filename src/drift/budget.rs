//! The memory that columns share: each takes its part before it is read and gives it back afterwards.

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::store::snapshot::ColumnWeight;

/// Memory is shared out in units of this many bytes.
const UNIT: u64 = 1024;

/// Bytes of a value that is kept.
const VALUE: u64 = 8;

/// Bytes of a row while its row group is decoded: the value, its validity, the page that it came from.
const DECODED: u64 = 24;

/// Bytes that a key takes beside its text: its count, its length, its place in a map.
const KEY: u64 = 64;

/// Memory for the values of columns.
#[derive(Debug)]
pub(super) struct Budget {
    units: Semaphore,
    total: u32,
}

/// A part of a [`Budget`], given back when dropped.
#[derive(Debug)]
pub(super) struct Share<'a> {
    _permit: Option<SemaphorePermit<'a>>,
    bytes: u64,
}

impl Share<'_> {
    /// Bytes that values may take.
    pub(super) const fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Budget {
    /// Memory of this many bytes.
    pub(super) fn new(bytes: u64) -> Self {
        let most = u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX);
        let total = u32::try_from(bytes / UNIT).unwrap_or(most).min(most);
        Self { units: Semaphore::new(total as usize), total }
    }

    /// All of it.
    pub(super) fn bytes(&self) -> u64 {
        u64::from(self.total) * UNIT
    }

    /// Waits until `wanted` bytes are free; less is given where the whole budget is smaller.
    pub(super) async fn share(&self, wanted: u64) -> Share<'_> {
        let units = u32::try_from(wanted.div_ceil(UNIT)).unwrap_or(u32::MAX).min(self.total);
        // The semaphore is never closed; were it, reading without a share would still be right.
        let permit = self.units.acquire_many(units).await.ok();
        Share { _permit: permit, bytes: wanted.min(self.bytes()) }
    }
}

/// Bytes that two sides of numbers take when all values are kept.
pub(super) fn of_numbers(sides: [ColumnWeight; 2]) -> u64 {
    sides.iter().map(|side| side.rows.saturating_mul(VALUE)).fold(decoding(sides), u64::saturating_add)
}

/// Bytes that two sides of keys take when all rows hold different ones.
pub(super) fn of_keys(sides: [ColumnWeight; 2]) -> u64 {
    let side = |side: &ColumnWeight| side.rows.saturating_mul(KEY).saturating_add(side.bytes);
    sides.iter().map(side).fold(decoding(sides), u64::saturating_add)
}

/// Bytes that one row group takes while it is decoded.
pub(super) fn decoding(sides: [ColumnWeight; 2]) -> u64 {
    sides.iter().map(|side| side.largest_group.saturating_mul(DECODED)).max().unwrap_or(0)
}
