//! What is known of a view, from which its shapes are made.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::finding::ToldFinding;
use crate::history::{RoundRecord, RoundResult};
use crate::model::bars::Bars;
use crate::model::captured::CaptureCounts;
use crate::model::exhibit::Disclosure;
use crate::model::measurement::RoundReport;
use crate::model::time::Timestamp;
use crate::publish::metrics::{Spot, WatchedView};

/// The newest round of a view, and what the ones before it leave.
#[derive(Clone, Debug, PartialEq)]
pub struct LatestRound {
    /// What it found; its findings and what is remembered are left out.
    pub record: RoundRecord,
    /// Why checks could not be judged; none are known of a round before the service started.
    pub reasons: BTreeMap<Spot, String>,
    /// When the last complete round ended; `None` when none is known.
    pub completed_at: Option<Timestamp>,
    /// Rounds in a row, up to this one, that were not complete.
    pub incomplete_in_a_row: u64,
    /// What served values were held against, beside them, per feature; none are known of a round before the service
    /// started.
    pub distributions: BTreeMap<String, Bars>,
    /// The last round with figures, where this one has none; `None` where it has, or when none is known.
    pub measured: Option<Arc<Self>>,
}

impl LatestRound {
    /// The state after a round, given the one before it.
    #[must_use]
    pub fn after(before: Option<&Arc<Self>>, record: &RoundRecord, report: &RoundReport) -> Self {
        let view = &record.round.view;
        let own = report.unknown.iter().filter(|unjudged| unjudged.feature_view == *view);
        let reasons =
            own.map(|unjudged| ((unjudged.feature.clone(), unjudged.check), unjudged.reason.clone())).collect();
        let is_complete = record.round.result == RoundResult::Complete;
        let known = before.and_then(|before| before.completed_at);
        Self {
            distributions: record.bars.clone(),
            measured: match record.round.measured {
                Some(_) => None,
                None => before.and_then(Self::with_figures),
            },
            record: RoundRecord {
                drift: record.drift.clone(),
                causes: record.causes.clone(),
                side: record.side.clone(),
                ..RoundRecord::of_round(record.round.clone())
            },
            reasons,
            completed_at: if is_complete { Some(record.round.finished_at) } else { known },
            incomplete_in_a_row: match is_complete {
                true => 0,
                false => before.map_or(0, |before| before.incomplete_in_a_row).saturating_add(1),
            },
        }
    }

    /// The same as far as it may be shown.
    #[must_use]
    pub fn shown(self, disclosure: Disclosure) -> Self {
        let bars = self.distributions.into_iter();
        Self {
            record: self.record.disclosing(disclosure),
            distributions: bars.map(|(name, bars)| (name, bars.shown(disclosure.values))).collect(),
            measured: self.measured.map(|measured| Arc::new(Arc::unwrap_or_clone(measured).shown(disclosure))),
            ..self
        }
    }

    /// This round if it has figures, else the last one that has; `None` when none is known.
    #[must_use]
    pub fn with_figures(latest: &Arc<Self>) -> Option<Arc<Self>> {
        match latest.record.round.measured {
            Some(_) => Some(Arc::clone(latest)),
            None => latest.measured.clone(),
        }
    }
}

/// When rounds of a view are due.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appointments {
    /// The next one, before jitter; `None` when the schedule has ended.
    pub next: Option<Timestamp>,
    /// The usual time between two; `None` when the schedule has ended.
    pub interval: Option<Duration>,
}

/// All that is known of a view.
#[derive(Clone, Debug)]
pub struct ViewState<'a> {
    /// The view and its limits.
    pub watched: WatchedView<'a>,
    /// Its newest round; `None` before the first one.
    pub latest: Option<&'a LatestRound>,
    /// What became of the rows captured of it, restarts included; `None` where none were.
    pub captured: Option<CaptureCounts>,
    /// Its open findings.
    pub findings: Vec<ToldFinding>,
    /// When its rounds are due.
    pub appointments: Appointments,
    /// The instant at which this is so.
    pub now: Timestamp,
}
