//! Redis, in Feast's layout or as plain keys.
//!
//! A database is filled only if it is empty or carries the demo's marker key; then an earlier demo's keys are removed
//! first, and no others. Plain rows are JSON texts at `feat:{entity}:{feature}` with the event timestamp in epoch seconds at
//! `feat:{entity}:_ts`.

use std::time::Duration;

use ::redis::aio::MultiplexedConnection;
use ::redis::{AsyncConnectionConfig, Client, ConnectionAddr, IntoConnectionInfo as _, Pipeline, RedisError};

use crate::demo::error::DemoError;
use crate::demo::feature::{FEATURES, PROJECT, ServedCell, ServedRow, VIEW, join_keys};
use crate::feast::{entity_key, field, timestamp};
use crate::model::entity::{EntityKey, KeyValue};
use crate::model::time::NANOS_PER_SECOND;
use crate::model::value::Value;

/// Key that tells a database filled by the demo.
const MARKER: &str = "skewwatch:demo";
/// Rows in one pipeline.
const PIPELINE: usize = 500;
/// Longest wait for the answer to one pipeline.
const TIMEOUT: Duration = Duration::from_secs(30);

/// One database of a Redis server without password or encryption.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RedisAddress {
    host: String,
    port: u16,
    database: i64,
}

/// How rows lie in the key space.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RedisLayout {
    /// A hash per entity, as Feast writes it.
    Feast,
    /// A JSON text per feature.
    Plain,
}

impl RedisAddress {
    /// Reads `redis://host:port/database`; port 6379 and database 0 may be left out.
    ///
    /// # Errors
    /// A sentence that says what such an address may not have.
    pub fn parse(text: &str) -> Result<Self, String> {
        let form = "expected `redis://host:port/database`";
        let info = text.into_connection_info().map_err(|error| format!("{form}: {error}"))?;
        let settings = info.redis_settings();
        if settings.username().is_some() || settings.password().is_some() {
            return Err(format!(
                "{form}: the demo writes its address into files, so it takes a Redis without a password"
            ));
        }
        let ConnectionAddr::Tcp(host, port) = info.addr() else {
            return Err(format!("{form}: the demo speaks plain TCP only"));
        };
        Ok(Self { host: host.clone(), port: *port, database: settings.db() })
    }

    /// The address as a URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://{}:{}/{}", self.host, self.port, self.database)
    }

    /// The address as `feature_store.yaml` writes it.
    #[must_use]
    pub fn connection_string(&self) -> String {
        format!("{}:{},db={}", self.host, self.port, self.database)
    }
}

/// Replaces an earlier demo's rows in the database by `rows`.
pub(super) async fn write(rows: &[ServedRow], address: &RedisAddress, layout: RedisLayout) -> Result<(), DemoError> {
    let mut table = RedisTable::open(address, layout).await?;
    if !clear(&mut table.connection).await.map_err(failed(address))? {
        return Err(DemoError::ForeignRedis(address.url()));
    }
    table.put(rows).await
}

fn failed(address: &RedisAddress) -> impl FnOnce(RedisError) -> DemoError {
    let address = address.url();
    move |source| DemoError::Redis { address, source }
}

/// The demo's rows in a database.
pub struct RedisTable {
    connection: MultiplexedConnection,
    address: RedisAddress,
    layout: RedisLayout,
}

impl RedisTable {
    /// Connects; nothing is changed.
    ///
    /// # Errors
    /// When the server cannot be reached.
    pub async fn open(address: &RedisAddress, layout: RedisLayout) -> Result<Self, DemoError> {
        let config = AsyncConnectionConfig::new().set_response_timeout(Some(TIMEOUT));
        let client = Client::open(address.url()).map_err(failed(address))?;
        let connection = client.get_multiplexed_async_connection_with_config(&config).await.map_err(failed(address))?;
        Ok(Self { connection, address: address.clone(), layout })
    }

    /// Writes rows over those of the same entities.
    ///
    /// # Errors
    /// When the server does not take them.
    pub async fn put(&mut self, rows: &[ServedRow]) -> Result<(), DemoError> {
        for chunk in rows.chunks(PIPELINE) {
            let mut pipeline = ::redis::pipe();
            for row in chunk {
                match self.layout {
                    RedisLayout::Feast => put_hash(&mut pipeline, row)?,
                    RedisLayout::Plain => put_texts(&mut pipeline, row),
                }
            }
            pipeline.exec_async(&mut self.connection).await.map_err(failed(&self.address))?;
        }
        Ok(())
    }

