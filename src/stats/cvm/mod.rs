//! The Cramér–von Mises test: the squared gap of two distribution functions, averaged over both samples.

mod limit;
mod orders;

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
    /// As SciPy's it ends its series at terms of 10⁻⁷, and is too large where it is below that. Not for data with ties.
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
    // 4·Σ (rank − position)² of either side, in whole numbers.
    let (mut ours, mut theirs) = (0_i128, 0_i128);
    for tie in ties(reference, current) {
        let rank = i128::from(tie.doubled_rank());
        ours += squares(rank - 2 * i128::from(tie.reference_below), tie.reference);
        theirs += squares(rank - 2 * i128::from(tie.current_below), tie.current);
    }
    // 4·U, where U is Anderson's sum.
    let sum = i128::from(n) * ours + i128::from(m) * theirs;
    let (pairs, total) = (real(n * m), real(n + m));
    let statistic = wide(sum) / 4.0 / (pairs * total) - (4.0 * pairs - 1.0) / (6.0 * total);
    Some(CramerVonMises {
        statistic,
        p_asymptotic: limit::p_value(statistic, n, m),
        p_exact: (n.max(m) <= LARGEST_EXACT_SIDE).then(|| orders::p_value(sum, n, m)),
    })
}

/// Σ (first − 2k)² for k = 1 … count.
fn squares(first: i128, count: u64) -> i128 {
    let count = i128::from(count);
    let (sum, sum_of_squares) = (count * (count + 1) / 2, count * (count + 1) * (2 * count + 1) / 6);
    count * first * first - 4 * first * sum + 4 * sum_of_squares
}

#[expect(clippy::cast_precision_loss, reason = "rounds to the nearest double, as the formulas need")]
const fn wide(count: i128) -> f64 {
    count as f64
}
