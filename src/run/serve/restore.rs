//! What a service knows from before it was started.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::service::Service;
use super::shown;
use super::watched::Watched;
use crate::history::{History, HistoryError, HistoryRound, HistorySettings, RoundRecord};
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
        let view = last.newest.view.clone();
        let drift = reader.newest_drift(&view)?;
        let incomplete_in_a_row = reader.incomplete_in_a_row(&view)?;
        let known = |round: HistoryRound, measured| {
            let of_round = drift.iter().filter(|(_, newest)| newest.measured_at == round.finished_at);
            let drift = of_round.map(|(subject, newest)| (subject.clone(), newest.checks.clone())).collect();
            LatestRound {
                record: RoundRecord { round, drift, seen: Vec::new(), resolved: Vec::new(), memory: None },
                reasons: BTreeMap::new(),
                completed_at: last.completed_at,
                incomplete_in_a_row,
                distributions: BTreeMap::new(),
                measured,
            }
        };
        let has_figures = last.newest.measured.is_some();
        let earlier = last.measured.filter(|_| !has_figures).map(|round| Arc::new(known(round, None)));
        let latest = known(last.newest, earlier);
        service.metrics.restore(&latest.record, last.completed_at);
        service.remember(latest);
    }
    service.findings().append(&mut shown::remembered(reader)?);
    service.refresh(now);
    Ok(Some(history))
}
