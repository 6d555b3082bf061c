//! The log of requests in a round: an even sample of its entities, with all that they were given.

use std::collections::BTreeSet;

use super::round::chain;
use super::view::Watch;
use crate::config::LogSettings;
use crate::measure::{log_view, measure_logged};
use crate::model::check::{Failure, Stage};
use crate::model::choice::{KeyChoice, KeyCollector};
use crate::model::entity::EntityKey;
use crate::model::logged::LoggedMeasurement;
use crate::sample::Sides;
use crate::store::snapshot::SnapshotError;

/// What the requests of the log were given of the view; `None` where none of its features is logged, or the log could not
/// be read.
pub(super) async fn by_requests(
    watch: &Watch<'_>,
    (settings, sides, seed): (&LogSettings, &Sides<'_>, u64),
    failures: &mut Vec<Failure>,
) -> Option<LoggedMeasurement> {
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
) -> Result<Option<LoggedMeasurement>, SnapshotError> {
    let now = sides.clock.now();
    let table = sides.snapshots.table(&settings.location).await?;
    let columns: BTreeSet<String> = table.columns().iter().map(|column| column.name.clone()).collect();
    let Some((log, view)) = log_view(watch.view, (&settings.location, &columns)) else { return Ok(None) };
    let log = sides.snapshots.open(&log, now).await?;
    let choice = KeyChoice { stable_seed: seed, stable: settings.keys, rotating_seed: seed, rotating: 0 };
    let mut chosen = KeyCollector::new(choice);
    log.choose_keys(&mut chosen).await?;
    let keys: Vec<EntityKey> = chosen.into_keys().into_iter().collect();
    let requests = log.history(&keys).await?;
    let history = sides.snapshots.open(&view, now).await?.history(&keys).await?;
    Ok(Some(measure_logged(&view, (&requests, &keys), history, (now, settings.window))))
}
