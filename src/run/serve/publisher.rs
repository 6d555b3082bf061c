//! Rounds that have ended, in the order in which they do: hysteresis, history, metrics, log.
//!
//! One thread does all of it, because SQLite waits for the disk. What happened comes as [`Letter`]s; a round is answered
//! when it is published, so that the next one of the view does not overtake it. A history that cannot be written is told
//! and counted, and the service goes on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

use super::keeping::Keeping;
use super::service::Service;
use crate::history::{CaptureEnd, History, HistoryError, RoundRecord};
use crate::model::captured::Capture;
use crate::model::check::{Failure, FindingKey, Stage};
use crate::model::measurement::RoundReport;
use crate::model::time::{Clock, Timestamp};
use crate::publish::api::LatestRound;
use crate::publish::metrics::{Reach, Spot, WatchedView, is_unlimited};
use crate::run::round::{Terms, chain, empty_report};

/// Time between two times of adding up hours and removing what is old.
const UPKEEP: Duration = Duration::from_secs(3600);

/// What happened.
#[derive(Debug)]
pub(super) enum Letter {
    /// A round began.
    Began(String),
    /// A round ended.
    Ended {
        /// What it found.
        round: Box<EndedRound>,
        /// Answered when it is published.
        published: oneshot::Sender<()>,
    },
    /// A round ended without a result, and why.
    Lost(String, Loss),
    /// A round was abandoned because the service stops: nobody needs its result.
    Abandoned(String),
    /// A round was due while the one before still ran.
    Skipped(String),
    /// Online rows were captured.
    Captured {
        /// They.
        capture: Box<Capture>,
        /// Answered when they are kept.
        kept: oneshot::Sender<()>,
    },
    /// Other views or checks are watched.
    Replanned,
    /// Nothing more comes.
    Stop,
}

/// A round of one view, and whether the store answered.
#[derive(Debug)]
pub(super) struct EndedRound {
    pub(super) view: String,
    pub(super) report: RoundReport,
    pub(super) reach: Reach,
    /// Captures that ended in it.
    pub(super) ended: Vec<CaptureEnd>,
}

/// Why a round has no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Loss {
    /// It took longer than it may.
    Deadline,
    /// It panicked.
    Broken,
}

impl Loss {
    pub(super) const fn reason(self) -> &'static str {
        match self {
            Self::Deadline => "deadline",
            Self::Broken => "broken",
        }
    }

    const fn message(self) -> &'static str {
        match self {
            Self::Deadline => "the round took longer than its deadline and was abandoned",
            Self::Broken => "the round broke off: a fault of skewwatch, see the log",
        }
    }
}

/// Whether something is in the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kept {
    Yes,
    No,
}

/// Publishes what letters say.
pub(super) struct Publisher {
    pub(super) service: Arc<Service>,
    pub(super) keeping: Keeping,
    /// Rounds that run, with their beginning.
    pub(super) running: BTreeMap<String, Timestamp>,
    /// Findings that have ended, and of which the history does not know it yet.
    pub(super) unresolved: Vec<FindingKey>,
    /// When hours are to be added up next.
    pub(super) upkeep: Timestamp,
}

impl Publisher {
    /// Publishes until told to stop.
    pub(super) fn run(mut self, mut letters: UnboundedReceiver<Letter>) {
        while let Some(letter) = letters.blocking_recv() {
            match letter {
                Letter::Began(view) => {
                    self.running.insert(view, Clock::System.now());
                }
                Letter::Ended { round, published } => {
                    // One that ended just after it was given up is told already.
                    if self.running.remove(&round.view).is_some() {
                        self.publish(&round);
                    }
                    // A round that was abandoned meanwhile no longer waits.
                    let _ = published.send(());
                    self.keep_up();
                }
                Letter::Lost(view, loss) => self.lose(view, loss),
                Letter::Abandoned(view) => {
                    self.running.remove(&view);
                    tracing::warn!(feature_view = view, "round abandoned");
                }
                Letter::Skipped(view) => {
                    self.service.metrics.skip(&view);
                    tracing::warn!(feature_view = view, "round skipped, the one before still runs");
                }
                Letter::Captured { capture, kept } => {
                    self.keep_captured(&capture);
                    let _ = kept.send(());
                }
                Letter::Replanned => self.replan(),
                Letter::Stop => break,
            }
        }
    }

    /// A round that ended by itself just before it was to be abandoned is not lost.
    fn lose(&mut self, view: String, loss: Loss) {
        let Some(started_at) = self.running.remove(&view) else { return };
        let watched = self.service.watched();
        let failure = Failure {
            feature_view: view.clone(),
            stage: Stage::Sample,
            reason: loss.reason().into(),
            message: loss.message().to_owned(),
        };
        let empty = empty_report(Terms::of(&watched.plan), started_at);
        let report = RoundReport { finished_at: Clock::System.now(), failures: vec![failure], ..empty };
        self.publish(&EndedRound { view, report, reach: Reach::Unknown, ended: Vec::new() });
    }

