//! The Mann–Whitney test: whether values of one side tend to be the larger ones.

use statrs::distribution::{ContinuousCDF as _, Normal};

use super::real;
use super::sample::Cleaned;
use super::ties::ties;

/// The larger side has at most this many times the values that the smaller one may have, for exact p-values.
const LARGEST_EXACT_PRODUCT: u64 = 1_000_000;

/// Fewest values of the smaller side for which only the normal approximation is given.
const LARGEST_EXACT_SIDE: u64 = 8;

/// The result of the test.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MannWhitney {
    /// Pairs of a reference and a current value of which the reference is larger, and half of those that are equal.
    pub u_ref: f64,
    /// `u_ref` ÷ all pairs: the probability that a reference value is the larger one, from 0 to 1.
    pub auc: f64,
    /// Probability of a `u_ref` at least as far from half of the pairs, by the normal approximation with ties and
    /// continuity corrected.
    pub p_two_sided: f64,
    /// Probability of a `u_ref` at most as large, by the same approximation.
    pub p_less: f64,
    /// The exact two-sided probability; `None` with ties, or more than 8 values on both sides, or 1,000,000 pairs.
    pub p_exact_two_sided: Option<f64>,
    /// The exact one-sided probability; `None` as above.
    pub p_exact_less: Option<f64>,
}

/// The test of two samples; `None` when a side has no value.
///
/// Mann & Whitney (1947), On a test of whether one of two random variables is stochastically larger than the other.
#[must_use]
pub fn test(reference: &Cleaned, current: &Cleaned) -> Option<MannWhitney> {
    let (n, m) = (reference.values().len() as u64, current.values().len() as u64);
    if n == 0 || m == 0 {
        return None;
    }
    let (mut doubled_u, mut cubes) = (0_u128, 0_u128);
    for tie in ties(reference, current) {
        doubled_u += u128::from(tie.reference) * u128::from(2 * tie.current_below + tie.current);
        let size = u128::from(tie.size());
        cubes += size * size * size - size;
    }
    let pairs = u128::from(n) * u128::from(m);
    let spread = Normal::standard();
    let (total, all) = (real(n + m), wide(pairs));
    let sigma = (all / 12.0 * ((total + 1.0) - wide(cubes) / (total * (total - 1.0)))).sqrt();
    // Half a pair towards the middle; without spread every value is the same and nothing is unusual.
    let upper_tail = |doubled: u128| {
        if sigma > 0.0 { spread.sf((wide(doubled) / 2.0 - all / 2.0 - 0.5) / sigma) } else { 1.0 }
    };
    let mirrored = 2 * pairs - doubled_u;
    let exact = (cubes == 0).then(|| exact_less(n, m, doubled_u / 2)).flatten();
    let exact_mirrored = (cubes == 0).then(|| exact_less(n, m, mirrored / 2)).flatten();
    Some(MannWhitney {
        u_ref: wide(doubled_u) / 2.0,
        auc: wide(doubled_u) / 2.0 / all,
        p_two_sided: (2.0 * upper_tail(doubled_u.max(mirrored))).min(1.0),
        p_less: upper_tail(mirrored),
        p_exact_two_sided: exact.zip(exact_mirrored).map(|(less, greater)| (2.0 * less.min(greater)).min(1.0)),
        p_exact_less: exact,
    })
}

/// The probability that U is at most `u` when all orders of n + m different values are equally likely.
///
/// The numbers of orders per U are the coefficients of the Gaussian binomial Π (1 − q^(m+i)) ÷ (1 − q^i), i ≤ n. They
/// are multiplied out modulo 2¹²⁸, which they stay below within the limits of size.
fn exact_less(n: u64, m: u64, u: u128) -> Option<f64> {
    let (small, large) = (n.min(m), n.max(m));
    if small > LARGEST_EXACT_SIDE || small * large > LARGEST_EXACT_PRODUCT {
        return None;
    }
    let mut orders = vec![0_u128; usize::try_from(small * large).ok()? + 1];
    *orders.first_mut()? = 1;
    for i in 1..=small {
        let (above, below) = (usize::try_from(large + i).ok()?, usize::try_from(i).ok()?);
        for at in (above..orders.len()).rev() {
            let other = orders.get(at - above).copied()?;
            let here = orders.get_mut(at)?;
            *here = here.wrapping_sub(other);
        }
        for at in below..orders.len() {
            let other = orders.get(at - below).copied()?;
            let here = orders.get_mut(at)?;
            *here = here.wrapping_add(other);
        }
    }
    let up_to = usize::try_from(u).ok()? + 1;
    let all: u128 = orders.iter().sum();
    let least: u128 = orders.iter().take(up_to).sum();
    Some(wide(least) / wide(all))
}

#[expect(clippy::cast_precision_loss, reason = "rounds to the nearest double, as the formulas need")]
const fn wide(count: u128) -> f64 {
    count as f64
}
