//! The noncentral χ² law: what an index over bins follows when the true one is not 0.
//!
//! With χ²_{f+2j} weighted by the Poisson probabilities w of λ/2, both tails are sums of positive terms over i ≥ 0,
//!
//! P(X ≤ x) = Σ gᵢ·(w₀ + … + wᵢ) and P(X > x) = Q(f/2, x/2) + Σ gᵢ·(wᵢ₊₁ + wᵢ₊₂ + …),
//!
//! where gᵢ = (x/2)^(f/2+i)·e^(−x/2) ÷ Γ(f/2 + i + 1), so that the smaller tail keeps its digits (after Ding 1992, Computing
//! the noncentral χ² distribution function; Benton & Krishnamoorthy 2003, who begin in the middle as is done here). The
//! terms rise to one peak and fall again; only those around it are summed, about √λ of them.

use statrs::distribution::{ContinuousCDF, Normal};
use statrs::function::gamma::gamma_ur;

use super::mass::ln_poisson;

/// Terms smaller than e to the minus this beside the largest are left out.
const NEGLIGIBLE: f64 = 42.0;

/// A noncentral χ² law.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NoncentralChiSquared {
    half_freedom: f64,
    half_lambda: f64,
}

impl NoncentralChiSquared {
    /// The law with `freedom` > 0 degrees of freedom and noncentrality `lambda` ≥ 0.
    #[must_use]
    pub const fn new(freedom: f64, lambda: f64) -> Self {
        Self { half_freedom: freedom / 2.0, half_lambda: lambda / 2.0 }
    }

    /// P(X ≤ x), from 0 to 1, with a relative error around 1e-12 in either tail.
    #[must_use]
    pub fn cdf(&self, x: f64) -> f64 {
        if x <= 0.0 {
            return 0.0;
        }
        if self.upper_is_smaller(x) { (1.0 - self.upper(x / 2.0)).max(0.0) } else { self.lower(x / 2.0).min(1.0) }
    }

    /// P(X > x), from 0 to 1, with a relative error around 1e-12 in either tail.
    #[must_use]
    pub fn sf(&self, x: f64) -> f64 {
        if x <= 0.0 {
            return 1.0;
        }
        if self.upper_is_smaller(x) { self.upper(x / 2.0).min(1.0) } else { (1.0 - self.lower(x / 2.0)).max(0.0) }
    }

    fn upper_is_smaller(&self, x: f64) -> bool {
        x / 2.0 > self.half_freedom + self.half_lambda
    }

    fn ln_step(&self, i: f64, y: f64) -> f64 {
        ln_poisson(self.half_freedom + i, y)
    }

    /// Where gᵢ·wᵢ is largest: i·(f/2 + i) = y·λ/2.
    fn crest(&self, y: f64) -> f64 {
        let half = self.half_freedom / 2.0;
        ((half * half + y * self.half_lambda).sqrt() - half).max(0.0).floor()
    }

    /// P(X ≤ 2y), for y up to the mean.
    fn lower(&self, y: f64) -> f64 {
        let size = |i: f64| {
            let weight = if i < self.half_lambda { ln_poisson(i, self.half_lambda) } else { 0.0 };
            self.ln_step(i, y) + weight
        };
        let peak = self.crest(y);
        let mut i = edge((0.0, peak), size(peak) - NEGLIGIBLE, size);
        let mut step = self.ln_step(i, y).exp();
        let mut weight = ln_poisson(i, self.half_lambda).exp();
        let mut weights = self.weights_up_to(i);
        let mut sum = 0.0;
        loop {
            let term = step * weights;
            sum += term;
            if i > peak && term <= sum * 1e-18 {
                return sum;
            }
            i += 1.0;
            step *= y / (self.half_freedom + i);
            weight *= self.half_lambda / i;
            weights += weight;
        }
    }

