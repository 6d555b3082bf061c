//! Draws of counts: how many of n rows fall into each bin.

use rand::{Rng, RngExt as _};

use super::mass::ln_binomial;
use super::real;

/// Below this many expected hits they are counted up one by one.
const FEW: f64 = 10.0;

/// A draw of `n` rows over bins with these weights, which need not add up to 1; all 0 without a weight above 0.
pub fn draw(random: &mut impl Rng, n: u64, weights: &[f64]) -> Vec<u64> {
    let mut rows = n;
    let mut weight = weights.iter().sum::<f64>();
    let last = weights.iter().rposition(|weight| *weight > 0.0);
    let each = weights.iter().enumerate().map(|(bin, of_bin)| {
        let hits = if Some(bin) == last { rows } else { binomial(random, rows, (of_bin / weight).clamp(0.0, 1.0)) };
        let hits = if *of_bin > 0.0 { hits } else { 0 };
        rows -= hits;
        weight -= of_bin;
        hits
    });
    each.collect()
}

/// A draw of how many of `n` rows hit, each with probability `share` from 0 to 1.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 0 and n, which is a u64")]
pub fn binomial(random: &mut impl Rng, n: u64, share: f64) -> u64 {
    if share <= 0.0 || share.is_nan() || n == 0 {
        return 0;
    }
    if share > 0.5 {
        return n - binomial(random, n, 1.0 - share);
    }
    let rows = real(n);
    if rows * share < FEW { inversion(random, rows, share) as u64 } else { rejection(random, rows, share) as u64 }
}

/// Walks up the distribution function until it passes a uniform draw.
fn inversion(random: &mut impl Rng, n: f64, share: f64) -> f64 {
    let odds = share / (1.0 - share);
    let mut left: f64 = random.random();
    let mut mass = (n * (-share).ln_1p()).exp();
    let mut hits = 0.0;
    while left > mass && hits < n {
        left -= mass;
        mass *= (n - hits) / (hits + 1.0) * odds;
        hits += 1.0;
    }
    hits
}

/// Transformed rejection, whose cost does not depend on n.
///
/// Hörmann (1993), The generation of binomial random variates, algorithm BTRS; for n·share of at least 10.
fn rejection(random: &mut impl Rng, n: f64, share: f64) -> f64 {
    let spread = (n * share * (1.0 - share)).sqrt();
    let b = 1.15 + 2.53 * spread;
    let a = -0.0873 + 0.0248 * b + 0.01 * share;
    let height = (2.83 + 5.1 / b) * spread;
    let crest = ln_binomial(((n + 1.0) * share).floor(), n, share);
    loop {
        let u = random.random::<f64>() - 0.5;
        let v: f64 = random.random();
        let edge = 0.5 - u.abs();
        let hits = ((2.0 * a / edge + b) * u + n * share + 0.5).floor();
        if edge >= 0.07 && v <= 0.92 - 4.2 / b {
            return hits;
        }
        if (0.0..=n).contains(&hits)
            && (v * height / (a / (edge * edge) + b)).ln() <= ln_binomial(hits, n, share) - crest
        {
            return hits;
        }
    }
}
