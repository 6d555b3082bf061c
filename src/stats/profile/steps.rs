//! Gaps between two distribution functions of which not every value is known.
//!
//! A side is known exactly at ascending points. Between two of them it is either flat, when the points are all its values,
//! or it rises somewhere: then its values there are bounds, and a straight line is the estimate.

use std::iter::Peekable;

use crate::stats::ecdf::Gaps;
use crate::stats::ks::Ks;
use crate::stats::real;
use crate::stats::sum::Sum;

/// What lies between the points at which a distribution function is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Between {
    /// No value: the points are all values.
    Nothing,
    /// Values whose places are not known.
    Values,
}

/// A distribution function as counts of values up to ascending points; the last point counts all.
pub(super) struct Steps<'a> {
    points: Peekable<Box<dyn Iterator<Item = (f64, u64)> + 'a>>,
    between: Between,
    total: f64,
    passed: Option<f64>,
    count: u64,
}

impl<'a> Steps<'a> {
    /// A function of `total` values, which is at least 1.
    pub(super) fn new(points: Box<dyn Iterator<Item = (f64, u64)> + 'a>, between: Between, total: u64) -> Self {
        Self { points: points.peekable(), between, total: real(total), passed: None, count: 0 }
    }

    fn next_point(&mut self) -> Option<f64> {
        self.points.peek().map(|(point, _)| *point)
    }

    fn pass(&mut self, point: f64) {
        if let Some((_, count)) = self.points.next_if(|(next, _)| *next == point) {
            self.passed = Some(point);
            self.count = count;
        }
    }

    /// Least and greatest share beyond the last point and before the next.
    fn bounds(&mut self) -> (f64, f64) {
        let here = real(self.count) / self.total;
        match (self.between, self.points.peek()) {
            (Between::Values, Some((_, next))) => (here, real(*next) / self.total),
            (Between::Nothing, _) | (Between::Values, None) => (here, here),
        }
    }

    /// Least and greatest share at `point`, the last one that was passed by either side.
    fn bounds_at(&mut self, point: f64) -> (f64, f64) {
        let here = real(self.count) / self.total;
        if self.passed == Some(point) { (here, here) } else { self.bounds() }
    }

    /// The likely share just before `point`, which is not beyond the next one, or at a point just passed.
    fn likely(&mut self, point: f64) -> f64 {
        let here = real(self.count);
        let rise = match (self.between, self.passed, self.points.peek()) {
            (Between::Values, Some(from), Some((to, next))) => {
                // Halves, because a range may be wider than the greatest double.
                (real(*next) - here) * ((point / 2.0 - from / 2.0) / (to / 2.0 - from / 2.0)).clamp(0.0, 1.0)
            }
            (Between::Nothing, ..) | (Between::Values, ..) => 0.0,
        };
        (here + rise) / self.total
    }
}

/// How far two functions lie apart: the distance is at least `ks.statistic` and at most that plus `ks_slack`.
///
/// When both sides have [`Between::Nothing`] the slack is 0 and all figures are exact; else the distance of Wasserstein is an
/// estimate and the integral of squares does not exist.
pub(super) fn gaps(mut reference: Steps<'_>, mut current: Steps<'_>) -> Gaps {
    let effective_n = reference.total * current.total / (reference.total + current.total);
    let whole = (reference.between, current.between) == (Between::Nothing, Between::Nothing);
    let mut found = Found::default();
    let mut before: Option<f64> = None;
    while let Some(point) = earlier(reference.next_point(), current.next_point()) {
        if let Some(before) = before {
            let start = reference.likely(before) - current.likely(before);
            let end = reference.likely(point) - current.likely(point);
            found.add_area((start, end), (point - before).min(f64::MAX));
            if before.next_up() < point {
                found.widen(reference.bounds(), current.bounds());
            }
        }
        reference.pass(point);
        current.pass(point);
        found.add_point(point, reference.bounds_at(point), current.bounds_at(point));
        before = Some(point);
    }
    let statistic = found.d_plus.max(found.d_minus);
    Gaps {
        ks: Ks {
            d_plus: found.d_plus,
            d_minus: found.d_minus,
            statistic,
            location: found.location.unwrap_or_default(),
            effective_n,
        },
        ks_slack: (found.most - statistic).max(0.0),
        wasserstein: found.area.value().min(f64::MAX),
        squared: whole.then(|| found.squared.value().min(f64::MAX)),
    }
}

#[derive(Default)]
struct Found {
    d_plus: f64,
    d_minus: f64,
    most: f64,
    location: Option<f64>,
    area: Sum,
    squared: Sum,
}

impl Found {
    fn add_point(&mut self, point: f64, reference: (f64, f64), current: (f64, f64)) {
        let (above, below) = (reference.0 - current.1, current.0 - reference.1);
        if self.location.is_none() || above.max(below) > self.d_plus.max(self.d_minus) {
            self.location = Some(point);
        }
        self.d_plus = self.d_plus.max(above);
        self.d_minus = self.d_minus.max(below);
        self.widen(reference, current);
    }

    fn widen(&mut self, reference: (f64, f64), current: (f64, f64)) {
        self.most = self.most.max(reference.1 - current.0).max(current.1 - reference.0);
    }

    /// Takes in the areas below |d| and d², d a straight line.
    fn add_area(&mut self, (start, end): (f64, f64), width: f64) {
        let sizes = start.abs() + end.abs();
        if sizes == 0.0 {
            return;
        }
        let mean = if start * end < 0.0 { (start * start + end * end) / (2.0 * sizes) } else { sizes / 2.0 };
        self.area.add(mean * width);
        self.squared.add((start * start + start * end + end * end) / 3.0 * width);
    }
}

fn earlier(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
