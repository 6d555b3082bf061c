//! What it costs a round to learn what callers get: requests of the serving path, and the log of requests.

use super::estimate::{made_up, since};
use super::logged::request_times;
use crate::config::{LogSettings, PathSettings, Plan};
use crate::model::time::Clock;
use crate::model::view::FeatureView;
use crate::store::serving::FeatureServer;
use crate::store::snapshot::{Reading, SnapshotError, SnapshotStore, Traffic};

/// What a round of one view asks of what serves it, about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallersCost {
    /// Requests of the serving path; keys whose rows move meanwhile are asked for once more. `None` where it is not asked.
    pub requests: Option<u64>,
    /// Keys that they ask for.
    pub keys: u64,
    /// What a round reads of the log that has not read it yet, or not since it changed; `None` where there is none, or it
    /// cannot be read.
    pub log: Option<Traffic>,
}

/// Estimates it for a sample of so many keys, and looks whether both can be reached; failures are added to `failures`.
pub(super) async fn callers_cost(
    plan: &Plan,
    view: &FeatureView,
    (sampled, snapshots): (u64, &SnapshotStore),
    failures: &mut Vec<String>,
) -> CallersCost {
    let mut cost = CallersCost::default();
    if let Some(path) = plan.served.path(&view.name) {
        cost.keys = sampled.min(path.keys as u64);
        cost.requests = Some(cost.keys.div_ceil(path.batch.max(1) as u64));
        failures.extend(unreached(path, view).await);
    }
    if let Some(log) = plan.served.log(&view.name) {
        match log_cost(log, view, snapshots).await {
            Ok(traffic) => cost.log = Some(traffic),
            Err(error) => failures.push(format!("could not read the log of requests: {}", super::round::chain(&error))),
        }
    }
    cost
}

/// Asks for one key that nobody has; why there is no answer.
async fn unreached(path: &PathSettings, view: &FeatureView) -> Option<String> {
    let server = match FeatureServer::new(&path.server) {
        Ok(server) => server,
        Err(error) => return Some(super::round::chain(&error)),
    };
    let answer = server.read(view, &[made_up(view)], 1).await.into_iter().next()?;
    answer.err().map(|unserved| format!("could not read through the serving path {}", unserved.message))
}

async fn log_cost(
    settings: &LogSettings,
    view: &FeatureView,
    snapshots: &SnapshotStore,
) -> Result<Traffic, SnapshotError> {
    let (before, now) = (snapshots.traffic(), Clock::System.now());
    let log = snapshots.open(&request_times(settings, view, now), now).await?;
    let (opening, toll) = (since(before, snapshots.traffic()), log.toll(Reading::KeysAndVersions));
    Ok(Traffic { requests: opening.requests + toll.requests, bytes: opening.bytes + toll.bytes })
}
