//! What a service knows from before it was started.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::findings::ViewFindings;
use super::keeping::{Closed, Keeping};
use super::service::Service;
use super::shown;
use super::watched::Watched;
use crate::history::{History, HistoryError, HistoryReader, HistoryRound, HistorySettings, RoundRecord};
use crate::model::check::Stage;
use crate::model::time::Timestamp;
use crate::publish::api::LatestRound;
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
                watched.plan.views.iter().for_each(|view| service.vitals().forget(&view.name));
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
    let surroundings = watched.surroundings();
    let mut findings = shown::remembered(reader)?;
    // What was allowed when it was written down may not be allowed now.
    findings.values_mut().for_each(|findings| findings.withhold(watched.plan.publish.disclosure.values));
    let mut begun = BTreeMap::new();
    for last in reader.last_rounds()?.into_iter().filter(|last| wanted(&last.newest.view)) {
        let view = last.newest.view.clone();
        begun.insert(view.clone(), last.newest.started_at);
        let drift = reader.newest_drift(&view)?;
        let incomplete_in_a_row = reader.incomplete_in_a_row(&view)?;
        let explained = findings.get(&view).map(ViewFindings::causes);
        let side = findings.get(&view).map(ViewFindings::side);
        let own = surroundings.views.iter().find(|watched| watched.view.name == view);
        let known = |mut round: HistoryRound, measured| {
            // The configuration may have changed since.
            own.iter().for_each(|own| own.trim(&mut round));
            let is_known = |feature: &String| own.is_none_or(|own| own.view.position(feature).is_some());
            let of_round = drift
                .iter()
                .filter(|((feature, _), newest)| newest.measured_at == round.finished_at && is_known(feature));
            let drift = of_round.map(|(subject, newest)| (subject.clone(), newest.checks.clone())).collect();
            let explained = explained.into_iter().filter(|_| round.measured.is_some()).flatten();
            let causes = explained.filter(|(feature, _)| is_known(feature));
            let causes = causes.map(|(feature, diagnosis)| (feature.clone(), diagnosis.clone())).collect();
            let side = side.filter(|_| round.measured.is_some()).cloned().unwrap_or_default();
            let side = side.only(|feature| own.is_none_or(|own| own.view.position(feature).is_some()));
            LatestRound {
                record: RoundRecord { drift, causes, side, ..RoundRecord::of_round(round) },
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
        service.vitals().restore(&view, last.completed_at);
        service.metrics.restore(&latest.record, last.completed_at);
        service.remember(latest);
        if watched.plan.service.captures.contains_key(&view) {
            service.metrics.show_captured(&view, reader.newest_captured(&view)?.as_ref());
        }
        service.count_captured(&view, reader.capture_counts(&view)?);
    }
    findings.retain(|view, _| wanted(view));
    for (view, _) in reader.memories()?.into_iter().filter(|(view, _)| wanted(view)) {
        if findings.contains_key(&view) { service.vitals().recall(&view) } else { service.vitals().forget(&view) }
    }
    service.findings().append(&mut findings);
    Ok(begun)
}
