//! Filling a store with the benchmark's rows.

use futures_util::future::try_join_all;
use redis::aio::{ConnectionLike as _, MultiplexedConnection};
use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::{AsyncConnectionConfig, Client, Cmd, RedisError};
use std::time::Duration;

use super::data::Rows;
use crate::model::time::Clock;

/// Rows in one pipeline.
const PIPELINE: u32 = 1_000;
/// Longest wait for the answer to one pipeline.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Why a store could not be filled.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Redis refused.
    #[error("could not write the rows of the benchmark to Redis")]
    Redis(#[from] RedisError),
    /// A value has no bytes.
    #[error("could not encode a value: {0}")]
    Value(Box<str>),
}

/// A connection that writes.
pub enum Writer {
    /// To one server.
    Single(MultiplexedConnection),
    /// To a cluster.
    Cluster(ClusterConnection),
}

impl Writer {
    /// Connects to one server, or through any nodes of a cluster; addresses are `redis://…`.
    ///
    /// # Errors
    /// When nobody answers.
    pub async fn connect(addresses: &[String], is_cluster: IsCluster) -> Result<Self, LoadError> {
        Ok(match (is_cluster, addresses.first()) {
            (IsCluster::No, Some(address)) => {
                let config = AsyncConnectionConfig::new().set_response_timeout(Some(TIMEOUT));
                let client = Client::open(address.as_str())?;
                Self::Single(client.get_multiplexed_async_connection_with_config(&config).await?)
            }
            (IsCluster::No, None) | (IsCluster::Yes, _) => {
                let client =
                    ClusterClient::builder(addresses.iter().map(String::as_str)).response_timeout(TIMEOUT).build()?;
                Self::Cluster(client.get_async_connection().await?)
            }
        })
    }

    /// Sends commands, to a server in one pipeline, to a cluster each to its node, and waits for all of them.
    ///
    /// # Errors
    /// When Redis refuses any of it, or does not answer.
    pub async fn send(&mut self, commands: Vec<Cmd>) -> Result<(), LoadError> {
        match self {
            Self::Single(connection) => {
                let mut pipeline = redis::pipe();
                for command in commands {
                    pipeline.add_command(command).ignore();
                }
                pipeline.exec_async(connection).await?;
            }
            Self::Cluster(connection) => {
                let sent = commands.into_iter().map(|command| {
                    let mut connection = connection.clone();
                    async move { connection.req_packed_command(&command).await?.extract_error() }
                });
                try_join_all(sent).await?;
            }
        }
        Ok(())
    }
}

/// Whether addresses are those of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IsCluster {
    /// They are.
    Yes,
    /// They are one server's.
    No,
}

/// Writes version 0 of entities 0 up to `entities`; `progress` is told how many are written.
///
/// # Errors
/// When Redis refuses.
pub async fn load(rows: &Rows, entities: u32, writer: &mut Writer, progress: &dyn Fn(u32)) -> Result<(), LoadError> {
    let now = Clock::System.now();
    let mut written = 0;
    while written < entities {
        let until = written.saturating_add(PIPELINE).min(entities);
        let commands: Result<Vec<Cmd>, _> = (written..until).map(|entity| rows.write((entity, 0), now)).collect();
        writer.send(commands.map_err(LoadError::Value)?).await?;
        written = until;
        progress(written);
    }
    Ok(())
}
