//! Whole rounds over what the real Feast wrote.

mod clean;
mod explain;
mod reader;
mod remote;
mod skewed;
mod wire;

use std::fs;
use std::path::{Path, PathBuf};

use skewwatch::config;
use skewwatch::config::Plan;
use skewwatch::model::measurement::{FeatureMeasurement, RoundReport, ViewMeasurement};
use skewwatch::model::time::Timestamp;
use skewwatch::run::{RoundOptions, round};
use tempfile::TempDir;

use crate::support::redis::RedisServer;

/// The instant up to which the golden sets were materialized.
pub fn as_of() -> Timestamp {
    Timestamp::parse_rfc3339("2026-06-15T00:00:00Z").unwrap()
}

/// A Feast repository with golden content, and a configuration beside it.
pub struct Repository {
    folder: TempDir,
    /// Stops with the repository.
    server: Option<RedisServer>,
}

fn golden(set: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden-feast").join(set)
}

impl Repository {
    pub fn on_sqlite(set: &str, configuration: &str) -> Self {
        let folder = Self::with_data(set, "registry.sqlite.db");
        fs::copy(golden(set).join("online_store.db"), folder.path().join("repo/data/online_store.db")).unwrap();
        fs::copy(golden(set).join("feature_store.sqlite.yaml"), folder.path().join("repo/feature_store.yaml")).unwrap();
        fs::write(folder.path().join("skewwatch.yaml"), configuration).unwrap();
        Self { folder, server: None }
    }

    pub fn on_redis(set: &str, configuration: &str) -> Self {
        Self::on_server(set, configuration, (RedisServer::from_dump(&golden(set).join("redis.rdb")), ""))
    }

    /// On a server that holds the set, reached with what stands after its address in Feast's connection string.
    fn on_server(set: &str, configuration: &str, (server, credentials): (RedisServer, &str)) -> Self {
        let folder = Self::with_data(set, "registry.db");
        let text = fs::read_to_string(golden(set).join("feature_store.yaml")).unwrap();
        let line = text.lines().find(|line| line.trim_start().starts_with("connection_string:")).unwrap();
        let ours = format!("    connection_string: \"{}{credentials}\"", server.address());
        fs::write(folder.path().join("repo/feature_store.yaml"), text.replace(line, &ours)).unwrap();
        fs::write(folder.path().join("skewwatch.yaml"), configuration).unwrap();
        Self { folder, server: Some(server) }
    }

    fn with_data(set: &str, registry: &str) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("repo/data");
        fs::create_dir_all(&data).unwrap();
        for file in fs::read_dir(golden(set).join("data")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), data.join(file.file_name())).unwrap();
        }
        fs::copy(golden(set).join(registry), data.join("registry.db")).unwrap();
        folder
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn configuration(&self) -> PathBuf {
        self.folder.path().join("skewwatch.yaml")
    }

    pub async fn plan(&self) -> Plan {
        config::load(&self.configuration(), &|name| std::env::var(name).ok()).await.unwrap()
    }

    pub async fn check(&self) -> RoundReport {
        round(&self.plan().await, RoundOptions { as_of: Some(as_of()), progress: &|_| {} }).await
    }
}

fn view<'a>(report: &'a RoundReport, name: &str) -> &'a ViewMeasurement {
    report.views.iter().find(|view| view.feature_view == name).unwrap()
}

fn feature<'a>(report: &'a RoundReport, view_name: &str, name: &str) -> &'a FeatureMeasurement {
    &view(report, view_name).features[name]
}
