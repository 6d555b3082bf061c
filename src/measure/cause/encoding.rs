//! Category encoding: the same category under another text or code.
//!
//! Case, spaces and Unicode form are tried before a table, and win over it: they say more.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};

use crate::model::cause::{Recoding, Relation};
use crate::model::value::Value;

use super::cell::PairedCell;
use super::hypothesis::{Call, Evidence, Hypothesis, Proposals};
use super::level::Level;

/// Most whole numbers that are taken for codes of a category.
const MOST_CODES: usize = 12;
/// Most entries of a table.
const MOST_ENTRIES: usize = 400;
/// Fewest mismatches per entry of a table.
const LEAST_PER_ENTRY: usize = 3;

struct Rewritten(Recoding);

impl Rewritten {
    fn rewrite<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.0 {
            Recoding::Lowered => Cow::Owned(text.to_lowercase()),
            Recoding::Uppered => Cow::Owned(text.to_uppercase()),
            Recoding::Trimmed => Cow::Borrowed(text.trim()),
            Recoding::Composed => ComposingNormalizerBorrowed::new_nfc().normalize(text),
            Recoding::Decomposed => DecomposingNormalizerBorrowed::new_nfd().normalize(text),
            Recoding::Mapped(_) => Cow::Borrowed(text),
        }
    }
}

impl Hypothesis for Rewritten {
    fn relation(&self) -> Relation {
        Relation::Recoded(self.0)
    }

    fn call(&self, cell: &PairedCell, donor: &PairedCell) -> Call {
        match (&cell.offline, &donor.online) {
            (Value::String(wanted), Value::String(served)) => Call::of(self.rewrite(wanted) == **served),
            _ => Call::Silent,
        }
    }
}

struct Mapped(BTreeMap<Level, Value>);

impl Hypothesis for Mapped {
    fn relation(&self) -> Relation {
        Relation::Recoded(Recoding::Mapped(self.0.len()))
    }

    fn call(&self, cell: &PairedCell, donor: &PairedCell) -> Call {
        match Level::of(&cell.offline).and_then(|level| self.0.get(&level)) {
            Some(served) => Call::of(donor.online.is_same(served)),
            None => Call::Silent,
        }
    }

    fn entries(&self) -> usize {
        self.0.len()
    }
}

pub(super) fn propose(evidence: &Evidence<'_>) -> Proposals {
    let mut proposals: Proposals = Vec::new();
    if evidence.mismatches.iter().any(|cell| matches!(cell.online, Value::String(_))) {
        let ways = [Recoding::Lowered, Recoding::Uppered, Recoding::Trimmed, Recoding::Composed, Recoding::Decomposed];
        proposals.extend(ways.map(|way| -> Box<dyn Hypothesis> { Box::new(Rewritten(way)) }));
    }
    if let Some(table) = table(evidence) {
        proposals.push(Box::new(Mapped(table)));
    }
    proposals
}

/// The commonest online level per offline level; `None` where it is not one for one, or too large to be believed.
fn table(evidence: &Evidence<'_>) -> Option<BTreeMap<Level, Value>> {
    let mut counts: BTreeMap<Level, BTreeMap<Level, (usize, &Value)>> = BTreeMap::new();
    for cell in evidence.mismatches {
        let (Some(wanted), Some(served)) = (Level::of(&cell.offline), Level::of(&cell.online)) else { continue };
        if let Level::Bits(_) = wanted {
            return None;
        }
        counts.entry(wanted).or_default().entry(served).or_insert((0, &cell.online)).0 += 1;
        if counts.len() > MOST_ENTRIES {
            return None;
        }
    }
    let codes = counts.keys().filter(|level| matches!(level, Level::Whole(_))).count();
    if counts.is_empty() || codes > MOST_CODES || counts.len() * LEAST_PER_ENTRY > evidence.mismatches.len() {
        return None;
    }
    let mut taken = BTreeSet::new();
    let mut table = BTreeMap::new();
    for (wanted, served) in counts {
        let (level, (_, value)) = served.into_iter().max_by_key(|(_, (count, _))| *count)?;
        if !taken.insert(level) {
            return None;
        }
        table.insert(wanted, value.clone());
    }
    Some(table)
}
