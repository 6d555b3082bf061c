//! What can go wrong with a history, said with the way out.

use std::io;
use std::path::{Path, PathBuf};

use rusqlite::ErrorCode;

/// Why a history could not be opened, read or written. Nothing is half-written after any of these.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    /// Another process writes the file.
    #[error(
        "could not open history `{path}` to write: {} writes it\n  hint: stop that process, or give this one a history of its own",
        .holder.map_or_else(|| "another process".to_owned(), |holder| format!("process {holder}"))
    )]
    InUse {
        /// The file.
        path: PathBuf,
        /// The process that holds it; `None` if it has not yet said which it is.
        holder: Option<u32>,
    },
    /// A newer program made the file.
    #[error(
        "could not open history `{path}`: it has format {found}, this program knows up to {known}\n  \
         hint: run the newer program again, or move the file away"
    )]
    Newer {
        /// The file.
        path: PathBuf,
        /// Format of the file.
        found: i64,
        /// Newest format that this program knows.
        known: i64,
    },
    /// An older program made the file, and reading does not change it.
    #[error(
        "could not read history `{path}`: it has format {found}, this program reads {known}\n  \
         hint: start `skewwatch serve` on it once, which brings it up to date"
    )]
    Older {
        /// The file.
        path: PathBuf,
        /// Format of the file.
        found: i64,
        /// The format that this program reads.
        known: i64,
    },
    /// A database of another program.
    #[error("could not open history `{path}`: it is a database of another program")]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// The file is no database, or no longer one.
    #[error(
        "could not {attempt} history `{path}`: it is damaged ({defect})\n  \
         hint: move it away together with `{path}-wal` and `{path}-shm`; a new one is begun without it"
    )]
    Damaged {
        /// What was attempted.
        attempt: &'static str,
        /// The file.
        path: PathBuf,
        /// What does not fit.
        defect: String,
    },
    /// The disk, or the size allowed, is used up.
    #[error(
        "could not {attempt} history `{path}`: no room left on the disk, or within the size allowed; nothing of it was kept"
    )]
    Full {
        /// What was attempted.
        attempt: &'static str,
        /// The file.
        path: PathBuf,
        /// SQLite's own words.
        source: rusqlite::Error,
    },
    /// The file system refused.
    #[error("could not {attempt} history `{path}`")]
    File {
        /// What was attempted.
        attempt: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// SQLite refused for another reason.
    #[error("could not {attempt} history `{path}`")]
    Sqlite {
        /// What was attempted.
        attempt: &'static str,
        /// The file.
        path: PathBuf,
        /// SQLite's own words.
        source: rusqlite::Error,
    },
}

impl HistoryError {
    /// The reason in one word, for metrics.
    #[must_use]
    pub const fn reason(&self) -> &'static str {
        match self {
            Self::InUse { .. } => "in_use",
            Self::Newer { .. } | Self::Older { .. } | Self::Foreign { .. } => "format",
            Self::Damaged { .. } => "damaged",
            Self::Full { .. } => "full",
            Self::File { .. } => "file",
            Self::Sqlite { .. } => "sqlite",
        }
    }

    /// Whether the disk is the cause: it is full, may only be read, or fails. The same attempt may succeed later, and
    /// nobody else has to change anything in skewwatch for it.
    #[must_use]
    pub fn is_of_the_disk(&self) -> bool {
        match self {
            Self::InUse { .. }
            | Self::Newer { .. }
            | Self::Older { .. }
            | Self::Foreign { .. }
            | Self::Damaged { .. } => false,
            Self::Full { .. } => true,
            Self::File { source, .. } => {
                use io::ErrorKind::{FileTooLarge, QuotaExceeded, ReadOnlyFilesystem, StorageFull};
                matches!(source.kind(), FileTooLarge | QuotaExceeded | ReadOnlyFilesystem | StorageFull)
            }
            Self::Sqlite { source, .. } => {
                matches!(source.sqlite_error_code(), Some(ErrorCode::ReadOnly | ErrorCode::SystemIoFailure))
            }
        }
    }
}

/// A fault of one statement or row, before file and purpose are known.
#[derive(Debug)]
pub(super) enum Fault {
    /// SQLite's.
    Sqlite(rusqlite::Error),
    /// A row holds what cannot have been written.
    Damaged(String),
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl Fault {
    /// A row of `what` that cannot be read.
    pub(super) fn damaged(what: &str) -> Self {
        Self::Damaged(format!("a row of {what} cannot be read"))
    }

    /// The error of `attempt` (as `record a round in`) on the file.
    pub(super) fn during(self, attempt: &'static str, path: &Path) -> HistoryError {
        let path = path.to_owned();
        let source = match self {
            Self::Damaged(defect) => return HistoryError::Damaged { attempt, path, defect },
            Self::Sqlite(source) => source,
        };
        match source.sqlite_error_code() {
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                HistoryError::Damaged { attempt, path, defect: source.to_string() }
            }
            Some(ErrorCode::DiskFull) => HistoryError::Full { attempt, path, source },
            // The index of the log could not grow: SQLite has a code of its own for it.
            _ if source.sqlite_error().is_some_and(|error| error.extended_code == IOERR_SHMSIZE) => {
                HistoryError::Full { attempt, path, source }
            }
            _ => HistoryError::Sqlite { attempt, path, source },
        }
    }
}

/// `SQLITE_IOERR_SHMSIZE` (<https://sqlite.org/rescode.html>).
const IOERR_SHMSIZE: i32 = 10 | (19 << 8);
