//! Redis as an online store: one server, a cluster, or a master behind sentinels.
//!
//! It sends reading commands only and needs no right beyond `@read` and `@connection` on the keys (and `CLUSTER SLOTS` in
//! a cluster); lookups ask for `INFO keyspace` besides, and do without where they may not. Rows lie in Feast's layout or under keys by [pattern](KeyPattern); whichever it is, every key asked gets
//! one reading, and a node that does not answer makes unread only the keys that it holds.

mod access;
mod address;
mod directory;
mod exchange;
mod expiry;
mod fault;
mod feast_rows;
mod node;
mod pacer;
mod plain;
mod probe;
mod reply;
mod rows;
mod scan;
mod sentinel;
mod silence;
mod slots;
mod toll;

pub(in crate::store) use plain::decode_json;
pub use plain::{KeyPattern, PatternError};

use std::sync::Arc;

use super::error::StoreError;
use super::prepared::LookedUp;
use super::settings::{KeySerialization, RedisLayout, RedisSettings, RedisTopology};
use super::{OnlineTraffic, ScanCoverage, Walk};
use crate::model::choice::KeyCollector;
use crate::model::entity::EntityKey;
use crate::model::online::{OnlineReading, UnreadReason};
use crate::model::time::Clock;
use crate::model::view::FeatureView;
use access::Access;
use address::{Address, SENTINEL_PORT, SERVER_PORT};
use directory::{Copies, Directory, Origin};
use exchange::Exchange;
use pacer::Pacer;
use rows::{Part, Row};
use sentinel::Sentinels;
use toll::Toll;

/// How the rows of one view lie, for lookups.
#[derive(Debug)]
pub(super) enum PreparedRows {
    /// As Feast writes them; the fields of the view.
    Feast(KeySerialization, Vec<Vec<u8>>),
    /// By pattern.
    Plain(Box<plain::Plan>),
    /// The layout does not fit the view; why.
    Unfit(String),
}

/// A connected Redis.
#[derive(Debug)]
pub struct RedisStore {
    name: String,
    exchange: Box<Exchange>,
    layout: RedisLayout,
    toll: Arc<Toll>,
}

