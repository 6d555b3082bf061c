//! Columns of Parquet files by themselves, without a feature view.
//!
//! A [`Table`] is one file, or a folder or glob of files with equal columns. It reads one column at a time, row group by
//! row group, in the shape that statistics need.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono_tz::Tz;
use futures_util::{StreamExt, TryStreamExt, stream};
use polars_arrow::array::Array;
use polars_arrow::datatypes::Field;

use super::chunk::Group;
use super::error::{SnapshotError, SnapshotFault};
use super::footer::ParquetFile;
use super::layout::nearest;
use super::objects::Objects;
use super::shape::Shape;
use super::values::ValueReader;
use crate::model::history::SnapshotIdentity;
use crate::model::value::{ScalarKind, Value, ValueKind};

/// Parquet files read as columns.
#[derive(Clone, Debug)]
pub struct Table {
    objects: Arc<Objects>,
    files: Vec<ParquetFile>,
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

impl TableKind {
    fn of(shape: &Shape) -> Self {
        match shape {
            Shape::Bool => Self::Boolean,
            Shape::Integer(_) => Self::Integer,
            Shape::Float16 | Shape::Float32 | Shape::Float64 | Shape::Decimal(_) => Self::Float,
            Shape::Text => Self::Text,
            Shape::Date | Shape::Instant(..) => Self::Timestamp,
            Shape::Null | Shape::Bytes | Shape::FixedBytes(_) | Shape::List(_) | Shape::Struct(_) | Shape::Other(_) => {
                Self::Other(shape.to_string())
            }
        }
    }

    fn is_null(&self) -> bool {
        matches!(self, Self::Other(name) if name == "null")
    }

    fn name(&self) -> &str {
        match self {
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Boolean => "bool",
            Self::Text => "string",
            Self::Timestamp => "timestamp",
            Self::Other(name) => name,
        }
    }

    /// The type as which values are read.
    const fn declared(&self) -> Option<ScalarKind> {
        match self {
            Self::Integer => Some(ScalarKind::Int64),
            Self::Float => Some(ScalarKind::Float64),
            Self::Boolean => Some(ScalarKind::Bool),
            Self::Text => Some(ScalarKind::String),
            Self::Timestamp => Some(ScalarKind::UnixTimestamp),
            Self::Other(_) => None,
        }
    }
}

/// Values of one row group.
#[derive(Default)]
struct Part {
    numbers: Vec<f64>,
    counts: BTreeMap<Box<str>, u64>,
    nulls: u64,
}

impl Table {
    /// A table of files, which must have the same columns.
    pub(super) fn new(
        objects: Arc<Objects>,
        files: Vec<ParquetFile>,
        identity: SnapshotIdentity,
    ) -> Result<Self, SnapshotError> {
        let mut columns = files.first().map(columns_of).unwrap_or_default();
        for file in &files {
            let here = columns_of(file);
            // A file in which a column is all null does not know its type; another one may.
            for column in columns.iter_mut().filter(|column| column.kind.is_null()) {
                if let Some(known) = here.iter().find(|found| found.name == column.name) {
                    column.kind = known.kind.clone();
                }
            }
            if let Some(cause) = difference(&columns, &here) {
                return Err(SnapshotError::reading(&file.stored.location, SnapshotFault::Schema, cause));
            }
        }
        let rows = files.iter().map(|file| file.metadata.num_rows as u64).sum();
        Ok(Self { objects, files, identity, columns, rows })
    }

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
        let fault = |cause: String| {
            let first = self.identity.files.first().map_or("a table", |file| file.location.as_str());
            SnapshotError::reading(first, SnapshotFault::Schema, cause)
        };
        let column = self.columns.iter().find(|column| column.name == name);
        let missing = || {
            let names = self.columns.iter().map(|column| column.name.as_str());
            fault(format!("column `{name}` is missing{}", nearest(name, names)))
        };
        let kind = column.map(|column| &column.kind).ok_or_else(missing)?;
        let declared = kind
            .declared()
            .ok_or_else(|| fault(format!("column `{name}` holds {}, which has no statistics", kind.name())))?;
        let places = self
            .files
            .iter()
            .flat_map(|file| (0..file.metadata.row_groups.len()).map(move |group| Group { file, group }));
        let mut parts = stream::iter(places)
            .map(|group| self.part(group, name, declared))
            .buffered(self.objects.settings().concurrency.clamp(1, 4));
        let mut whole = Part::default();
        while let Some(part) = parts.try_next().await? {
            whole.nulls += part.nulls;
            whole.numbers.extend(part.numbers);
            for (text, count) in part.counts {
                *whole.counts.entry(text).or_default() += count;
            }
        }
        let Part { numbers, counts, nulls } = whole;
        Ok(match kind {
            TableKind::Text | TableKind::Boolean => ColumnData::Categories { counts, nulls },
            TableKind::Integer | TableKind::Float | TableKind::Timestamp | TableKind::Other(_) => {
                ColumnData::Numbers { values: numbers, nulls }
            }
        })
    }

