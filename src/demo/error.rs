//! Why a demo could not be made.

use std::io;
use std::path::{Path, PathBuf};

use crate::feast::FeastError;
use crate::model::time::Timestamp;

/// A demo could not be made; an old one at the same place is still whole.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The file system refused.
    #[error("could not {attempt} {}", path.display())]
    File {
        /// What was attempted, as a verb with its object: "create the folder".
        attempt: &'static str,
        /// Where.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Something else is in the folder.
    #[error(
        "{} is not empty and was not made by `skewwatch demo`, so it stays as it is; name another with `--folder`",
        .0.display()
    )]
    ForeignFolder(PathBuf),
    /// The folder has no name of its own.
    #[error("`{}` has no name to be replaced by; give the demo a folder of its own with `--folder`", .0.display())]
    NamelessFolder(PathBuf),
    /// Something else is in the Redis database.
    #[error(
        "{0} holds keys and was not filled by `skewwatch demo`, so it stays as it is; name an empty database, such as \
         `redis://127.0.0.1:6379/9`"
    )]
    ForeignRedis(String),
    /// Redis did not do what was asked.
    #[error("could not write the online rows to {address}")]
    Redis {
        /// Its address.
        address: String,
        /// Why not.
        source: ::redis::RedisError,
    },
    /// The SQLite file could not be written.
    #[error("could not write the online rows to {}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: rusqlite::Error,
    },
    /// A snapshot could not be computed or written.
    #[error("could not make the snapshot of {cut}")]
    Snapshot {
        /// Its event timestamp.
        cut: Timestamp,
        /// Why not.
        source: polars::error::PolarsError,
    },
    /// A snapshot could not be put into the object store.
    #[error("could not write `{address}`")]
    Object {
        /// Its address.
        address: String,
        /// Why not.
        source: object_store::Error,
    },
    /// A shop stays open on Redis only.
    #[error("a shop that stays open needs a Redis: add `--online redis://host:port/database`")]
    LiveNeedsRedis,
    /// The registry could not be composed.
    #[error("could not describe the view in Feast's registry")]
    Registry(#[source] FeastError),
    /// The fault list could not be put into JSON.
    #[error("could not write the fault list")]
    Truth(#[source] serde_json::Error),
    /// A value does not fit its declared type.
    #[error("could not write `{feature}` of `{entity}` in Feast's bytes: {reason}")]
    Encode {
        /// The feature.
        feature: &'static str,
        /// The entity key.
        entity: String,
        /// Why not.
        reason: Box<str>,
    },
}

impl DemoError {
    /// Turns an error of the file system into one that names `attempt` and `path`.
    pub(super) fn file(attempt: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { attempt, path, source }
    }
}
