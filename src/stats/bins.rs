//! Bins: where the edges lie, and how many values of each side fall between them.
//!
//! [`BinEdges`] come from the reference and stay; counts of windows over the same edges can be merged and compared.
//! [`PairedCounts`] holds both sides over the same bins, whether these are ranges, levels or categories.

use std::collections::BTreeMap;

use super::categories::Categories;
use super::quantile;
use super::real;
use super::sample::Cleaned;

/// Inner edges of half-open ranges (−∞, e₁], (e₁, e₂], …, (eₖ, ∞), ascending and all different.
#[derive(Clone, Debug, PartialEq)]
pub struct BinEdges(Vec<f64>);

impl BinEdges {
    /// The deciles of the reference, equal ones once: up to ten bins; `None` when the reference has no value.
    #[must_use]
    pub fn deciles(reference: &Cleaned) -> Option<Self> {
        let mut edges: Vec<f64> = (1..=9u32)
            .map(|tenth| quantile::of_sorted(reference.values(), f64::from(tenth) / 10.0))
            .collect::<Option<_>>()?;
        edges.dedup();
        Some(Self(edges))
    }

    /// The inner edges, ascending.
    #[must_use]
    pub fn edges(&self) -> &[f64] {
        &self.0
    }

    /// How many values fall into each bin; one count more than there are edges.
    #[must_use]
    pub fn count(&self, sample: &Cleaned) -> BinCounts {
        let values = sample.values();
        let mut counts = Vec::with_capacity(self.0.len() + 1);
        let mut start = 0;
        for edge in &self.0 {
            let end = values.partition_point(|value| value <= edge).max(start);
            counts.push((end - start) as u64);
            start = end;
        }
        counts.push((values.len() - start) as u64);
        BinCounts(counts)
    }
}

/// Values per bin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BinCounts(Vec<u64>);

impl BinCounts {
    /// The counts, in the order of the bins.
    #[must_use]
    pub fn counts(&self) -> &[u64] {
        &self.0
    }

    /// The counts of both; `None` when they are over different numbers of bins.
    #[must_use]
    pub fn merge(mut self, other: &Self) -> Option<Self> {
        (self.0.len() == other.0.len()).then(|| {
            self.0.iter_mut().zip(&other.0).for_each(|(mine, theirs)| *mine += theirs);
            self
        })
    }
}

impl From<Vec<u64>> for BinCounts {
    fn from(counts: Vec<u64>) -> Self {
        Self(counts)
    }
}

/// Counts of the reference and of the current side over the same bins; neither side is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PairedCounts {
    bins: Vec<(u64, u64)>,
    reference_n: u64,
    current_n: u64,
}

impl PairedCounts {
    /// Pairs counts bin by bin; `None` when a side counts nothing or the numbers of bins differ.
    #[must_use]
    pub fn new(reference: &BinCounts, current: &BinCounts) -> Option<Self> {
        if reference.0.len() != current.0.len() {
            return None;
        }
        Self::of(reference.0.iter().copied().zip(current.0.iter().copied()).collect())
    }

    /// Counts over the deciles of the reference; `None` when a side has no value.
    #[must_use]
    pub fn deciles(reference: &Cleaned, current: &Cleaned) -> Option<Self> {
        let edges = BinEdges::deciles(reference)?;
        Self::new(&edges.count(reference), &edges.count(current))
    }

    /// Counts per different value of either side; `None` when a side has no value.
    #[must_use]
    pub fn levels(reference: &Cleaned, current: &Cleaned) -> Option<Self> {
        let (mut left, mut right) = (reference.values(), current.values());
        let mut bins = Vec::new();
        while let Some(level) = smallest(left.first().copied(), right.first().copied()) {
            let of_reference = left.partition_point(|value| *value <= level);
            let of_current = right.partition_point(|value| *value <= level);
            bins.push((of_reference as u64, of_current as u64));
            left = left.get(of_reference..).unwrap_or_default();
            right = right.get(of_current..).unwrap_or_default();
        }
        Self::of(bins)
    }

    /// Counts per key of either side, in the order of the keys' bytes; `None` when a side has no value.
    #[must_use]
    pub fn categories(reference: &Categories, current: &Categories) -> Option<Self> {
        let mut keys: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
        for (key, count) in reference.iter() {
            keys.entry(key).or_default().0 = count;
        }
        for (key, count) in current.iter() {
            keys.entry(key).or_default().1 = count;
        }
        Self::of(keys.into_values().collect())
    }

    /// Counts (reference, current) per bin; `None` when a side counts nothing.
    #[must_use]
    pub fn of(bins: Vec<(u64, u64)>) -> Option<Self> {
        let reference_n = bins.iter().map(|(reference, _)| reference).sum();
        let current_n = bins.iter().map(|(_, current)| current).sum();
        (reference_n > 0 && current_n > 0).then_some(Self { bins, reference_n, current_n })
    }

    /// Counts (reference, current) per bin.
    #[must_use]
    pub fn bins(&self) -> &[(u64, u64)] {
        &self.bins
    }

    /// Values of the reference.
    #[must_use]
    pub const fn reference_n(&self) -> u64 {
        self.reference_n
    }

    /// Values of the current side.
    #[must_use]
    pub const fn current_n(&self) -> u64 {
        self.current_n
    }

    /// 1 ÷ reference n + 1 ÷ current n: the scale of every distance between samples of these sizes.
    #[must_use]
    pub fn sampling_variance(&self) -> f64 {
        1.0 / real(self.reference_n) + 1.0 / real(self.current_n)
    }
}

fn smallest(a: Option<f64>, b: Option<f64>) -> Option<f64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
