//! Why evidence could not be written or read.

use std::io;
use std::path::PathBuf;

use polars::prelude::PolarsError;

use super::manifest::VERSION;

/// Why evidence could not be written or read.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// There is something in the folder.
    #[error("could not write evidence to `{}`: the folder is not empty; name one that is not there", folder.display())]
    Occupied {
        /// The folder.
        folder: PathBuf,
    },
    /// The disk did not take it.
    #[error("could not write evidence to `{}`", path.display())]
    Unwritten {
        /// The file or folder.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// A table could not be encoded.
    #[error("could not encode `{file}` of the evidence")]
    Unencoded {
        /// The file.
        file: String,
        /// Why not.
        source: PolarsError,
    },
    /// The document could not be encoded.
    #[error("could not encode the document of the evidence")]
    Undocumented(#[source] serde_json::Error),
    /// No secret could be drawn.
    #[error("could not hash the entity keys: the system gives no random bytes")]
    NoSalt,
    /// A file of a secret is none.
    #[error("`{}` holds no salt: it should be one line of 64 hexadecimal digits", path.display())]
    NotASalt {
        /// The file.
        path: PathBuf,
    },
    /// A file could not be read.
    #[error("could not read `{}`", path.display())]
    Unread {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The folder is something else.
    #[error("`{}` is no evidence; `skewwatch check --evidence FOLDER` writes it", folder.display())]
    NotEvidence {
        /// The folder.
        folder: PathBuf,
    },
    /// A file is missing.
    #[error(
        "the evidence in `{}` is not whole: `{file}` is missing; copy the folder again, or write it anew with `skewwatch \
         check --evidence`",
        folder.display()
    )]
    NotWhole {
        /// The folder.
        folder: PathBuf,
        /// What is missing.
        file: String,
    },
    /// A file is not what was written.
    #[error(
        "the evidence in `{}` was altered or cut off: `{file}` does not have the checksum that was written down; copy the \
         folder again, or write it anew with `skewwatch check --evidence`",
        folder.display()
    )]
    Altered {
        /// The folder.
        folder: PathBuf,
        /// The file.
        file: String,
    },
    /// It is of a newer version.
    #[error("it is evidence of version {0}, and this program reads versions up to {VERSION}; update skewwatch")]
    Newer(u64),
    /// A file contradicts itself or another one.
    #[error("`{file}` of the evidence makes no sense: {cause}")]
    Senseless {
        /// The file.
        file: String,
        /// What is wrong, as a clause.
        cause: String,
    },
}

impl EvidenceError {
    pub(super) fn senseless(file: &str, cause: String) -> Self {
        Self::Senseless { file: file.to_owned(), cause }
    }
}
