//! Feast's registry: which feature views exist, of which types, and where their data lies.
//!
//! A file registry is one protobuf message; a SQL registry keeps the same messages in tables. [`Registry::views`] turns
//! either into feature views to watch, and names those that are not watched with the reason; [`compose`] goes the other
//! way, for a feature store made by this program that the real Feast can read.

mod compose;
mod message;
mod services;
mod source;
mod sql;
mod views;

use std::collections::BTreeSet;
use std::path::Path;

use prost::Message as _;

use super::FeastError;
use crate::model::service::FeatureService;
use crate::model::view::{FeatureView, NotWatched};
pub use compose::compose;
use message::RegistryMessage;
pub use views::DUMMY_JOIN_KEY;

/// A registry that has been read or composed.
#[derive(Clone, Debug, PartialEq)]
pub struct Registry {
    message: RegistryMessage,
}

/// What a registry says about one project.
#[derive(Clone, Debug, PartialEq)]
pub struct RegistryViews {
    /// Views to watch: batch views in the order of the registry, then stream views.
    pub watched: Vec<FeatureView>,
    /// Views, and single features of watched views, that are not watched.
    pub not_watched: Vec<NotWatched>,
}

/// Whether the online store keeps each version of a view under a name of its own: Feast's
/// `registry.enable_online_feature_view_versioning`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ViewVersioning {
    /// Every view lies under its plain name: Feast's default, whatever version the registry counts.
    #[default]
    Off,
    /// A view of version N above 0 lies under `<view>_v<N>`.
    On,
}

/// How a SQLite file begins.
const SQLITE_MAGIC: &[u8] = b"SQLite format 3\0";

impl Registry {
    /// Reads a file registry.
    ///
    /// # Errors
    /// When the bytes are no registry.
    pub fn decode(bytes: &[u8]) -> Result<Self, FeastError> {
        if bytes.is_empty() {
            return Err(FeastError::registry("it is empty; has `feast apply` been run?"));
        }
        if bytes.starts_with(SQLITE_MAGIC) {
            return Err(FeastError::registry("it is a SQLite file; set `registry_type: sql` if it is a SQL registry"));
        }
        let message = RegistryMessage::decode(bytes)
            .map_err(|error| FeastError::registry(format!("it is no Feast registry: {error}")))?;
        // Protobuf accepts much that is not meant for it; Feast never leaves the schema version out.
        if message.schema_version.is_empty() {
            return Err(FeastError::registry("it is no Feast registry: it names no schema version"));
        }
        Ok(Self { message })
    }

    /// Reads what a SQL registry in the SQLite file at `path` says about `project`; the file is opened read only.
    ///
    /// # Errors
    /// When the file cannot be read, or one of its rows is no registry message.
    pub fn read_sqlite(path: &Path, project: &str) -> Result<Self, FeastError> {
        sql::read(path, project).map(|message| Self { message })
    }

    /// The bytes of a file registry. Parts of a registry that this program does not read are not kept.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.message.encode_to_vec()
    }

    /// The names of the projects in the registry, in alphabetical order.
    #[must_use]
    pub fn projects(&self) -> Vec<&str> {
        let message = &self.message;
        let listed = message.projects.iter().filter_map(|project| project.spec.as_ref()).map(|spec| &spec.name);
        let of_views = message.feature_views.iter().filter_map(|view| view.spec.as_ref()).map(|spec| &spec.project);
        let of_streams =
            message.stream_feature_views.iter().filter_map(|view| view.spec.as_ref()).map(|spec| &spec.project);
        let names: BTreeSet<&str> = listed.chain(of_views).chain(of_streams).map(String::as_str).collect();
        names.into_iter().collect()
    }

    /// The views of `project`; relative paths of sources are taken from `folder`, where `feature_store.yaml` lies.
    ///
    /// # Errors
    /// When the registry has no such project, or a view that is served online lacks what watching it needs.
    pub fn views(&self, project: &str, folder: &Path, versioning: ViewVersioning) -> Result<RegistryViews, FeastError> {
        let known = self.projects();
        if !known.contains(&project) {
            let known: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(FeastError::UnknownProject { project: project.to_owned(), known });
        }
        views::of_project(&self.message, &views::Scope { project, folder, versioning })
    }

    /// The feature services of `project`, in the order of the registry.
    #[must_use]
    pub fn services(&self, project: &str) -> Vec<FeatureService> {
        services::of_project(&self.message, project)
    }
}
