//! What a service knows from before it was started.

use std::collections::BTreeMap;

use super::findings::ViewFindings;
use super::service::Service;
use super::watched::Watched;
use crate::history::{FindingEpisode, History, HistoryError, HistorySettings, RoundRecord};
use crate::model::time::Timestamp;
use crate::run::round::chain;

/// Opens the history that the plan names, and shows what it holds of the watched views; `None` where it names none.
///
/// # Errors
/// When it cannot be opened or read.
pub(super) fn restore(service: &Service, watched: &Watched, now: Timestamp) -> Result<Option<History>, HistoryError> {
    let Some(path) = &watched.plan.publish.history else {
        tracing::warn!("no history is kept: `publish.history` names no file, and a restart begins anew");
        return Ok(None);
    };
    let history = History::open(&HistorySettings::new(path))?;
    let reader = history.reader();
    for last in reader.last_rounds()? {
        let round = last.newest;
        let drift = reader.newest_drift(&round.view)?;
        let of_round = drift.into_iter().filter(|(_, newest)| newest.measured_at == round.finished_at);
        let drift = of_round.map(|(subject, newest)| (subject, newest.checks)).collect();
        let record = RoundRecord { round, drift, seen: Vec::new(), resolved: Vec::new(), memory: None };
        service.vitals().restore(&record.round.view, last.completed_at);
        service.metrics.restore(&record, last.completed_at);
    }
    let mut open: BTreeMap<String, Vec<FindingEpisode>> = BTreeMap::new();
    for episode in reader.open_findings()? {
        open.entry(episode.key.feature_view.clone()).or_default().push(episode);
    }
    for (view, memory) in reader.memories()? {
        match ViewFindings::restore(&memory, open.get(&view).map_or(&[], Vec::as_slice)) {
            Ok(findings) => {
                service.findings().insert(view, findings);
            }
            Err(error) => tracing::error!(feature_view = view, cause = chain(&error), "findings not restored"),
        }
    }
    service.refresh(now);
    Ok(Some(history))
}
