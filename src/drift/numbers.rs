//! Numbers of one side, gathered chunk by chunk.

use crate::stats::ordered;
use crate::stats::rates::RowCounts;
use crate::stats::sample::{Cleaned, LEADING};
use crate::store::snapshot::Chunk;

/// The finite values of the rows seen so far, unsorted, and counts of the others.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    values: Vec<f64>,
    leading: Vec<f64>,
    counts: RowCounts,
}

/// What a number of the file stands for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Reading {
    /// Itself.
    Plain,
    /// A point in time, told as its age at this time, both in seconds since 1970.
    AgeAt(f64),
}

impl Reading {
    /// The number that enters the statistics.
    pub(super) fn of(self, number: f64) -> f64 {
        match self {
            // Adding zero makes −0.0 the same value as 0.0.
            Self::Plain => number + 0.0,
            Self::AgeAt(time) => time - number,
        }
    }
}

impl Numbers {
    /// No rows yet; the values of so many rows will be kept in this memory, which grows once if it is too small.
    pub(super) fn within(mut memory: Vec<f64>, rows: u64) -> Self {
        memory.clear();
        // A footer may promise more rows than memory could hold; growing step by step then finds out what is true.
        let _ = usize::try_from(rows).map(|rows| memory.try_reserve_exact(rows));
        Self { values: memory, leading: Vec::new(), counts: RowCounts::default() }
    }

    /// Takes in a whole chunk.
    pub(super) fn take(&mut self, chunk: &Chunk, reading: Reading) -> Result<(), String> {
        self.values.reserve(chunk.present());
        self.counts.rows += chunk.rows() as u64;
        self.counts.nulls += (chunk.rows() - chunk.present()) as u64;
        chunk.numbers(|block| self.extend(block, reading))?;
        self.lead();
        Ok(())
    }

    /// Takes in numbers that are there.
    fn extend(&mut self, block: &[f64], reading: Reading) {
        if block.iter().all(|number| number.is_finite()) {
            self.values.extend(block.iter().map(|number| reading.of(*number)));
        } else {
            block.iter().for_each(|number| self.number(reading.of(*number)));
        }
    }

    /// Counts a row without a number.
    pub(super) const fn push_null(&mut self) {
        self.counts.rows += 1;
        self.counts.nulls += 1;
    }

    /// Takes in the number, whatever it is, of a row that was counted as one without.
    pub(super) fn replace_null(&mut self, number: f64) {
        self.counts.nulls -= 1;
        self.number(number);
    }

    fn number(&mut self, number: f64) {
        if number.is_finite() {
            self.values.push(number);
        } else if number.is_nan() {
            self.counts.nans += 1;
        } else if number > 0.0 {
            self.counts.pos_inf += 1;
        } else {
            self.counts.neg_inf += 1;
        }
    }

    fn lead(&mut self) {
        let from = self.leading.len();
        if from < LEADING {
            self.leading.extend(self.values.iter().skip(from).take(LEADING - from));
        }
    }

    /// The column with its values sorted.
    pub(super) fn cleaned(mut self) -> Cleaned {
        self.lead();
        Cleaned::of_sorted(ordered::sorted(self.values), self.leading, self.counts)
    }
}
