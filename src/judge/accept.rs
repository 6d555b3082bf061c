//! Living with known findings: which are accepted, and when a view is under maintenance.
//!
//! An accepted finding stays visible and counted, and nobody is woken for it. It comes back when it is worse by a factor
//! than what was accepted, or when its term is over. During maintenance nothing of a view is told. All of this decides
//! what is told to others, never what is found.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::model::check::{CheckKind, Finding, FindingKey};
use crate::model::schedule::Schedule;
use crate::model::time::Timestamp;

/// How much worse than what was accepted a finding may become, unless told otherwise.
pub const USUAL_FACTOR: f64 = 1.5;

/// A finding that people know of.
#[derive(Clone, Debug, PartialEq)]
pub struct Accepted {
    /// Which finding.
    pub key: FindingKey,
    /// When it comes back in any case.
    pub until: Timestamp,
    /// Why it is accepted.
    pub reason: String,
    /// The figure that was accepted; `None` takes the first one found.
    pub observed: Option<f64>,
    /// How many times as far from perfect as the accepted figure it may become, from 1 up.
    pub factor: f64,
}

/// Recurring times at which nothing of a view is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Maintenance {
    /// The view.
    pub feature_view: String,
    /// When it begins.
    pub schedule: Schedule,
    /// How long it lasts, in real time.
    pub duration: Duration,
}

impl Maintenance {
    /// When the window that is open at `now` and began last ends; `None` if none is open. The instant of its end is
    /// outside.
    #[must_use]
    pub fn open_until(&self, now: Timestamp) -> Option<Timestamp> {
        let mut begun = self.schedule.next_after(now.minus(self.duration)).filter(|begin| *begin <= now)?;
        while let Some(next) = self.schedule.next_after(begun).filter(|next| *next <= now) {
            begun = next;
        }
        Some(begun.plus(self.duration))
    }
}

/// Figures that were found first under entries that name none: a plain state to be kept from round to round.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<(FindingKey, f64)>", into = "Vec<(FindingKey, f64)>")]
pub struct FirstFigures {
    figures: BTreeMap<FindingKey, f64>,
}

impl From<Vec<(FindingKey, f64)>> for FirstFigures {
    fn from(figures: Vec<(FindingKey, f64)>) -> Self {
        Self { figures: figures.into_iter().collect() }
    }
}

impl From<FirstFigures> for Vec<(FindingKey, f64)> {
    fn from(first: FirstFigures) -> Self {
        first.figures.into_iter().collect()
    }
}

/// Everything that is accepted, and all maintenance.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tolerated {
    /// Accepted findings; of several entries for one finding the last counts.
    pub accepted: Vec<Accepted>,
    /// Maintenance.
    pub maintenance: Vec<Maintenance>,
}

/// What is to be done about a finding.
#[derive(Clone, Debug, PartialEq)]
pub enum Standing {
    /// Nothing stands against telling it.
    Open,
    /// It was accepted, and the term is over.
    Expired {
        /// Since when.
        since: Timestamp,
    },
    /// It was accepted, and is worse than that by more than the factor.
    Worse {
        /// The figure that was accepted.
        accepted: f64,
    },
    /// It is known.
    Accepted {
        /// Until when.
        until: Timestamp,
        /// Why.
        reason: String,
    },
    /// Its view is under maintenance.
    Maintenance {
        /// Until when.
        until: Timestamp,
    },
    /// The service only observes.
    Observed,
}

impl Standing {
    /// Whether others are told.
    #[must_use]
    pub const fn is_told(&self) -> bool {
        match self {
            Self::Open | Self::Expired { .. } | Self::Worse { .. } => true,
            Self::Accepted { .. } | Self::Maintenance { .. } | Self::Observed => false,
        }
    }
}

impl Tolerated {
    /// The entry of a finding.
    fn entry(&self, key: &FindingKey) -> Option<&Accepted> {
        self.accepted.iter().rev().find(|accepted| accepted.key == *key)
    }

    /// Remembers the figures of findings that are accepted without one, and forgets those of entries that are gone.
    pub fn learn(&self, first: &mut FirstFigures, findings: &[Finding], now: Timestamp) {
        let wanted = |key: &FindingKey| self.entry(key).filter(|entry| entry.observed.is_none());
        first.figures.retain(|key, _| wanted(key).is_some());
        for finding in findings {
            let key = finding.key();
            if wanted(&key).is_some_and(|entry| now < entry.until) {
                first.figures.entry(key).or_insert(finding.observed);
            }
        }
    }

    /// What is to be done about `finding` at `now`. A finding that came back is silent under maintenance all the same.
    #[must_use]
    pub fn standing(&self, finding: &Finding, first: &FirstFigures, now: Timestamp) -> Standing {
        let key = finding.key();
        let standing = match self.entry(&key) {
            None => Standing::Open,
            Some(entry) if now >= entry.until => Standing::Expired { since: entry.until },
            Some(entry) => match entry.observed.or_else(|| first.figures.get(&key).copied()) {
                Some(accepted) if is_worse(finding, accepted, entry.factor) => Standing::Worse { accepted },
                Some(_) | None => Standing::Accepted { until: entry.until, reason: entry.reason.clone() },
            },
        };
        if !standing.is_told() {
            return standing;
        }
        let mut windows = self.maintenance.iter().filter(|window| window.feature_view == finding.feature_view);
        windows.find_map(|window| window.open_until(now)).map_or(standing, |until| Standing::Maintenance { until })
    }
}

/// Whether the figure is more than `factor` times as far from perfect as the accepted one: from 0 where it must not exceed
/// a limit, from 1 where it must reach one.
fn is_worse(finding: &Finding, accepted: f64, factor: f64) -> bool {
    match finding.check {
        CheckKind::Coverage | CheckKind::Comparable | CheckKind::NeverMaterialized | CheckKind::Timestamps => {
            1.0 - finding.observed > (1.0 - accepted) * factor
        }
        CheckKind::Freshness
        | CheckKind::Skew
        | CheckKind::Phantom
        | CheckKind::MissingOffline
        | CheckKind::Undecodable
        | CheckKind::InFlight
        | CheckKind::Serving
        | CheckKind::Drift => finding.observed > accepted * factor,
    }
}
