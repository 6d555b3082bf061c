//! Future leakage: the value of a version from after the row's own time is served.

use crate::model::cause::Relation;

use super::super::equal::Comparison;
use super::cell::PairedCell;
use super::hypothesis::{Call, Evidence, Hypothesis, Proposals};

/// How many versions ahead are tried.
const FARTHEST: usize = 3;

struct Leaked {
    comparison: Comparison,
    versions: usize,
}

impl Hypothesis for Leaked {
    fn relation(&self) -> Relation {
        Relation::Leaked { versions: self.versions }
    }

    fn call(&self, cell: &PairedCell, donor: &PairedCell) -> Call {
        match cell.newer.get(self.versions - 1) {
            Some(value) => Call::of(self.comparison.layer(&donor.online, value).is_some()),
            None => Call::Silent,
        }
    }
}

pub(super) fn propose(evidence: &Evidence<'_>) -> Proposals {
    let most = evidence.mismatches.iter().map(|cell| cell.newer.len()).max().unwrap_or(0).min(FARTHEST);
    (1..=most)
        .map(|versions| -> Box<dyn Hypothesis> { Box::new(Leaked { comparison: *evidence.comparison, versions }) })
        .collect()
}
