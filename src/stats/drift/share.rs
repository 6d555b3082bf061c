//! The checks of shares: rows without a value, keys that are new, numbers out of range.
//!
//! The interval is Newcombe's. The p-value is not its inversion: score intervals are far too short where few rows are
//! expected (5 of 50 rows against 1 % of many would have p = 1e-10 and happens in one of 6,000 draws), so it is the melded
//! one, which is exact there and the same with many rows.

use super::column::{Column, add_needed};
use super::design::DesignEffect;
use super::digest::{Distances, Labels};
use crate::model::measurement::{DriftMeasurement, DriftReason};
use crate::stats::interval::{self, Difference, Interval, Share, Z_95};
use crate::stats::melded::p_not_above;
use crate::stats::real;

/// What a standard normal draw exceeds in 5 % and in 10 % of cases.
const Z_5_PERCENT: f64 = 1.644_853_626_951_472_7;
const Z_10_PERCENT: f64 = 1.281_551_565_544_600_4;

/// Which moves of a share count.
#[derive(Clone, Copy)]
enum Direction {
    /// Any; the effect is its size.
    Either,
    /// Upwards; a fall has effect 0.
    Up,
}

/// What larger samples without drift would hold.
#[derive(Clone, Copy)]
enum Expected {
    /// This share of their rows, however many.
    Share(f64),
    /// As many as lie beyond the extremes of a reference of any size, which are two values however large it is.
    Count(f64),
}

impl Expected {
    fn share(self, reference_n: u64) -> f64 {
        match self {
            Self::Share(share) => share,
            Self::Count(count) => count / real(reference_n),
        }
    }

    /// How many standard errors off nine of ten samples stay at most: a few counts lie further above their mean than a
    /// normal draw.
    const fn reach(self, direction: Direction) -> f64 {
        match (self, direction) {
            (Self::Share(_), Direction::Up) => Z_10_PERCENT,
            (Self::Share(_), Direction::Either) | (Self::Count(_), _) => Z_5_PERCENT,
        }
    }
}

/// The check of rows without a value: nulls, NaNs and infinities.
///
/// Distance: current share − reference share; effect: its size.
pub(super) fn missing(column: &Column<'_>, design: DesignEffect) -> DriftMeasurement {
    let mut measured = column.blank();
    let (ours, theirs) = (column.pair.reference.counts, column.pair.current.counts);
    (measured.reference_n, measured.current_n) = (ours.rows, theirs.rows);
    let sides = (
        Share::new(ours.rows - ours.valid(), ours.rows).map(|share| share.thinned(design.reference)),
        Share::new(theirs.rows - theirs.valid(), theirs.rows).map(|share| share.thinned(design.current)),
    );
    let (Some(reference), Some(current)) = sides else {
        measured.reason = Some(DriftReason::Empty);
        return measured;
    };
    measured.distance = Some(current.value() - reference.value());
    measured.noise_floor = Some(Z_95 * standard_error(reference, current));
    let expected = Expected::Share(pooled(reference, current));
    judge(&mut measured, (reference, current), Direction::Either, expected);
    measured
}

/// The check of keys that the reference does not have, or of numbers outside its range.
///
/// Distance: their share of the current values. Effect: what it has beyond the share of the reference's own values that
/// would be as new if left out one at a time: for keys Good and Turing's estimate (Good 1953, The population frequencies of
/// species) f₁ ÷ n, whose mean squared error is (f₁ + 2·f₂) ÷ n², fᵢ the number of keys that occur i times.
pub(super) fn novel(column: &Column<'_>, distances: &Distances, design: DesignEffect) -> DriftMeasurement {
    let mut measured = column.blank();
    let novelty = distances.novelty;
    let spread = 1.0 + 2.0 * real(pairs(distances)) / (real(novelty.reference) + 1.0);
    let sides = (
        Share::new(novelty.reference, measured.reference_n).map(|share| share.thinned(design.reference * spread)),
        Share::new(novelty.current, measured.current_n).map(|share| share.thinned(design.current)),
    );
    let (Some(reference), Some(current)) = sides else {
        measured.reason = Some(DriftReason::Empty);
        return measured;
    };
    measured.distance = Some(current.value());
    measured.noise_floor = Some((reference.value() + Z_5_PERCENT * standard_error(reference, current)).min(1.0));
    let expected = match distances.labels {
        Labels::Keys(_) => Expected::Share(pooled(reference, current)),
        Labels::Edges(_) | Labels::Levels(_) => {
            Expected::Count(real(novelty.reference).max(pooled(reference, current) * real(measured.reference_n)))
        }
    };
    judge(&mut measured, (reference, current), Direction::Up, expected);
    measured
}

