//! Why a snapshot could not be read.

/// A snapshot did not give what was asked of it; the text names the file, and the column where one is at fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{attempt}: {cause}")]
pub struct SnapshotError {
    /// What was attempted, with the file's address: "could not read s3://features/users.parquet".
    pub attempt: String,
    /// What went wrong, and a hint where there is one honest next step.
    pub cause: String,
    /// The kind of fault, for metrics.
    pub fault: SnapshotFault,
}

impl SnapshotError {
    /// A fault met while reading the file at `location`.
    pub(super) fn reading(location: &str, fault: SnapshotFault, cause: impl Into<String>) -> Self {
        Self { attempt: format!("could not read {location}"), cause: cause.into(), fault }
    }

    /// The fault in one word, as a metric's label.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        self.fault.name()
    }
}

/// Kinds of faults of snapshots: a closed set, used as a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SnapshotFault {
    /// The address makes no sense.
    Address,
    /// No such file, folder or bucket.
    NotFound,
    /// The user may not read it, or is not known.
    Denied,
    /// The store did not answer, or its answer made no sense.
    Connection,
    /// A file was replaced or removed while it was read.
    Changed,
    /// A file is empty, cut off or damaged, or no Parquet file.
    Corrupt,
    /// A column is missing or has another type than declared.
    Schema,
    /// There is no Parquet file.
    Empty,
}

impl SnapshotFault {
    /// The label's text.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Address => "address",
            Self::NotFound => "not_found",
            Self::Denied => "denied",
            Self::Connection => "connection",
            Self::Changed => "changed",
            Self::Corrupt => "corrupt",
            Self::Schema => "schema",
            Self::Empty => "empty",
        }
    }
}
