//! A Feast repository's `feature_store.yaml`: where its registry and its online store are.
//!
//! Only what watching needs is read; every other key is ignored, because the file is Feast's and has many. `${NAME}` is
//! replaced inside values after the file has been parsed, so that no message about the file can show what a variable
//! holds. Nothing is opened.

mod redis;
mod registry;

use std::path::{Path, PathBuf};

use serde_json::Value as Yaml;

use super::FeastError;
use super::entity_key::Serialization;
use super::registry::ViewVersioning;
pub use redis::{RedisConfig, RedisKind};

/// What `feature_store.yaml` says.
#[derive(Clone, Debug, PartialEq)]
pub struct Repository {
    /// The project.
    pub project: String,
    /// Where the registry is.
    pub registry: RegistryLocation,
    /// Whether the online store keeps versions of a view apart.
    pub versioning: ViewVersioning,
    /// The online store.
    pub online_store: OnlineStoreConfig,
    /// How entity keys are written.
    pub key_serialization: Serialization,
}

/// Where a registry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RegistryLocation {
    /// A file on disk.
    File(PathBuf),
    /// An `s3://` address.
    Object(String),
    /// A SQL registry in a SQLite file.
    Sqlite(PathBuf),
}

/// The online store of a repository.
#[derive(Clone, Debug, PartialEq)]
pub enum OnlineStoreConfig {
    /// Redis.
    Redis(RedisConfig),
    /// A SQLite file.
    Sqlite {
        /// The file.
        path: PathBuf,
    },
    /// A store that is not read, or `none`; its type as written.
    Unsupported(String),
}

/// Gives the value of an environment variable.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Repository {
    /// Reads the text of `feature_store.yaml`, which lies in `folder`; `environment` gives the values of variables.
    ///
    /// # Errors
    /// When the text is no YAML, a needed key is missing or has no usable value, or a variable is not set.
    pub fn parse(text: &str, folder: &Path, environment: Environment<'_>) -> Result<Self, FeastError> {
        let file = File { root: &parse_yaml(text)?, folder, environment };
        let project = file.text("project", &file.root["project"])?;
        let project = project.ok_or_else(|| FeastError::repository("it has no `project`"))?;
        let (registry, versioning) = registry::read(&file)?;
        Ok(Self {
            project,
            registry,
            versioning,
            online_store: online_store(&file)?,
            key_serialization: key_serialization(&file)?,
        })
    }
}

fn parse_yaml(text: &str) -> Result<Yaml, FeastError> {
    // Without the snippet, which might show a password written into the file.
    let options = serde_saphyr::options! { with_snippet: false };
    let root: Yaml = serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| FeastError::repository(format!("it is no YAML: {error}")))?;
    if root.is_object() { Ok(root) } else { Err(FeastError::repository("it is no mapping of keys to values")) }
}

fn online_store(file: &File<'_>) -> Result<OnlineStoreConfig, FeastError> {
    let none = || OnlineStoreConfig::Unsupported("none".to_owned());
    let declared = &file.root["online_store"];
    let kind = match file.root.get("online_store") {
        None => None,
        Some(Yaml::Object(_)) => file.text("online_store.type", &declared["type"])?,
        // Feast, too, takes a null for a repository without an online store.
        Some(Yaml::Null) => return Ok(none()),
        Some(Yaml::Bool(_) | Yaml::Number(_) | Yaml::String(_) | Yaml::Array(_)) => {
            file.text("online_store", declared)?
        }
    };
    let sqlite = |path: Option<String>| OnlineStoreConfig::Sqlite {
        path: file.folder.join(path.unwrap_or_else(|| "data/online_store.db".to_owned())),
    };
    match kind.as_deref() {
        // What Feast falls back to where the file says nothing.
        None | Some("sqlite" | "feast.infra.online_stores.sqlite.SqliteOnlineStore") => {
            Ok(sqlite(file.text("online_store.path", &declared["path"])?))
        }
        Some("redis" | "feast.infra.online_stores.redis.RedisOnlineStore") => {
            redis::read(file, declared).map(OnlineStoreConfig::Redis)
        }
        Some("None" | "none" | "null") => Ok(none()),
        Some(other) => Ok(OnlineStoreConfig::Unsupported(other.to_owned())),
    }
}

fn key_serialization(file: &File<'_>) -> Result<Serialization, FeastError> {
    let key = "entity_key_serialization_version";
    match file.text(key, &file.root[key])?.as_deref() {
        None | Some("3") => Ok(Serialization::V3),
        Some("2") => Ok(Serialization::V2),
        Some(other) => Err(FeastError::repository(format!("`{key}` is `{other}`, and only 2 and 3 are read"))),
    }
}

/// The parsed file with what its values refer to.
struct File<'a> {
    root: &'a Yaml,
    folder: &'a Path,
    environment: Environment<'a>,
}

impl File<'_> {
    /// The value of `key` as text with its variables replaced; numbers and booleans as they would be written, and
    /// nothing for a null.
    fn text(&self, key: &str, value: &Yaml) -> Result<Option<String>, FeastError> {
        match value {
            Yaml::Null => Ok(None),
            Yaml::String(text) => self.expanded(key, text).map(Some),
            Yaml::Bool(flag) => Ok(Some(flag.to_string())),
            Yaml::Number(number) => Ok(Some(number.to_string())),
            Yaml::Array(_) | Yaml::Object(_) => Err(FeastError::repository(format!("`{key}` is no text"))),
        }
    }

    /// Replaces `${NAME}`. Feast also replaces `$NAME`, but only where such a variable is set.
    fn expanded(&self, key: &str, text: &str) -> Result<String, FeastError> {
        let mut expanded = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            expanded.push_str(before);
            if let Some((name, tail)) = after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                let value = (self.environment)(name).ok_or_else(|| {
                    FeastError::repository(format!("`{key}` needs the environment variable `{name}`, which is not set"))
                })?;
                expanded.push_str(&value);
                rest = tail;
            } else {
                let end = after.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(after.len());
                let (name, tail) = after.split_at(end);
                if let Some(value) = (self.environment)(name).filter(|_| !name.is_empty()) {
                    expanded.push_str(&value);
                } else {
                    expanded.push('$');
                    expanded.push_str(name);
                }
                rest = tail;
            }
        }
        expanded.push_str(rest);
        Ok(expanded)
    }
}
