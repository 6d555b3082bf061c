//! Gaps between two empirical distribution functions, found in one pass over two sorted samples.
//!
//! The samples need not be at hand at once: a [`Sweep`] takes them run by run, and of runs that cannot change the largest
//! gap it needs to know only counts, sums and ends.

use super::ks::Ks;
use super::real;
use super::sample::Cleaned;
use super::sum::Sum;

/// How far two distribution functions F (reference) and G (current) lie apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Gaps {
    /// The largest gap.
    pub ks: Ks,
    /// How much larger the largest gap may be than `ks.statistic`; 0 where every value was seen.
    pub ks_slack: f64,
    /// Wasserstein-1 distance ∫ |F − G| dv, in units of the values; at most the largest double.
    pub wasserstein: f64,
    /// ∫ (F − G)² dv: half the squared energy distance, in units of the values; `None` when some values were not seen.
    pub squared: Option<f64>,
}

impl Gaps {
    /// The squared energy distance 2·∫ (F − G)² dv, in units of the values; `None` when some values were not seen.
    ///
    /// Székely & Rizzo (2013), Energy statistics: for numbers it is 2E|X − Y| − E|X − X′| − E|Y − Y′|.
    #[must_use]
    pub fn energy_squared(&self) -> Option<f64> {
        self.squared.map(|squared| (2.0 * squared).min(f64::MAX))
    }

    /// The energy distance, in roots of units of the values; `None` when some values were not seen.
    #[must_use]
    pub fn energy_distance(&self) -> Option<f64> {
        self.energy_squared().map(f64::sqrt)
    }
}

/// The gaps of two samples; `None` when a side has no value.
#[must_use]
pub fn gaps(reference: &Cleaned, current: &Cleaned) -> Option<Gaps> {
    let (left, right) = (reference.values(), current.values());
    let mut sweep = Sweep::new(left.len() as u64, right.len() as u64);
    sweep.feed(left, right);
    sweep.finish()
}

/// One side of a run of values of which only this is known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RunSide {
    count: u64,
    sum: Sum,
    extent: Option<(f64, f64)>,
}

impl RunSide {
    /// Takes in one value, in any order.
    #[inline]
    pub fn observe(&mut self, value: f64) {
        self.count += 1;
        self.sum.add(value);
        self.extent = Some(match self.extent {
            None => (value, value),
            Some((first, last)) => (first.min(value), last.max(value)),
        });
    }

    /// The side with the values of both.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        let extent = match (self.extent, other.extent) {
            (None, extent) | (extent, None) => extent,
            (Some((first, last)), Some((others_first, others_last))) => {
                Some((first.min(others_first), last.max(others_last)))
            }
        };
        Self { count: self.count + other.count, sum: self.sum.merge(other.sum), extent }
    }

    /// How many values there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Smallest and largest value; `None` without one.
    #[must_use]
    pub const fn extent(&self) -> Option<(f64, f64)> {
        self.extent
    }
}

/// A run of both sides.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct RunSummary {
    /// The reference.
    pub reference: RunSide,
    /// The current side.
    pub current: RunSide,
}

impl RunSummary {
    /// The largest value of both sides; `None` without one.
    #[must_use]
    pub fn last(&self) -> Option<f64> {
        let last = |side: &RunSide| side.extent.map(|(_, last)| last);
        match (last(&self.reference), last(&self.current)) {
            (Some(a), Some(b)) => Some(a.max(b)),
            (a, b) => a.or(b),
        }
    }
}

/// One pass over two sorted samples, in runs.
///
/// Runs are given from the smallest values to the largest: every value of a run is greater than those of all runs before
/// it, so that equal values are in one run.
#[derive(Clone, Debug)]
pub struct Sweep {
    sizes: (u64, u64),
    passed: (u64, u64),
    /// The last value passed; `None` before the first.
    at: Option<f64>,
    d_plus: f64,
    d_minus: f64,
    location: f64,
    foreseen: (f64, f64),
    wasserstein: Sum,
    squared: Option<f64>,
}

impl Sweep {
    /// A pass over samples with so many values in the reference and in the current side.
    #[must_use]
    pub fn new(reference: u64, current: u64) -> Self {
        Self {
            sizes: (reference, current),
            passed: (0, 0),
            at: None,
            d_plus: 0.0,
            d_minus: 0.0,
            location: 0.0,
            foreseen: (0.0, 0.0),
            wasserstein: Sum::default(),
            squared: Some(0.0),
        }
    }

    /// Tells of a gap F − G at the end of some run, known from counts alone; with it more runs can be skipped.
    pub const fn foresee(&mut self, gap: f64) {
        self.foreseen = (self.foreseen.0.max(gap), self.foreseen.1.max(-gap));
    }

    /// The gap F − G at the last value passed.
    fn gap(&self) -> f64 {
        self.gap_after(self.passed)
    }

    fn gap_after(&self, passed: (u64, u64)) -> f64 {
        real(passed.0) / real(self.sizes.0) - real(passed.1) / real(self.sizes.1)
    }

