//! Kolmogorov–Smirnov distance: the largest gap between two empirical distribution functions.

mod one_sample;
mod paths;

use std::f64::consts::PI;

use super::ecdf;
use super::sample::Cleaned;

/// Most values of a side for which SciPy counts the orders of all values.
const LARGEST_EXACT_SIDE: u64 = 10_000;

/// Most pairs of values for which the reference results hold the exact probability apart.
const LARGEST_EXACT_PRODUCT: u64 = 4_000_000;

/// The λ with Q(λ) = 0.05: the gap of samples from one distribution exceeds λ ÷ √en in 5 % of draws.
const CRITICAL_5_PERCENT: f64 = 1.358_098_639_322_550_7;

/// The distance between two samples and where it lies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ks {
    /// Largest amount by which the reference's distribution function lies above the current one; current is larger.
    pub d_plus: f64,
    /// Largest amount by which it lies below; current is smaller.
    pub d_minus: f64,
    /// The larger of the two, from 0 to 1.
    pub statistic: f64,
    /// The smallest value at which the gap is as large as `statistic`.
    pub location: f64,
    /// n·m ÷ (n + m).
    pub effective_n: f64,
}

/// The distance of two samples, exact with ties; `None` when a side has no value.
#[must_use]
pub fn distance(reference: &Cleaned, current: &Cleaned) -> Option<Ks> {
    ecdf::gaps(reference, current).map(|gaps| gaps.ks)
}

impl Ks {
    /// What the distance of samples of these sizes from one continuous distribution exceeds in 5 % of draws.
    #[must_use]
    pub fn noise_floor(&self) -> f64 {
        CRITICAL_5_PERCENT / self.effective_n.sqrt()
    }

    /// Probability of a distance at least this large if both samples came from one continuous distribution.
    ///
    /// Kolmogorov's limit law of √en · D. With ties it errs towards 1.
    #[must_use]
    pub fn p_kolmogorov(&self) -> f64 {
        survival(self.effective_n.sqrt() * self.statistic)
    }

    /// The same with Stephens's correction for small samples: the limit law of (√en + 0.12 + 0.11 ÷ √en) · D.
    ///
    /// Stephens (1970), Use of the Kolmogorov–Smirnov, Cramér–von Mises and related statistics without extensive tables.
    #[must_use]
    pub fn p_stephens(&self) -> f64 {
        let root = self.effective_n.sqrt();
        survival((root + 0.12 + 0.11 / root) * self.statistic)
    }

    /// What SciPy's `ks_2samp` reports with `method='asymp'`: the exact law of *one* sample of en values, en rounded.
    ///
    /// `None` when en rounds to 0. Takes tens of milliseconds for a million values.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a count below 2^53, rounded to a whole number"
    )]
    pub fn p_scipy_asymptotic(&self) -> Option<f64> {
        let rounded = self.effective_n.round_ties_even();
        (rounded >= 1.0).then(|| one_sample::survival(rounded as u64, self.statistic))
    }

    /// Probability of a distance at least this large among all orders of n + m different values.
    ///
    /// Ties are ignored. `None` with more than 10,000 values on a side.
    #[must_use]
    pub fn p_exact(&self, n: u64, m: u64) -> Option<f64> {
        self.counted(n, m).map(|p| p.min(1.0))
    }

    fn counted(&self, n: u64, m: u64) -> Option<f64> {
        (n.max(m) <= LARGEST_EXACT_SIDE).then(|| paths::survival((n, m), self.statistic))
    }

    /// What SciPy reports with `method='exact'`; `None` with more than 10,000 values on a side or 4,000,000 pairs.
    #[must_use]
    pub fn p_scipy_exact(&self, n: u64, m: u64) -> Option<f64> {
        (n.max(m) <= LARGEST_EXACT_SIDE && n * m <= LARGEST_EXACT_PRODUCT).then(|| self.p_scipy_auto(n, m)).flatten()
    }

    /// What SciPy reports with `method='auto'`: exact up to 10,000 values on each side, else the one-sample law; this too
    /// where rounding leads the exact one beyond 1.
    #[must_use]
    pub fn p_scipy_auto(&self, n: u64, m: u64) -> Option<f64> {
        self.counted(n, m).filter(|p| *p <= 1.0).or_else(|| self.p_scipy_asymptotic())
    }
}

/// Q(λ) = 2·Σ (−1)^(k−1)·exp(−2k²λ²), the upper tail of Kolmogorov's distribution.
///
/// Small λ use the other theta series, which converges there (Marsaglia, Tsang & Wang 2003, section 1): four terms of
/// either give full double precision on their side of 1.2.
fn survival(lambda: f64) -> f64 {
    if lambda <= 0.0 {
        return 1.0;
    }
    let terms = |first: f64, step: f64| (0..4_u32).map(move |k| first + step * f64::from(k));
    if lambda < 1.2 {
        let sum: f64 = terms(1.0, 2.0).map(|odd| (-odd * odd * PI * PI / (8.0 * lambda * lambda)).exp()).sum();
        return (1.0 - (2.0 * PI).sqrt() / lambda * sum).clamp(0.0, 1.0);
    }
    let sum: f64 = terms(1.0, 1.0)
        .zip([1.0, -1.0, 1.0, -1.0])
        .map(|(k, sign)| sign * (-2.0 * k * k * lambda * lambda).exp())
        .sum();
    (2.0 * sum).clamp(0.0, 1.0)
}
