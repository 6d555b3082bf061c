//! A numeric column with its values sorted and everything else counted.

use super::ordered;
use super::rates::RowCounts;

/// How many values are kept in the order of their rows.
pub const LEADING: usize = 300;

/// The finite values of a column in ascending order, and counts of the rows that hold none.
///
/// −0.0 is held as 0.0: the two are one value.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cleaned {
    values: Vec<f64>,
    leading: Vec<f64>,
    counts: RowCounts,
}

impl Cleaned {
    /// Cleans the cells of a column; `None` is a null, NaN and infinities are counted apart.
    #[must_use]
    pub fn new(cells: impl IntoIterator<Item = Option<f64>>) -> Self {
        let mut cleaned = Self::default();
        for cell in cells {
            cleaned.push(cell);
        }
        cleaned.leading = cleaned.values.iter().take(LEADING).copied().collect();
        cleaned.values = ordered::sorted(cleaned.values);
        cleaned
    }

    /// A column that was cleaned and sorted elsewhere, as it is.
    ///
    /// It is trusted that `values` are finite, ascending and without −0.0, that `leading` are the first [`LEADING`] of them
    /// in the order of their rows, or all if there are fewer, and that `counts` has as many valid rows as there are values.
    #[must_use]
    pub const fn of_sorted(values: Vec<f64>, leading: Vec<f64>, counts: RowCounts) -> Self {
        Self { values, leading, counts }
    }

    fn push(&mut self, cell: Option<f64>) {
        self.counts.rows += 1;
        match cell {
            None => self.counts.nulls += 1,
            Some(value) if value.is_nan() => self.counts.nans += 1,
            Some(value) if value == f64::INFINITY => self.counts.pos_inf += 1,
            Some(value) if value == f64::NEG_INFINITY => self.counts.neg_inf += 1,
            Some(value) => self.values.push(value + 0.0),
        }
    }

    /// The finite values, ascending.
    #[must_use]
    pub fn values(&self) -> &[f64] {
        &self.values
    }

    /// The finite values, ascending, for their memory to be used again.
    #[must_use]
    pub fn into_values(self) -> Vec<f64> {
        self.values
    }

    /// The first finite values, at most [`LEADING`], in the order of their rows.
    #[must_use]
    pub fn leading(&self) -> &[f64] {
        &self.leading
    }

    /// Rows by what they hold.
    #[must_use]
    pub const fn counts(&self) -> RowCounts {
        self.counts
    }

    /// How many different values there are.
    #[must_use]
    pub fn distinct(&self) -> usize {
        let rises = self.values.iter().zip(self.values.iter().skip(1)).map(|(a, b)| usize::from(a != b));
        rises.sum::<usize>() + usize::from(!self.values.is_empty())
    }

    /// The column with the rows of both, those of `other` last.
    #[must_use]
    pub fn merge(mut self, other: &Self) -> Self {
        self.values.extend_from_slice(&other.values);
        // Two sorted runs: the stable sort merges them in one pass.
        self.values.sort_by(f64::total_cmp);
        self.leading.extend(other.leading.iter().take(LEADING.saturating_sub(self.leading.len())));
        self.counts = self.counts.merge(other.counts);
        self
    }
}
