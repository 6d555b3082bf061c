//! Counts of rows and of what is not a value in them.

use super::interval::{self, Difference};
use super::{law, real};
use crate::model::ratio::Ratio;

/// Rows of a column by what they hold: nulls, NaNs, infinities, values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RowCounts {
    /// All rows.
    pub rows: u64,
    /// Rows without a value.
    pub nulls: u64,
    /// Rows with a NaN, which is not a null.
    pub nans: u64,
    /// Rows with +∞.
    pub pos_inf: u64,
    /// Rows with −∞.
    pub neg_inf: u64,
}

impl RowCounts {
    /// Rows with a value that enters distributions.
    #[must_use]
    pub const fn valid(&self) -> u64 {
        self.rows - self.nulls - self.nans - self.pos_inf - self.neg_inf
    }

    /// Share of rows without a value; `None` without rows.
    #[must_use]
    pub fn null_rate(&self) -> Option<Ratio> {
        Ratio::of(self.nulls, self.rows)
    }

    /// Share of rows with a NaN; `None` without rows.
    #[must_use]
    pub fn nan_rate(&self) -> Option<Ratio> {
        Ratio::of(self.nans, self.rows)
    }

    /// Share of rows with an infinity of either sign; `None` without rows.
    #[must_use]
    pub fn infinity_rate(&self) -> Option<Ratio> {
        Ratio::of(self.pos_inf + self.neg_inf, self.rows)
    }

    /// Share of rows with a null or a NaN; `None` without rows.
    #[must_use]
    pub fn missing_rate(&self) -> Option<Ratio> {
        Ratio::of(self.nulls + self.nans, self.rows)
    }

    /// Share of rows with no value that enters distributions: nulls, NaNs, infinities; `None` without rows.
    #[must_use]
    pub fn invalid_rate(&self) -> Option<Ratio> {
        Ratio::of(self.rows - self.valid(), self.rows)
    }

    /// The counts of both.
    #[must_use]
    pub const fn merge(self, other: Self) -> Self {
        Self {
            rows: self.rows + other.rows,
            nulls: self.nulls + other.nulls,
            nans: self.nans + other.nans,
            pos_inf: self.pos_inf + other.pos_inf,
            neg_inf: self.neg_inf + other.neg_inf,
        }
    }
}

/// A share on both sides, how far it moved, and whether chance can explain that.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ShareTest {
    /// The reference's share, from 0 to 1.
    pub reference: f64,
    /// The current share, from 0 to 1.
    pub current: f64,
    /// The move with its interval.
    pub difference: Difference,
    /// The move in units of its standard error without a difference; 0 where that error is 0.
    pub z: f64,
    /// Probability of a |z| at least this large without a difference.
    pub p_equal: f64,
}

/// Tests two shares, each given as (part, whole), by the pooled z test; `None` when a whole is nothing or smaller than its
/// part.
#[must_use]
pub fn share_test(reference: (u64, u64), current: (u64, u64)) -> Option<ShareTest> {
    let difference = interval::newcombe(reference, current)?;
    let (n, m) = (real(reference.1), real(current.1));
    let pooled = real(reference.0 + current.0) / (n + m);
    let error = (pooled * (1.0 - pooled) * (1.0 / n + 1.0 / m)).sqrt();
    let z = if error > 0.0 { difference.value / error } else { 0.0 };
    Some(ShareTest {
        reference: real(reference.0) / n,
        current: real(current.0) / m,
        difference,
        z,
        p_equal: law::normal_two_sided(z),
    })
}

/// Tests the shares of rows with a null.
#[must_use]
pub fn null_test(reference: RowCounts, current: RowCounts) -> Option<ShareTest> {
    share_test((reference.nulls, reference.rows), (current.nulls, current.rows))
}

/// Tests the shares of rows with a null or a NaN.
#[must_use]
pub fn missing_test(reference: RowCounts, current: RowCounts) -> Option<ShareTest> {
    share_test((reference.nulls + reference.nans, reference.rows), (current.nulls + current.nans, current.rows))
}
