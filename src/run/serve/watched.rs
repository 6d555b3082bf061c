//! What is watched at the moment: a plan with the stores that it names, opened.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::Mutex;

use super::followed::Followed;
use crate::config::{self, ConfigError, Plan};
use crate::measure::Pace;
use crate::model::schedule::Schedule;
use crate::model::time::Timestamp;
use crate::model::view::FeatureView;
use crate::publish::metrics::{Surroundings, WatchedView};
use crate::run::comparison::Comparison;
use crate::run::ticker::{Calendar, Duty, Jitter, Job, Timetable};
use crate::store::online::{OnlineStore, StoreError};
use crate::store::snapshot::SnapshotStore;

/// Deadline where a schedule has no interval, and of what is rarer.
const LONGEST: Duration = Duration::from_secs(3600);

/// Longest that starts lag behind their appointments, however rare these are.
const MOST_JITTER: Duration = Duration::from_secs(60);

/// A comparison of snapshots stands for so many of its intervals.
const STANDING: u32 = 3;

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
    followed: BTreeMap<String, Followed>,
}

impl Watched {
    pub(super) fn new(mut plan: Plan, now: Timestamp) -> Self {
        plan.sample.cache = plan.sample.cache.of_service(plan.publish.history.as_deref());
        Self {
            followed: plan.views.iter().map(|view| (view.name.clone(), followed(&plan, view, now))).collect(),
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

    /// The comparison of a view's snapshots that stands between its appointments; `None` where each round makes one, and
    /// where the last is so old that its appointments must have failed.
    pub(super) fn standing_comparison(&self, view: &str, now: Timestamp) -> Option<Arc<Comparison>> {
        let interval = self.plan.service.schedule.drift.as_ref()?.interval(now);
        let compared = self.followed(view)?.compared()?;
        let is_old = |age: Duration| interval.is_some_and(|interval| age > STANDING * interval);
        (!now.since(compared.at()).is_some_and(is_old)).then_some(compared)
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

    /// What is kept in mind of a view.
    pub(super) fn followed(&self, view: &str) -> Option<&Followed> {
        self.followed.get(view)
    }

    /// How many keys of a sample come back every round, and the seed that chooses them.
    pub(super) fn stable_part(&self) -> (usize, u64) {
        stable_part(&self.plan)
    }

    /// When what is due; of the views that are `wanted_soon` a round before that.
    pub(super) fn calendar(&self, now: Timestamp, wanted_soon: &dyn Fn(&str) -> bool) -> Calendar {
        let schedule = &self.plan.service.schedule;
        let views = self.plan.views.iter().map(|view| view.name.as_str()).filter(|name| wanted_soon(name));
        Calendar {
            timetables: self.timetables(now),
            jitter: Jitter { seed: self.plan.sample.seed, share: schedule.jitter, most: MOST_JITTER },
            soon: views.map(|name| Duty::new(name, Job::Round)).collect(),
            grace: schedule.grace,
        }
    }

    fn timetables(&self, now: Timestamp) -> BTreeMap<Duty, Timetable> {
        let service = &self.plan.service;
        let settings = &service.schedule;
        let intervals = self.intervals(now);
        let mut between: Vec<(&Schedule, Duration)> = Vec::new();
        let mut timetables = BTreeMap::new();
        for view in &self.plan.views {
            let name = &view.name;
            let deadline = settings.deadline.or_else(|| intervals.get(name).copied()).unwrap_or(LONGEST);
            let round = Timetable { schedule: settings.of(name).clone(), deadline };
            timetables.insert(Duty::new(name, Job::Round), round);
            let jobs = [
                (Job::Availability, settings.availability.as_ref().filter(|_| service.tracked > 0)),
                (Job::Comparison, settings.drift.as_ref()),
                (Job::Capture, service.captures.get(name)),
            ];
            for (job, schedule) in jobs {
                let Some(schedule) = schedule else { continue };
                // Views share schedules, and an interval takes long to find.
                let known = between.iter().find(|(known, _)| *known == schedule).map(|(_, deadline)| *deadline);
                let deadline = known.unwrap_or_else(|| {
                    let deadline = schedule.interval(now).map_or(LONGEST, |interval| interval.min(LONGEST));
                    between.push((schedule, deadline));
                    deadline
                });
                timetables.insert(Duty::new(name, job), Timetable { schedule: schedule.clone(), deadline });
            }
        }
        timetables
    }
}

fn stable_part(plan: &Plan) -> (usize, u64) {
    let keys = plan.sample.keys;
    let rotating = plan.sample.rotating.part_of(keys as u64);
    (keys.saturating_sub(usize::try_from(rotating).unwrap_or(keys)), plan.sample.seed)
}

fn followed(plan: &Plan, view: &FeatureView, now: Timestamp) -> Followed {
    let settings = &plan.service.schedule;
    let interval = |schedule: &Schedule| schedule.interval(now).unwrap_or(LONGEST);
    let pace = match &settings.availability {
        Some(schedule) if plan.service.tracked > 0 => Pace::Tracked(interval(schedule), plan.service.tracked),
        Some(_) | None => Pace::Rounds(interval(settings.of(&view.name))),
    };
    let objective = plan.checks.rules(&view.name, None).freshness_objective;
    let limits: Vec<Duration> = [objective.or(view.ttl), view.ttl].into_iter().flatten().collect();
    Followed::new(stable_part(plan), pace, &limits)
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
