//! Poisson and binomial probabilities at counts that need not be whole, precise however large they are.
//!
//! The textbook formula loses digits as fast as its logarithms of factorials grow. Loader's form (2000, Fast and accurate
//! computation of binomial probabilities) sums a deviance and the error of Stirling's formula, which are both small.

use std::f64::consts::TAU;

use statrs::function::gamma::ln_gamma;

/// Logarithm of meanᶜ·e^(−mean) ÷ Γ(c + 1) for a count c ≥ 0; −∞ where it is nothing.
#[must_use]
pub fn ln_poisson(count: f64, mean: f64) -> f64 {
    if mean <= 0.0 {
        return if count == 0.0 { 0.0 } else { f64::NEG_INFINITY };
    }
    if count <= 0.0 {
        return -mean;
    }
    -stirling_error(count) - deviance(count, mean) - 0.5 * (TAU * count).ln()
}

/// Logarithm of Γ(n + 1) ÷ (Γ(c + 1)·Γ(n − c + 1))·shareᶜ·(1 − share)ⁿ⁻ᶜ for 0 ≤ c ≤ n; −∞ where it is nothing.
#[must_use]
pub fn ln_binomial(count: f64, n: f64, share: f64) -> f64 {
    let rest = n - count;
    let power = |times: f64, of: f64| if times == 0.0 { 0.0 } else { times * of.ln() };
    if share <= 0.0 || share >= 1.0 || count <= 0.0 || rest <= 0.0 {
        // ln(1 − share) by ln_1p: a share of 1e-17 is not none.
        return power(count.max(0.0), share) + if rest <= 0.0 { 0.0 } else { rest * (-share).ln_1p() };
    }
    stirling_error(n)
        - stirling_error(count)
        - stirling_error(rest)
        - deviance(count, n * share)
        - deviance(rest, n * (1.0 - share))
        - 0.5 * (TAU * count * (rest / n)).ln()
}

/// ln Γ(x + 1) less Stirling's (x + ½)·ln x − x + ½·ln 2π.
fn stirling_error(x: f64) -> f64 {
    if x < 15.0 {
        return ln_gamma(x + 1.0) - (x + 0.5) * x.ln() + x - 0.5 * TAU.ln();
    }
    let square = x * x;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / 1188.0 / square) / square) / square) / square)
        / x
}

/// x·ln(x ÷ mean) + mean − x, which cancels when the two are close.
fn deviance(x: f64, mean: f64) -> f64 {
    let gap = x - mean;
    if gap.abs() >= 0.1 * (x + mean) {
        return x * (x / mean).ln() - gap;
    }
    // With v = gap ÷ (x + mean): ln(x ÷ mean) = 2·artanh v, a series in odd powers.
    let v = gap / (x + mean);
    let mut sum = gap * v;
    let mut power = 2.0 * x * v;
    for odd in (3..=1001_u32).step_by(2) {
        power *= v * v;
        let next = sum + power / f64::from(odd);
        if next.total_cmp(&sum).is_eq() {
            break;
        }
        sum = next;
    }
    sum
}
