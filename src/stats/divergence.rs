//! How far the shares of two sides over the same bins lie apart.
//!
//! p is the reference's share of a bin, q the current one; 0·log 0 is 0. All are 0 for equal shares and finite whatever
//! bins are empty.

use super::bins::PairedCounts;
use super::psi::SHARE_FLOOR;
use super::real;

/// Shares (reference, current) per bin.
fn shares(counts: &PairedCounts) -> impl Iterator<Item = (f64, f64)> {
    let (n, m) = (real(counts.reference_n()), real(counts.current_n()));
    counts.bins().iter().map(move |(reference, current)| (real(*reference) / n, real(*current) / m))
}

/// Jensen & Shannon's divergence in bits, from 0 to 1: the mean of both sides' divergence from their middle.
///
/// Formula: Lin (1991), Divergence measures based on the Shannon entropy.
#[must_use]
pub fn jensen_shannon(counts: &PairedCounts) -> f64 {
    middle(shares(counts)) / std::f64::consts::LN_2
}

/// The root of [`jensen_shannon`], which is a metric; from 0 to 1.
#[must_use]
pub fn jensen_shannon_distance(counts: &PairedCounts) -> f64 {
    jensen_shannon(counts).sqrt()
}

/// Jensen & Shannon's divergence in nats, from 0 to ln 2.
pub(super) fn middle(shares: impl Iterator<Item = (f64, f64)>) -> f64 {
    let term = |share: f64, middle: f64| if share > 0.0 { share * (share / middle).ln() } else { 0.0 };
    let sum: f64 = shares
        .map(|(p, q)| {
            let half = f64::midpoint(p, q);
            term(p, half) + term(q, half)
        })
        .sum();
    (sum / 2.0).clamp(0.0, std::f64::consts::LN_2)
}

/// Kullback & Leibler's divergence Σ P·ln(P ÷ Q) in nats, at least 0, both ways: of the reference from the current side,
/// and of the current side from the reference.
///
/// P and Q are the shares raised to at least [`SHARE_FLOOR`] and scaled back to a sum of 1.
#[must_use]
pub fn kullback_leibler(counts: &PairedCounts) -> [f64; 2] {
    let raised = || shares(counts).map(|(p, q)| (p.max(SHARE_FLOOR), q.max(SHARE_FLOOR)));
    let there = relative_entropy(raised);
    let back = relative_entropy(|| raised().map(|(p, q)| (q, p)));
    [there, back]
}

/// Σ P·ln(P ÷ Q) of shares that are scaled to a sum of 1 first; every share is above 0.
pub(super) fn relative_entropy<I: Iterator<Item = (f64, f64)>>(shares: impl Fn() -> I) -> f64 {
    let (p_sum, q_sum) = shares().fold((0.0, 0.0), |(p_sum, q_sum), (p, q)| (p_sum + p, q_sum + q));
    let sum: f64 = shares().map(|(p, q)| (p / p_sum) * ((p / p_sum) / (q / q_sum)).ln()).sum();
    sum.max(0.0)
}

/// Hellinger's distance √(1 − Σ √(p·q)), from 0 to 1.
///
/// Computed as √(½·Σ (√p − √q)²), which keeps its digits near 0.
#[must_use]
pub fn hellinger(counts: &PairedCounts) -> f64 {
    let sum: f64 = shares(counts).map(|(p, q)| (p.sqrt() - q.sqrt()).powi(2)).sum();
    (sum / 2.0).sqrt().min(1.0)
}

/// Total variation distance ½·Σ |p − q|, from 0 to 1: the share of rows that would have to change.
#[must_use]
pub fn total_variation(counts: &PairedCounts) -> f64 {
    (shares(counts).map(|(p, q)| (p - q).abs()).sum::<f64>() / 2.0).min(1.0)
}

/// The largest difference of a bin's shares, and where it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LargestDifference {
    /// max |p − q|, from 0 to 1.
    pub value: f64,
    /// The first bin that differs so much.
    pub bin: usize,
}

/// The largest difference of a bin's shares.
#[must_use]
pub fn largest_difference(counts: &PairedCounts) -> LargestDifference {
    let none = LargestDifference { value: 0.0, bin: 0 };
    shares(counts).map(|(p, q)| (p - q).abs()).enumerate().fold(none, |largest, (bin, value)| {
        if value > largest.value { LargestDifference { value, bin } } else { largest }
    })
}
