//! The log of requests in a round: an even sample of its entities, with all that they were given.
//!
//! A log is read again when its files or those of the snapshot have changed, and when a good part of what was read has grown
//! too old; until then what it said stands.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::round::chain;
use super::view::Watch;
use crate::config::LogSettings;
use crate::evidence::{Held, LoggedEvidence};
use crate::measure::{log_view, measure_logged};
use crate::model::check::{Failure, Stage};
use crate::model::choice::{KeyChoice, KeyCollector};
use crate::model::entity::EntityKey;
use crate::model::history::{History, SnapshotIdentity, VersionRows};
use crate::model::logged::LoggedMeasurement;
use crate::model::time::Timestamp;
use crate::model::view::{FeatureView, SnapshotSource};
use crate::sample::Sides;
use crate::store::snapshot::SnapshotError;

/// The column with the time of a request.
const REQUEST_TIME: &str = "__log_timestamp";

/// What a log said, and of which files.
#[derive(Clone, Debug)]
pub(crate) struct KeptLog {
    log: SnapshotIdentity,
    snapshot: String,
    said: Option<LoggedMeasurement>,
}

impl KeptLog {
    /// Whether the same files would say much the same: at most a tenth of the window has gone by since its first request.
    fn stands(&self, (log, snapshot): (&SnapshotIdentity, &str), (now, window): (Timestamp, Duration)) -> bool {
        let first = self.said.as_ref().and_then(|said| said.from);
        let age = first.and_then(|first| now.since(first)).unwrap_or_default();
        self.log == *log && self.snapshot == snapshot && age <= window.saturating_add(window / 10)
    }
}

/// What a round wants of a log.
pub(super) struct LogRound<'a> {
    pub(super) settings: &'a LogSettings,
    /// Seed of the choice of entities.
    pub(super) seed: u64,
    /// Identity of the view's snapshot.
    pub(super) snapshot: &'a str,
}

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

    /// What it says, found out on a thread that may be busy for long; `None` where the program is stopping.
    pub(super) async fn measure_aside(self) -> Option<LoggedMeasurement> {
        match tokio::task::spawn_blocking(move || self.measure()).await {
            Ok(measured) => Some(measured),
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => None,
        }
    }

    /// What it says.
    pub(super) fn measure(self) -> LoggedMeasurement {
        measure_logged(&self.view, (&self.requests, &self.keys), self.versions, (self.now, self.window))
    }
}

/// What the requests of the log were given of the view; `None` where none of its features is logged, or the log could not
/// be read. `kept` is what it said before, and says now.
pub(super) async fn by_requests(
    watch: &Watch<'_>,
    (round, sides, kept): (&LogRound<'_>, &Sides<'_>, &mut Option<KeptLog>),
    failures: &mut Vec<Failure>,
) -> Option<LoggedMeasurement> {
    let before = kept.take();
    let read = told(watch, said(watch, (round, sides), before).await, failures)?;
    kept.insert(read).said.clone()
}

/// The same as it was read, whatever it said before.
pub(super) async fn read_requests(
    watch: &Watch<'_>,
    (round, sides): (&LogRound<'_>, &Sides<'_>),
    failures: &mut Vec<Failure>,
) -> Option<LogReading> {
    let now = sides.clock.now();
    let nothing = request_times(round.settings, watch.view, now);
    told(watch, read(watch, (round, sides, now), &nothing).await, failures)?
}

fn told<T>(watch: &Watch<'_>, outcome: Result<T, SnapshotError>, failures: &mut Vec<Failure>) -> Option<T> {
    let failure = |error: SnapshotError| {
        let message = format!("could not read the log of requests: {}", chain(&error));
        watch.failure(Stage::Sample, error.reason(), message)
    };
    outcome.map_err(|error| failures.push(failure(error))).ok()
}

/// The log as a view without features: who was asked for, and when, within the window up to `now`.
pub(super) fn request_times(settings: &LogSettings, view: &FeatureView, now: Timestamp) -> FeatureView {
    let since = Some(now.minus(settings.window));
    let source = SnapshotSource { since, ..SnapshotSource::new(&settings.location, REQUEST_TIME) };
    FeatureView { join_keys: view.join_keys.clone(), ..FeatureView::new(&view.name, source) }
}

async fn said(
    watch: &Watch<'_>,
    (round, sides): (&LogRound<'_>, &Sides<'_>),
    kept: Option<KeptLog>,
) -> Result<KeptLog, SnapshotError> {
    let (now, settings) = (sides.clock.now(), round.settings);
    let nothing = request_times(settings, watch.view, now);
    let listed = sides.snapshots.list(&nothing, now).await?;
    let files = (listed.identity(), round.snapshot);
    if let Some(kept) = kept.filter(|kept| kept.stands(files, (now, settings.window))) {
        return Ok(kept);
    }
    let log = listed.identity().clone();
    let said = match read(watch, (round, sides, now), &nothing).await? {
        Some(reading) => reading.measure_aside().await,
        None => None,
    };
    Ok(KeptLog { log, snapshot: round.snapshot.to_owned(), said })
}

/// Reads the log; `nothing` is a view of it without features.
async fn read(
    watch: &Watch<'_>,
    (round, sides, now): (&LogRound<'_>, &Sides<'_>, Timestamp),
    nothing: &FeatureView,
) -> Result<Option<LogReading>, SnapshotError> {
    let (settings, seed) = (round.settings, round.seed);
    let table = sides.snapshots.table(&settings.location).await?;
    let columns: BTreeSet<String> = table.columns().iter().map(|column| column.name.clone()).collect();
    let Some((mut log, view)) = log_view(watch.view, (&settings.location, &columns)) else { return Ok(None) };
    log.source.since = nothing.source.since;
    let choice = KeyChoice { stable_seed: seed, stable: settings.keys, rotating_seed: seed, rotating: 0 };
    let mut chosen = KeyCollector::new(choice);
    let times = sides.snapshots.open(nothing, now).await?;
    times.choose_keys(&mut chosen).await?;
    let chosen: Vec<EntityKey> = chosen.into_keys().into_iter().collect();
    // Counted before what was given is read: a few entities may have made most of the requests.
    let keys = bounded(&times.versions(&chosen).await?.0, (seed, settings.requests));
    let requests = sides.snapshots.open(&log, now).await?.history(&keys).await?;
    let versions = sides.snapshots.open(&view, now).await?.history(&keys).await?;
    Ok(Some(LogReading { log, view, keys, requests, versions, now, window: settings.window }))
}

/// Entities that made at most so many requests together, but one at least, in the order in which they were chosen: the sample
/// stays even.
fn bounded(counted: &VersionRows, (seed, most): (u64, usize)) -> Vec<EntityKey> {
    let mut requests: BTreeMap<u32, usize> = BTreeMap::new();
    counted.rows.iter().for_each(|row| *requests.entry(row.key).or_default() += 1);
    let mut keys: Vec<(u64, u32, &EntityKey)> =
        (0_u32..).zip(&counted.keys).map(|(place, key)| (key.sampling_hash(seed), place, key)).collect();
    keys.sort_unstable();
    let mut total = 0_usize;
    let mut fits = |place: u32| {
        let is_first = total == 0;
        total = total.saturating_add(requests.get(&place).copied().unwrap_or_default());
        is_first || total <= most
    };
    keys.into_iter().take_while(|(_, place, _)| fits(*place)).map(|(_, _, key)| key.clone()).collect()
}
