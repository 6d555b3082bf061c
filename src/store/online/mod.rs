//! Online stores: what models are served from.
//!
//! [`OnlineStore`] reads entity keys of a view and enumerates keys. It never writes. Every key asked gets exactly one
//! reading; a store that does not answer makes readings that say so, never readings that say "absent".

mod error;
mod prepared;
mod raw;
pub mod redis;
mod settings;
mod sqlite;
mod walk;

pub use error::StoreError;
pub use prepared::{LookedUp, PreparedView};
pub use raw::{PlainFormat, RawCell, RawReading, RawReadings, RawRow, RowFormat, StampPlace};
pub use settings::{
    KeySerialization, OnlineSettings, PlainEncoding, PlainLayout, PlainTimestamp, ReadBudget, RedisLayout,
    RedisSettings, RedisTls, RedisTopology, SqliteSettings, TimestampFormat,
};

pub use walk::{Leg, ScanCoverage, Walk};

use std::time::Instant;

use crate::model::choice::KeyCollector;
use crate::model::entity::EntityKey;
use crate::model::online::OnlineReading;
use crate::model::time::Clock;
use crate::model::view::FeatureView;
use redis::RedisStore;
use sqlite::SqliteStore;

/// What reading has cost since the store was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OnlineTraffic {
    /// Commands sent.
    pub commands: u64,
    /// About how many bytes went to and fro.
    pub bytes: u64,
}

/// A connected online store.
#[derive(Debug)]
pub enum OnlineStore {
    /// Redis, single, cluster or behind sentinels.
    Redis(RedisStore),
    /// A SQLite file in Feast's layout.
    Sqlite(SqliteStore),
}

impl OnlineStore {
    /// Opens the store that the settings describe.
    ///
    /// # Errors
    /// When the store does not answer or does not accept the user.
    pub async fn connect(settings: &OnlineSettings) -> Result<Self, StoreError> {
        Ok(match settings {
            OnlineSettings::Redis(settings) => Self::Redis(RedisStore::connect(settings).await?),
            OnlineSettings::Sqlite(settings) => Self::Sqlite(SqliteStore::open(settings)?),
        })
    }

    /// The store's address without secrets, for messages and labels.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::Redis(store) => store.name(),
            Self::Sqlite(store) => store.name(),
        }
    }

    /// What reading has cost so far; `None` for a file, which costs nobody anything.
    #[must_use]
    pub fn traffic(&self) -> Option<OnlineTraffic> {
        match self {
            Self::Redis(store) => Some(store.traffic()),
            Self::Sqlite(_) => None,
        }
    }

    /// Reads the rows of `keys`: one reading per key, in their order. Time-outs, refused connections and the like make
    /// readings of the keys concerned that carry [`Unread`](crate::model::online::Unread), after retries.
    pub async fn read(&self, view: &FeatureView, keys: &[EntityKey], clock: Clock) -> Vec<OnlineReading> {
        let readings = match self {
            Self::Redis(store) => store.read(view, keys, clock).await,
            Self::Sqlite(_) => self.read_raw(view, keys, clock).await.into_decoded(view),
        };
        debug_assert_eq!(readings.len(), keys.len(), "one reading per key");
        readings
    }

    /// As [`OnlineStore::read`], with the rows as they lie in the store.
    pub async fn read_raw(&self, view: &FeatureView, keys: &[EntityKey], clock: Clock) -> RawReadings {
        let raw = match self {
            Self::Redis(store) => store.read_raw(view, keys, clock).await,
            Self::Sqlite(store) => {
                RawReadings { format: RowFormat::FeastTable, readings: store.read(view, keys, clock) }
            }
        };
        debug_assert_eq!(raw.readings.len(), keys.len(), "one reading per key");
        raw
    }

    /// Prepares lookups of a view in this store.
    #[must_use]
    pub fn prepare(&self, view: &FeatureView) -> PreparedView {
        let rows = match self {
            Self::Redis(store) => Some(store.prepare(view)),
            Self::Sqlite(_) => None,
        };
        PreparedView { view: view.clone(), rows }
    }

    /// Looks up the rows of `keys` by `until`: one result per key, in their order. Unlike [`OnlineStore::read`] it tries
    /// again only while there is time, gives what can be had of a row that is spread over several nodes, and reads a row
    /// whose parts one node holds under one hash slot at one instant.
    pub async fn look_up(&self, view: &PreparedView, keys: &[EntityKey], until: Instant) -> Vec<LookedUp> {
        let found = match (self, &view.rows) {
            (Self::Redis(store), Some(rows)) => store.look_up(&view.view, rows, (keys, until.into())).await,
            (Self::Redis(_) | Self::Sqlite(_), _) => {
                let readings = self.read(&view.view, keys, Clock::System).await;
                readings.into_iter().map(|reading| LookedUp { row: reading.row, unread: Vec::new() }).collect()
            }
        };
        debug_assert_eq!(found.len(), keys.len(), "one result per key");
        found
    }

    /// A number that the entities of a view share whose rows lie on the same node; it changes when nodes come and go. Of a
    /// row that is spread over nodes it is the first feature's.
    #[must_use]
    pub fn shard(&self, view: &PreparedView, key: &EntityKey) -> usize {
        match (self, &view.rows) {
            (Self::Redis(store), Some(rows)) => store.shard(&view.view, rows, key),
            (Self::Redis(_) | Self::Sqlite(_), _) => 0,
        }
    }

    /// The node that holds the feature at `feature` of an entity, named by the first slot that it serves; `None` where one
    /// node holds all keys, or where none is known to serve the key's slot.
    #[must_use]
    pub fn node(&self, view: &PreparedView, key: &EntityKey, feature: usize) -> Option<u16> {
        match (self, &view.rows) {
            (Self::Redis(store), Some(rows)) => store.node(&view.view, rows, (key, feature)),
            (Self::Redis(_) | Self::Sqlite(_), _) => None,
        }
    }

    /// Offers entity keys of the view that the store holds to `collector`: those that `walk` comes past within the budget
    /// of a round. A walk that was over begins anew.
    ///
    /// # Errors
    /// When the store does not answer, or when its layout cannot be enumerated (the message says which and why). The walk
    /// then stands where it came to.
    pub async fn scan(
        &self,
        view: &FeatureView,
        collector: &mut KeyCollector,
        walk: &mut Walk,
    ) -> Result<ScanCoverage, StoreError> {
        match self {
            Self::Redis(store) => store.scan(view, collector, walk).await,
            Self::Sqlite(store) => {
                *walk = Walk::whole();
                store.scan(view, collector)
            }
        }
    }
}
