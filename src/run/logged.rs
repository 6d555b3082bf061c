//! The log of requests in a round: an even sample of its entities, with all that they were given.

use std::collections::BTreeSet;
use std::time::Duration;

use super::round::chain;
use super::view::Watch;
use crate::config::LogSettings;
use crate::evidence::{Held, LoggedEvidence};
use crate::measure::{log_view, measure_logged};
use crate::model::check::{Failure, Stage};
use crate::model::choice::{KeyChoice, KeyCollector};
use crate::model::entity::EntityKey;
use crate::model::history::History;
use crate::model::logged::LoggedMeasurement;
use crate::model::time::Timestamp;
use crate::model::view::FeatureView;
use crate::sample::Sides;
use crate::store::snapshot::SnapshotError;

/// What the log says of some entities, and what the snapshots have of them.
pub(super) struct LogReading {
    /// The log as a view.
    log: FeatureView,
    /// The view with the features that are logged.
    view: FeatureView,
    keys: Vec<EntityKey>,
    requests: History,
    versions: History,
    now: Timestamp,
    window: Duration,
}

impl LogReading {
    /// What was written down of one.
    pub(super) fn of(evidence: &LoggedEvidence) -> Self {
        let history = |held: &Held| History::of(held.facts.clone(), &held.rows);
        Self {
            log: evidence.log.clone(),
            view: evidence.view.clone(),
            keys: evidence.keys.clone(),
            requests: history(&evidence.requests),
            versions: history(&evidence.versions),
            now: evidence.now,
            window: evidence.window,
        }
    }

    /// What is written down of it.
    pub(super) fn evidence(&self) -> LoggedEvidence {
        let held = |history: &History| Held { facts: history.facts(), rows: history.version_rows(self.keys.iter()) };
        LoggedEvidence {
            log: self.log.clone(),
            view: self.view.clone(),
            keys: self.keys.clone(),
            requests: held(&self.requests),
            versions: held(&self.versions),
            now: self.now,
            window: self.window,
        }
    }

    /// What it says.
    pub(super) fn measure(self) -> LoggedMeasurement {
        measure_logged(&self.view, (&self.requests, &self.keys), self.versions, (self.now, self.window))
    }
}

/// What the requests of the log were given of the view; `None` where none of its features is logged, or the log could not
/// be read.
pub(super) async fn by_requests(
    watch: &Watch<'_>,
    (settings, sides, seed): (&LogSettings, &Sides<'_>, u64),
    failures: &mut Vec<Failure>,
) -> Option<LogReading> {
    match read(watch, (settings, sides, seed)).await {
        Ok(logged) => logged,
        Err(error) => {
            let message = format!("could not read the log of requests: {}", chain(&error));
            failures.push(watch.failure(Stage::Sample, error.reason(), message));
            None
        }
    }
}

async fn read(
    watch: &Watch<'_>,
    (settings, sides, seed): (&LogSettings, &Sides<'_>, u64),
) -> Result<Option<LogReading>, SnapshotError> {
    let now = sides.clock.now();
    let table = sides.snapshots.table(&settings.location).await?;
    let columns: BTreeSet<String> = table.columns().iter().map(|column| column.name.clone()).collect();
    let Some((log, view)) = log_view(watch.view, (&settings.location, &columns)) else { return Ok(None) };
    let opened = sides.snapshots.open(&log, now).await?;
    let choice = KeyChoice { stable_seed: seed, stable: settings.keys, rotating_seed: seed, rotating: 0 };
    let mut chosen = KeyCollector::new(choice);
    opened.choose_keys(&mut chosen).await?;
    let keys: Vec<EntityKey> = chosen.into_keys().into_iter().collect();
    let requests = opened.history(&keys).await?;
    let versions = sides.snapshots.open(&view, now).await?.history(&keys).await?;
    Ok(Some(LogReading { log, view, keys, requests, versions, now, window: settings.window }))
}
