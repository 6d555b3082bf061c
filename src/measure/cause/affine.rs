//! Affine: a factor and a constant, as degrees Celsius to Fahrenheit.
//!
//! The line is the commonest one through pairs of mismatches, then least squares over the cells near it: Theil and Sen's
//! estimate, with the mode in place of the median, because several causes may hold at once.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::model::cause::Relation;
use crate::stats::real;

use super::arithmetic::{Grain, densest, named};
use super::cell::PairedCell;
use super::hypothesis::{Call, Evidence, Hypothesis, Proposals};

const PAIRS: usize = 1200;
/// Fewest different offline values that make a line.
const LEAST_VALUES: usize = 8;

struct Line {
    slope: f64,
    offset: f64,
    grain: Grain,
}

impl Line {
    fn size(&self, wanted: f64) -> f64 {
        (self.slope * wanted).abs().max(self.offset.abs())
    }
}

impl Hypothesis for Line {
    fn relation(&self) -> Relation {
        Relation::Affine { slope: self.slope, offset: self.offset }
    }

    fn call(&self, cell: &PairedCell, donor: &PairedCell) -> Call {
        let Some(wanted) = cell.wanted() else { return Call::Silent };
        let computed = self.slope.mul_add(wanted, self.offset);
        Call::of(donor.served().is_some_and(|served| self.grain.holds(computed, (served, 2.0 * self.size(wanted)))))
    }

    fn entries(&self) -> usize {
        2
    }
}

pub(super) fn propose(evidence: &Evidence<'_>) -> Proposals {
    let grain = Grain::of(evidence.comparison);
    let points: Vec<(f64, f64)> =
        evidence.mismatches.iter().filter_map(|cell| Some((cell.wanted()?, cell.served()?))).collect();
    let mut different: Vec<f64> = points.iter().map(|(wanted, _)| *wanted).collect();
    different.sort_unstable_by(f64::total_cmp);
    different.dedup();
    if different.len() < LEAST_VALUES {
        return Vec::new();
    }
    match line(&points, grain) {
        Some((slope, offset)) if (slope - 1.0).abs() > 1e-6 && slope.abs() > 1e-9 && offset != 0.0 => {
            vec![Box::new(Line { slope, offset, grain })]
        }
        Some(_) | None => Vec::new(),
    }
}

fn line(points: &[(f64, f64)], grain: Grain) -> Option<(f64, f64)> {
    let wide = match grain {
        Grain::Whole => 0.03,
        Grain::Relative(_) => 1e-3,
    };
    let slope = commonest_slope(points, wide)?;
    let mut offsets: Vec<f64> = points.iter().map(|(wanted, served)| served - slope * wanted).collect();
    offsets.sort_unstable_by(f64::total_cmp);
    let mut reach: Vec<f64> = points.iter().map(|(wanted, _)| wanted.abs()).collect();
    reach.sort_unstable_by(f64::total_cmp);
    let reach = reach.get(reach.len() * 9 / 10).copied()?;
    let width = (wide * slope.abs() * reach).max(2.0 * grain.error(reach * slope.abs()));
    let (offset, _) = densest(&offsets, |_| width)?;
    let (mut slope, mut offset, mut width) = (slope, offset, width);
    for _ in 0..4 {
        let near: Vec<(f64, f64)> = points
            .iter()
            .copied()
            .filter(|(wanted, served)| (served - slope * wanted - offset).abs() <= width)
            .collect();
        (slope, offset) = least_squares(&near)?;
        width = (width / 8.0).max(grain.error(2.0 * (reach * slope.abs() + offset.abs())) * 2.0);
    }
    let error = match grain {
        Grain::Whole => 1e-2,
        Grain::Relative(error) => 100.0 * error,
    };
    let slope = named(slope, error);
    let mut offsets: Vec<f64> = points.iter().map(|(wanted, served)| served - slope * wanted).collect();
    offsets.sort_unstable_by(f64::total_cmp);
    let width = grain.error(4.0 * (reach * slope.abs() + offset.abs())).max(1e-12);
    let (offset, _) = densest(&offsets, |_| width)?;
    Some((slope, super::shift::round(offset, width)))
}

fn commonest_slope(points: &[(f64, f64)], wide: f64) -> Option<f64> {
    let mut generator = StdRng::seed_from_u64(points.len() as u64);
    let mut slopes = Vec::with_capacity(PAIRS);
    for _ in 0..PAIRS {
        let one = points.get(generator.random_range(0..points.len()))?;
        let other = points.get(generator.random_range(0..points.len()))?;
        let run = one.0 - other.0;
        if run != 0.0 {
            slopes.push((one.1 - other.1) / run);
        }
    }
    slopes.sort_unstable_by(f64::total_cmp);
    densest(&slopes, |first| wide * first.abs()).map(|(slope, _)| slope)
}

fn least_squares(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let n = real(points.len() as u64);
    let (x, y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / n, y + point.1 / n));
    let (up, down) = points.iter().fold((0.0, 0.0), |(up, down), point| {
        let run = point.0 - x;
        (run.mul_add(point.1 - y, up), run.mul_add(run, down))
    });
    (down > 0.0).then(|| {
        let slope = up / down;
        (slope, slope.mul_add(-x, y))
    })
}
