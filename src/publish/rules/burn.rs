//! Burn pairs of the freshness budget: a long window that shows that it matters, a short one that shows that it goes on.
//!
//! The pairs and factors are those of the SRE workbook ("Alerting on SLOs", multi-window, multi-burn-rate). A window needs
//! three rounds to say anything, so short windows grow with the interval; a pair whose windows are then one and the same,
//! or whose limit lies above 100 %, could never do its work and is refused.

use std::fmt;
use std::time::Duration;

use super::promql;
use super::settings::Pace;
use crate::model::check::Severity;

/// Rounds that a window must hold.
const ROUNDS: u32 = 3;
const MINUTE: u64 = 60;
const HOUR: u64 = 3_600;
const DAY: u64 = 86_400;

/// Two windows that both have to burn faster than a multiple of the budget.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BurnPair {
    /// The long window.
    pub long: Duration,
    /// The short window, before it grows with the interval.
    pub short: Duration,
    /// Multiple of the budget.
    pub factor: f64,
    /// What the pair is told as.
    pub severity: Severity,
}

/// A pair whose windows fit the interval.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct UsablePair {
    pub(super) long: Duration,
    pub(super) short: Duration,
    pub(super) factor: f64,
    pub(super) severity: Severity,
}

/// Why a pair cannot be met.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Obstacle {
    /// The rounds are too far apart for its long window.
    Interval {
        /// Time between two rounds.
        interval: Duration,
        /// The least short window; the long one has to be longer.
        least: Duration,
    },
    /// Its limit is a share above 1, which no figure reaches.
    Budget {
        /// The budget as a share.
        budget: f64,
    },
}

/// A pair that no rule was written for.
#[derive(Clone, Debug, PartialEq)]
pub struct RefusedPair {
    /// The pair.
    pub pair: BurnPair,
    /// Why.
    pub obstacle: Obstacle,
    /// The views it was refused for; empty for all that have no pace of their own.
    pub views: Vec<String>,
}

impl BurnPair {
    /// All pairs, from fast to slow.
    pub const ALL: [Self; 4] = [
        Self::new((HOUR, 5 * MINUTE), 14.4, Severity::Critical),
        Self::new((6 * HOUR, 30 * MINUTE), 6.0, Severity::Critical),
        Self::new((DAY, 2 * HOUR), 3.0, Severity::Warning),
        Self::new((3 * DAY, 6 * HOUR), 1.0, Severity::Warning),
    ];

    const fn new((long, short): (u64, u64), factor: f64, severity: Severity) -> Self {
        Self { long: Duration::from_secs(long), short: Duration::from_secs(short), factor, severity }
    }

    /// The shortest window over rounds that are `interval` apart.
    pub(super) fn least_window(interval: Duration) -> Duration {
        interval.saturating_mul(ROUNDS)
    }

    /// The pair with windows so many times shorter.
    pub(super) fn hurried(self, times: u32) -> Self {
        let times = times.max(1);
        Self { long: self.long / times, short: self.short / times, ..self }
    }

    /// The pair with windows for `pace`.
    pub(super) fn fit(self, pace: Pace) -> Result<UsablePair, Obstacle> {
        let least = Self::least_window(pace.interval);
        let short = self.short.max(least);
        if short >= self.long {
            return Err(Obstacle::Interval { interval: pace.interval, least });
        }
        let budget = pace.budget;
        if budget * self.factor >= 1.0 {
            return Err(Obstacle::Budget { budget });
        }
        Ok(UsablePair { long: self.long, short, factor: self.factor, severity: self.severity })
    }
}

impl fmt::Display for RefusedPair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pair = self.pair;
        let (long, short) = (promql::duration(pair.long), promql::duration(pair.short));
        let (factor, severity) = (pair.factor, pair.severity.name());
        write!(formatter, "burn pair {long} & {short} × {factor} ({severity}) is left out")?;
        match self.views.as_slice() {
            [] => {}
            views => write!(formatter, " for `{}`", views.join("`, `"))?,
        }
        match self.obstacle {
            Obstacle::Interval { interval, least } => {
                let (interval, least) = (promql::duration(interval), promql::duration(least));
                write!(
                    formatter,
                    ": rounds are {interval} apart, so the least window is {least}, and {long} is not more"
                )
            }
            Obstacle::Budget { budget } => {
                write!(formatter, ": {factor} times the budget of {budget} is not below 1, which no share exceeds")
            }
        }
    }
}
