//! One numeric column by itself: mean, spread, extremes, quantiles.

use super::moments::Moments;
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
    /// Standard deviation, divided by n − 1; `None` with a single value.
    pub std_sample: Option<f64>,
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
        Self::with(column, &Moments::of(column.values()))
    }

    /// The figures of a column whose moments are known; `None` without a valid value.
    #[must_use]
    pub fn with(column: &Cleaned, moments: &Moments) -> Option<Self> {
        let values = column.values();
        let (min, max) = (*values.first()?, *values.last()?);
        let mut quantiles = [0.0; 9];
        for (quantile, share) in quantiles.iter_mut().zip(SHARES) {
            *quantile = quantile::of_sorted(values, share)?;
        }
        let below = values.partition_point(|value| *value < 0.0);
        let zeros = (values.partition_point(|value| *value <= 0.0) - below) as u64;
        Some(Self {
            mean: moments.mean()?,
            std_pop: moments.std_pop()?,
            std_sample: moments.std_sample(),
            min,
            max,
            zeros,
            quantiles,
        })
    }
}