    fn publish(&mut self, round: &EndedRound) {
        let EndedRound { view, report, reach, ended } = round;
        self.end_captures(view, ended);
        let watched = self.service.watched();
        for failure in &report.failures {
            tracing::warn!(
                feature_view = view,
                stage = failure.stage.name(),
                cause = failure.message,
                "could not read all"
            );
        }
        self.open_again();
        let surroundings = watched.surroundings();
        let taken_in = surroundings.views.iter().find(|watched| watched.view.name == *view).map(|watched_view| {
            let mut findings = self.service.findings().get(view).cloned().unwrap_or_default();
            let record = findings.take_in(report, (&watched.plan, watched_view));
            (findings, record)
        });
        let (findings, record) = match taken_in {
            Some((findings, record)) => (Some(findings), record),
            None => (None, RoundRecord { seen: Vec::new(), ..RoundRecord::of(report, view) }),
        };
        // Before anything is shown: what has been seen from outside is known after a kill too.
        let record = self.record(record);
        if let Some(mut findings) = findings {
            let mut all = self.service.findings();
            // A reload may have withheld values meanwhile.
            findings.withhold(self.service.watched().plan.publish.disclosure.values);
            all.insert(view.clone(), findings);
            drop(all);
            let before = self.service.latest(view);
            self.service.remember(LatestRound::after(before.as_ref(), &record, report));
        }
        self.service.vitals().record(&record.round, *reach);
        self.service.metrics.record(&record, *reach);
        if let Some(measured) = report.views.iter().find(|measured| measured.feature_view == *view) {
            self.service.metrics.show_captured(view, measured.captured.as_ref());
        }
        self.service.refresh(report.finished_at);
        self.service.tell_news();
        tracing::info!(
            feature_view = view,
            result = record.round.result.name(),
            findings = report.findings.len(),
            not_judged = report.unknown.len(),
            "round ended"
        );
    }

    /// Opens a history that could not be opened before, if it is time: what it holds of a view precedes its first round.
    fn open_again(&mut self) {
        // Why it is closed is counted by those who have something to write.
        let _ = self.keeping.history(&self.service, Clock::System.now());
    }

    /// Keeps the round. What ended in a round that could not be kept ends with the next one that can.
    fn record(&mut self, mut record: RoundRecord) -> RoundRecord {
        record.resolved.append(&mut self.unresolved);
        if self.write(|history| history.record(std::slice::from_ref(&record))) == Kept::No {
            self.unresolved.clone_from(&record.resolved);
        }
        record
    }

    /// Writes the history, where there is one.
    fn write<T>(&mut self, write: impl FnOnce(&mut History) -> Result<T, HistoryError>) -> Kept {
        if matches!(self.keeping, Keeping::Nowhere) || self.written(write).is_some() { Kept::Yes } else { Kept::No }
    }

    /// What writing the history gave; `None` where there is no history, or it could not be written.
    fn written<T>(&mut self, write: impl FnOnce(&mut History) -> Result<T, HistoryError>) -> Option<T> {
        let written = match self.keeping.history(&self.service, Clock::System.now()) {
            Ok(history) => write(history?).map_err(|error| {
                tracing::error!(cause = chain(&error), "history not written");
                error.reason()
            }),
            Err(reason) => Err(reason),
        };
        written.inspect_err(|reason| self.service.metrics.fail(Stage::Publish, reason)).ok()
    }

    /// Keeps captured rows. Those that cannot be kept are lost: what stood at the cut cannot be read again.
    fn keep_captured(&mut self, capture: &Capture) {
        if let Some(counts) = self.written(|history| history.capture(capture)) {
            let (feature_view, rows) = (&capture.feature_view, counts.captured);
            self.service.metrics.count_captured(feature_view, &counts);
            tracing::info!(feature_view, rows, expired = counts.expired, "rows captured");
            self.recount(feature_view);
        }
    }

    /// Takes in from the history what became of the rows captured of a view.
    fn recount(&mut self, view: &str) {
        if let Some(counts) = self.written(|history| history.reader().capture_counts(view)) {
            self.service.count_captured(view, counts);
        }
    }

    /// Ends captures; those of which the history does not know it wait on, and the next round settles them again.
    fn end_captures(&mut self, view: &str, ended: &[CaptureEnd]) {
        if ended.is_empty() {
            return;
        }
        if let Some(counts) = self.written(|history| history.end_captures(ended)) {
            self.service.metrics.count_captured(view, &counts);
            self.recount(view);
        }
    }

    /// Ends the findings of what is no longer watched.
    fn replan(&mut self) {
        let watched = self.service.watched();
        let surroundings = watched.surroundings();
        let mut gone = Vec::new();
        self.service.findings().retain(|name, findings| {
            let view = surroundings.views.iter().find(|watched| watched.view.name == *name);
            let checks = view.map(WatchedView::checks);
            let is_watched =
                |spot: &Spot| checks.as_ref().is_some_and(|checks| is_unlimited(spot) || checks.contains(spot));
            gone.extend(findings.retain(is_watched));
            view.is_some()
        });
        self.service.forget(|name| surroundings.views.iter().any(|watched| watched.view.name == name));
        let now = Clock::System.now();
        let captured: Vec<&str> = watched.plan.service.captures.keys().map(String::as_str).collect();
        self.write(|history| history.abandon_captures(&captured, now));
        self.service.counted_views().iter().for_each(|view| self.recount(view));
        self.service.refresh(now);
        gone.append(&mut self.unresolved);
        if !gone.is_empty() && self.write(|history| history.resolve(&gone, now)) == Kept::No {
            self.unresolved = gone;
        }
        self.service.tell_news();
    }

    fn keep_up(&mut self) {
        let now = Clock::System.now();
        // Further ahead than it can be: the time of day was set back.
        if self.upkeep.since(now).is_some_and(|left| !left.is_zero() && left <= UPKEEP) {
            return;
        }
        self.upkeep = now.plus(UPKEEP);
        self.write(|history| history.roll_up().and_then(|_| history.retain(now)));
    }
}
