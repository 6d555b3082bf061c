//! What a service knows from before it was started.

use std::collections::BTreeMap;

use super::findings::ViewFindings;
use super::keeping::{Closed, Keeping};
use super::service::Service;
use super::watched::Watched;
use crate::history::{FindingEpisode, History, HistoryError, HistoryReader, HistorySettings, RoundRecord};
use crate::model::check::Stage;
use crate::model::time::Timestamp;
use crate::run::round::chain;

/// What is known at the start.
pub(super) struct Known {
    pub(super) keeping: Keeping,
    /// When the last round of each view began.
    pub(super) begun: BTreeMap<String, Timestamp>,
}

/// Opens the history that the plan names, and shows what it holds of the watched views. Where the disk does not let it be
/// written, it shows what can be read of it.
///
/// # Errors
/// When it cannot be opened or read for another reason.
pub(super) fn restore(service: &Service, watched: &Watched, now: Timestamp) -> Result<Known, HistoryError> {
    let Some(path) = &watched.plan.publish.history else {
        tracing::warn!("no history is kept: `publish.history` names no file, and a restart begins anew");
        return Ok(Known { keeping: Keeping::Nowhere, begun: BTreeMap::new() });
    };
    let known = match History::open(&HistorySettings::new(path)) {
        Ok(history) => {
            let begun = show(service, history.reader(), &|_| true)?;
            Known { keeping: Keeping::Open(Box::new(history)), begun }
        }
        Err(error) if error.is_of_the_disk() => {
            let keeping = Keeping::Closed(Closed::because(&error, path.clone(), now));
            service.metrics.fail(Stage::Publish, error.reason());
            let shown = HistoryReader::open(path).and_then(|reader| show(service, &reader, &|_| true));
            let begun = shown.unwrap_or_else(|error| {
                tracing::error!(cause = chain(&error), "history not read, the service begins anew");
                BTreeMap::new()
            });
            Known { keeping, begun }
        }
        Err(error) => return Err(error),
    };
    service.refresh(now);
    Ok(known)
}

/// Shows what a history holds of the views that are `wanted`; gives when the last round of each began.
///
/// # Errors
/// When it cannot be read.
pub(super) fn show(
    service: &Service,
    reader: &HistoryReader,
    wanted: &dyn Fn(&str) -> bool,
) -> Result<BTreeMap<String, Timestamp>, HistoryError> {
    let watched = service.watched();
    let mut begun = BTreeMap::new();
    for last in reader.last_rounds()?.into_iter().filter(|last| wanted(&last.newest.view)) {
        let round = last.newest;
        begun.insert(round.view.clone(), round.started_at);
        let drift = reader.newest_drift(&round.view)?;
        let of_round = drift.into_iter().filter(|(_, newest)| newest.measured_at == round.finished_at);
        let drift = of_round.map(|(subject, newest)| (subject, newest.checks)).collect();
        let record = RoundRecord { round, drift, seen: Vec::new(), resolved: Vec::new(), memory: None };
        service.metrics.restore(&record, last.completed_at);
        if watched.plan.service.captures.contains_key(&record.round.view) {
            service.metrics.show_captured(&record.round.view, reader.newest_captured(&record.round.view)?.as_ref());
        }
    }
    let mut open: BTreeMap<String, Vec<FindingEpisode>> = BTreeMap::new();
    for episode in reader.open_findings()? {
        open.entry(episode.key.feature_view.clone()).or_default().push(episode);
    }
    for (view, memory) in reader.memories()?.into_iter().filter(|(view, _)| wanted(view)) {
        match ViewFindings::restore(&memory, open.get(&view).map_or(&[], Vec::as_slice)) {
            Ok(findings) => {
                service.findings().insert(view, findings);
            }
            Err(error) => tracing::error!(feature_view = view, cause = chain(&error), "findings not restored"),
        }
    }
    Ok(begun)
}
