//! The demo's own writers of online stores, which skewwatch itself does not have.

mod feast;
mod redis;
mod sqlite;

pub use redis::{RedisAddress, RedisLayout, RedisTable};

use std::path::Path;

use super::error::DemoError;
use super::feature::ServedRow;

/// Which online store the demo fills.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OnlineTarget {
    /// A SQLite file in the demo's folder, in Feast's layout.
    Sqlite,
    /// A Redis database that is empty or was filled by an earlier demo.
    Redis(RedisAddress, RedisLayout),
}

impl OnlineTarget {
    /// Writes `rows`; `file` is where a SQLite store goes.
    ///
    /// # Errors
    /// When the store cannot be written, or when a Redis database holds something else.
    pub async fn write(&self, rows: &[ServedRow], file: &Path) -> Result<(), DemoError> {
        match self {
            Self::Sqlite => sqlite::write(rows, file),
            Self::Redis(address, layout) => redis::write(rows, address, *layout).await,
        }
    }
}
