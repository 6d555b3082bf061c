//! One pass over two sorted samples, run by run.

use super::cursor::{Cursor, Extremes, Scale};
use super::{Gaps, RunSummary};
use crate::stats::ks::Ks;
use crate::stats::real;
use crate::stats::sum::Sum;

/// One pass over two sorted samples, in runs.
///
/// Runs are given from the smallest values to the largest: every value of a run is greater than those of all runs before
/// it, so that equal values are in one run.
#[derive(Clone, Debug)]
pub struct Sweep {
    sizes: (u64, u64),
    passed: (u64, u64),
    /// `None` when a side has no value, or n·m does not fit.
    scale: Option<Scale>,
    /// The last value passed and the extremes up to it; `None` before the first.
    walked: Option<(f64, Extremes)>,
    /// The highest and the lowest of the foreseen gaps.
    foreseen: (i64, i64),
    wasserstein: Sum,
    squared: Option<f64>,
}

impl Sweep {
    /// A pass over samples with so many values in the reference and in the current side.
    ///
    /// Their product must be below 2⁶³, as with three billion values on each side.
    #[must_use]
    pub fn new(reference: u64, current: u64) -> Self {
        Self {
            sizes: (reference, current),
            passed: (0, 0),
            scale: Scale::new(reference, current),
            walked: None,
            foreseen: (0, 0),
            wasserstein: Sum::default(),
            squared: Some(0.0),
        }
    }

    /// Tells how many values of both sides lie up to the end of some run; with it more runs can be skipped.
    pub fn foresee(&mut self, reference: u64, current: u64) {
        if let Some(gap) = self.scale.and_then(|scale| scale.gap((reference, current))) {
            self.foreseen = (self.foreseen.0.max(gap), self.foreseen.1.min(gap));
        }
    }

    /// The last value passed and the extremes up to it; before any, the first value of the run and none.
    fn walked_before(&self, first: f64) -> (f64, Extremes) {
        self.walked.unwrap_or((first, Extremes::none(first)))
    }

    /// Takes in the next run, sorted on both sides.
    pub fn feed(&mut self, reference: &[f64], current: &[f64]) {
        let Some(scale) = self.scale else { return };
        let first = match (reference.first(), current.first()) {
            (Some(a), Some(b)) => a.min(*b),
            (Some(a), None) | (None, Some(a)) => *a,
            (None, None) => return,
        };
        let (at, extremes) = self.walked_before(first);
        // The smaller of the two middles cuts both sides at one value, whichever side is which.
        let middle = |values: &[f64]| values.get(values.len() / 2).copied().unwrap_or(first);
        let cut = middle(reference).min(middle(current));
        let [(low, high), (others_low, others_high)] =
            [reference, current].map(|values| values.split_at(values.partition_point(|value| *value <= cut)));
        let halfway = (self.passed.0 + low.len() as u64, self.passed.1 + others_low.len() as u64);
        let lower = Cursor::new([low, others_low], scale, at, self.passed);
        let upper = Cursor::new([high, others_high], scale, cut, halfway);
        let Some((mut lower, mut upper)) = lower.zip(upper) else { return };
        while lower.step() && upper.step() {}
        let (lower, upper) = (lower.run(), upper.run());
        self.wasserstein.add(lower.absolute);
        self.wasserstein.add(upper.absolute);
        self.squared = self.squared.map(|squared| squared + lower.squared + upper.squared);
        self.walked = Some((upper.at, extremes.then(&lower.extremes).then(&upper.extremes)));
        self.passed.0 += reference.len() as u64;
        self.passed.1 += current.len() as u64;
    }

