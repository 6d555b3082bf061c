//! What a service knows from before it was started.

use std::collections::BTreeMap;

use super::service::Service;
use super::shown;
use super::watched::Watched;
use crate::history::{History, HistoryError, HistorySettings, RoundRecord};
use crate::model::time::Timestamp;
use crate::publish::api::LatestRound;

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
        service.metrics.restore(&record, last.completed_at);
        let incomplete_in_a_row = reader.incomplete_in_a_row(&record.round.view)?;
        service.remember(LatestRound {
            record,
            reasons: BTreeMap::new(),
            completed_at: last.completed_at,
            incomplete_in_a_row,
        });
    }
    service.findings().append(&mut shown::remembered(reader)?);
    service.refresh(now);
    Ok(Some(history))
}
