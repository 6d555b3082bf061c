//! The Anderson–Darling test of two samples, which weighs the tails.

use super::real;
use super::sample::Cleaned;
use super::ties::ties;

/// The significance levels of [`CRITICAL`].
const LEVELS: [f64; 7] = [0.25, 0.1, 0.05, 0.025, 0.01, 0.005, 0.001];

/// The standardised statistic at [`LEVELS`] for two samples: b₀ + b₁ + b₂ of Scholz & Stephens's table 2, extended as in
/// SciPy to 0.005 and 0.001.
const CRITICAL: [f64; 7] = [
    0.675 - 0.245 - 0.105,
    1.281 + 0.25 - 0.305,
    1.645 + 0.678 - 0.362,
    1.96 + 1.149 - 0.391,
    2.326 + 1.822 - 0.396,
    2.573 + 2.364 - 0.345,
    3.085 + 3.615 - 0.154,
];

/// The result of the test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AndersonDarling {
    /// The statistic A²akN, which takes ties at half.
    pub a2akn: f64,
    /// The statistic less its mean, in standard deviations; `None` with fewer than 4 values in all.
    pub t: Option<f64>,
    /// Probability of a `t` at least this large without a difference, from 0.001 to 0.25: beyond these the table of critical
    /// values ends. `None` without `t`.
    pub p: Option<f64>,
}

/// The test of two samples; `None` when a side has no value or all values are equal.
///
/// Scholz & Stephens (1987), K-sample Anderson–Darling tests, equation 7 for two samples.
#[must_use]
pub fn test(reference: &Cleaned, current: &Cleaned) -> Option<AndersonDarling> {
    let (n, m) = (real(reference.values().len() as u64), real(current.values().len() as u64));
    let total = n + m;
    let smallest = reference.values().first()?.min(*current.values().first()?);
    let largest = reference.values().last()?.max(*current.values().last()?);
    if smallest >= largest {
        return None;
    }
    let sum: f64 = ties(reference, current)
        .map(|tie| {
            let size = real(tie.size());
            let pooled = real(tie.below()) + size / 2.0;
            let own = real(tie.reference_below) + real(tie.reference) / 2.0;
            let gap = total * own - pooled * n;
            size / total * gap * gap / (pooled * (total - pooled) - total * size / 4.0)
        })
        .sum();
    // The second sample's gaps are those of the first with the other sign.
    let a2akn = sum * (1.0 / n + 1.0 / m) * (total - 1.0) / total;
    let t = variance(reference.values().len() as u64, current.values().len() as u64)
        .map(|variance| (a2akn - 1.0) / variance.sqrt());
    Some(AndersonDarling { a2akn, t, p: t.map(p_value) })
}

/// The variance of the statistic for two samples, equation 4; `None` for fewer than 4 values in all.
fn variance(n: u64, m: u64) -> Option<f64> {
    if n + m < 4 {
        return None;
    }
    let (total, k) = (real(n + m), 2.0);
    let inverse = 1.0 / real(n) + 1.0 / real(m);
    let (mut partial, mut g) = (0.0, 0.0);
    for i in 2..n + m {
        partial += 1.0 / real(n + m + 1 - i);
        g += partial / real(i);
    }
    let h = partial + 1.0;
    let a = (4.0 * g - 6.0) * (k - 1.0) + (10.0 - 6.0 * g) * inverse;
    let b = (2.0 * g - 4.0) * k * k + 8.0 * h * k + (2.0 * g - 14.0 * h - 4.0) * inverse - 8.0 * h + 4.0 * g - 6.0;
    let c = (6.0 * h + 2.0 * g - 2.0) * k * k + (4.0 * h - 4.0 * g + 6.0) * k + (2.0 * h - 6.0) * inverse + 4.0 * h;
    let d = (2.0 * h + 6.0) * k * k - 4.0 * h * k;
    let cubic = ((a * total + b) * total + c) * total + d;
    Some(cubic / ((total - 1.0) * (total - 2.0) * (total - 3.0)))
}

/// ln p as the quadratic of least squares through the critical values, as SciPy interpolates.
fn p_value(t: f64) -> f64 {
    let [least, .., most] = CRITICAL;
    if t < least {
        return 0.25;
    }
    if t > most {
        return 0.001;
    }
    // Polynomials of degree 0 to 2 that are orthogonal on the critical values: each coefficient is found by itself.
    let mean = CRITICAL.iter().sum::<f64>() / 7.0;
    let squares: f64 = CRITICAL.iter().map(|x| (x - mean).powi(2)).sum();
    let skew = CRITICAL.iter().map(|x| (x - mean).powi(3)).sum::<f64>() / squares;
    let quadratic = |x: f64| (x - mean) * (x - mean - skew) - squares / 7.0;
    let pairs = || CRITICAL.iter().zip(LEVELS.map(f64::ln));
    let constant = pairs().map(|(_, y)| y).sum::<f64>() / 7.0;
    let slope = pairs().map(|(x, y)| (x - mean) * y).sum::<f64>() / squares;
    let curve = pairs().map(|(x, y)| quadratic(*x) * y).sum::<f64>()
        / CRITICAL.iter().map(|x| quadratic(*x).powi(2)).sum::<f64>();
    (constant + slope * (t - mean) + curve * quadratic(t)).exp()
}
