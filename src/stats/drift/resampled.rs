//! Checks by other distances between shares of bins: Jensen and Shannon's, total variation, Cramér's V.
//!
//! Their interval is the basic bootstrap one (Davison & Hinkley 1997, Bootstrap methods and their application, section 5.2):
//! both sides are drawn anew from their own shares, and what a draw adds to the distance is taken off again. There is no
//! p-value; the whole interval must lie beyond the limit.

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use xxhash_rust::xxh3::Xxh3;

use super::column::{Column, add_needed};
use super::digest::Distances;
use super::merged::Merged;
use crate::model::measurement::DriftMeasurement;
use crate::stats::bins::{BinCounts, PairedCounts};
use crate::stats::interval::SHARE_BEYOND_95;
use crate::stats::{contingency, divergence, multinomial, quantile, real};

/// Draws of both sides.
const DRAWS: u32 = 1000;

/// Bins that are drawn; the rest is one of them.
const MOST_BINS: usize = 100;

/// A distance between shares of bins.
#[derive(Clone, Copy)]
pub(super) enum Distance {
    JensenShannon,
    TotalVariation,
    CramersV,
}

impl Distance {
    fn of(self, counts: &PairedCounts) -> f64 {
        match self {
            Self::JensenShannon => divergence::jensen_shannon_distance(counts),
            Self::TotalVariation => divergence::total_variation(counts),
            Self::CramersV => contingency::of(counts).cramers_v,
        }
    }

    /// What is seen of a distance that all values share alike, when only `visible` of them are: total variation adds up
    /// over values, of the others the squares do.
    fn seen_of(self, visible: f64) -> f64 {
        match self {
            Self::TotalVariation => visible,
            Self::JensenShannon | Self::CramersV => visible.sqrt(),
        }
    }
}

/// The check of one distance.
///
/// The effect is the distance over merged bins less what the draws have more than it on average.
pub(super) fn measure(column: &Column<'_>, distances: &Distances, distance: Distance) -> Option<DriftMeasurement> {
    let merged = Merged::keeping(distances, MOST_BINS)?;
    let mut measured = column.blank();
    measured.distance = Some(distance.of(&distances.bins));
    measured.p_equal = column.p_equal(distances, &merged);
    if merged.single {
        (measured.effect, measured.lower, measured.upper) = (Some(0.0), Some(0.0), Some(0.0));
        return Some(measured);
    }
    if merged.bins() < 2 {
        add_needed(&mut measured, |n, m| merged.fills(n, m));
        return Some(measured);
    }
    let seen = distance.of(&merged.counts);
    let mut draws = drawn(&merged, distance)?;
    draws.sort_unstable_by(f64::total_cmp);
    let mean = draws.iter().sum::<f64>() / real(draws.len() as u64);
    let away_from = |drawn: f64| (2.0 * seen - drawn).clamp(0.0, 1.0);
    measured.effect = Some(away_from(mean));
    measured.lower = quantile::of_sorted(&draws, 1.0 - SHARE_BEYOND_95).map(away_from);
    let unseen = |upper: f64| (upper / distance.seen_of(merged.visible)).min(1.0);
    measured.upper = quantile::of_sorted(&draws, SHARE_BEYOND_95).map(away_from).map(unseen);
    Some(measured)
}

/// The distance of every draw; the same counts give the same draws.
fn drawn(merged: &Merged, distance: Distance) -> Option<Vec<f64>> {
    let mut hash = Xxh3::new();
    for (reference, current) in merged.counts.bins() {
        hash.update(&reference.to_le_bytes());
        hash.update(&current.to_le_bytes());
    }
    let mut random = StdRng::seed_from_u64(hash.digest());
    let weights =
        |side: fn(&(u64, u64)) -> u64| -> Vec<f64> { merged.counts.bins().iter().map(|bin| real(side(bin))).collect() };
    let (ours, theirs) = (weights(|bin| bin.0), weights(|bin| bin.1));
    let n = thinned(merged.counts.reference_n(), merged.design.reference);
    let m = thinned(merged.counts.current_n(), merged.design.current);
    (0..DRAWS)
        .map(|_| {
            let reference = BinCounts::from(multinomial::draw(&mut random, n, &ours));
            let current = BinCounts::from(multinomial::draw(&mut random, m, &theirs));
            PairedCounts::new(&reference, &current).map(|counts| distance.of(&counts))
        })
        .collect()
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between 1 and n, which is a u64")]
fn thinned(n: u64, effect: f64) -> u64 {
    (real(n) / effect).round().max(1.0) as u64
}