impl RedisStore {
    /// Connects: looks up the nodes and lets one of them in on name and password.
    ///
    /// # Errors
    /// When an address is no address, when no node answers, or when it does not accept the user.
    pub async fn connect(settings: &RedisSettings) -> Result<Self, StoreError> {
        let access = Arc::new(Access::new(settings)?);
        let toll = Arc::clone(access.toll());
        let name = name(settings, access.scheme());
        let failed =
            |cause: String, reason| StoreError { attempt: format!("could not connect to {name}"), cause, reason };
        let addresses = addresses(settings).map_err(|cause| failed(cause, UnreadReason::Connection))?;
        let Some(first) = addresses.first().cloned() else {
            return Err(failed("no address is configured".to_owned(), UnreadReason::Connection));
        };
        let origin = match &settings.topology {
            RedisTopology::Single => Origin::Single(first),
            RedisTopology::Cluster => Origin::Cluster(addresses),
            RedisTopology::Sentinel { master, password } => {
                let access = Arc::new(access.for_sentinel(password.clone()));
                Origin::Sentinel(Sentinels::new(&access, addresses, master.clone()))
            }
        };
        let copies = if settings.replica_reads { Copies::ReplicasFirst } else { Copies::Master };
        let directory = match Directory::open(Arc::clone(&access), origin, copies, settings.budget.in_flight).await {
            Ok(directory) => directory,
            Err(fault) => {
                let fault = access.explain(fault).await;
                // Where there are several nodes, the message says which it was.
                let alone = settings.topology == RedisTopology::Single || *fault.node == *name;
                let cause = if alone { fault.text.to_string() } else { format!("{}: {}", fault.node, fault.text) };
                return Err(failed(cause, fault.reason));
            }
        };
        let pacer = Pacer::new(settings.budget.keys_per_second);
        let directory = Arc::new(directory);
        let exchange = Box::new(Exchange { directory, pacer, budget: settings.budget });
        Ok(Self { name, exchange, layout: settings.layout.clone(), toll })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn traffic(&self) -> OnlineTraffic {
        self.toll.traffic()
    }

    pub(super) async fn read(&self, view: &FeatureView, keys: &[EntityKey], clock: Clock) -> Vec<OnlineReading> {
        let rows = match &self.layout {
            RedisLayout::Feast { keys: serialization } => {
                feast_rows::read(&self.exchange, view, *serialization, (keys, clock)).await
            }
            RedisLayout::Plain(layout) => plain::read(&self.exchange, view, layout, (keys, clock)).await,
        };
        rows::readings(rows, view, self.exchange.budget.attempts)
    }

    pub(super) fn prepare(&self, view: &FeatureView) -> PreparedRows {
        match &self.layout {
            RedisLayout::Feast { keys } => PreparedRows::Feast(*keys, feast_rows::fields(view)),
            RedisLayout::Plain(layout) => match plain::Plan::unambiguous(layout, view) {
                Ok(plan) => PreparedRows::Plain(Box::new(plan)),
                Err(error) => PreparedRows::Unfit(error.to_string()),
            },
        }
    }

    pub(super) async fn look_up(
        &self,
        view: &FeatureView,
        rows: &PreparedRows,
        (keys, until): (&[EntityKey], tokio::time::Instant),
    ) -> Vec<LookedUp> {
        let parts: Vec<Part> = match rows {
            PreparedRows::Feast(serialization, fields) => {
                let rows = feast_rows::look_up(&self.exchange, view, (*serialization, fields), (keys, until)).await;
                rows.into_iter().map(Part::whole).collect()
            }
            PreparedRows::Plain(plan) => plain::look_up(&self.exchange, view, plan, (keys, until)).await,
            PreparedRows::Unfit(reason) => {
                let fault = rows::unaskable(reason.clone());
                let unread = |_| Part::whole(Row { at: Clock::System.now(), row: Err(fault.clone()) });
                keys.iter().map(unread).collect()
            }
        };
        let (rows, unread): (Vec<Row>, Vec<Vec<usize>>) = parts.into_iter().map(|part| (part.row, part.unread)).unzip();
        let readings = rows::readings(rows, view, self.exchange.budget.attempts);
        readings.into_iter().zip(unread).map(|(reading, unread)| LookedUp { row: reading.row, unread }).collect()
    }

    pub(super) fn shard(&self, view: &FeatureView, rows: &PreparedRows, key: &EntityKey) -> usize {
        let nodes = self.exchange.directory.nodes();
        if nodes.is_alone() {
            return 0;
        }
        let written = match rows {
            PreparedRows::Feast(serialization, _) => feast_rows::key(view, *serialization, key),
            PreparedRows::Plain(plan) => plan.first_key(view, key),
            PreparedRows::Unfit(_) => return 0,
        };
        nodes.shard(&written).unwrap_or(0)
    }

    pub(super) fn node(
        &self,
        view: &FeatureView,
        rows: &PreparedRows,
        (key, feature): (&EntityKey, usize),
    ) -> Option<u16> {
        let nodes = self.exchange.directory.nodes();
        if nodes.is_alone() {
            return None;
        }
        let written = match rows {
            PreparedRows::Feast(serialization, _) => feast_rows::key(view, *serialization, key),
            PreparedRows::Plain(plan) => plan.key_of(view, key, feature),
            PreparedRows::Unfit(_) => return None,
        };
        nodes.first_slot(&written)
    }

    pub(super) async fn scan(
        &self,
        view: &FeatureView,
        collector: &mut KeyCollector,
        walk: &mut Walk,
    ) -> Result<ScanCoverage, StoreError> {
        scan::scan(self, view, (collector, walk)).await
    }
}

fn addresses(settings: &RedisSettings) -> Result<Vec<Address>, String> {
    let port = match settings.topology {
        RedisTopology::Single | RedisTopology::Cluster => SERVER_PORT,
        RedisTopology::Sentinel { .. } => SENTINEL_PORT,
    };
    let read = |text: &String| Address::parse(text, port).ok_or_else(|| format!("`{text}` is no `host:port`"));
    settings.nodes.iter().map(read).collect()
}

/// The store's address without secrets: its nodes, and what is chosen among them.
fn name(settings: &RedisSettings, scheme: &str) -> String {
    let nodes = settings.nodes.join(",");
    match (&settings.topology, settings.database) {
        (RedisTopology::Single | RedisTopology::Cluster, 0) => format!("{scheme}://{nodes}"),
        (RedisTopology::Single | RedisTopology::Cluster, database) => format!("{scheme}://{nodes}/{database}"),
        (RedisTopology::Sentinel { master, .. }, 0) => format!("{scheme}+sentinel://{nodes}/{master}"),
        (RedisTopology::Sentinel { master, .. }, database) => {
            format!("{scheme}+sentinel://{nodes}/{master}/{database}")
        }
    }
}
