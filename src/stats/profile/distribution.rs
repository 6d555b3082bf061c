//! The values of one side of a pair, as far as they are known.

use super::steps::{Between, Steps};
use crate::stats::quantile;
use crate::stats::real;
use crate::stats::summary::SHARES;

/// Valid values, ascending, in one of three degrees of knowledge.
pub(super) enum Distribution<'a> {
    /// Each one.
    Values(&'a [f64]),
    /// The different ones with their counts.
    Levels(&'a [(f64, u64)]),
    /// Ascending points with the counts of values up to there; the last counts all.
    Bins(Vec<(f64, u64)>),
}

/// A count, and whether it is one or an estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Count {
    /// Counted.
    Exact(u64),
    /// Estimated by a straight line between two counts.
    Estimate(u64),
}

impl Count {
    /// The number.
    pub(super) const fn number(self) -> u64 {
        match self {
            Self::Exact(number) | Self::Estimate(number) => number,
        }
    }
}

impl Distribution<'_> {
    /// The distribution function; `None` without a value.
    pub(super) fn steps(&self) -> Option<Steps<'_>> {
        match self {
            Self::Values([]) | Self::Levels([]) => None,
            Self::Values(values) => {
                let mut sum = 0;
                let points = values.chunk_by(|a, b| a == b).filter_map(move |run| {
                    sum += run.len() as u64;
                    run.first().map(|value| (*value, sum))
                });
                Some(Steps::new(Box::new(points), Between::Nothing, values.len() as u64))
            }
            Self::Levels(levels) => {
                let mut sum = 0;
                let points = levels.iter().map(move |(level, count)| {
                    sum += count;
                    (*level, sum)
                });
                let n = levels.iter().map(|(_, count)| count).sum();
                Some(Steps::new(Box::new(points), Between::Nothing, n))
            }
            Self::Bins(points) => {
                let (_, n) = points.last().filter(|(_, n)| *n > 0)?;
                Some(Steps::new(Box::new(points.iter().copied()), Between::Values, *n))
            }
        }
    }

    /// How many values are at most `point`.
    pub(super) fn up_to(&self, point: f64) -> Count {
        match self {
            Self::Values(values) => Count::Exact(values.partition_point(|value| *value <= point) as u64),
            Self::Levels(levels) => {
                Count::Exact(levels.iter().take_while(|(level, _)| *level <= point).map(|(_, count)| count).sum())
            }
            Self::Bins(points) => {
                let place = points.partition_point(|(known, _)| *known <= point);
                let before = place.checked_sub(1).and_then(|last| points.get(last));
                match (before, points.get(place)) {
                    (None, _) => Count::Exact(0),
                    (Some((_, count)), None) => Count::Exact(*count),
                    (Some((from, count)), Some((_, next))) if *from == point || count == next => Count::Exact(*count),
                    (Some(from), Some(to)) => Count::Estimate(between(*from, *to, point)),
                }
            }
        }
    }

    /// The number of different values, where it is known and at most `most`.
    pub(super) fn levels(&self, most: usize) -> Option<Vec<(f64, u64)>> {
        let levels: Vec<(f64, u64)> = match self {
            Self::Values(values) => {
                let runs = values.chunk_by(|a, b| a == b).take(most.saturating_add(1));
                runs.filter_map(|run| Some((*run.first()?, run.len() as u64))).collect()
            }
            Self::Levels(levels) => levels.to_vec(),
            Self::Bins(_) => return None,
        };
        (levels.len() <= most).then_some(levels)
    }

    /// The quantiles at [`SHARES`]: exact from values and levels, within one bin from bins.
    pub(super) fn quantiles(&self, (min, max): (f64, f64)) -> [f64; 9] {
        SHARES.map(|share| match self {
            Self::Values(values) => quantile::of_sorted(values, share).unwrap_or(min),
            Self::Levels(levels) => of_levels(levels, share).unwrap_or(min),
            Self::Bins(points) => of_points(points, share).unwrap_or(min).clamp(min, max),
        })
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "lies between two counts")]
fn between((from, before): (f64, u64), (to, after): (f64, u64), point: f64) -> u64 {
    let way = ((point / 2.0 - from / 2.0) / (to / 2.0 - from / 2.0)).clamp(0.0, 1.0);
    before + (real(after - before) * way).round() as u64
}

/// Type 7 of Hyndman & Fan, as [`quantile::of_sorted`] on each value.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "lies between 0 and the number of values")]
fn of_levels(levels: &[(f64, u64)], share: f64) -> Option<f64> {
    let n: u64 = levels.iter().map(|(_, count)| count).sum();
    let h = real(n.checked_sub(1)?) * share;
    let at = |rank: u64| {
        let mut passed = 0;
        levels.iter().find(|(_, count)| {
            passed += count;
            passed > rank
        })
    };
    let below = h.floor() as u64;
    let (a, _) = at(below)?;
    let b = at(below + 1).map_or(*a, |(b, _)| *b);
    quantile::of_sorted(&[*a, b], h - h.floor())
}

fn of_points(points: &[(f64, u64)], share: f64) -> Option<f64> {
    let (_, n) = points.last()?;
    let rank = real(n.checked_sub(1)?) * share + 0.5;
    let place = points.partition_point(|(_, count)| real(*count) < rank);
    let (to, after) = points.get(place).or(points.last())?;
    let Some((from, before)) = place.checked_sub(1).and_then(|last| points.get(last)) else { return Some(*to) };
    let way = (rank - real(*before)) / real((after - before).max(1));
    Some(from + (to / 2.0 - from / 2.0) * 2.0 * way.clamp(0.0, 1.0))
}
