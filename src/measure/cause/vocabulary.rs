//! Out of vocabulary: several values became one.

use std::collections::BTreeSet;

use crate::model::cause::Relation;
use crate::model::value::Value;

use super::cell::PairedCell;
use super::hypothesis::{Call, Evidence, Hypothesis, Proposals};
use super::level::{Level, commonest};

struct Collapsed {
    to: Value,
    levels: BTreeSet<Level>,
}

impl Hypothesis for Collapsed {
    fn relation(&self) -> Relation {
        Relation::Collapsed { to: Some(self.to.to_string()), levels: self.levels.len() }
    }

    fn call(&self, cell: &PairedCell, donor: &PairedCell) -> Call {
        match Level::of(&cell.offline) {
            Some(level) if self.levels.contains(&level) => Call::of(donor.online.is_same(&self.to)),
            Some(_) | None => Call::Silent,
        }
    }

    fn entries(&self) -> usize {
        self.levels.len()
    }
}

pub(super) fn propose(evidence: &Evidence<'_>) -> Proposals {
    let Some(to) = commonest(evidence.mismatches.iter().map(|cell| &cell.online)) else { return Vec::new() };
    let levels: BTreeSet<Level> = evidence
        .mismatches
        .iter()
        .filter(|cell| cell.online.is_same(to))
        .filter_map(|cell| Level::of(&cell.offline))
        .collect();
    if levels.len() < 2 {
        return Vec::new();
    }
    vec![Box::new(Collapsed { to: to.clone(), levels })]
}
