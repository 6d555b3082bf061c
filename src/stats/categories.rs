//! A categorical column as counts per key.

use std::collections::BTreeMap;

use super::rates::RowCounts;

/// How often each key occurs, and how many rows hold none.
///
/// Keys are compared byte by byte, without trimming or folding; the empty text is a key. Booleans are the keys `true`
/// and `false`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Categories {
    keys: BTreeMap<Box<str>, u64>,
    valid: u64,
    nulls: u64,
}

impl Categories {
    /// Counts the cells of a column; `None` is a null.
    #[must_use]
    pub fn new<'a>(cells: impl IntoIterator<Item = Option<&'a str>>) -> Self {
        let mut categories = Self::default();
        cells.into_iter().for_each(|cell| categories.observe(cell));
        categories
    }

    /// Keys that were counted elsewhere, beside rows that hold none.
    #[must_use]
    pub fn of_counts(mut counts: BTreeMap<Box<str>, u64>, nulls: u64) -> Self {
        counts.retain(|_, count| *count > 0);
        let valid = counts.values().sum();
        Self { keys: counts, valid, nulls }
    }

    /// Takes in one cell; `None` is a null.
    pub fn observe(&mut self, cell: Option<&str>) {
        let Some(key) = cell else {
            self.nulls += 1;
            return;
        };
        self.valid += 1;
        if let Some(count) = self.keys.get_mut(key) {
            *count += 1;
        } else {
            self.keys.insert(key.into(), 1);
        }
    }

    /// Keys in the order of their bytes, each with its count.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.keys.iter().map(|(key, count)| (&**key, *count))
    }

    /// How often `key` occurs.
    #[must_use]
    pub fn count(&self, key: &str) -> u64 {
        self.keys.get(key).copied().unwrap_or(0)
    }

    /// How many different keys there are.
    #[must_use]
    pub fn distinct(&self) -> usize {
        self.keys.len()
    }

    /// Rows by what they hold.
    #[must_use]
    pub const fn counts(&self) -> RowCounts {
        RowCounts { rows: self.valid + self.nulls, nulls: self.nulls, nans: 0, pos_inf: 0, neg_inf: 0 }
    }

    /// The column with the rows of both.
    #[must_use]
    pub fn merge(mut self, other: &Self) -> Self {
        for (key, count) in &other.keys {
            *self.keys.entry(key.clone()).or_default() += count;
        }
        self.valid += other.valid;
        self.nulls += other.nulls;
        self
    }
}
