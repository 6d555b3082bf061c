//! The exact law of the distance of two samples without ties: all orders of their values, counted as lattice paths.

use crate::stats::real;

/// The probability that the distance of `n` and `m` values of one continuous distribution is at least `distance`.
///
/// Hodges (1958), The significance probability of the Smirnov two-sample test. Rounding may lead a little beyond 1.
pub(super) fn survival((n, m): (u64, u64), distance: f64) -> f64 {
    let divisor = gcd(n, m);
    let (across, up) = (n.max(m) / divisor, n.min(m) / divisor);
    let steps = (distance * real(across) * real(n.min(m))).round();
    if steps <= 0.0 {
        return 1.0;
    }
    if n == m { equal_sizes(real(n), steps) } else { outside(n.max(m), n.min(m), [across, up], steps) }
}

/// 2·Σ (−1)^(k−1)·C(2n, n − kh) ÷ C(2n, n), by Horner's scheme on the ratios of neighbouring terms.
fn equal_sizes(n: f64, steps: f64) -> f64 {
    let mut probability = 0.0;
    let mut before = (n / steps).floor();
    while before >= 0.0 {
        let mut ratio = 1.0;
        let mut j = 0.0;
        while j < steps {
            ratio = (n - before * steps - j) * ratio / (n + before * steps + j + 1.0);
            j += 1.0;
        }
        probability = ratio * (1.0 - probability);
        before -= 1.0;
    }
    2.0 * probability
}

/// The share of paths to (n, m) that leave the band |m·x − n·y| < steps · gcd, by the last step to each point.
///
/// Every sum has positive terms alone, so that small probabilities keep their digits.
fn outside(n: u64, m: u64, [across, up]: [u64; 2], steps: f64) -> f64 {
    let inside = |x: u64, y: u64| (real(up * x) - real(across * y)).abs() < steps;
    let mut left: Vec<f64> = (0..=m).map(|y| if inside(0, y) { 0.0 } else { 1.0 }).collect();
    let (mut lowest, mut top) = (0, left.iter().take_while(|share| **share == 0.0).count() as u64);
    for x in 1..=n {
        while lowest < m && !inside(x, lowest) && across * lowest < up * x {
            lowest += 1;
        }
        while top <= m && inside(x, top) {
            top += 1;
        }
        let mut below = 1.0;
        let (from, to) = (usize::try_from(lowest).unwrap_or(usize::MAX), usize::try_from(top).unwrap_or(usize::MAX));
        let mut y = real(lowest);
        let x = real(x);
        for share in left.get_mut(from..to).unwrap_or_default() {
            below = (*share * x + below * y) / (x + y);
            *share = below;
            y += 1.0;
        }
    }
    left.last().copied().unwrap_or(1.0)
}

const fn gcd(a: u64, b: u64) -> u64 {
    if b == 0 { a } else { gcd(b, a % b) }
}
