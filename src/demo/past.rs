//! A shop's past: both stores as they were at set times, one after the other, up to the demo's present.
//!
//! The same two computations as of the shop that is made, in a folder inside it that goes when the past is lived through.
//! Snapshots come as their days end. In the first half nothing is broken; in the second the faults that were asked for begin
//! one after the other and stay, so that at the present the stores hold the same rows as those of the shop itself.

use std::fs;
use std::path::PathBuf;

use polars::prelude::ParquetWriter;

use super::batch::RawTables;
use super::calendar::{DAY, LAST_CUT, NOW, Present, Seconds, date, instant};
use super::damage;
use super::error::DemoError;
use super::fault::{Fault, FaultChoice};
use super::online::OnlineTarget;
use super::repository::{CONFIGURATION, ONLINE_STORE};
use super::shop::Shop;
use super::{FEWEST_DAYS, SNAPSHOT_FILE, Settings, make_as_of, not_computed, snapshot_folder};
use crate::model::time::Timestamp;

/// Rounds of a day.
pub const ROUNDS_A_DAY: u16 = 8;

/// Time between two rounds.
const STEP: Seconds = DAY / ROUNDS_A_DAY as Seconds;
/// When the first round of a day is: the snapshot of the night is there.
const FIRST: Seconds = 1_800;
/// Time between the onsets of two faults.
const APART: Seconds = 9 * 3_600;
/// From the middle of the past to the first onset: a morning.
const MORNING: Seconds = DAY + 8 * 3_600;
/// The folder of the past, inside that of the shop.
const FOLDER: &str = ".past";

/// A shop on its way to the present.
pub struct PastShop {
    settings: Settings,
    days: u16,
    shop: Shop,
    tables: RawTables,
    last_cut: Seconds,
}

impl PastShop {
    /// Makes the stores as they were so many days before the newest cut.
    ///
    /// # Errors
    /// When a store cannot be written.
    pub async fn open(settings: &Settings, days: u16) -> Result<Self, DemoError> {
        let shop = Shop::open(settings.entities, settings.days.max(FEWEST_DAYS), settings.seed);
        let settings =
            Settings { folder: settings.folder.join(FOLDER), online: OnlineTarget::Sqlite, ..settings.clone() };
        let begin = LAST_CUT - i64::from(days) * DAY;
        let present = Present::at(begin + FIRST, FEWEST_DAYS);
        let calm = Settings { faults: FaultChoice::none(), ..settings.clone() };
        make_as_of(&calm, &shop, present).await?;
        let tables = RawTables::new(&shop).map_err(not_computed(present.last_cut))?;
        Ok(Self { settings, days, shop, tables, last_cut: present.last_cut })
    }

    /// The configuration of its stores.
    #[must_use]
    pub fn configuration(&self) -> PathBuf {
        self.settings.folder.join(CONFIGURATION)
    }

    /// A folder for what rounds keep between them.
    #[must_use]
    pub fn cache(&self) -> PathBuf {
        self.settings.folder.join("cache")
    }

    /// The times of its rounds, up to the present.
    pub fn instants(&self) -> impl Iterator<Item = Seconds> + use<> {
        let begin = LAST_CUT - i64::from(self.days) * DAY + FIRST;
        (0..).map(move |step| begin + step * STEP).take_while(|at| *at <= NOW)
    }

    /// Its whole days, as a period of a report.
    #[must_use]
    pub fn period(&self) -> String {
        format!("{}..{}", date(LAST_CUT - i64::from(self.days) * DAY), date(LAST_CUT - DAY))
    }

    /// When the first fault begins; `None` where nothing is to be broken.
    #[must_use]
    pub fn onset(&self) -> Option<Timestamp> {
        let faults = Fault::ALL.into_iter().filter(|fault| self.settings.faults.contains(*fault));
        faults.map(|fault| self.onset_of(fault)).min().map(instant)
    }

    fn onset_of(&self, fault: Fault) -> Seconds {
        let middle = LAST_CUT - i64::from(self.days) * DAY / 2;
        let place = Fault::ALL.into_iter().zip(0..).find(|(known, _)| *known == fault).map_or(0, |(_, place)| place);
        // However short the past is, all of it is broken in the end.
        (middle + MORNING + place * APART).min(LAST_CUT)
    }

    /// Brings both stores to `now`.
    ///
    /// # Errors
    /// When a store cannot be written.
    pub async fn step(&mut self, now: Seconds) -> Result<(), DemoError> {
        let present = Present::at(now, FEWEST_DAYS);
        while self.last_cut < present.last_cut {
            self.last_cut += DAY;
            self.write_snapshot(self.last_cut)?;
        }
        let choice = self.settings.faults.only(|fault| self.onset_of(fault) <= now);
        let served = damage::serve(&self.shop, &choice, self.settings.seed, present);
        let path = self.settings.folder.join(ONLINE_STORE);
        let draft = path.with_extension("partial");
        OnlineTarget::Sqlite.write(&served.rows, &draft).await?;
        fs::rename(&draft, &path).map_err(DemoError::file("write", &path))
    }

    fn write_snapshot(&self, cut: Seconds) -> Result<(), DemoError> {
        let mut rows = self.tables.snapshot(cut).map_err(not_computed(cut))?;
        let folder = self.settings.folder.join(snapshot_folder(cut));
        fs::create_dir_all(&folder).map_err(DemoError::file("create the folder", &folder))?;
        let path = folder.join(SNAPSHOT_FILE);
        let file = fs::File::create(&path).map_err(DemoError::file("create", &path))?;
        ParquetWriter::new(file).finish(&mut rows).map_err(not_computed(cut))?;
        Ok(())
    }

    /// Removes its folder.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn close(self) -> Result<(), DemoError> {
        let folder = &self.settings.folder;
        fs::remove_dir_all(folder).map_err(DemoError::file("remove", folder))
    }
}