    async fn part(&self, group: Group<'_>, name: &str, declared: ScalarKind) -> Result<Part, SnapshotError> {
        let Group { file, group: number } = group;
        let corrupt = |cause: String| SnapshotError::reading(&file.stored.location, SnapshotFault::Corrupt, cause);
        let field = file.field(name).ok_or_else(|| corrupt(format!("column `{name}` is missing")))?;
        let raw = group.fetch(&self.objects, &[field]).await?.pop();
        let raw = raw.ok_or_else(|| corrupt(format!("column `{name}` was not read")))?;
        let (of_file, of_column) = (file.clone(), field.clone());
        let decoded = tokio::task::spawn_blocking(move || {
            let array = Group { file: &of_file, group: number }.decode(raw, None)?;
            fold(array.as_ref(), &of_column, declared)
                .map_err(|cause| super::rows::unreadable(&of_file, &of_column, cause))
        });
        decoded.await.map_err(|_| corrupt(format!("column `{name}` cannot be decoded")))?
    }
}

fn fold(array: &dyn Array, field: &Field, declared: ScalarKind) -> Result<Part, String> {
    let shape = Shape::of(field.dtype());
    let reader = ValueReader { array, shape: &shape, zone: Tz::UTC };
    let mut part = Part::default();
    for row in 0..array.len() {
        let value = reader.value(row, ValueKind::Scalar(declared))?;
        match value {
            Value::Null => part.nulls += 1,
            Value::String(text) => *part.counts.entry(text).or_default() += 1,
            Value::Bool(flag) => *part.counts.entry(flag.to_string().into()).or_default() += 1,
            Value::Int(_)
            | Value::UInt(_)
            | Value::Float32(_)
            | Value::Float64(_)
            | Value::UnixTimestamp(_)
            | Value::UnixNanos(_)
            | Value::Bytes(_)
            | Value::List(_)
            | Value::Map(_) => part.numbers.extend(value.as_number()),
        }
    }
    Ok(part)
}

fn columns_of(file: &ParquetFile) -> Vec<TableColumn> {
    let column =
        |field: &Field| TableColumn { name: field.name.to_string(), kind: TableKind::of(&Shape::of(field.dtype())) };
    file.fields.iter().map(column).collect()
}

/// How the columns of a file differ from those of the first, in whatever order they are.
fn difference(first: &[TableColumn], other: &[TableColumn]) -> Option<String> {
    for column in first {
        let Some(found) = other.iter().find(|found| found.name == column.name) else {
            return Some(format!("column `{}` of the first file is missing", column.name));
        };
        if found.kind != column.kind && !found.kind.is_null() {
            let (here, there) = (found.kind.name(), column.kind.name());
            return Some(format!("column `{}` holds {here}, and {there} in the first file", column.name));
        }
    }
    let new = other.iter().find(|column| first.iter().all(|known| known.name != column.name))?;
    Some(format!("column `{}` is not in the first file", new.name))
}
