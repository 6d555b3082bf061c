//! A shop that stays open: rows are written as events happen, a snapshot after every midnight, and faults come and go.
//!
//! The same two computations as in a shop that is made once, in the real present. [`LiveShop::step`] brings both stores to an
//! instant; who calls it decides how often. For a while nothing is broken, then everything that was asked for is, for as
//! long, and so on: what watches the shop should tell both. After [`LASTING_DAYS`] nothing happens any more.

use std::collections::BTreeMap;
use std::fs;
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::path::Path as ObjectPath;
use object_store::{ClientOptions, ObjectStoreExt as _, PutPayload};
use polars::prelude::ParquetWriter;

use super::batch::RawTables;
use super::calendar::{DAY, Present, Seconds};
use super::damage;
use super::error::DemoError;
use super::fault::FaultChoice;
use super::feature::ServedRow;
use super::online::{OnlineTarget, RedisTable};
use super::shop::Shop;
use super::{FEWEST_DAYS, Made, SNAPSHOT_FILE, Settings, make_as_of, not_computed, snapshot_folder};

/// Days for which there are events.
pub const LASTING_DAYS: i64 = 90;

/// The file in the demo's folder that tells that the shop is open.
pub const OPEN: &str = "open";

/// How a shop stays open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveSettings {
    /// How long nothing is broken, and then everything that was asked for.
    pub calm: Duration,
    /// Where copies of snapshots go: `s3://bucket/prefix`, reached by the usual `AWS_…` variables.
    pub copies: Option<ObjectAddress>,
}

/// A place in a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectAddress {
    bucket: String,
    prefix: String,
}

impl ObjectAddress {
    /// Reads `s3://bucket/prefix`.
    ///
    /// # Errors
    /// A sentence that says what such an address looks like.
    pub fn parse(text: &str) -> Result<Self, String> {
        let rest = text.strip_prefix("s3://").unwrap_or_default();
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err("expected `s3://bucket/prefix`".to_owned());
        }
        Ok(Self { bucket: bucket.to_owned(), prefix: prefix.trim_matches('/').to_owned() })
    }

    async fn put(&self, name: &str, content: Vec<u8>) -> Result<(), DemoError> {
        let key = if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) };
        let failed = |source| DemoError::Object { address: format!("s3://{}/{key}", self.bucket), source };
        let options = ClientOptions::new().with_allow_http(true);
        let client = AmazonS3Builder::from_env().with_client_options(options).with_bucket_name(&self.bucket).build();
        let path = ObjectPath::parse(&key).map_err(|error| failed(error.into()))?;
        client.map_err(failed)?.put(&path, PutPayload::from(content)).await.map_err(failed)?;
        Ok(())
    }
}

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Rows written online.
    pub written: usize,
    /// Rows removed online.
    pub removed: usize,
    /// Snapshots written.
    pub snapshots: usize,
    /// Whether rows are broken now.
    pub is_broken: bool,
}

/// A shop that stays open.
pub struct LiveShop {
    settings: Settings,
    live: LiveSettings,
    shop: Shop,
    tables: RawTables,
    online: RedisTable,
    served: BTreeMap<String, ServedRow>,
    opened_at: Seconds,
    last_cut: Seconds,
}

impl LiveShop {
    /// Makes the stores as they are at `now`, with nothing broken.
    ///
    /// # Errors
    /// When a store cannot be written, or is none of a demo.
    pub async fn open(settings: Settings, live: LiveSettings, now: Seconds) -> Result<(Self, Made), DemoError> {
        let OnlineTarget::Redis(address, layout) = settings.online.clone() else {
            return Err(DemoError::LiveNeedsRedis);
        };
        let present = Present::at(now, settings.days.max(FEWEST_DAYS));
        let shop = Shop::open_until(settings.entities, settings.seed, (present, now + LASTING_DAYS * DAY));
        let calm = Settings { faults: FaultChoice::none(), ..settings.clone() };
        let made = make_as_of(&calm, &shop, present).await?;
        let tables = RawTables::new(&shop).map_err(not_computed(present.last_cut))?;
        let rows = damage::serve(&shop, &calm.faults, calm.seed, present).rows;
        let served = rows.into_iter().map(|row| (row.entity.clone(), row)).collect();
        let online = RedisTable::open(&address, layout).await?;
        let last_cut = present.last_cut;
        let opened = Self { settings, live, shop, tables, online, served, opened_at: now, last_cut };
        for cut in present.cuts() {
            opened.copy(cut).await?;
        }
        let sign = opened.settings.folder.join(OPEN);
        fs::write(&sign, "both stores are full\n").map_err(DemoError::file("write", &sign))?;
        Ok((opened, made))
    }

    /// Brings both stores to `now`.
    ///
    /// # Errors
    /// When a store cannot be written; the next step writes what is missing.
    pub async fn step(&mut self, now: Seconds) -> Result<Step, DemoError> {
        let present = Present::at(now, self.settings.days.max(FEWEST_DAYS));
        let mut snapshots = 0;
        while self.last_cut < present.last_cut {
            let cut = self.last_cut + DAY;
            self.write_snapshot(cut)?;
            self.copy(cut).await?;
            self.last_cut = cut;
            snapshots += 1;
        }
        let is_broken = self.is_broken(now);
        let calm = FaultChoice::none();
        let choice = if is_broken { &self.settings.faults } else { &calm };
        let rows = damage::serve(&self.shop, choice, self.settings.seed, present).rows;
        let rows: BTreeMap<String, ServedRow> = rows.into_iter().map(|row| (row.entity.clone(), row)).collect();
        let changed = rows.iter().filter(|(entity, row)| self.served.get(*entity) != Some(*row));
        let changed: Vec<ServedRow> = changed.map(|(_, row)| row.clone()).collect();
        let gone = self.served.iter().filter(|(entity, _)| !rows.contains_key(*entity));
        let gone: Vec<ServedRow> = gone.map(|(_, row)| row.clone()).collect();
        self.online.put(&changed).await?;
        self.online.remove(&gone).await?;
        self.served = rows;
        Ok(Step { written: changed.len(), removed: gone.len(), snapshots, is_broken })
    }

    fn is_broken(&self, now: Seconds) -> bool {
        let calm = Seconds::try_from(self.live.calm.as_secs()).unwrap_or(Seconds::MAX).max(1);
        ((now - self.opened_at) / calm) % 2 == 1
    }

    /// Writes the snapshot at `cut` into the folder: whole or not at all.
    fn write_snapshot(&self, cut: Seconds) -> Result<(), DemoError> {
        let bytes = self.snapshot(cut)?;
        let folder = self.settings.folder.join(snapshot_folder(cut));
        fs::create_dir_all(&folder).map_err(DemoError::file("create the folder", &folder))?;
        let (draft, path) = (self.settings.folder.join(".snapshot.partial"), folder.join(SNAPSHOT_FILE));
        fs::write(&draft, bytes).map_err(DemoError::file("write", &draft))?;
        fs::rename(&draft, &path).map_err(DemoError::file("write", &path))
    }

    async fn copy(&self, cut: Seconds) -> Result<(), DemoError> {
        let Some(copies) = &self.live.copies else { return Ok(()) };
        copies.put(&format!("{}/{SNAPSHOT_FILE}", snapshot_folder(cut)), self.snapshot(cut)?).await
    }

    fn snapshot(&self, cut: Seconds) -> Result<Vec<u8>, DemoError> {
        let mut rows = self.tables.snapshot(cut).map_err(not_computed(cut))?;
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).finish(&mut rows).map_err(not_computed(cut))?;
        Ok(bytes)
    }
}