    /// P(X > 2y), for y above the mean.
    fn upper(&self, y: f64) -> f64 {
        let central = gamma_ur(self.half_freedom, y);
        if self.half_lambda <= 0.0 {
            return central;
        }
        let size = |i: f64| {
            let weight = if i > self.half_lambda { ln_poisson(i, self.half_lambda) } else { 0.0 };
            self.ln_step(i, y) + weight
        };
        let peak = self.crest(y).max(self.half_lambda.floor());
        // No term matters where both Poisson laws have ended, ten standard deviations and some beyond their means.
        let end = peak + 12.0 * (peak + y + 40.0).sqrt() + 60.0;
        let mut i = edge((end, peak), size(peak) - NEGLIGIBLE, size);
        let mut step = self.ln_step(i, y).exp();
        let mut weight = ln_poisson(i + 1.0, self.half_lambda).exp();
        let mut weights = self.weights_from(i + 1.0);
        let mut sum = central;
        loop {
            let term = step * weights;
            sum += term;
            if i <= 0.0 || (i < peak && term <= sum * 1e-18) {
                return sum;
            }
            step *= (self.half_freedom + i) / y;
            weight *= (i + 1.0) / self.half_lambda;
            weights += weight;
            i -= 1.0;
        }
    }

    /// w₀ + … + wᵢ.
    fn weights_up_to(&self, i: f64) -> f64 {
        if i > self.half_lambda {
            return 1.0 - self.weights_from(i + 1.0);
        }
        let (mut at, mut weight, mut sum) = (i, ln_poisson(i, self.half_lambda).exp(), 0.0);
        while at >= 0.0 && weight > sum * 1e-18 {
            sum += weight;
            weight *= at / self.half_lambda;
            at -= 1.0;
        }
        sum
    }

    /// wᵢ + wᵢ₊₁ + …
    fn weights_from(&self, i: f64) -> f64 {
        if i <= self.half_lambda {
            return if i <= 0.0 { 1.0 } else { 1.0 - self.weights_up_to(i - 1.0) };
        }
        let (mut at, mut weight, mut sum) = (i, ln_poisson(i, self.half_lambda).exp(), 0.0);
        while weight > sum * 1e-18 {
            sum += weight;
            at += 1.0;
            weight *= self.half_lambda / at;
        }
        sum
    }
}

/// The whole number between `far` and `near` that is nearest to `near` with a size of at most `least`; `far` without one.
fn edge((mut far, mut near): (f64, f64), least: f64, size: impl Fn(f64) -> f64) -> f64 {
    if size(far) > least {
        return far;
    }
    while (far - near).abs() > 1.0 {
        let middle = f64::midpoint(far, near).floor();
        if size(middle) > least {
            near = middle;
        } else {
            far = middle;
        }
    }
    far
}

/// The noncentrality at which P(X ≤ x) is `share`; 0 where even λ = 0 gives no more than that.
///
/// P falls as λ grows. Its normal deviate is nearly a straight line over √λ, along which the search walks, within a bracket.
#[must_use]
pub fn noncentrality(x: f64, freedom: f64, share: f64) -> f64 {
    let law = Normal::standard();
    let target = law.inverse_cdf(share);
    let deviate = |root: f64| {
        let chi = NoncentralChiSquared::new(freedom, root * root);
        let below = chi.cdf(x);
        let deviate = if below < 0.5 { law.inverse_cdf(below) } else { -law.inverse_cdf(chi.sf(x)) };
        deviate.clamp(-38.0, 38.0) - target
    };
    let mut low = (0.0, deviate(0.0));
    if low.1 <= 0.0 {
        return 0.0;
    }
    let mut high = (x.sqrt() + 1.0, f64::NAN);
    loop {
        high.1 = deviate(high.0);
        if high.1 <= 0.0 {
            break;
        }
        low = high;
        high.0 = high.0 * 1.5 + 1.0;
    }
    for _ in 0..200 {
        // Alternate: the chord is fast where the line is straight, the middle makes sure of progress.
        let chord = high.0 - high.1 * (high.0 - low.0) / (high.1 - low.1);
        for root in [chord, f64::midpoint(low.0, high.0)] {
            if root <= low.0 || root >= high.0 {
                continue;
            }
            let found = (root, deviate(root));
            if found.1.abs() < 1e-12 {
                return root * root;
            }
            if found.1 > 0.0 { low = found } else { high = found }
        }
        if high.0 - low.0 <= 1e-13 * high.0 {
            break;
        }
    }
    let root = f64::midpoint(low.0, high.0);
    root * root
}
