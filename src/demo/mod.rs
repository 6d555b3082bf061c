//! A whole shop in a folder, to try skewwatch on.
//!
//! From raw events the same five features are computed twice, as in real life: once a day by a batch job ([`batch`]) into
//! Parquet snapshots, and event by event ([`stream`]) into an online store in Feast's layout. On request the online rows
//! are broken in known ways ([`fault`], [`damage`]), and `faults.json` says before any check what it must find ([`truth`]).
//!
//! Everything follows from the settings: the same settings give the same rows, byte for byte. The demo's present is fixed
//! ([`calendar::NOW`]), so its stores are to be checked as of then; [`past`] brings them there day by day. A shop that stays
//! open ([`live`]) lives in the real present instead.

pub mod batch;
pub mod calendar;
pub mod damage;
mod error;
pub mod fault;
pub mod feature;
mod folder;
pub mod live;
pub mod online;
pub mod past;
pub mod repository;
pub mod shop;
pub mod stream;
pub mod truth;

use std::fs::File;
use std::path::PathBuf;

use polars::prelude::{ParquetWriter, PolarsError};

pub use error::DemoError;
pub use folder::MARKER;

use crate::feast::registry;
use crate::model::time::Timestamp;
use batch::RawTables;
use calendar::{Present, Seconds, instant};
use damage::Damage;
use fault::FaultChoice;
use feature::{PROJECT, SNAPSHOTS};
use folder::Draft;
use online::OnlineTarget;
use repository::{CONFIGURATION, FEATURE_STORE, ONLINE_STORE, REGISTRY};
use shop::Shop;
use truth::Truth;

/// The fewest daily snapshots: a row of three days ago must still have its version.
pub const FEWEST_DAYS: u16 = 4;

/// The one file of a snapshot.
const SNAPSHOT_FILE: &str = "part-0.parquet";

/// What to make.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where; replaced as a whole if an earlier demo is there.
    pub folder: PathBuf,
    /// Customers.
    pub entities: u32,
    /// Daily snapshots; fewer than [`FEWEST_DAYS`] are raised to it.
    pub days: u16,
    /// Seed of everything that is drawn.
    pub seed: u64,
    /// What to break.
    pub faults: FaultChoice,
    /// Where the online rows go.
    pub online: OnlineTarget,
}

/// What was made.
#[derive(Debug)]
pub struct Made {
    /// The present that the stores were made for.
    pub as_of: Timestamp,
    /// skewwatch's configuration.
    pub configuration: PathBuf,
    /// The fault list.
    pub faults: PathBuf,
    /// Rows in the online store.
    pub online_rows: usize,
    /// Rows in all snapshots.
    pub offline_rows: usize,
    /// What was broken.
    pub damage: Vec<Damage>,
    /// An entity worth a look: the first that something befell, else the first of all.
    pub example: Option<String>,
}

/// Makes the shop's stores; an earlier demo in the folder stays until the new one is whole.
///
/// # Errors
/// When the folder or the Redis database holds something that no demo made, or when a store cannot be written.
pub async fn make(settings: &Settings) -> Result<Made, DemoError> {
    let days = settings.days.max(FEWEST_DAYS);
    make_as_of(settings, &Shop::open(settings.entities, days, settings.seed), Present::fixed(days)).await
}

/// Makes the stores of `shop` as they are at `present`.
async fn make_as_of(settings: &Settings, shop: &Shop, present: Present) -> Result<Made, DemoError> {
    let draft = Draft::begin(&settings.folder)?;
    let offline_rows = write_snapshots(&draft, shop, present)?;
    let served = damage::serve(shop, &settings.faults, settings.seed, present);
    draft.create_folder("data")?;
    if let Some(text) = repository::feature_store(&settings.online) {
        draft.write(FEATURE_STORE, text.as_bytes())?;
        let first = present.cuts().next().unwrap_or(present.last_cut);
        let registry = registry::compose(PROJECT, &[feature::view()], (instant(first), instant(present.last_cut)))
            .map_err(DemoError::Registry)?;
        draft.write(REGISTRY, &registry.encode())?;
    }
    let keys = shop.customers.len() + served.rows.len();
    draft.write(CONFIGURATION, repository::configuration(&settings.online, keys).as_bytes())?;
    let truth = serde_json::to_vec_pretty(&Truth::new(&served, settings.seed, present)).map_err(DemoError::Truth)?;
    draft.write("faults.json", &truth)?;
    settings.online.write(&served.rows, &draft.path(ONLINE_STORE)).await?;
    draft.finish()?;
    Ok(Made {
        as_of: instant(present.now),
        configuration: settings.folder.join(CONFIGURATION),
        faults: settings.folder.join("faults.json"),
        online_rows: served.rows.len(),
        offline_rows,
        example: example(&served.damage, shop),
        damage: served.damage,
    })
}

/// Writes one folder `dt=<day of the cut>` per snapshot; gives the number of rows.
fn write_snapshots(draft: &Draft, shop: &Shop, present: Present) -> Result<usize, DemoError> {
    let tables = RawTables::new(shop).map_err(not_computed(present.last_cut))?;
    let mut rows = 0;
    for cut in present.cuts() {
        let mut snapshot = tables.snapshot(cut).map_err(not_computed(cut))?;
        rows += snapshot.height();
        let path = draft.create_folder(&snapshot_folder(cut))?.join(SNAPSHOT_FILE);
        let file = File::create(&path).map_err(DemoError::file("create", &path))?;
        ParquetWriter::new(file).finish(&mut snapshot).map_err(not_computed(cut))?;
    }
    Ok(rows)
}

/// The folder of the snapshot at `cut`, relative to the demo's.
fn snapshot_folder(cut: Seconds) -> String {
    format!("{SNAPSHOTS}/dt={}", calendar::date(cut))
}

fn not_computed(cut: Seconds) -> impl FnOnce(PolarsError) -> DemoError {
    move |source| DemoError::Snapshot { cut: instant(cut), source }
}

fn example(damage: &[Damage], shop: &Shop) -> Option<String> {
    let broken = damage.iter().find_map(|damage| damage.entities.first()).map(|victim| victim.entity.clone());
    broken.or_else(|| shop.customers.first().map(|customer| customer.id.clone()))
}
