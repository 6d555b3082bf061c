//! `feast`: a Feast repository, its registry and its online store.

use std::error::Error;
use std::path::Path;

use super::online::{Access, FeastOnline};
use super::problem::{Problem, Span};
use super::reader::{Reader, plain};
use super::redis::RedisAccess;
use super::tree::Entry;
use crate::feast::entity_key::Serialization;
use crate::feast::registry::{Registry, RegistryViews};
use crate::feast::repository::{OnlineStoreConfig, RedisConfig, RedisKind, RegistryLocation, Repository};
use crate::model::service::FeatureService;
use crate::store::online::{KeySerialization, RedisTls, RedisTopology};
use crate::store::snapshot::{SnapshotSettings, SnapshotStore};

/// The file of a repository that says where everything is.
const REPOSITORY_FILE: &str = "feature_store.yaml";

/// What a Feast repository gives to a plan.
#[derive(Debug)]
pub(super) struct FeastRepository {
    /// Its views.
    pub(super) views: RegistryViews,
    /// Its feature services.
    pub(super) services: Vec<FeatureService>,
    /// Its online store.
    pub(super) online: FeastOnline,
    /// Where the file names it.
    pub(super) at: Span,
}

/// Reads the repository that the entry names, and its registry.
pub(super) async fn read(
    entry: &Entry,
    snapshots: &SnapshotSettings,
    reader: &mut Reader<'_>,
) -> Option<FeastRepository> {
    let path = reader.path(&entry.value)?;
    let at = entry.value.span;
    let path = if path.is_dir() { path.join(REPOSITORY_FILE) } else { path };
    let folder = path.parent().unwrap_or(Path::new(""));
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) => {
            let problem = Problem::new(at, format!("could not read {}: {}", path.display(), plain(&error)));
            reader.note(problem.hint("name the folder of a Feast repository, or its `feature_store.yaml`"));
            return None;
        }
    };
    match with_registry(&text, folder, snapshots, reader).await {
        Ok((views, services, online)) => Some(FeastRepository { views, services, online, at }),
        Err(message) => {
            reader.note(Problem::new(at, message));
            None
        }
    }
}

async fn with_registry(
    text: &str,
    folder: &Path,
    snapshots: &SnapshotSettings,
    reader: &Reader<'_>,
) -> Result<(RegistryViews, Vec<FeatureService>, FeastOnline), String> {
    let repository = Repository::parse(text, folder, reader.environment()).map_err(|error| chain(&error))?;
    let registry = match &repository.registry {
        RegistryLocation::File(path) => {
            let bytes = std::fs::read(path).map_err(|error| {
                format!(
                    "could not read the registry {}: {}; has `feast apply` been run?",
                    path.display(),
                    plain(&error)
                )
            })?;
            Registry::decode(&bytes).map_err(|error| format!("{} ({})", chain(&error), path.display()))?
        }
        RegistryLocation::Object(location) => {
            let store = SnapshotStore::new(snapshots.clone());
            let bytes = store.fetch(location).await.map_err(|error| chain(&error))?;
            Registry::decode(&bytes).map_err(|error| format!("{} ({location})", chain(&error)))?
        }
        RegistryLocation::Sqlite(path) => {
            Registry::read_sqlite(path, &repository.project).map_err(|error| chain(&error))?
        }
    };
    let views = registry.views(&repository.project, folder, repository.versioning).map_err(|error| chain(&error))?;
    let services = registry.services(&repository.project);
    let keys = match repository.key_serialization {
        Serialization::V2 => KeySerialization::V2,
        Serialization::V3 => KeySerialization::V3,
    };
    let access = match repository.online_store {
        OnlineStoreConfig::Redis(config) => Ok(Access::Redis(Box::new(redis(config)))),
        OnlineStoreConfig::Sqlite { path } => Ok(Access::Sqlite(path)),
        OnlineStoreConfig::Unsupported(kind) => Err(kind),
    };
    Ok((views, services, FeastOnline { keys, access }))
}

fn redis(config: RedisConfig) -> RedisAccess {
    RedisAccess {
        nodes: config.nodes,
        database: config.database,
        username: config.username,
        password: config.password,
        tls: config.ssl.then_some(RedisTls { ca_file: config.ca_file }),
        topology: match config.kind {
            RedisKind::Single => RedisTopology::Single,
            RedisKind::Cluster => RedisTopology::Cluster,
            RedisKind::Sentinel { master } => RedisTopology::Sentinel { master, password: None },
        },
        replica_reads: None,
    }
}

/// An error with all its causes, as one sentence.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
