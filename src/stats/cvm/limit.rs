//! The limiting law of the Cramér–von Mises statistic.

use std::f64::consts::PI;

use crate::stats::real;

/// 1 ÷ Γ(1¼) with the error of the last digits (4 units too large) that algorithm 644 finds it with.
const INVERSE_GAMMA: f64 = 1.103_262_651_320_838_1;

/// The upper tail of the limiting distribution, at the statistic moved and scaled to its limiting mean and variance.
///
/// Anderson's equations 11, 14 and 15.
pub(super) fn p_value(statistic: f64, n: u64, m: u64) -> f64 {
    let (n, m) = (real(n), real(m));
    let (total, product) = (n + m, n * m);
    let mean = (1.0 + 1.0 / total) / 6.0;
    let variance = (total + 1.0) * (4.0 * product * total - 3.0 * (n * n + m * m) - 2.0 * product)
        / (45.0 * total * total * 4.0 * product);
    let scaled = 1.0 / 6.0 + (statistic - mean) / (45.0 * variance).sqrt();
    // Below this the distribution function is under 1.3·10⁻¹⁸.
    if scaled < 0.003 { 1.0 } else { (1.0 - limit(scaled)).max(0.0) }
}

/// The limiting distribution function.
///
/// Csörgő & Faraway (1996), The exact and asymptotic distributions of Cramér–von Mises statistics, equation 1.3.
fn limit(x: f64) -> f64 {
    let mut ratio = PI.sqrt();
    let (mut total, mut k) = (0.0, 0.0);
    loop {
        let odd = 4.0 * k + 1.0;
        let q = odd * odd / (16.0 * x);
        let term = ratio / (PI.powf(1.5) * x.sqrt()) * odd.sqrt() * (-q).exp() * bessel_k_quarter(q);
        total += term;
        if term < 1e-7 {
            return total;
        }
        // Γ(k + ½) ÷ k! from one term to the next.
        ratio *= (k + 0.5) / (k + 1.0);
        k += 1.0;
    }
}

/// The modified Bessel function K of order ¼ for q > 0.
fn bessel_k_quarter(q: f64) -> f64 {
    if q > 2.0 { by_integral(q) } else { by_series(q) }
}

/// The trapezoidal rule on ∫ exp(−q·cosh t)·cosh(t ÷ 4) dt over t ≥ 0 (DLMF 10.32.9).
///
/// The integrand is analytic within |Im t| < π/2 and falls double-exponentially, so that steps of ⅛ leave an error below
/// 10⁻³⁰ (Trefethen & Weideman 2014, The exponentially convergent trapezoidal rule).
fn by_integral(q: f64) -> f64 {
    const STEP: f64 = 0.125;
    let mut total = 0.5 * (-q).exp();
    let mut t = STEP;
    loop {
        let term = (-q * t.cosh()).exp() * (t / 4.0).cosh();
        total += term;
        if term <= total * f64::EPSILON / 1024.0 {
            return total * STEP;
        }
        t += STEP;
    }
}

/// Temme (1975), On the numerical evaluation of the modified Bessel function of the third kind.
///
/// The steps are those of Amos (1986), algorithm 644, which SciPy uses: of a probability of 10⁻¹⁰, which is what rounding
/// leaves of 1 − 1, the digits are those of these steps.
fn by_series(q: f64) -> f64 {
    const ORDER: f64 = 0.25;
    let reflected = ORDER * PI / (ORDER * PI).sin();
    let above = INVERSE_GAMMA;
    let below = 1.0 / (above * reflected);
    let exponent = (2.0 / q).ln() * ORDER;
    let power = exponent.exp();
    let (odd, even) = ((below - above) / (2.0 * ORDER), (below + above) * 0.5);
    let mut f = reflected * (odd * exponent.cosh() + exponent.sinh() / ORDER * even);
    let (mut rising, mut falling) = (0.5 * power / above, 0.5 / power / below);
    let quarter = q * q / 4.0;
    let (mut total, mut weight, mut k) = (f, 1.0, 1.0);
    while weight > f64::EPSILON {
        f = (f * k + rising + falling) / (k * k - ORDER * ORDER);
        rising /= k - ORDER;
        falling /= k + ORDER;
        weight *= quarter / k;
        total += weight * f;
        k += 1.0;
    }
    total
}
