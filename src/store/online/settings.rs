//! What must be known to reach an online store and to understand its rows.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use crate::feast::entity_key::Serialization as KeySerialization;
use crate::model::online::Fidelity;
use crate::model::secret::Secret;

/// Which online store, and how to reach it.
#[derive(Clone, Debug, PartialEq)]
pub enum OnlineSettings {
    /// Redis or Valkey.
    Redis(Box<RedisSettings>),
    /// A SQLite file in Feast's layout.
    Sqlite(SqliteSettings),
}

/// A SQLite file in Feast's layout.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqliteSettings {
    /// The file.
    pub path: PathBuf,
    /// How entity keys are written.
    pub keys: KeySerialization,
}

/// How to reach Redis.
#[derive(Clone, Debug, PartialEq)]
pub struct RedisSettings {
    /// `host:port` of the server, of cluster nodes to start from, or of the sentinels.
    pub nodes: Vec<String>,
    /// Number of the database (single and sentinel only).
    pub database: i64,
    /// ACL user.
    pub username: Option<String>,
    /// Its password.
    pub password: Option<Secret>,
    /// Encryption; `None` speaks plain text.
    pub tls: Option<RedisTls>,
    /// Single server, cluster or sentinels.
    pub topology: RedisTopology,
    /// Whether reads may go to replicas.
    pub replica_reads: bool,
    /// How rows lie in the key space.
    pub layout: RedisLayout,
    /// Limits on what reading may cost.
    pub budget: ReadBudget,
}

impl RedisSettings {
    /// One server, without name, password or encryption, and with the limits that reading has by default.
    #[must_use]
    pub fn single(address: &str, layout: RedisLayout) -> Self {
        Self {
            nodes: vec![address.to_owned()],
            database: 0,
            username: None,
            password: None,
            tls: None,
            topology: RedisTopology::Single,
            replica_reads: false,
            layout,
            budget: ReadBudget::default(),
        }
    }
}

/// Encryption towards Redis.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RedisTls {
    /// PEM file with the certificate authority; `None` trusts the system's.
    pub ca_file: Option<PathBuf>,
}

/// How Redis is run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedisTopology {
    /// One server.
    Single,
    /// Redis Cluster.
    Cluster,
    /// Servers behind sentinels.
    Sentinel {
        /// Name of the master that the sentinels watch.
        master: String,
        /// Password of the sentinels themselves.
        password: Option<Secret>,
    },
}

/// What a round may cost the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadBudget {
    /// Most keys read a second; `None` is unlimited.
    pub keys_per_second: Option<u32>,
    /// Keys in one pipeline.
    pub pipeline: usize,
    /// Pipelines under way at once, per node.
    pub in_flight: usize,
    /// Longest wait for a connection.
    pub connect_timeout: Duration,
    /// Longest wait for the answer to a pipeline.
    pub timeout: Duration,
    /// How often a pipeline is sent before its keys count as unread.
    pub attempts: u32,
    /// `COUNT` of `SCAN`.
    pub scan_count: u32,
    /// Keys of the key space that one round walks past and asks about, for one view.
    pub scan_keys: u64,
}

impl Default for ReadBudget {
    fn default() -> Self {
        Self {
            keys_per_second: None,
            pipeline: 128,
            in_flight: 4,
            connect_timeout: Duration::from_secs(2),
            timeout: Duration::from_secs(1),
            attempts: 3,
            scan_count: 1000,
            scan_keys: 1_000_000,
        }
    }
}

/// How rows lie in the key space of Redis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RedisLayout {
    /// Feast's: a hash per entity.
    Feast {
        /// How entity keys are written.
        keys: KeySerialization,
    },
    /// Keys by pattern.
    Plain(PlainLayout),
}

/// Keys by pattern, such as `feat:{entity}:{feature}`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainLayout {
    /// The pattern. `{entity}` stands for the join-key values joined by `,` (or `{JOIN_KEY}` for one of several),
    /// `{view}` for the view's name, `{feature}` for the feature's. A pattern without `{feature}` names a hash that has
    /// a field per feature. Doubled braces are literal: `feat:{{{entity}}}:{feature}` writes a cluster hash tag.
    pub key: String,
    /// How values are written.
    pub encoding: PlainEncoding,
    /// Where the event timestamp is, if anywhere.
    pub timestamp: Option<PlainTimestamp>,
}

/// How a plain value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlainEncoding {
    /// A JSON document.
    Json,
    /// The text of the value.
    Text,
    /// MessagePack.
    Msgpack,
    /// `feast.types.Value`.
    ProtobufValue,
}

/// Where a plain row keeps its event timestamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlainTimestamp {
    /// A key pattern like [`PlainLayout::key`], or for hashes the name of a field.
    pub at: String,
    /// How it is written.
    pub format: TimestampFormat,
}

/// How an event timestamp is written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimestampFormat {
    /// Seconds since 1970, perhaps with a fraction.
    EpochSeconds,
    /// Milliseconds since 1970.
    EpochMillis,
    /// RFC 3339.
    Rfc3339,
}

impl OnlineSettings {
    /// Which kind of store it is, as a metric's label.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Redis(_) => "redis",
            Self::Sqlite(_) => "sqlite",
        }
    }

    /// What the layout's bytes can tell apart.
    #[must_use]
    pub fn fidelity(&self) -> Fidelity {
        let Self::Redis(settings) = self else { return Fidelity::NanAndEmptyAreNull };
        match &settings.layout {
            RedisLayout::Feast { .. } => Fidelity::NanAndEmptyAreNull,
            RedisLayout::Plain(layout) => match layout.encoding {
                PlainEncoding::Json => Fidelity::NanIsNull,
                PlainEncoding::Text | PlainEncoding::Msgpack => Fidelity::Exact,
                PlainEncoding::ProtobufValue => Fidelity::NanAndEmptyAreNull,
            },
        }
    }
}
