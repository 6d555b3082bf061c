//! Where a service keeps what its rounds found: in a history, nowhere, or in a history that cannot be written yet.
//!
//! A disk that is full or may only be read must not keep a service from watching. It starts without the history, says so in
//! its log and its metrics, and tries again now and then. A history that another process writes or that is damaged is
//! another matter: it does not mend by itself, and the service does not start.

use std::path::PathBuf;
use std::time::Duration;

use super::restore;
use super::service::Service;
use crate::history::{History, HistoryError, HistorySettings};
use crate::model::check::FindingKey;
use crate::model::time::Timestamp;
use crate::run::round::chain;

/// Time between the first two attempts to open a history; each further one waits twice as long.
const SOON: Duration = Duration::from_secs(5);
/// Longest time between two attempts.
const LATEST: Duration = Duration::from_secs(300);

/// Where rounds are kept.
pub(super) enum Keeping {
    /// Nowhere: no history is wanted.
    Nowhere,
    /// In a history.
    Open(Box<History>),
    /// Nowhere for now: the history could not be opened.
    Closed(Closed),
}

/// A history that could not be opened.
pub(super) struct Closed {
    path: PathBuf,
    reason: &'static str,
    wait: Duration,
    again: Timestamp,
}

impl Closed {
    /// Tells of a failed attempt to open the history at `path`.
    pub(super) fn because(error: &HistoryError, path: PathBuf, now: Timestamp) -> Self {
        tracing::error!(cause = chain(error), "history not opened, rounds are not kept until it can be");
        Self { path, reason: error.reason(), wait: SOON, again: now.plus(SOON) }
    }

    /// Also when the clock was set back.
    fn is_due(&self, now: Timestamp) -> bool {
        self.again <= now || self.again > now.plus(self.wait)
    }
}

impl Keeping {
    /// The history to write; `None` where none is wanted.
    ///
    /// # Errors
    /// With the reason in one word, while it cannot be opened.
    pub(super) fn history(&mut self, service: &Service, now: Timestamp) -> Result<Option<&mut History>, &'static str> {
        if let Self::Closed(closed) = self
            && closed.is_due(now)
        {
            match open(closed, service, now) {
                Ok(history) => *self = Self::Open(Box::new(history)),
                Err(error) => {
                    tracing::error!(cause = chain(&error), "history still not opened, rounds are not kept");
                    closed.reason = error.reason();
                    closed.wait = (closed.wait * 2).min(LATEST);
                    closed.again = now.plus(closed.wait);
                }
            }
        }
        match self {
            Self::Nowhere => Ok(None),
            Self::Open(history) => Ok(Some(history)),
            Self::Closed(closed) => Err(closed.reason),
        }
    }
}

/// Opens the history at last. Views of which no round has been seen yet go on from it; of the others its open findings
/// that are over by now end.
fn open(closed: &Closed, service: &Service, now: Timestamp) -> Result<History, HistoryError> {
    let mut history = History::open(&HistorySettings::new(&closed.path))?;
    let known: Vec<String> = service.findings().keys().cloned().collect();
    restore::show(service, history.reader(), &|view| !known.iter().any(|known| known == view))?;
    service.refresh(now);
    let watched = service.watched();
    let episodes = history.reader().open_findings()?;
    let over: Vec<_> = {
        let mut findings = service.findings();
        findings.retain(|name, _| watched.plan.views.iter().any(|view| view.name == *name));
        let lives = |key: &FindingKey| findings.get(&key.feature_view).is_some_and(|findings| findings.has(key));
        episodes.into_iter().map(|episode| episode.key).filter(|key| !lives(key)).collect()
    };
    history.resolve(&over, now)?;
    tracing::info!("history opened, rounds are kept from now on");
    Ok(history)
}