    /// Takes in the next run, sorted on both sides.
    pub fn feed(&mut self, reference: &[f64], current: &[f64]) {
        if self.sizes.0 == 0 || self.sizes.1 == 0 {
            return;
        }
        let first = match (reference.first(), current.first()) {
            (Some(a), Some(b)) => a.min(*b),
            (Some(a), None) | (None, Some(a)) => *a,
            (None, None) => return,
        };
        let mut walk = Walk {
            at: self.at.unwrap_or(first),
            gap: self.gap(),
            d_plus: self.d_plus,
            d_minus: self.d_minus,
            location: if self.at.is_none() { first } else { self.location },
            wasserstein: 0.0,
            squared: 0.0,
        };
        let sizes = (real(self.sizes.0), real(self.sizes.1));
        let (mut i, mut j) = (0, 0);
        let (mut passed, mut others_passed) = (real(self.passed.0), real(self.passed.1));
        while let (Some(a), Some(b)) = (reference.get(i), current.get(j)) {
            walk.step_to(a.min(*b));
            let ours = a <= b;
            i += usize::from(ours);
            j += usize::from(!ours);
            passed += f64::from(u8::from(ours));
            others_passed += f64::from(u8::from(!ours));
            walk.gap = passed / sizes.0 - others_passed / sizes.1;
        }
        for value in reference.get(i..).unwrap_or_default() {
            walk.step_to(*value);
            passed += 1.0;
            walk.gap = passed / sizes.0 - others_passed / sizes.1;
        }
        for value in current.get(j..).unwrap_or_default() {
            walk.step_to(*value);
            others_passed += 1.0;
            walk.gap = passed / sizes.0 - others_passed / sizes.1;
        }
        walk.look();
        self.passed.0 += reference.len() as u64;
        self.passed.1 += current.len() as u64;
        self.at = Some(walk.at);
        (self.d_plus, self.d_minus, self.location) = (walk.d_plus, walk.d_minus, walk.location);
        self.wasserstein.add(walk.wasserstein);
        self.squared = self.squared.map(|squared| squared + walk.squared);
    }

    /// Whether the run can be skipped: F − G keeps its sign there and is nowhere larger than a gap known already.
    #[must_use]
    pub fn can_skip(&self, run: &RunSummary) -> bool {
        let highest = self.gap_after((self.passed.0 + run.reference.count, self.passed.1));
        let lowest = self.gap_after((self.passed.0, self.passed.1 + run.current.count));
        // A foreseen gap is found at the end of a run; only what is truly smaller cannot lie before it.
        let within = (highest <= self.d_plus || highest < self.foreseen.0)
            && (-lowest <= self.d_minus || -lowest < self.foreseen.1);
        within && (lowest >= 0.0 || highest <= 0.0) && self.area(run).is_some_and(|area| area.value().is_finite())
    }

    /// Passes a run for which [`can_skip`](Self::can_skip) holds.
    ///
    /// The largest gap and the Wasserstein distance stay exact, the energy distance is lost.
    pub fn skip(&mut self, run: &RunSummary) {
        let Some((last, area)) = run.last().zip(self.area(run)) else { return };
        let negative = area.value() < 0.0;
        self.wasserstein = if negative { self.wasserstein.minus(area) } else { self.wasserstein.merge(area) };
        self.squared = None;
        self.passed = (self.passed.0 + run.reference.count, self.passed.1 + run.current.count);
        self.at = Some(last);
        let gap = self.gap();
        if gap.abs() > self.d_plus.max(self.d_minus) {
            self.location = last;
        }
        self.d_plus = self.d_plus.max(gap);
        self.d_minus = self.d_minus.max(-gap);
    }

    /// ∫ (F − G) dv from the last value passed to the last of the run; `None` before the first value and for an empty run.
    fn area(&self, run: &RunSummary) -> Option<Sum> {
        let (from, to) = (self.at?, run.last()?);
        // Each value of a side lifts its function by 1/n from there to the end of the run.
        let lift = |side: &RunSide, size: u64| {
            let reach = Sum::product(real(side.count), to).minus(side.sum);
            reach.value() / real(size)
        };
        let mut area = Sum::product(self.gap(), to - from);
        area.add(lift(&run.reference, self.sizes.0));
        area.add(-lift(&run.current, self.sizes.1));
        Some(area)
    }

    /// The gaps; `None` when a side has no value, or other numbers of values than announced were passed.
    #[must_use]
    pub fn finish(self) -> Option<Gaps> {
        if self.passed != self.sizes || self.sizes.0 == 0 || self.sizes.1 == 0 {
            return None;
        }
        let (n, m) = (real(self.sizes.0), real(self.sizes.1));
        Some(Gaps {
            ks: Ks {
                d_plus: self.d_plus,
                d_minus: self.d_minus,
                statistic: self.d_plus.max(self.d_minus),
                location: self.location,
                effective_n: n * m / (n + m),
            },
            ks_slack: 0.0,
            wasserstein: self.wasserstein.value().clamp(0.0, f64::MAX),
            squared: self.squared.map(|squared| squared.min(f64::MAX)),
        })
    }
}

/// Where the pass is within a run.
struct Walk {
    at: f64,
    gap: f64,
    d_plus: f64,
    d_minus: f64,
    location: f64,
    wasserstein: f64,
    squared: f64,
}

impl Walk {
    /// Moves on to a value, over which the gap stayed as it was; nothing happens between equal values.
    #[inline]
    fn step_to(&mut self, value: f64) {
        if value > self.at {
            self.look();
            // Two values may lie further apart than a double can say.
            let width = (value - self.at).min(f64::MAX);
            let area = self.gap.abs() * width;
            self.wasserstein += area;
            self.squared += self.gap.abs() * area;
            self.at = value;
        }
    }

    /// Takes the gap for the largest if it is.
    #[inline]
    fn look(&mut self) {
        if self.gap.abs() > self.d_plus.max(self.d_minus) {
            self.location = self.at;
        }
        self.d_plus = self.d_plus.max(self.gap);
        self.d_minus = self.d_minus.max(-self.gap);
    }
}
