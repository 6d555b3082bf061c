//! What is watched at the moment: a plan with the stores that it names, opened.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;

use crate::config::{self, ConfigError, Plan};
use crate::model::time::Timestamp;
use crate::publish::metrics::{Surroundings, WatchedView};
use crate::run::ticker::Timetable;
use crate::store::online::{OnlineStore, StoreError};
use crate::store::snapshot::SnapshotStore;

/// Deadline of rounds of a view whose schedule has no interval.
const LONGEST: Duration = Duration::from_secs(3600);

/// Where the configuration comes from, first and at each reload.
#[derive(Clone, Debug)]
pub struct ConfigSource {
    /// The file.
    pub path: PathBuf,
    /// Gives the values of variables.
    pub environment: fn(&str) -> Option<String>,
}

impl ConfigSource {
    /// Reads the configuration.
    ///
    /// # Errors
    /// When the file cannot be read, or with all its problems when it gives no plan.
    pub async fn load(&self) -> Result<Plan, ConfigError> {
        config::load(&self.path, &self.environment).await
    }
}

/// A plan with the stores that it names. Rounds of all views share them, so that what reading may cost holds for all.
#[derive(Debug)]
pub(super) struct Watched {
    pub(super) plan: Plan,
    pub(super) snapshots: SnapshotStore,
    online: Mutex<Option<Arc<OnlineStore>>>,
    /// Bytes of snapshots that are counted already.
    counted: AtomicU64,
}

impl Watched {
    pub(super) fn new(mut plan: Plan) -> Self {
        plan.sample.cache = plan.sample.cache.of_service(plan.publish.history.as_deref());
        Self {
            snapshots: SnapshotStore::new(plan.snapshots.clone()),
            plan,
            online: Mutex::new(None),
            counted: AtomicU64::new(0),
        }
    }

    /// The online store, connected if it is not yet.
    pub(super) async fn online(&self) -> Result<Arc<OnlineStore>, StoreError> {
        let mut connected = self.online.lock().await;
        if let Some(online) = &*connected {
            return Ok(Arc::clone(online));
        }
        let online = Arc::new(OnlineStore::connect(&self.plan.online).await?);
        *connected = Some(Arc::clone(&online));
        Ok(online)
    }

    /// Lets go of a connection that gave no answer: the next round looks the store up anew.
    pub(super) async fn forget(&self, silent: &Arc<OnlineStore>) {
        let mut connected = self.online.lock().await;
        if connected.as_ref().is_some_and(|online| Arc::ptr_eq(online, silent)) {
            *connected = None;
        }
    }

    /// Bytes of snapshots read since this was asked last.
    pub(super) fn take_bytes_read(&self) -> u64 {
        let all = self.snapshots.traffic().bytes;
        all.saturating_sub(self.counted.fetch_max(all, Ordering::Relaxed))
    }

    /// What the metrics say beside the rounds.
    pub(super) fn surroundings(&self) -> Surroundings<'_> {
        surroundings(&self.plan)
    }

    /// The usual time between two rounds, by view; a view whose schedule ends has none.
    pub(super) fn intervals(&self, now: Timestamp) -> BTreeMap<String, Duration> {
        let interval = |name: &String| Some((name.clone(), self.plan.service.schedule.of(name).interval(now)?));
        self.plan.views.iter().filter_map(|view| interval(&view.name)).collect()
    }

    /// When rounds are due, by view.
    pub(super) fn timetables(&self, now: Timestamp) -> BTreeMap<String, Timetable> {
        let settings = &self.plan.service.schedule;
        let intervals = self.intervals(now);
        let timetable = |name: &String| {
            let deadline = settings.deadline.or_else(|| intervals.get(name).copied()).unwrap_or(LONGEST);
            (name.clone(), Timetable { schedule: settings.of(name).clone(), deadline })
        };
        self.plan.views.iter().map(|view| timetable(&view.name)).collect()
    }
}

/// Who owns the views of a plan and which limits they are held against, for the metrics.
#[must_use]
pub fn surroundings(plan: &Plan) -> Surroundings<'_> {
    let views = plan.views.iter().map(|view| WatchedView {
        view,
        rules: plan.checks.rules(&view.name, None),
        feature_rules: view
            .features
            .iter()
            .map(|feature| (feature.name.as_str(), plan.checks.rules(&view.name, Some(&feature.name))))
            .collect(),
    });
    Surroundings { store: plan.online.kind(), views: views.collect() }
}
