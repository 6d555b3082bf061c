//! Why something that Feast wrote could not be used.

use std::path::PathBuf;

/// A registry or a `feature_store.yaml` that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum FeastError {
    /// The bytes are no registry.
    #[error("could not read the registry: {reason}")]
    NotARegistry {
        /// What is wrong with the bytes, and a hint where there is one honest next step.
        reason: String,
    },
    /// The SQLite file of a SQL registry could not be read.
    #[error("could not read the SQL registry `{}`", path.display())]
    SqlRegistry {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: rusqlite::Error,
    },
    /// The registry does not know the project.
    #[error("the registry has no project `{project}`; it has {known}")]
    UnknownProject {
        /// The project asked for.
        project: String,
        /// The projects it has, each in backticks, or `none`.
        known: String,
    },
    /// A feature view of the registry that cannot be watched and should be.
    #[error("feature view `{view}` {reason}")]
    View {
        /// Name of the view.
        view: String,
        /// What is wrong with it, as a clause, and a hint.
        reason: String,
    },
    /// `feature_store.yaml` is not what Feast accepts, or asks for something that is not supported.
    #[error("could not read feature_store.yaml: {reason}")]
    Repository {
        /// What is wrong, with the key in backticks.
        reason: String,
    },
}

impl FeastError {
    pub(super) fn repository(reason: impl Into<String>) -> Self {
        Self::Repository { reason: reason.into() }
    }

    pub(super) fn registry(reason: impl Into<String>) -> Self {
        Self::NotARegistry { reason: reason.into() }
    }

    pub(super) fn view(view: &str, reason: impl Into<String>) -> Self {
        Self::View { view: view.to_owned(), reason: reason.into() }
    }
}
