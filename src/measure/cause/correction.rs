//! A correction lost: an earlier writing of the very version is served.

use crate::model::cause::Relation;

use super::super::equal::Comparison;
use super::cell::PairedCell;
use super::hypothesis::{Call, Evidence, Hypothesis, Proposals};

struct CorrectionLost(Comparison);

impl Hypothesis for CorrectionLost {
    fn relation(&self) -> Relation {
        Relation::CorrectionLost
    }

    fn call(&self, cell: &PairedCell, donor: &PairedCell) -> Call {
        if cell.superseded.is_empty() {
            return Call::Silent;
        }
        Call::of(cell.superseded.iter().any(|value| self.0.layer(&donor.online, value).is_some()))
    }
}

pub(super) fn propose(evidence: &Evidence<'_>) -> Proposals {
    let any = evidence.mismatches.iter().any(|cell| !cell.superseded.is_empty());
    if any { vec![Box::new(CorrectionLost(*evidence.comparison))] } else { Vec::new() }
}
