//! What is to be compared, and how.

use std::collections::BTreeMap;
use std::path::Path;

use crate::model::time::Timestamp;
use crate::stats::complete;
use crate::stats::drift::DriftLimits;
use crate::stats::profile::{ColumnType, DocumentError, NULL, TableProfile, is_document};
use crate::store::snapshot::{SnapshotError, SnapshotStore, Table, TableColumn, TableKind};

/// One side of a comparison.
#[derive(Debug)]
pub enum Source {
    /// Parquet files.
    Table(Table),
    /// A profile of some.
    Profile(Box<TableProfile>),
}

/// A side could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Files could not be read.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
    /// A file looks like a profile and is none that can be used.
    #[error("could not read {location}")]
    Document {
        /// The file.
        location: String,
        /// Why not.
        source: DocumentError,
    },
}

impl Source {
    /// Opens what is at an address: a profile, known by its content or on an object store by a name that ends in `.json`,
    /// or else Parquet files.
    ///
    /// # Errors
    /// When it cannot be read, or is a profile that cannot be used.
    pub async fn open(store: &SnapshotStore, address: &str) -> Result<Self, SourceError> {
        if !is_profile(address).await {
            return Ok(Self::Table(store.table(address).await?));
        }
        let document = |source| SourceError::Document { location: address.to_owned(), source };
        let profile = TableProfile::from_json(&store.fetch(address).await?).map_err(document)?;
        Ok(Self::Profile(Box::new(profile)))
    }

    /// The table, where the side is one.
    #[must_use]
    pub const fn table(&self) -> Option<&Table> {
        match self {
            Self::Table(table) => Some(table),
            Self::Profile(_) => None,
        }
    }

    /// The profile, where the side is one.
    #[must_use]
    pub const fn profile(&self) -> Option<&TableProfile> {
        match self {
            Self::Profile(profile) => Some(profile),
            Self::Table(_) => None,
        }
    }

    /// The columns.
    #[must_use]
    pub fn columns(&self) -> Vec<TableColumn> {
        match self {
            Self::Table(table) => table.columns().to_vec(),
            Self::Profile(profile) => {
                let kept = profile.columns.iter().map(|(name, column)| (name.clone(), kind(column.column_type)));
                let skipped = profile.skipped.iter().map(|(name, kind)| (name.clone(), skipped(kind)));
                let columns: BTreeMap<String, TableKind> = kept.chain(skipped).collect();
                let of = |(name, kind): (String, TableKind)| TableColumn {
                    name,
                    column_type: complete::ColumnType {
                        is_integer: kind == TableKind::Integer,
                        name: "profile".to_owned(),
                    },
                    kind,
                };
                columns.into_iter().map(of).collect()
            }
        }
    }
}

const fn kind(column_type: ColumnType) -> TableKind {
    match column_type {
        ColumnType::Integer => TableKind::Integer,
        ColumnType::Float => TableKind::Float,
        ColumnType::Boolean => TableKind::Boolean,
        ColumnType::Text => TableKind::Text,
        ColumnType::Timestamp => TableKind::Timestamp,
    }
}

fn skipped(name: &str) -> TableKind {
    if name == NULL { TableKind::Null } else { TableKind::Other(name.to_owned()) }
}

/// Whether there is a profile at an address, good or damaged.
async fn is_profile(address: &str) -> bool {
    let path = address.strip_prefix("file://").unwrap_or(address);
    if path.contains("://") {
        return has_json_name(path);
    }
    let mut beginning = Vec::new();
    let read = async {
        use tokio::io::AsyncReadExt as _;
        tokio::fs::File::open(path).await?.take(BEGINNING).read_to_end(&mut beginning).await
    };
    // What cannot be read is told of by whoever reads it next.
    read.await.is_ok() && (is_document(&beginning) || has_json_name(path))
}

/// Bytes in which the marker of a profile stands, however it is indented.
const BEGINNING: u64 = 256;

fn has_json_name(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
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
