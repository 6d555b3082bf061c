//! Population stability index: Σ (q − p)·ln(q ÷ p) over bins, p the reference's and q the current share.
//!
//! The plain index is infinite for an empty bin, so shares are floored or smoothed. Two samples of one distribution do
//! not have index 0: index ÷ (1/n + 1/m) then follows χ² with one degree of freedom less than there are bins (Yurdakul
//! 2018, Statistical properties of population stability index), which gives [`noise_floor`].

use statrs::distribution::{ChiSquared, ContinuousCDF};

use super::bins::PairedCounts;
use super::categories::Categories;
use super::real;
use super::sample::Cleaned;

/// The least share that a bin is taken to have in [`floored`], so that an empty bin weighs much but not infinitely.
pub const SHARE_FLOOR: f64 = 1e-4;

/// A numeric reference with at most this many different values is compared level by level.
pub const MOST_REFERENCE_LEVELS: usize = 20;

/// With more different values than this on both sides together, levels are no bins.
pub const MOST_LEVELS: usize = 1000;

/// Which bins a numeric index was computed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Binning {
    /// One bin per value or key.
    Levels,
    /// The deciles of the reference.
    Deciles,
}

/// Index of two samples, on the bins that suit the reference.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Psi {
    /// The bins.
    pub binning: Binning,
    /// How many bins.
    pub bins: usize,
    /// The index with shares floored at [`SHARE_FLOOR`]: the figure to report.
    pub floored: f64,
    /// The index of [`jeffreys`] shares: the figure to hold against the noise floor.
    pub jeffreys: f64,
    /// What samples of these sizes from one distribution exceed in 5 % of draws.
    pub noise_floor: f64,
}

impl Psi {
    fn on(binning: Binning, counts: &PairedCounts) -> Self {
        Self {
            binning,
            bins: counts.bins().len(),
            floored: floored(counts, SHARE_FLOOR),
            jeffreys: jeffreys(counts),
            noise_floor: noise_floor(counts),
        }
    }
}

/// The index of two numeric samples; `None` when a side has no value.
///
/// Levels when the reference has at most [`MOST_REFERENCE_LEVELS`] different values and both sides together at most
/// [`MOST_LEVELS`]; deciles of the reference otherwise.
#[must_use]
pub fn numeric(reference: &Cleaned, current: &Cleaned) -> Option<Psi> {
    bins(reference, current).map(|(binning, counts)| Psi::on(binning, &counts))
}

/// The counts on which [`numeric`] computes the index; `None` when a side has no value.
#[must_use]
pub fn bins(reference: &Cleaned, current: &Cleaned) -> Option<(Binning, PairedCounts)> {
    if reference.distinct() <= MOST_REFERENCE_LEVELS {
        let counts = PairedCounts::levels(reference, current)?;
        if counts.bins().len() <= MOST_LEVELS {
            return Some((Binning::Levels, counts));
        }
    }
    PairedCounts::deciles(reference, current).map(|counts| (Binning::Deciles, counts))
}

/// The index of two categorical samples over the keys of both; `None` when a side has no value.
#[must_use]
pub fn categorical(reference: &Categories, current: &Categories) -> Option<Psi> {
    PairedCounts::categories(reference, current).map(|counts| Psi::on(Binning::Levels, &counts))
}

/// The index with every share raised to at least `floor`; the raised shares are not scaled back to a sum of 1.
#[must_use]
pub fn floored(counts: &PairedCounts, floor: f64) -> f64 {
    let (n, m) = (real(counts.reference_n()), real(counts.current_n()));
    let shares =
        |(reference, current): &(u64, u64)| ((real(*reference) / n).max(floor), (real(*current) / m).max(floor));
    index(counts.bins().iter().map(shares))
}

/// The index of the shares (count + ½) ÷ (n + ½·bins), the posterior means under Jeffreys' prior.
#[must_use]
pub fn jeffreys(counts: &PairedCounts) -> f64 {
    let half_bins = real(counts.bins().len() as u64) / 2.0;
    let (n, m) = (real(counts.reference_n()) + half_bins, real(counts.current_n()) + half_bins);
    index(counts.bins().iter().map(|(reference, current)| ((real(*reference) + 0.5) / n, (real(*current) + 0.5) / m)))
}

/// Σ (q − p)·ln(q ÷ p) of shares (p, q) above 0.
pub(super) fn index(shares: impl Iterator<Item = (f64, f64)>) -> f64 {
    shares.map(|(p, q)| (q - p) * (q / p).ln()).sum()
}

/// The mean of the index over samples of these sizes from one distribution: (bins − 1)·(1/n + 1/m).
#[must_use]
pub fn null_mean(counts: &PairedCounts) -> f64 {
    real(counts.bins().len().saturating_sub(1) as u64) * counts.sampling_variance()
}

/// What the index of samples of these sizes from one distribution exceeds in 5 % of draws; 0 for a single bin.
#[must_use]
pub fn noise_floor(counts: &PairedCounts) -> f64 {
    let freedom = real(counts.bins().len().saturating_sub(1) as u64);
    // The constructor refuses only 0 degrees of freedom: a single bin, whose index is always 0.
    ChiSquared::new(freedom).map_or(0.0, |law| law.inverse_cdf(0.95) * counts.sampling_variance())
}
