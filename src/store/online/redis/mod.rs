//! Redis as an online store.

use super::ScanCoverage;
use super::error::StoreError;
use super::settings::RedisSettings;
use crate::model::choice::KeyCollector;
use crate::model::entity::EntityKey;
use crate::model::online::{OnlineReading, UnreadReason};
use crate::model::time::Clock;
use crate::model::view::FeatureView;

/// A connected Redis.
#[derive(Debug)]
pub struct RedisStore {
    name: String,
}

impl RedisStore {
    /// Connects.
    ///
    /// # Errors
    /// When no node answers.
    pub async fn connect(_settings: &RedisSettings) -> Result<Self, StoreError> {
        Err(StoreError { attempt: String::new(), cause: String::new(), reason: UnreadReason::Connection })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) async fn read(&self, _view: &FeatureView, _keys: &[EntityKey], _clock: Clock) -> Vec<OnlineReading> {
        Vec::new()
    }

    pub(super) async fn scan(
        &self,
        _view: &FeatureView,
        _collector: &mut KeyCollector,
    ) -> Result<ScanCoverage, StoreError> {
        Ok(ScanCoverage::default())
    }
}
