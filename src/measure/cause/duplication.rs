//! Join semantics or a replay: what should count once counts two or three times.

use crate::model::cause::Relation;

use super::arithmetic::Grain;
use super::cell::PairedCell;
use super::hypothesis::{Call, Evidence, Hypothesis, Proposals};

/// The largest multiple that is taken for one.
const MOST: f64 = 8.0;
/// Cells that a multiple needs to be one of the atoms, as a part of the mismatches.
const ATOM: usize = 20;

struct Duplicated {
    grain: Grain,
    most: f64,
}

impl Duplicated {
    fn multiple(&self, cell: &PairedCell, donor: &PairedCell) -> Option<f64> {
        let wanted = cell.wanted().filter(|wanted| *wanted != 0.0)?;
        let served = donor.served()?;
        let multiple = (served / wanted).round();
        let whole = (2.0..=self.most).contains(&multiple) && self.grain.holds(multiple * wanted, (served, served));
        whole.then_some(multiple)
    }
}

impl Hypothesis for Duplicated {
    fn relation(&self) -> Relation {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 2 and 8")]
        Relation::Duplicated { most: self.most as u32 }
    }

    fn call(&self, cell: &PairedCell, donor: &PairedCell) -> Call {
        match cell.wanted() {
            Some(wanted) if wanted != 0.0 => Call::of(self.multiple(cell, donor).is_some()),
            Some(_) | None => Call::Silent,
        }
    }

    fn entries(&self) -> usize {
        1
    }
}

pub(super) fn propose(evidence: &Evidence<'_>) -> Proposals {
    let widest = Duplicated { grain: Grain::of(evidence.comparison), most: MOST };
    let multiples: Vec<f64> = evidence.mismatches.iter().filter_map(|cell| widest.multiple(cell, cell)).collect();
    let held = |multiple: f64| multiples.iter().filter(|found| (**found - multiple).abs() < 0.5).count();
    let least = evidence.mismatches.len().div_ceil(ATOM).max(2);
    if held(2.0) < least || held(3.0) < least {
        return Vec::new();
    }
    let most = multiples.iter().copied().filter(|multiple| held(*multiple) * 50 >= multiples.len()).fold(3.0, f64::max);
    vec![Box::new(Duplicated { most, ..widest })]
}
