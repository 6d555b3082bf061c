//! Stale pipeline, a job that writes nothing, a window off by one: an older version is served.
//!
//! The event timestamp tells them apart: an old one is what a pipeline leaves behind, a current one is a lost boundary.

use crate::model::cause::{Relation, STANDSTILL};
use crate::model::value::Value;
use crate::stats::quantile;

use super::super::equal::Comparison;
use super::cell::{PairedCell, Written};
use super::hypothesis::{Call, Evidence, Hypothesis, Proposals};

/// How many versions back are tried one by one.
const FARTHEST: usize = 6;

struct Older {
    comparison: Comparison,
    /// `None`: any.
    versions: Option<usize>,
    current: bool,
    seconds: Option<f64>,
    unmoved_rounds: u32,
}

impl Older {
    fn matches(&self, value: &Value, donor: &PairedCell) -> bool {
        self.comparison.layer(&donor.online, value).is_some()
    }
}

impl Hypothesis for Older {
    fn relation(&self) -> Relation {
        if self.current {
            Relation::OffByOne { versions: self.versions }
        } else if self.unmoved_rounds >= STANDSTILL {
            Relation::WroteNothing { rounds: self.unmoved_rounds }
        } else {
            Relation::Stale { versions: self.versions, seconds: self.seconds }
        }
    }

    fn call(&self, cell: &PairedCell, donor: &PairedCell) -> Call {
        let mismatch = cell.standing == super::cell::Standing::Mismatch;
        if mismatch && (cell.written == Written::Current) != self.current {
            return Call::Silent;
        }
        match self.versions {
            Some(versions) => match cell.older.get(versions - 1) {
                Some(version) => Call::of(self.matches(&version.value, donor)),
                None => Call::Silent,
            },
            None if cell.older.is_empty() => Call::Silent,
            // Which of them would be served is not said: of a consistent cell, that the one before is another value.
            None if !mismatch => {
                cell.older.first().map_or(Call::Silent, |version| Call::of(self.matches(&version.value, donor)))
            }
            None => Call::of(cell.older.iter().any(|version| self.matches(&version.value, donor))),
        }
    }
}

pub(super) fn propose(evidence: &Evidence<'_>) -> Proposals {
    let mut proposals: Proposals = Vec::new();
    for current in [true, false] {
        let reached: Vec<&&PairedCell> =
            evidence.mismatches.iter().filter(|cell| (cell.written == Written::Current) == current).collect();
        let most = reached.iter().map(|cell| cell.older.len()).max().unwrap_or(0).min(FARTHEST);
        let any = (most > 1).then_some(None);
        for versions in (1..=most).map(Some).chain(any) {
            let mut older = Older {
                comparison: *evidence.comparison,
                versions,
                current,
                seconds: None,
                unmoved_rounds: evidence.unmoved_rounds,
            };
            let mut behind: Vec<f64> = reached
                .iter()
                .filter(|cell| older.explains(cell))
                .filter_map(|cell| {
                    cell.older.iter().find(|version| older.matches(&version.value, cell)).map(|version| version.seconds)
                })
                .collect();
            behind.sort_unstable_by(f64::total_cmp);
            older.seconds = quantile::of_sorted(&behind, 0.5);
            proposals.push(Box::new(older));
        }
    }
    proposals
}
