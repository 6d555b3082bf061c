//! How many cells match at each lag: a sweep over the ends of all stretches, so that nothing between two points is missed.

use crate::stats::interval::Z_95;
use crate::stats::real;

use super::cells::LagCell;

/// Lags from one to another in nanoseconds, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    pub(super) from: i64,
    pub(super) to: i64,
}

impl Stretch {
    /// The lags that both have; `None` where there are none.
    pub(super) fn meet(self, other: Self) -> Option<Self> {
        let both = Self { from: self.from.max(other.from), to: self.to.min(other.to) };
        (both.from <= both.to).then_some(both)
    }

    pub(super) fn length(self) -> f64 {
        seconds(self.to) - seconds(self.from)
    }

    /// The lag in its middle.
    pub(super) fn middle(self) -> i64 {
        self.from.midpoint(self.to)
    }
}

/// A lag in seconds.
#[expect(clippy::cast_precision_loss, reason = "a lag of years is known to less than a microsecond")]
pub(super) fn seconds(nanos: i64) -> f64 {
    nanos as f64 / 1e9
}

/// A stretch over which the same cells match.
#[derive(Clone, Copy, Debug)]
pub(super) struct Level {
    pub(super) lags: Stretch,
    /// Cells that match.
    pub(super) matched: u64,
    /// Those of them that were marked.
    pub(super) marked: u64,
}

/// Whether the cell matches at the lag.
pub(super) fn matches(cell: &LagCell, lag: i64) -> bool {
    let place = cell.matches.partition_point(|stretch| stretch.to < lag);
    cell.matches.get(place).is_some_and(|stretch| stretch.from <= lag)
}

/// The levels of `cells` over the window, ascending and without gaps; `marked` tells which cells are counted apart.
pub(super) fn levels(cells: &[&LagCell], window: Stretch, marked: impl Fn(&LagCell) -> bool) -> Vec<Level> {
    // (lag, change of the number of matching cells, and of those marked)
    let mut ends: Vec<(i64, i64, i64)> = Vec::new();
    for cell in cells {
        let mark = i64::from(marked(cell));
        for stretch in cell.matches.iter().filter_map(|stretch| stretch.meet(window)) {
            ends.push((stretch.from, 1, mark));
            ends.push((stretch.to.saturating_add(1), -1, -mark));
        }
    }
    ends.sort_unstable_by_key(|end| end.0);
    let mut levels = Vec::with_capacity(ends.len() + 1);
    let (mut from, mut matched, mut marked) = (window.from, 0_i64, 0_i64);
    for group in ends.chunk_by(|left, right| left.0 == right.0) {
        let at = group.first().map_or(from, |end| end.0);
        if at > from {
            levels.push(level((from, at - 1), matched, marked));
            from = at;
        }
        matched += group.iter().map(|end| end.1).sum::<i64>();
        marked += group.iter().map(|end| end.2).sum::<i64>();
    }
    if from <= window.to {
        levels.push(level((from, window.to), matched, marked));
    }
    levels
}

fn level((from, to): (i64, i64), matched: i64, marked: i64) -> Level {
    Level { lags: Stretch { from, to }, matched: matched.unsigned_abs(), marked: marked.unsigned_abs() }
}

/// The longest of the levels at which most cells match.
pub(super) fn highest(levels: &[Level]) -> Option<Level> {
    let key = |level: &Level| (level.matched, level.lags.to - level.lags.from);
    levels.iter().copied().max_by_key(key)
}

/// The mean number of matching cells over all lags.
pub(super) fn mean(levels: &[Level]) -> f64 {
    let lags: f64 = levels.iter().map(|level| level.lags.length()).sum();
    let area: f64 = levels.iter().map(|level| real(level.matched) * level.lags.length()).sum();
    if lags > 0.0 { area / lags } else { 0.0 }
}

/// By how many standard errors the share of `peak` of `n` cells lies above what lags have on average.
pub(super) fn prominence(peak: u64, (mean, n): (f64, u64)) -> f64 {
    let (peak, n) = (real(peak), real(n));
    let spread = (mean * (n - mean) / n.max(1.0)).sqrt();
    if spread > 0.0 {
        (peak - mean) / spread
    } else if peak > mean {
        f64::INFINITY
    } else {
        0.0
    }
}

/// From the first to the last lag at which not significantly fewer cells match than at the peak (McNemar's test, one cell
/// matching at one of two lags only being as likely to do so at either). The levels count the peak's cells as marked.
pub(super) fn indistinguishable(levels: &[Level], peak: &Level) -> Stretch {
    let close = |level: &&Level| {
        let lost = real(peak.matched.saturating_sub(level.marked));
        let won = real(level.matched.saturating_sub(level.marked));
        lost - won <= Z_95 * (lost + won).sqrt()
    };
    let from = levels.iter().find(close).map_or(peak.lags.from, |level| level.lags.from);
    let to = levels.iter().rev().find(close).map_or(peak.lags.to, |level| level.lags.to);
    Stretch { from: from.min(peak.lags.from), to: to.max(peak.lags.to) }
}
