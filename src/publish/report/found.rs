//! A finding over a period, with the features that it speaks for.

use serde::Serialize;

use super::causes::LikelyCause;
use super::examples::ExampleCell;
use super::model::LagSplit;
use crate::model::check::{CheckKind, Severity};
use crate::model::time::Timestamp;

/// A finding over the period: all its episodes together, and those of the features of one incident.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FindingOfPeriod {
    /// The view.
    pub view: String,
    /// The feature; `None` for the view as a whole.
    pub feature: Option<String>,
    /// What was checked.
    pub check: CheckKind,
    /// Other features that differ for the same cause at the same time, by harm; the finding speaks for them too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub also: Vec<JoinedOfPeriod>,
    /// The worst it was.
    pub severity: Severity,
    /// Severity × share × hours, of all features together: what findings are ranked by.
    pub harm: f64,
    /// The share of cells, keys or rows that it touched at its worst, of several features the largest; of drift the effect,
    /// at most 1.
    pub share: f64,
    /// Of what the share is: `cells`, `keys`, `rows`, `values`.
    pub share_of: &'static str,
    /// The round that saw it first, perhaps before the period.
    pub onset: Timestamp,
    /// How long it fired within the period, in seconds.
    pub seconds: f64,
    /// How often it began.
    pub episodes: u64,
    /// When it was over; `None` while it goes on.
    pub ended: Option<Timestamp>,
    /// The figure furthest beyond the limit.
    pub worst: f64,
    /// The last figure.
    pub observed: f64,
    /// The limit.
    pub threshold: f64,
    /// Observations behind the last figure.
    pub n: u64,
    /// The last sentence, without what `cause` says.
    pub message: String,
    /// Lag against skew of its feature.
    pub split: Option<LagSplit>,
    /// Why it probably is there; `None` where nothing is known of it.
    pub cause: Option<LikelyCause>,
    /// Cells to look at, at most three.
    pub examples: Vec<ExampleCell>,
    /// Who answers for the view: its owner, else its team.
    pub owner: Option<String>,
    /// What was decided about it, as a clause.
    pub accepted: Option<String>,
    /// The command to look closer.
    pub next_step: String,
}

/// Another feature of the same incident.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JoinedOfPeriod {
    /// The feature.
    pub feature: String,
    /// The worst it was.
    pub severity: Severity,
    /// Severity × share × hours of this feature.
    pub harm: f64,
    /// The share of its cells that was touched at its worst.
    pub share: f64,
    /// The round that saw it first, perhaps before the period.
    pub onset: Timestamp,
    /// How long it fired within the period, in seconds.
    pub seconds: f64,
    /// When it was over; `None` while it goes on.
    pub ended: Option<Timestamp>,
    /// The last figure.
    pub observed: f64,
    /// Observations behind the last figure.
    pub n: u64,
}

/// A feature, or the view as a whole, for which a finding speaks.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Part<'a> {
    /// The feature; `None` for the view as a whole.
    pub(super) feature: Option<&'a str>,
    /// The worst it was.
    pub(super) severity: Severity,
    /// Its harm.
    pub(super) harm: f64,
    /// The round that saw it first.
    pub(super) onset: Timestamp,
}

impl FindingOfPeriod {
    /// All that it speaks for, what leads first.
    pub(super) fn parts(&self) -> impl Iterator<Item = Part<'_>> {
        let others: f64 = self.also.iter().map(|other| other.harm).sum();
        let leader = Part {
            feature: self.feature.as_deref(),
            severity: self.severity,
            harm: self.harm - others,
            onset: self.onset,
        };
        std::iter::once(leader).chain(self.also.iter().map(|other| Part {
            feature: Some(&other.feature),
            severity: other.severity,
            harm: other.harm,
            onset: other.onset,
        }))
    }

    /// What it says of a feature; `None` where it does not speak for it.
    pub(super) fn part(&self, feature: &str) -> Option<Part<'_>> {
        self.parts().find(|part| part.feature == Some(feature))
    }

    /// It as one of an incident, as seen from its leader; `None` where it is about a view as a whole.
    pub(super) fn joined(self) -> Option<JoinedOfPeriod> {
        let Self { feature, severity, harm, share, onset, seconds, ended, observed, n, .. } = self;
        Some(JoinedOfPeriod { feature: feature?, severity, harm, share, onset, seconds, ended, observed, n })
    }
}
