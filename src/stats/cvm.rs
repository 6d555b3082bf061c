//! The Cramér–von Mises test: the squared gap of two distribution functions, averaged over both samples.

use std::collections::BTreeMap;
use std::f64::consts::PI;

use super::real;
use super::sample::Cleaned;
use super::ties::ties;

/// Most values of a side for which every order of the values is counted.
const LARGEST_EXACT_SIDE: u64 = 20;

/// The result of the test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct CramerVonMises {
    /// The statistic T = nm ÷ (n + m) · ω², with mid-ranks for ties.
    pub statistic: f64,
    /// Probability of a statistic at least this large without a difference, by the limiting distribution.
    ///
    /// As SciPy's, it ends its series at terms of 10⁻⁷ and so is too large below that. With ties it has no meaning.
    pub p_asymptotic: f64,
    /// The same by counting all orders of the values; `None` when a side has more than 20.
    pub p_exact: Option<f64>,
}

/// The test of two samples; `None` when a side has fewer than 2 values.
///
/// Anderson (1962), On the distribution of the two-sample Cramér–von Mises criterion.
#[must_use]
pub fn test(reference: &Cleaned, current: &Cleaned) -> Option<CramerVonMises> {
    let (n, m) = (reference.values().len() as u64, current.values().len() as u64);
    if n.min(m) < 2 {
        return None;
    }
    // 4·Σ (rank − position)² of either side, in whole numbers: the statistic is a small difference of large sums.
    let (mut ours, mut theirs) = (0_i128, 0_i128);
    for tie in ties(reference, current) {
        let rank = i128::from(tie.doubled_rank());
        ours += squares(rank - 2 * i128::from(tie.reference_below), tie.reference);
        theirs += squares(rank - 2 * i128::from(tie.current_below), tie.current);
    }
    let (n_wide, m_wide) = (i128::from(n), i128::from(m));
    let product = n_wide * m_wide;
    // 4·(6·U − nm(4nm − 1)), where U is Anderson's sum.
    let excess = 6 * (n_wide * ours + m_wide * theirs) - 4 * product * (4 * product - 1);
    let statistic = wide(excess) / (24.0 * wide(product) * real(n + m));
    Some(CramerVonMises {
        statistic,
        p_asymptotic: p_asymptotic(statistic, n, m),
        p_exact: (n.max(m) <= LARGEST_EXACT_SIDE).then(|| p_exact(excess, n, m)),
    })
}

/// Σ (first − 2k)² for k = 1 … count.
fn squares(first: i128, count: u64) -> i128 {
    let count = i128::from(count);
    let (sum, sum_of_squares) = (count * (count + 1) / 2, count * (count + 1) * (2 * count + 1) / 6);
    count * first * first - 4 * first * sum + 4 * sum_of_squares
}

/// The upper tail of the limiting distribution, at the statistic moved and scaled to its limiting mean and variance.
///
/// Anderson's equations 11, 14 and 15.
fn p_asymptotic(statistic: f64, n: u64, m: u64) -> f64 {
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
        k += 1.0;
        ratio *= (k - 0.5) / k;
    }
}

/// The modified Bessel function K of order ¼ for q > 0.
///
/// The trapezoidal rule on ∫ exp(−q·cosh t)·cosh(t ÷ 4) dt over t ≥ 0 (DLMF 10.32.9). The integrand is analytic within
/// |Im t| < π/2 and falls double-exponentially, so that steps of ⅛ leave an error below 10⁻³⁰ (Trefethen & Weideman 2014,
/// The exponentially convergent trapezoidal rule).
fn bessel_k_quarter(q: f64) -> f64 {
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

/// The share of all orders of the values whose statistic is at least as large.
///
/// Xiao, Gordon & Yakovlev (2007), A C++ program for the Cramér–von Mises two-sample test: numbers of lattice paths by
/// their sum of squared distances from the diagonal, cell by cell.
fn p_exact(excess: i128, n: u64, m: u64) -> f64 {
    let (n, m) = (i128::from(n), i128::from(m));
    let multiple = n / gcd(n, m) * m;
    let (across, up) = (multiple / n, multiple / m);
    let bound = (multiple * multiple * (n + m) * excess).div_euclid(24 * n * n * m * m);
    let mut column: Vec<BTreeMap<i128, u64>> = Vec::new();
    for v in 0..=m {
        let mut below: BTreeMap<i128, u64> = BTreeMap::new();
        let mut next = Vec::new();
        for u in 0..=n {
            let gap = across * u - up * v;
            let mut paths: BTreeMap<i128, u64> = if u == 0 && v == 0 { BTreeMap::from([(0, 1)]) } else { below };
            for (sum, count) in usize::try_from(u).ok().and_then(|at| column.get(at)).into_iter().flatten() {
                *paths.entry(*sum).or_default() += count;
            }
            below = paths.into_iter().map(|(sum, count)| (sum + gap * gap, count)).collect();
            next.push(below.clone());
        }
        column = next;
    }
    let Some(paths) = column.last() else { return 1.0 };
    let all: u64 = paths.values().sum();
    let unusual: u64 = paths.range(bound..).map(|(_, count)| count).sum();
    real(unusual) / real(all)
}

const fn gcd(a: i128, b: i128) -> i128 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[expect(clippy::cast_precision_loss, reason = "rounds to the nearest double, as the formulas need")]
const fn wide(count: i128) -> f64 {
    count as f64
}
