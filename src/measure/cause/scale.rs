//! Unit or scale: a constant factor.
//!
//! The factor is the mode of online ÷ offline, refined on the largest values, where rounding says least.

use crate::model::cause::Relation;

use super::arithmetic::{Grain, UNITS, densest, named};
use super::cell::PairedCell;
use super::hypothesis::{Call, Evidence, Hypothesis, Proposals};

/// Cells on which named units are tried.
const TRIED: usize = 200;
/// A factor of whole numbers that is nearer to 1 is looked at twice.
const NEAR_ONE: f64 = 0.5;
/// Fewest different differences under such a factor.
const LEAST_DIFFERENCES: usize = 4;

pub(super) struct Scaled {
    factor: f64,
    grain: Grain,
}

impl Hypothesis for Scaled {
    fn relation(&self) -> Relation {
        Relation::Scaled { factor: self.factor }
    }

    fn call(&self, cell: &PairedCell, donor: &PairedCell) -> Call {
        let Some(wanted) = cell.wanted() else { return Call::Silent };
        let computed = wanted * self.factor;
        Call::of(donor.served().is_some_and(|served| self.grain.holds(computed, (served, computed))))
    }
}

pub(super) fn propose(evidence: &Evidence<'_>) -> Proposals {
    let grain = Grain::of(evidence.comparison);
    let pairs: Vec<(f64, f64)> = evidence
        .mismatches
        .iter()
        .filter_map(|cell| Some((cell.wanted().filter(|wanted| *wanted != 0.0)?, cell.served()?)))
        .collect();
    let mut factors = Vec::new();
    let tried: Vec<(f64, f64)> = pairs.iter().step_by(pairs.len().div_ceil(TRIED).max(1)).copied().collect();
    let held = |factor: f64| {
        tried.iter().filter(|(wanted, served)| grain.holds(wanted * factor, (*served, wanted * factor))).count()
    };
    if let Some((most, unit)) =
        UNITS.iter().flat_map(|unit| [*unit, 1.0 / unit]).map(|unit| (held(unit), unit)).max_by_key(|(held, _)| *held)
        && most * 10 >= tried.len()
    {
        factors.push(unit);
    }
    factors.extend(mode(&pairs, grain));
    factors
        .into_iter()
        .filter(|factor| *factor != 0.0 && (factor - 1.0).abs() > 1e-6 && grows(&pairs, (*factor, grain)))
        .map(|factor| -> Box<dyn Hypothesis> { Box::new(Scaled { factor, grain }) })
        .collect()
}

/// Whether differences grow with the values, as under a factor; whole numbers times nearly one all differ by one.
fn grows(pairs: &[(f64, f64)], (factor, grain): (f64, Grain)) -> bool {
    if grain != Grain::Whole || (factor - 1.0).abs() >= NEAR_ONE {
        return true;
    }
    let mut differences: Vec<f64> = pairs
        .iter()
        .filter(|(wanted, served)| grain.holds(wanted * factor, (*served, wanted * factor)))
        .map(|(wanted, served)| served - wanted)
        .collect();
    differences.sort_unstable_by(f64::total_cmp);
    differences.dedup();
    differences.len() >= LEAST_DIFFERENCES
}

/// The commonest ratio, from the larger half of the values.
fn mode(pairs: &[(f64, f64)], grain: Grain) -> Option<f64> {
    let mut sizes: Vec<f64> = pairs.iter().map(|(wanted, _)| wanted.abs()).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    let middle = sizes.get(sizes.len() / 2).copied()?;
    let large: Vec<(f64, f64)> = pairs.iter().copied().filter(|(wanted, _)| wanted.abs() >= middle).collect();
    let mut ratios: Vec<f64> = large.iter().map(|(wanted, served)| served / wanted).collect();
    ratios.sort_unstable_by(f64::total_cmp);
    let relative = match grain {
        Grain::Whole => 0.02,
        Grain::Relative(error) => 8.0 * error,
    };
    let (around, _) = densest(&ratios, |first| relative * first.abs())?;
    let kept = |(wanted, served): &(f64, f64)| (served / wanted - around).abs() <= relative * around.abs();
    // Least squares through the origin over the window.
    let (up, down) = large
        .iter()
        .filter(|pair| kept(pair))
        .fold((0.0, 0.0), |(up, down), (wanted, served)| (wanted.mul_add(*served, up), wanted.mul_add(*wanted, down)));
    (down > 0.0).then(|| named(up / down, relative.max(1e-9)))
}
