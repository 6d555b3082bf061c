//! When a run begins: soon, or at a moment that several processes have in common.

use std::io;
use std::time::{Duration, Instant};

use crate::model::time::{Clock, Timestamp};

/// Time that threads have to connect before a run begins.
const HEAD_START: Duration = Duration::from_millis(200);

/// When a run begins.
#[derive(Clone, Copy)]
pub enum Start<'a> {
    /// As soon as its threads can be connected.
    Soon,
    /// At the moment that is told when all is ready for it.
    When(&'a dyn Fn() -> io::Result<Timestamp>),
}

/// The beginning of a run.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun {
    /// For measuring from it.
    pub(super) at: Instant,
    /// By the clock.
    pub(super) clock: Timestamp,
}

impl Start<'_> {
    /// The beginning, which lies ahead. A moment that has gone by already is now.
    ///
    /// # Errors
    /// When no moment is told.
    pub(super) fn wait(self) -> io::Result<Begun> {
        let moment = match self {
            Self::Soon => Clock::System.now().plus(HEAD_START),
            Self::When(told) => told()?,
        };
        let (at, clock) = (Instant::now(), Clock::System.now());
        let ahead = moment.since(clock).unwrap_or_default();
        Ok(Begun { at: at + ahead, clock: clock.plus(ahead) })
    }
}
