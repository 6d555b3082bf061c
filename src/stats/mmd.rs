//! Maximum mean discrepancy of the first values of two samples.

use super::real;
use super::sample::Cleaned;

/// The squared discrepancy under a Gaussian kernel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mmd {
    /// The kernel's width: the median distance of two values of either side, 1 where that is 0.
    pub sigma: f64,
    /// The unbiased estimate, below 0 for about half of equal pairs.
    pub unbiased: f64,
    /// The biased estimate, at least 0.
    pub biased: f64,
    /// Values of the reference.
    pub reference_n: u64,
    /// Values of the current side.
    pub current_n: u64,
}

/// The discrepancy of the first [`LEADING`](super::sample::LEADING) values of each side; `None` with fewer than two values on a side.
///
/// The cost grows with the square of the number of values, so not more are compared.
///
/// Formula: Gretton et al. (2012), A kernel two-sample test, equation 3 and lemma 6, with k(x, y) = exp(−(x − y)² ÷ 2σ²).
#[must_use]
pub fn of(reference: &Cleaned, current: &Cleaned) -> Option<Mmd> {
    let (ours, theirs) = (reference.leading(), current.leading());
    if ours.len() < 2 || theirs.len() < 2 {
        return None;
    }
    let sigma = Some(median_distance(&[ours, theirs].concat())).filter(|sigma| *sigma > 0.0 && sigma.is_finite());
    let sigma = sigma.unwrap_or(1.0);
    let kernel = |a: f64, b: f64| (-((a - b) / sigma).powi(2) / 2.0).exp();
    let sum = |left: &[f64], right: &[f64]| -> f64 {
        left.iter().map(|a| right.iter().map(|b| kernel(*a, *b)).sum::<f64>()).sum()
    };
    let (n, m) = (real(ours.len() as u64), real(theirs.len() as u64));
    let (within, across) = ((sum(ours, ours), sum(theirs, theirs)), sum(ours, theirs) / (n * m));
    Some(Mmd {
        sigma,
        // A value is at kernel distance 1 from itself.
        unbiased: (within.0 - n) / (n * (n - 1.0)) + (within.1 - m) / (m * (m - 1.0)) - 2.0 * across,
        biased: (within.0 / (n * n) + within.1 / (m * m) - 2.0 * across).max(0.0),
        reference_n: ours.len() as u64,
        current_n: theirs.len() as u64,
    })
}

/// The median of |a − b| over all pairs of places.
fn median_distance(values: &[f64]) -> f64 {
    let pairs = values.iter().enumerate();
    let mut distances: Vec<f64> =
        pairs.flat_map(|(place, a)| values.iter().skip(place + 1).map(move |b| (a - b).abs())).collect();
    let middle = distances.len() / 2;
    if middle == 0 {
        return distances.first().copied().unwrap_or(0.0);
    }
    let even = distances.len().is_multiple_of(2);
    let (below, upper, _) = distances.select_nth_unstable_by(middle, f64::total_cmp);
    let lower = if even { below.iter().copied().fold(0.0, f64::max) } else { *upper };
    f64::midpoint(lower, *upper)
}
