//! What is to be compared, and how.

use crate::model::time::Timestamp;
use crate::stats::drift::DriftLimits;
use crate::store::snapshot::Table;

/// One side of a comparison.
#[derive(Debug)]
pub enum Source {
    /// Parquet files.
    Table(Table),
}

impl Source {
    /// The table, where the side is one.
    #[must_use]
    pub const fn table(&self) -> Option<&Table> {
        match self {
            Self::Table(table) => Some(table),
        }
    }
}

/// Which statistics are computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Statistics {
    /// Those that a person looks at and verdicts rest on.
    #[default]
    Default,
    /// Every one; the whole column must fit into memory.
    All,
}

/// What is to be compared, and how.
#[derive(Clone, Debug)]
pub struct Request {
    /// The columns; all that both sides have when empty.
    pub columns: Vec<String>,
    /// Columns whose values split the rows into segments; none when empty.
    pub by: Vec<String>,
    /// Fewest rows on either side for a segment to be told apart from the rest.
    pub segment_rows: u64,
    /// Columns that identify the entity, whose rows depend on each other; rows are independent when empty.
    pub entity: Vec<String>,
    /// The largest effects that pass.
    pub limits: DriftLimits,
    /// Which statistics are computed.
    pub statistics: Statistics,
    /// Bytes that values of columns may take in memory.
    pub memory: u64,
    /// Columns that are read at once.
    pub workers: usize,
    /// When the reference was taken; makes points in time comparable as ages.
    pub reference_time: Option<Timestamp>,
    /// When the current side was taken.
    pub current_time: Option<Timestamp>,
}
