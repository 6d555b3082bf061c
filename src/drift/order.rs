//! What a pass over ascending runs of values finds on its way: quantiles, extremes, how many values differ.

use crate::stats::quantile::Place;
use crate::stats::summary::SHARES;

/// The shares at which the reference is cut into ten.
const TENTHS: [f64; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

/// The next values of one side.
#[derive(Clone, Copy, Debug)]
pub(super) enum Run<'a> {
    /// Values in ascending order.
    Sorted(&'a [f64]),
    /// One value, so many times.
    Equal {
        /// The value.
        value: f64,
        /// How many times.
        count: u64,
    },
    /// So many values that were not read.
    Unseen {
        /// How many.
        count: u64,
    },
}

impl Run<'_> {
    const fn count(self) -> u64 {
        match self {
            Self::Sorted(values) => values.len() as u64,
            Self::Equal { count, .. } | Self::Unseen { count } => count,
        }
    }

    fn nth(self, position: u64) -> Option<f64> {
        match self {
            Self::Sorted(values) => values.get(usize::try_from(position).ok()?).copied(),
            Self::Equal { value, count } => (position < count).then_some(value),
            Self::Unseen { .. } => None,
        }
    }

    fn distinct(self) -> Option<u64> {
        match self {
            Self::Sorted(values) => Some(values.chunk_by(|a, b| a == b).count() as u64),
            Self::Equal { count, .. } => Some(u64::from(count > 0)),
            Self::Unseen { count } => (count == 0).then_some(0),
        }
    }
}

/// Values of one side at chosen places of its order.
#[derive(Clone, Debug)]
pub(super) struct Order {
    passed: u64,
    n: u64,
    places: Vec<Place>,
    tenths: Vec<Place>,
    /// The values at the places and right after them, as they are found.
    found: Vec<(u64, f64)>,
    wanted: Vec<u64>,
    distinct: Option<u64>,
}

impl Order {
    /// Of the reference, which has `n` values; the deciles are among its places.
    pub(super) fn of_reference(n: u64) -> Self {
        Self::new(n, &TENTHS)
    }

    /// Of the current side, which has `n` values.
    pub(super) fn of_current(n: u64) -> Self {
        Self::new(n, &[])
    }

    fn new(n: u64, tenths: &[f64]) -> Self {
        let of = |shares: &[f64]| -> Vec<Place> { shares.iter().filter_map(|share| Place::of(n, *share)).collect() };
        let (places, tenths) = (of(&SHARES), of(tenths));
        let last = n.saturating_sub(1);
        let neighbours = |place: &Place| [place.below, (place.below + 1).min(last)];
        let mut wanted: Vec<u64> = places.iter().chain(&tenths).flat_map(neighbours).chain([0, last]).collect();
        wanted.sort_unstable();
        wanted.dedup();
        if n == 0 {
            wanted.clear();
        }
        Self { passed: 0, n, places, tenths, found: Vec::new(), wanted, distinct: Some(0) }
    }

    /// Whether one of the next `count` values is at a place.
    pub(super) fn wants(&self, count: u64) -> bool {
        let next = self.wanted.partition_point(|place| *place < self.passed);
        self.wanted.get(next).is_some_and(|place| *place < self.passed + count)
    }

    /// Takes in the next values.
    pub(super) fn pass(&mut self, run: Run<'_>) {
        let next = self.wanted.partition_point(|place| *place < self.passed);
        for place in self.wanted.iter().skip(next).take_while(|place| **place < self.passed + run.count()) {
            self.found.extend(run.nth(*place - self.passed).map(|value| (*place, value)));
        }
        self.distinct = self.distinct.zip(run.distinct()).map(|(known, more)| known + more);
        self.passed += run.count();
    }

    fn at(&self, position: u64) -> Option<f64> {
        let found = self.found.binary_search_by_key(&position, |(place, _)| *place).ok()?;
        self.found.get(found).map(|(_, value)| *value)
    }

    fn quantile(&self, place: Place) -> Option<f64> {
        let above = (place.below + 1).min(self.n.saturating_sub(1));
        Some(place.between(self.at(place.below)?, self.at(above)?))
    }

    /// The quantiles at [`SHARES`]; `None` without a value.
    pub(super) fn quantiles(&self) -> Option<[f64; 9]> {
        let found: Vec<f64> = self.places.iter().map(|place| self.quantile(*place)).collect::<Option<_>>()?;
        found.try_into().ok()
    }

    /// The inner edges of ten parts with equally many values, ascending, equal ones once; those of the reference only.
    pub(super) fn deciles(&self) -> Option<Vec<f64>> {
        let mut edges: Vec<f64> = self.tenths.iter().map(|place| self.quantile(*place)).collect::<Option<_>>()?;
        edges.dedup();
        Some(edges)
    }

    /// The smallest and the largest value; `None` without a value.
    pub(super) fn extent(&self) -> Option<(f64, f64)> {
        Some((self.at(0)?, self.at(self.n.checked_sub(1)?)?))
    }

    /// How many different values there are; `None` if some were not seen.
    pub(super) const fn distinct(&self) -> Option<u64> {
        self.distinct
    }
}
