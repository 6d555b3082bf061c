//! Columns of Parquet files by themselves, without a feature view.
//!
//! A [`Table`] is one file, or a folder or glob of files with equal columns. It reads one column at a time, row group by
//! row group, in the shape that statistics need.

use std::collections::BTreeMap;

use super::error::{SnapshotError, SnapshotFault};
use crate::model::history::SnapshotIdentity;

/// Parquet files read as columns.
#[derive(Debug)]
pub struct Table {
    identity: SnapshotIdentity,
    columns: Vec<TableColumn>,
    rows: u64,
}

/// Name and kind of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableColumn {
    /// The column's name.
    pub name: String,
    /// What it holds.
    pub kind: TableKind,
}

/// What a column holds, as far as statistics care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableKind {
    /// Whole numbers of any width.
    Integer,
    /// Floats and decimals.
    Float,
    /// True or false.
    Boolean,
    /// Text, dictionary-encoded or not.
    Text,
    /// Points in time and dates.
    Timestamp,
    /// Anything else; the name of its type.
    Other(String),
}

/// All values of one column.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnData {
    /// Integers, floats and decimals as doubles, and timestamps as seconds since 1970; in file order.
    Numbers {
        /// Every value that is not null; NaN and infinities are kept.
        values: Vec<f64>,
        /// Parquet nulls.
        nulls: u64,
    },
    /// Texts, and booleans as `true` and `false`.
    Categories {
        /// How often each text occurs, ordered by its bytes.
        counts: BTreeMap<Box<str>, u64>,
        /// Parquet nulls.
        nulls: u64,
    },
}

impl Table {
    /// What was read.
    #[must_use]
    pub const fn identity(&self) -> &SnapshotIdentity {
        &self.identity
    }

    /// The columns, in the order of the file.
    #[must_use]
    pub fn columns(&self) -> &[TableColumn] {
        &self.columns
    }

    /// Rows over all files.
    #[must_use]
    pub const fn rows(&self) -> u64 {
        self.rows
    }

    /// Reads one column.
    ///
    /// # Errors
    /// When there is no such column, when its kind is [`TableKind::Other`], and when a file cannot be read.
    pub async fn read(&self, name: &str) -> Result<ColumnData, SnapshotError> {
        Err(SnapshotError {
            attempt: format!("could not read column `{name}`"),
            cause: "reading is not built yet".to_owned(),
            fault: SnapshotFault::NotFound,
        })
    }
}
