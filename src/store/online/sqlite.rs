//! Feast's SQLite file as an online store.

use super::ScanCoverage;
use super::error::StoreError;
use super::settings::SqliteSettings;
use crate::model::choice::KeyCollector;
use crate::model::entity::EntityKey;
use crate::model::online::{OnlineReading, UnreadReason};
use crate::model::time::Clock;
use crate::model::view::FeatureView;

/// An open SQLite file.
#[derive(Debug)]
pub struct SqliteStore {
    name: String,
}

impl SqliteStore {
    /// Opens the file.
    ///
    /// # Errors
    /// When there is no such file.
    pub fn open(_settings: &SqliteSettings) -> Result<Self, StoreError> {
        Err(StoreError { attempt: String::new(), cause: String::new(), reason: UnreadReason::Connection })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn read(&self, _view: &FeatureView, _keys: &[EntityKey], _clock: Clock) -> Vec<OnlineReading> {
        Vec::new()
    }

    pub(super) fn scan(&self, _view: &FeatureView, _collector: &mut KeyCollector) -> Result<ScanCoverage, StoreError> {
        Ok(ScanCoverage::default())
    }
}
