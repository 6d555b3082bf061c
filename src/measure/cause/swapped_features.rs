//! Swapped features: a column shows the values of another column of the same row.

use crate::model::cause::Relation;

use super::arithmetic::Grain;
use super::cell::{PairedCell, number};
use super::hypothesis::{Call, Evidence, Hypothesis, Proposals};

struct OtherFeature {
    position: usize,
    grain: Grain,
}

impl Hypothesis for OtherFeature {
    fn relation(&self) -> Relation {
        Relation::OtherFeature { position: self.position }
    }

    fn call(&self, cell: &PairedCell, donor: &PairedCell) -> Call {
        let Some(sibling) = cell.siblings.get(self.position).filter(|sibling| !sibling.is_null()) else {
            return Call::Silent;
        };
        Call::of(match (number(sibling), donor.served()) {
            (Some(wanted), Some(served)) => self.grain.holds(wanted, (served, wanted)),
            (Some(_), None) | (None, Some(_)) => false,
            (None, None) => donor.online.is_same(sibling),
        })
    }
}

pub(super) fn propose(evidence: &Evidence<'_>) -> Proposals {
    let grain = Grain::of(evidence.comparison);
    let features = evidence.mismatches.iter().map(|cell| cell.siblings.len()).max().unwrap_or(0);
    (0..features).map(|position| -> Box<dyn Hypothesis> { Box::new(OtherFeature { position, grain }) }).collect()
}
