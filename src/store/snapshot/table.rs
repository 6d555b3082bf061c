//! Columns of Parquet files by themselves, without a feature view.
//!
//! A [`Table`] is one file, or a folder or glob of files with equal columns. [`Table::walk`] goes through one column,
//! row group by row group: one is decoded while the next is fetched, on one thread, so that memory goes round.

use std::collections::BTreeMap;
use std::sync::Arc;

use polars_arrow::datatypes::Field;
use tokio::runtime::Handle;

use super::arrow_name;
use super::chunk::{Group, RawColumn};
use super::column::Chunk;
use super::error::{SnapshotError, SnapshotFault};
use super::footer::ParquetFile;
use super::layout::nearest;
use super::objects::Objects;
use super::rows::unreadable;
use super::shape::Shape;
use crate::model::history::SnapshotIdentity;
use crate::stats::complete::ColumnType;

/// Parquet files read as columns.
#[derive(Clone, Debug)]
pub struct Table {
    objects: Arc<Objects>,
    files: Vec<ParquetFile>,
    identity: SnapshotIdentity,
    columns: Vec<TableColumn>,
    rows: u64,
}

/// Name and type of one column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableColumn {
    /// The column's name.
    pub name: String,
    /// What it holds.
    pub kind: TableKind,
    /// Its type as Arrow names it, as the first file has it.
    pub column_type: ColumnType,
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
    /// Nothing but nulls, of whatever type.
    Null,
    /// Anything else; the name of its type.
    Other(String),
}

/// How much one column holds, as the footers say; nothing has been decoded to check it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ColumnWeight {
    /// Rows over all row groups.
    pub rows: u64,
    /// Rows of the largest row group.
    pub largest_group: u64,
    /// Bytes of its pages before compression.
    pub bytes: u64,
}

impl TableKind {
    fn of(shape: &Shape) -> Self {
        match shape {
            Shape::Bool => Self::Boolean,
            Shape::Integer(_) => Self::Integer,
            Shape::Float16 | Shape::Float32 | Shape::Float64 | Shape::Decimal(_) => Self::Float,
            Shape::Text => Self::Text,
            Shape::Date | Shape::Instant(..) => Self::Timestamp,
            Shape::Null => Self::Null,
            Shape::Bytes | Shape::FixedBytes(_) | Shape::List(_) | Shape::Struct(_) | Shape::Other(_) => {
                Self::Other(shape.to_string())
            }
        }
    }

    const fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    fn name(&self) -> &str {
        match self {
            Self::Integer => "integer",
            Self::Float => "float",
            Self::Boolean => "bool",
            Self::Text => "string",
            Self::Timestamp => "timestamp",
            Self::Null => "null",
            Self::Other(name) => name,
        }
    }
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
                    column.column_type = known.column_type.clone();
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

    /// Rows of every row group, in the order in which [`walk`](Self::walk) comes to them.
    #[must_use]
    pub fn group_rows(&self) -> Vec<u64> {
        self.groups().map(|group| group.rows() as u64).collect()
    }

    /// How much a column holds.
    #[must_use]
    pub fn weight(&self, name: &str) -> ColumnWeight {
        let mut weight = ColumnWeight::default();
        for group in self.groups() {
            let rows = group.rows() as u64;
            weight.rows += rows;
            weight.largest_group = weight.largest_group.max(rows);
            let columns = group.metadata().and_then(|metadata| metadata.columns_under_root_iter(name));
            let sizes =
                columns.into_iter().flatten().map(|column| u64::try_from(column.uncompressed_size()).unwrap_or(0));
            weight.bytes = sizes.fold(weight.bytes, u64::saturating_add);
        }
        weight
    }

