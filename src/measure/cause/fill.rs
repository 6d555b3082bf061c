//! Default fill: one value is served where the fact is null.

use crate::model::cause::Relation;
use crate::model::value::Value;

use super::cell::PairedCell;
use super::hypothesis::{Call, Evidence, Hypothesis, Proposals};
use super::level::commonest;

struct Filled(Value);

impl Hypothesis for Filled {
    fn relation(&self) -> Relation {
        Relation::Filled { with: Some(self.0.to_string()) }
    }

    fn call(&self, cell: &PairedCell, donor: &PairedCell) -> Call {
        if cell.offline.is_null() { Call::of(donor.online.is_same(&self.0)) } else { Call::Silent }
    }
}

pub(super) fn propose(evidence: &Evidence<'_>) -> Proposals {
    let fills = evidence.mismatches.iter().filter(|cell| cell.offline.is_null()).map(|cell| &cell.online);
    commonest(fills).map(|value| -> Box<dyn Hypothesis> { Box::new(Filled(value.clone())) }).into_iter().collect()
}