    /// Takes in the next run, all of whose values, on both sides, are `value`.
    pub fn feed_equal(&mut self, value: f64, (reference, current): (u64, u64)) {
        let Some(scale) = self.scale else { return };
        let (at, mut extremes) = self.walked.unwrap_or((value, Extremes::none(value)));
        if let Some(gap) = scale.gap(self.passed) {
            let (share, width) = (scale.share(gap), (value - at).min(f64::MAX));
            self.wasserstein.add(share.abs() * width);
            self.squared = self.squared.map(|squared| squared + share * share * width);
        }
        self.passed = (self.passed.0 + reference, self.passed.1 + current);
        if let Some(gap) = scale.gap(self.passed) {
            extremes.see((gap, value), scale, self.passed);
        }
        self.walked = Some((value, extremes));
    }

    /// Whether the run can be skipped: F − G keeps its sign there and is smaller everywhere than a gap known already.
    ///
    /// Equal is not enough: of gaps that are equal as whole numbers the shares may round apart, and the larger is told.
    #[must_use]
    pub fn can_skip(&self, run: &RunSummary) -> bool {
        let ends = || {
            let scale = self.scale?;
            let highest = scale.gap((self.passed.0 + run.reference.count(), self.passed.1))?;
            let lowest = scale.gap((self.passed.0, self.passed.1 + run.current.count()))?;
            Some((highest, lowest))
        };
        let Some(((highest, lowest), first)) = ends().zip(run.first()) else { return false };
        let (_, met) = self.walked_before(first);
        // Without values that move it that way, the gap that the run begins with is its extreme, and has been met.
        let rises = run.reference.count() > 0;
        let falls = run.current.count() > 0;
        let within = (!rises || highest < met.highest.max(self.foreseen.0))
            && (!falls || lowest > met.lowest.min(self.foreseen.1));
        within && (lowest >= 0 || highest <= 0) && self.area(run).is_some_and(|area| area.value().is_finite())
    }

    /// Passes a run for which [`can_skip`](Self::can_skip) holds.
    ///
    /// The largest gap and the Wasserstein distance stay exact, the energy distance is lost.
    pub fn skip(&mut self, run: &RunSummary) {
        let (Some(scale), Some(first), Some(last)) = (self.scale, run.first(), run.last()) else { return };
        let Some(area) = self.area(run) else { return };
        let (_, mut extremes) = self.walked_before(first);
        let negative = area.value() < 0.0;
        self.wasserstein = if negative { self.wasserstein.minus(area) } else { self.wasserstein.merge(area) };
        self.squared = None;
        self.passed = (self.passed.0 + run.reference.count(), self.passed.1 + run.current.count());
        if let Some(gap) = scale.gap(self.passed) {
            extremes.see((gap, last), scale, self.passed);
        }
        self.walked = Some((last, extremes));
    }

    /// ∫ (F − G) dv from the last value passed to the last of the run; `None` for an empty run.
    fn area(&self, run: &RunSummary) -> Option<Sum> {
        let (scale, (at, _), last) = (self.scale?, self.walked_before(run.first()?), run.last()?);
        let mut area = Sum::product(scale.share(scale.gap(self.passed)?), last - at);
        // Each value of a side lifts its function by 1/n from there to the end of the run.
        area.add(run.reference.reach(last).value() / real(self.sizes.0));
        area.add(-run.current.reach(last).value() / real(self.sizes.1));
        Some(area)
    }

    /// The gaps; `None` when a side has no value, or other numbers of values than announced were passed.
    #[must_use]
    pub fn finish(self) -> Option<Gaps> {
        let (_, met) = self.walked?;
        if self.passed != self.sizes {
            return None;
        }
        let (n, m) = (real(self.sizes.0), real(self.sizes.1));
        // Beyond the largest double a sum is no number.
        let wasserstein = self.wasserstein.value();
        Some(Gaps {
            ks: Ks {
                d_plus: met.d_plus,
                d_minus: met.d_minus,
                statistic: met.d_plus.max(met.d_minus),
                location: met.location,
                effective_n: n * m / (n + m),
            },
            ks_slack: 0.0,
            wasserstein: if wasserstein.is_finite() { wasserstein.max(0.0) } else { f64::MAX },
            squared: self.squared.map(|squared| squared.min(f64::MAX)),
        })
    }
}
