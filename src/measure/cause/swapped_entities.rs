//! Swapped entities: rows show the values of other entities, by a fixed distance or in pairs.

use std::collections::BTreeMap;

use crate::model::cause::Relation;
use crate::model::value::Value;

use super::super::equal::Comparison;
use super::cell::PairedCell;
use super::hypothesis::{Call, Evidence, Hypothesis, Proposals};
use super::level::Level;

/// How many places away are tried, in both directions.
const FARTHEST: i64 = 3;
/// Partners looked at per value: a common value tells nothing.
const MOST_PARTNERS: usize = 4;

struct Displaced<'a> {
    places: i64,
    population: &'a [Value],
    comparison: &'a Comparison,
}

impl Displaced<'_> {
    fn other(&self, cell: &PairedCell) -> Option<&Value> {
        let place = i64::try_from(cell.entity).ok()?.checked_add(self.places)?;
        self.population.get(usize::try_from(place).ok()?)
    }
}

struct Displacement {
    places: i64,
    values: BTreeMap<usize, Value>,
    comparison: Comparison,
}

impl Hypothesis for Displacement {
    fn relation(&self) -> Relation {
        Relation::OtherEntity { places: Some(self.places) }
    }

    fn call(&self, cell: &PairedCell, donor: &PairedCell) -> Call {
        match self.values.get(&cell.entity) {
            Some(value) => Call::of(self.comparison.layer(&donor.online, value).is_some()),
            None => Call::Silent,
        }
    }
}

struct Exchanged(BTreeMap<Level, Vec<Level>>);

impl Hypothesis for Exchanged {
    fn relation(&self) -> Relation {
        Relation::OtherEntity { places: None }
    }

    fn call(&self, cell: &PairedCell, donor: &PairedCell) -> Call {
        let (Some(wanted), Some(served)) = (Level::of(&cell.offline), Level::of(&donor.online)) else {
            return Call::Silent;
        };
        match self.0.get(&served) {
            Some(others) => Call::of(others.contains(&wanted)),
            None if cell.standing == super::cell::Standing::Consistent => Call::Silent,
            None => Call::Miss,
        }
    }
}

pub(super) fn propose(evidence: &Evidence<'_>) -> Proposals {
    let mut proposals: Proposals = Vec::new();
    for places in (-FARTHEST..=FARTHEST).filter(|places| *places != 0) {
        let displaced = Displaced { places, population: evidence.population, comparison: evidence.comparison };
        let is_hit = |cell: &&&PairedCell| {
            displaced.other(cell).is_some_and(|value| displaced.comparison.layer(&cell.online, value).is_some())
        };
        if evidence.mismatches.iter().filter(is_hit).count() * 10 < evidence.mismatches.len() {
            continue;
        }
        let cells = evidence.all.iter().chain(evidence.consistent);
        let values = cells.filter_map(|cell| Some((cell.entity, displaced.other(cell)?.clone()))).collect();
        proposals.push(Box::new(Displacement { places, values, comparison: *evidence.comparison }));
    }
    let mut partners: BTreeMap<Level, Vec<Level>> = BTreeMap::new();
    for cell in evidence.all {
        if let (Some(wanted), Some(served)) = (Level::of(&cell.offline), Level::of(&cell.online)) {
            partners.entry(wanted).or_default().push(served);
        }
    }
    partners.retain(|_, others| others.len() <= MOST_PARTNERS);
    let exchanged = Exchanged(partners);
    if evidence.mismatches.iter().any(|cell| exchanged.explains(cell)) {
        proposals.push(Box::new(exchanged));
    }
    proposals
}