    /// Removes the rows of these entities.
    ///
    /// # Errors
    /// When the server does not do it.
    pub async fn remove(&mut self, rows: &[ServedRow]) -> Result<(), DemoError> {
        for chunk in rows.chunks(PIPELINE) {
            let mut pipeline = ::redis::pipe();
            for row in chunk {
                match self.layout {
                    RedisLayout::Feast => pipeline.cmd("UNLINK").arg(hash_key(row)).ignore(),
                    RedisLayout::Plain => {
                        let names = FEATURES.iter().map(|(feature, _)| *feature).chain(["_ts"]);
                        let keys: Vec<String> = names.map(|name| format!("feat:{}:{name}", row.entity)).collect();
                        pipeline.cmd("UNLINK").arg(keys).ignore()
                    }
                };
            }
            pipeline.exec_async(&mut self.connection).await.map_err(failed(&self.address))?;
        }
        Ok(())
    }
}

fn hash_key(row: &ServedRow) -> Vec<u8> {
    let mut key = super::feast::key(row);
    key.extend_from_slice(PROJECT.as_bytes());
    key
}

/// Makes room in a database that is empty or ours, and marks it; `false` leaves a foreign one untouched.
async fn clear(connection: &mut MultiplexedConnection) -> Result<bool, RedisError> {
    let keys: u64 = ::redis::cmd("DBSIZE").query_async(connection).await?;
    let marked: bool = ::redis::cmd("EXISTS").arg(MARKER).query_async(connection).await?;
    if keys > 0 && !marked {
        return Ok(false);
    }
    ::redis::cmd("SET").arg(MARKER).arg("made by `skewwatch demo`").exec_async(connection).await?;
    for pattern in [format!("*{PROJECT}"), "feat:*".to_owned()] {
        let mut cursor = 0_u64;
        loop {
            let (next, found): (u64, Vec<Vec<u8>>) = ::redis::cmd("SCAN")
                .arg(cursor)
                .arg(("MATCH", pattern.as_str(), "COUNT", 1000))
                .query_async(connection)
                .await?;
            let ours: Vec<Vec<u8>> = found.into_iter().filter(|key| is_ours(key)).collect();
            if !ours.is_empty() {
                ::redis::cmd("UNLINK").arg(ours).exec_async(connection).await?;
            }
            cursor = next;
            if cursor == 0 {
                break;
            }
        }
    }
    Ok(true)
}

/// Whether a demo wrote `key`, in either layout; a database that was marked once may have come to hold other keys.
fn is_ours(key: &[u8]) -> bool {
    let is_entity = |text: &str| {
        let digits = text.strip_prefix(['u', 'x']);
        digits.is_some_and(|digits| digits.len() >= 6 && digits.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let hash = entity_key::decode(key).ok().and_then(|key| key.entity_key(&join_keys(), PROJECT.as_bytes()));
    if let Some([KeyValue::String(entity)]) = hash.as_ref().map(EntityKey::values) {
        return is_entity(entity);
    }
    let text = std::str::from_utf8(key).ok().and_then(|text| text.strip_prefix("feat:")?.split_once(':'));
    text.is_some_and(|(entity, name)| {
        is_entity(entity) && (name == "_ts" || FEATURES.iter().any(|(feature, _)| *feature == name))
    })
}

fn put_hash(pipeline: &mut Pipeline, row: &ServedRow) -> Result<(), DemoError> {
    let command = pipeline.cmd("HSET").arg(hash_key(row));
    for (position, (feature, _)) in FEATURES.iter().enumerate() {
        command.arg(field::feature(VIEW, feature).as_slice()).arg(super::feast::cell(row, position)?);
    }
    command.arg(field::timestamp(VIEW)).arg(timestamp::encode(row.event_timestamp)).ignore();
    Ok(())
}

fn put_texts(pipeline: &mut Pipeline, row: &ServedRow) {
    let command = pipeline.cmd("MSET");
    for (cell, (feature, _)) in row.cells.iter().zip(FEATURES) {
        command.arg(format!("feat:{}:{feature}", row.entity)).arg(json(cell));
    }
    let seconds = row.event_timestamp.nanos().div_euclid(NANOS_PER_SECOND);
    command.arg(format!("feat:{}:_ts", row.entity)).arg(seconds).ignore();
}

/// The cell as a JSON text. A single-precision number has the shortest digits that give it back.
fn json(cell: &ServedCell) -> String {
    match cell {
        ServedCell::Garbage => "{\"unfinished".to_owned(),
        ServedCell::Value(Value::String(text)) => serde_json::Value::from(&**text).to_string(),
        ServedCell::Value(value) => value.to_string(),
    }
}
