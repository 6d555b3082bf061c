//! The Redis online store of `feature_store.yaml`.
//!
//! Its `connection_string` is no `redis://` address but a list of tokens: those without `=` are servers, the others are
//! arguments of the Python client whose values are JSON where they can be read as such.

use std::path::PathBuf;

use serde_json::Value as Yaml;

use super::File;
use crate::feast::FeastError;
use crate::model::secret::Secret;

/// How to reach Feast's Redis.
#[derive(Clone, Debug, PartialEq)]
pub struct RedisConfig {
    /// `host:port` of the server, of cluster nodes, or of the sentinels.
    pub nodes: Vec<String>,
    /// Number of the database.
    pub database: i64,
    /// ACL user.
    pub username: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// Whether the connection is encrypted.
    pub ssl: bool,
    /// PEM file with the certificate authority, relative to the repository's folder unless absolute.
    pub ca_file: Option<PathBuf>,
    /// How Redis is run.
    pub kind: RedisKind,
}

/// How Redis is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedisKind {
    /// One server.
    Single,
    /// Redis Cluster.
    Cluster,
    /// Servers behind sentinels.
    Sentinel {
        /// Name of the master that the sentinels watch.
        master: String,
    },
}

/// Arguments of the Python client that change nothing about what is read: waiting, pooling, checking, naming.
const HARMLESS: [&str; 15] = [
    "client_name",
    "decode_responses",
    "encoding",
    "health_check_interval",
    "max_connections",
    "protocol",
    "read_from_replicas",
    "require_full_coverage",
    "retry_on_error",
    "retry_on_timeout",
    "skip_full_coverage_check",
    "socket_connect_timeout",
    "socket_keepalive",
    "socket_timeout",
    "ssl_min_version",
];

/// Reads the mapping under `online_store`, or Feast's defaults where it is only a name.
pub(super) fn read(file: &File<'_>, declared: &Yaml) -> Result<RedisConfig, FeastError> {
    let text = |key: &str| file.text(&format!("online_store.{key}"), &declared[key]);
    let kind = match text("redis_type")?.as_deref() {
        None | Some("redis") => RedisKind::Single,
        Some("redis_cluster") => RedisKind::Cluster,
        Some("redis_sentinel") => {
            RedisKind::Sentinel { master: text("sentinel_master")?.unwrap_or_else(|| "mymaster".to_owned()) }
        }
        Some(other) => {
            return Err(FeastError::repository(format!(
                "`online_store.redis_type` is `{other}`; Feast knows `redis`, `redis_cluster` and `redis_sentinel`"
            )));
        }
    };
    let mut config =
        RedisConfig { nodes: Vec::new(), database: 0, username: None, password: None, ssl: false, ca_file: None, kind };
    let connection = text("connection_string")?.unwrap_or_else(|| "localhost:6379".to_owned());
    for token in connection.split(',') {
        match token.split_once('=') {
            None => config.nodes.push(node(token.trim())?),
            Some((name, value)) => config.set(file, name.trim(), value)?,
        }
    }
    if config.nodes.is_empty() {
        return Err(faulty("names no `host:port`"));
    }
    Ok(config)
}

fn faulty(reason: impl std::fmt::Display) -> FeastError {
    FeastError::repository(format!("`online_store.connection_string` {reason}"))
}

fn node(token: &str) -> Result<String, FeastError> {
    let (host, port) = token.rsplit_once(':').unwrap_or((token, ""));
    // What is no host and port may be a part of a password with a comma in it: it is not shown.
    if token.contains("://") {
        return Err(faulty("is an address with `://`; Feast wants `host:port,name=value,…`"));
    }
    if host.is_empty() || port.parse::<u16>().is_err() {
        return Err(faulty("has a part that is neither `host:port` nor `name=value`"));
    }
    Ok(token.to_owned())
}

impl RedisConfig {
    fn set(&mut self, file: &File<'_>, name: &str, written: &str) -> Result<(), FeastError> {
        let value: Option<Yaml> = serde_json::from_str(written).ok();
        let text = match &value {
            Some(Yaml::String(text)) => text.clone(),
            Some(Yaml::Null | Yaml::Bool(_) | Yaml::Number(_) | Yaml::Array(_) | Yaml::Object(_)) | None => {
                written.to_owned()
            }
        };
        match name {
            "db" => {
                let database = text.parse().map_err(|_| faulty(format!("has `db={text}`, which is no number")))?;
                self.database = database;
            }
            "username" => self.username = Some(text),
            "password" => self.password = Some(Secret::new(text)),
            "ssl" => self.ssl = is_truthy(value.as_ref(), written),
            "ssl_ca_certs" => self.ca_file = Some(file.folder.join(text)),
            "ssl_cert_reqs" if text == "required" => {}
            "ssl_check_hostname" if is_truthy(value.as_ref(), written) => {}
            "ssl_cert_reqs" | "ssl_check_hostname" => {
                return Err(faulty(format!(
                    "has `{name}={text}`, but certificates are always checked; name the authority by `ssl_ca_certs`"
                )));
            }
            harmless if HARMLESS.contains(&harmless) => {}
            unknown => return Err(faulty(format!("has `{unknown}=…`, which is not supported"))),
        }
        Ok(())
    }
}

/// Truth as Python has it: `ssl=False` is no JSON, so it stays a text, and a text that is not empty is true.
fn is_truthy(value: Option<&Yaml>, written: &str) -> bool {
    match value {
        Some(Yaml::Null) => false,
        Some(Yaml::Bool(flag)) => *flag,
        Some(Yaml::Number(number)) => number.as_f64() != Some(0.0),
        Some(Yaml::String(text)) => !text.is_empty(),
        Some(Yaml::Array(values)) => !values.is_empty(),
        Some(Yaml::Object(entries)) => !entries.is_empty(),
        None => !written.is_empty(),
    }
}
