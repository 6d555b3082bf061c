//! Gaps between two empirical distribution functions, found in one pass over two sorted samples.
//!
//! The samples need not be at hand at once: a [`Sweep`] takes them run by run, and of runs that cannot change the largest
//! gap it needs to know only counts, sums and ends.

mod cursor;
mod run;
mod sweep;

pub use run::{RunSide, RunSummary};
pub use sweep::Sweep;

use super::ks::Ks;
use super::sample::Cleaned;

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
