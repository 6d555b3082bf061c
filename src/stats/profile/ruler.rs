//! The bins of a reference, fixed once and used for every window.

use crate::stats::quantile;
use crate::stats::sample::Cleaned;

/// Quantiles that are edges, beside the extremes.
const QUANTILES: u32 = 1000;

/// Inner edges of half-open ranges (−∞, e₁], (e₁, e₂], …, (eₖ, ∞), ascending and all different.
///
/// They are the quantiles of a reference at 0.001 to 0.999, its greatest value and the number just below its least one, so
/// that what lies outside of its range has bins of its own. A value that takes up several quantiles has a bin to itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ruler {
    edges: Vec<f64>,
    deciles: Vec<f64>,
}

impl Ruler {
    /// The ruler of a reference; a single bin when it has no value.
    #[must_use]
    pub fn of(reference: &Cleaned) -> Self {
        let values = reference.values();
        let (Some(min), Some(max)) = (values.first(), values.last()) else { return Self::default() };
        let mut ruler = Self::default();
        ruler.push(min.next_down());
        for thousandth in 1..QUANTILES {
            let Some(edge) = quantile::of_sorted(values, f64::from(thousandth) / f64::from(QUANTILES)) else {
                continue;
            };
            if ruler.edges.last() == Some(&edge) && ruler.edges.iter().rev().nth(1) != Some(&edge.next_down()) {
                let place = ruler.edges.len() - 1;
                if edge.next_down().is_finite() {
                    ruler.edges.insert(place, edge.next_down());
                }
            }
            ruler.push(edge);
            if thousandth % (QUANTILES / 10) == 0 && ruler.deciles.last() != Some(&edge) {
                ruler.deciles.push(edge);
            }
        }
        ruler.push(*max);
        ruler
    }

    /// A ruler that was made elsewhere; `None` when its edges do not ascend, are not finite or lack a decile.
    #[must_use]
    pub fn new(edges: Vec<f64>, deciles: Vec<f64>) -> Option<Self> {
        let ascends = |numbers: &[f64]| {
            numbers.iter().all(|number| number.is_finite()) && numbers.windows(2).all(|pair| pair.first() < pair.last())
        };
        let has = |decile: &f64| edges.binary_search_by(|edge| edge.total_cmp(decile)).is_ok();
        (ascends(&edges) && ascends(&deciles) && deciles.len() <= 9 && deciles.iter().all(has))
            .then_some(Self { edges, deciles })
    }

    /// The inner edges, ascending; one fewer than there are bins.
    #[must_use]
    pub fn edges(&self) -> &[f64] {
        &self.edges
    }

    /// The edges on which the index is computed: the reference's deciles, equal ones once.
    #[must_use]
    pub fn deciles(&self) -> &[f64] {
        &self.deciles
    }

    /// How many of the values, which ascend, fall into each bin.
    #[must_use]
    pub fn count(&self, values: &[f64]) -> Vec<u64> {
        let mut counts = Vec::with_capacity(self.edges.len() + 1);
        let mut start = 0;
        for edge in &self.edges {
            let rest = values.get(start..).unwrap_or_default();
            let inside = rest.partition_point(|value| value <= edge);
            counts.push(inside as u64);
            start += inside;
        }
        counts.push((values.len() - start) as u64);
        counts
    }

    fn push(&mut self, edge: f64) {
        if edge.is_finite() && self.edges.last().is_none_or(|last| *last < edge) {
            self.edges.push(edge);
        }
    }
}