    /// Hands the column's row groups to `see`, one after the other.
    ///
    /// It blocks its thread, which must be one for blocking work of a runtime; while a row group is decoded and seen, the
    /// next one is fetched.
    ///
    /// # Errors
    /// When there is no such column, a file cannot be read or has changed since it was listed, or `see` finds its values
    /// unreadable.
    pub fn walk(&self, name: &str, mut see: impl FnMut(&Chunk) -> Result<(), String>) -> Result<(), SnapshotError> {
        if self.columns.iter().all(|column| column.name != name) {
            let names = self.columns.iter().map(|column| column.name.as_str());
            return Err(
                self.fault(SnapshotFault::Schema, format!("column `{name}` is missing{}", nearest(name, names)))
            );
        }
        let stopped = || self.fault(SnapshotFault::Connection, "reading was stopped".to_owned());
        let runtime = Handle::try_current().map_err(|_| stopped())?;
        let fetch = |(position, group): (usize, Group<'_>)| {
            let (objects, file) = (Arc::clone(&self.objects), group.file.clone());
            runtime.spawn(Fetched::fetch(objects, file, (position, group.group), name.to_owned()))
        };
        let mut groups = self.groups().enumerate();
        let mut ahead = groups.next().map(fetch);
        while let Some(coming) = ahead.take() {
            let fetched = runtime.block_on(coming).map_err(|_| stopped())??;
            ahead = groups.next().map(fetch);
            let chunk = fetched.decode()?;
            see(&chunk).map_err(|cause| unreadable(&fetched.file, &fetched.field, cause))?;
        }
        Ok(())
    }

    /// Hands the column's row groups to `see`, together with `state`, on a thread for blocking work; gives the state back.
    ///
    /// # Errors
    /// As those of [`walk`](Self::walk).
    pub async fn visit<S, F>(&self, name: &str, mut state: S, see: F) -> Result<S, SnapshotError>
    where
        S: Send + 'static,
        F: Fn(&mut S, &Chunk) -> Result<(), String> + Send + 'static,
    {
        let (table, column) = (self.clone(), name.to_owned());
        let walk = move || table.walk(&column, |chunk| see(&mut state, chunk)).map(|()| state);
        let walked = tokio::task::spawn_blocking(walk).await;
        walked.unwrap_or_else(|_| Err(self.fault(SnapshotFault::Corrupt, format!("column `{name}` cannot be decoded"))))
    }

    fn fault(&self, fault: SnapshotFault, cause: String) -> SnapshotError {
        let first = self.identity.files.first().map_or("a table", |file| file.location.as_str());
        SnapshotError::reading(first, fault, cause)
    }

    fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        let groups = |file: &ParquetFile| 0..file.metadata.row_groups.len();
        self.files.iter().flat_map(move |file| groups(file).map(move |group| Group { file, group }))
    }
}

/// One column of one row group, not decoded yet.
struct Fetched {
    file: ParquetFile,
    field: Field,
    number: usize,
    position: usize,
    raw: RawColumn,
}

impl Fetched {
    async fn fetch(
        objects: Arc<Objects>,
        file: ParquetFile,
        (position, number): (usize, usize),
        name: String,
    ) -> Result<Self, SnapshotError> {
        let corrupt = |cause: String| SnapshotError::reading(&file.stored.location, SnapshotFault::Corrupt, cause);
        let field = file.field(&name).ok_or_else(|| corrupt(format!("column `{name}` is missing")))?.clone();
        let raw = Group { file: &file, group: number }.fetch(&objects, &[&field]).await?.pop();
        let raw = raw.ok_or_else(|| corrupt(format!("column `{name}` was not read")))?;
        Ok(Self { file, field, number, position, raw })
    }

    fn decode(&self) -> Result<Chunk, SnapshotError> {
        let array = Group { file: &self.file, group: self.number }.decode(self.raw.clone(), None)?;
        Ok(Chunk::new(self.position, array, Shape::of(self.field.dtype())))
    }
}

fn columns_of(file: &ParquetFile) -> Vec<TableColumn> {
    let mut names = arrow_name::of_file(file);
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for column in file.metadata.schema().fields() {
        *times.entry(column.name()).or_default() += 1;
    }
    let mut column = |field: &Field| {
        let name = field.name.to_string();
        let kind = match times.remove(name.as_str())? {
            1 => TableKind::of(&Shape::of(field.dtype())),
            // Which one is meant cannot be told, and pages are found by name.
            several => TableKind::Other(format!("unknown ({several} columns have this name)")),
        };
        let arrow = names.remove(&name).unwrap_or_else(|| kind.name().to_owned());
        let column_type = ColumnType { name: arrow, is_integer: kind == TableKind::Integer };
        Some(TableColumn { name, kind, column_type })
    };
    file.fields.iter().filter_map(&mut column).collect()
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