/// f₂: keys that the reference has twice. Numbers have two extremes, of which this says nothing: 0.
fn pairs(distances: &Distances) -> u64 {
    let occurring =
        |times: u64| distances.bins.bins().iter().filter(|(reference, _)| *reference == times).count() as u64;
    match distances.labels {
        Labels::Edges(_) | Labels::Levels(_) => 0,
        // A profile that does not hold every key does not know; half of the keys that occur once is usual.
        Labels::Keys(_) if occurring(1) < distances.novelty.reference => distances.novelty.reference.div_ceil(2),
        Labels::Keys(_) => occurring(2),
    }
}

fn judge(
    measured: &mut DriftMeasurement,
    (reference, current): (Share, Share),
    direction: Direction,
    expected: Expected,
) {
    let moved = direction.difference(reference, current);
    let (lower, upper) = direction.ends(&moved);
    measured.effect = Some(direction.effect(moved.value));
    measured.lower = Some(lower);
    measured.upper = Some(upper);
    let p = |threshold| direction.p_value((reference, current), threshold);
    measured.p_equal = Some(p(0.0));
    if let Some(threshold) = measured.threshold {
        measured.p_value = Some(p(threshold));
        let (n, m) = (real(measured.reference_n), real(measured.current_n));
        let thinning = (n / reference.whole(), m / current.whole());
        add_needed(measured, |n, m| {
            let sizes = (real(n) / thinning.0, real(m) / thinning.1);
            let reach = expected.reach(direction);
            direction
                .largest_without_drift((expected.share(n), reach), sizes)
                .is_some_and(|largest| largest <= threshold)
        });
    }
}

impl Direction {
    /// The difference with its interval.
    fn difference(self, reference: Share, current: Share) -> Difference {
        let (p, ours) = (reference.value(), reference.wilson());
        let lower = match self {
            Self::Either => ours.lower,
            // Of the values that are new by chance there may be none at all although some occur once, as Wilson's interval
            // of a share excludes: the plain one, which reaches down to 0 there.
            Self::Up => (p - Z_95 * reference.part().sqrt() / reference.whole()).max(0.0),
        };
        interval::difference((p, Interval { lower, ..ours }), (current.value(), current.wilson()))
    }

    fn effect(self, moved: f64) -> f64 {
        match self {
            Self::Either => moved.abs(),
            Self::Up => moved.max(0.0),
        }
    }

    /// The interval of the effect.
    fn ends(self, moved: &Difference) -> (f64, f64) {
        let (nearest, farthest) = match self {
            Self::Either => (moved.lower.max(-moved.upper), moved.upper.max(-moved.lower)),
            Self::Up => (moved.lower, moved.upper),
        };
        (nearest.clamp(0.0, 1.0), farthest.clamp(0.0, 1.0))
    }

    /// Probability of a move at least as far as seen, if the true one is no larger than the threshold.
    fn p_value(self, (reference, current): (Share, Share), threshold: f64) -> f64 {
        let p = match self {
            Self::Up => p_not_above(reference, current, threshold),
            // Beyond the limit on the side seen, or as far on the other: at threshold 0 both are the same.
            Self::Either => {
                let rises = current.value() >= reference.value();
                let (low, high) = if rises { (reference, current) } else { (current, reference) };
                p_not_above(low, high, threshold) + p_not_above(low, high, -threshold)
            }
        };
        p.min(1.0)
    }

    /// The upper end of the interval that nine of ten samples of these sizes stay below, if both sides have this share.
    fn largest_without_drift(self, (share, reach): (f64, f64), (n, m): (f64, f64)) -> Option<f64> {
        let reference = Share::expected(share, n)?;
        let error = reach * (share * (1.0 - share) * (1.0 / n + 1.0 / m)).sqrt();
        let of = |current: f64| Some(self.ends(&self.difference(reference, Share::expected(current, m)?)).1);
        let above = of(share + error)?;
        match self {
            Self::Either => Some(above.max(of(share - error)?)),
            Self::Up => Some(above),
        }
    }
}

fn pooled(reference: Share, current: Share) -> f64 {
    (reference.part() + current.part()) / (reference.whole() + current.whole())
}

fn standard_error(reference: Share, current: Share) -> f64 {
    let pooled = pooled(reference, current);
    (pooled * (1.0 - pooled) * (1.0 / reference.whole() + 1.0 / current.whole())).sqrt()
}
