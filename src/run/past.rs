//! The past of a demo, lived through: rounds at set times, into a history, as a service would have kept them.

use std::path::Path;

use super::round::{RoundOptions, round};
use super::serve::Ledger;
use crate::config::{self, ConfigError};
use crate::demo::calendar::instant;
use crate::demo::past::PastShop;
use crate::demo::{DemoError, Settings};
use crate::history::{History, HistoryError, HistorySettings};
use crate::model::time::Timestamp;
use crate::sample::Cache;

/// Why a past could not be lived through.
#[derive(Debug, thiserror::Error)]
pub enum PastError {
    /// Its stores could not be made.
    #[error("could not make the stores of the past")]
    Demo(#[from] DemoError),
    /// Their configuration is no good.
    #[error("could not read the configuration of the past")]
    Config(#[from] ConfigError),
    /// What rounds found could not be kept.
    #[error("could not keep the rounds of the past")]
    History(#[from] HistoryError),
}

/// A past that was lived through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lived {
    /// Rounds.
    pub rounds: u64,
    /// Its whole days, as a period of a report.
    pub period: String,
    /// When the first fault began; `None` where nothing was broken.
    pub onset: Option<Timestamp>,
}

/// Lives through so many days before the present of the demo that `settings` made; what its rounds find goes into the history
/// at `path`.
///
/// # Errors
/// When the stores of the past cannot be made or read, or the history not be written.
pub async fn live_through(settings: &Settings, days: u16, path: &Path) -> Result<Lived, PastError> {
    let mut shop = PastShop::open(settings, days).await?;
    let mut plan = config::load(&shop.configuration(), &|_| None).await?;
    plan.sample.cache = Cache::Folder(shop.cache());
    let mut history = History::open(&HistorySettings::new(path))?;
    let mut ledger = Ledger::new(&plan);
    let mut rounds = 0;
    for now in shop.instants() {
        shop.step(now).await?;
        let report = round(&plan, RoundOptions { as_of: Some(instant(now)), progress: &|_| {} }).await;
        history.record(&ledger.take_in(&report))?;
        rounds += 1;
    }
    history.roll_up()?;
    let lived = Lived { rounds, period: shop.period(), onset: shop.onset() };
    shop.close()?;
    Ok(lived)
}
