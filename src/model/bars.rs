//! Both sides of a column as a few bars: what a small plot shows.
//!
//! A round keeps these and not the values, so that a page can draw them long after the sample is gone.

use super::exhibit::Values;
use super::ratio::Ratio;

const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Values of both sides under one label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// What the values are; text from the data, not yet made harmless.
    pub label: String,
    /// Values of the reference.
    pub reference: u64,
    /// Values of the current side.
    pub current: u64,
}

/// Both distributions of a column over the same bars.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bars {
    bars: Vec<Bar>,
    named: usize,
    reference_n: u64,
    current_n: u64,
}

impl Bars {
    /// Bars of ranges, which hold all values of both sides.
    #[must_use]
    pub fn new(bars: Vec<Bar>) -> Self {
        Self::of_keys(bars, 0)
    }

    /// Bars that hold all values of both sides; the labels of the first `named` are values themselves.
    #[must_use]
    pub fn of_keys(bars: Vec<Bar>, named: usize) -> Self {
        let (reference_n, current_n) = bars.iter().fold((0, 0), |(n, m), bar| (n + bar.reference, m + bar.current));
        Self { named: named.min(bars.len()), bars, reference_n, current_n }
    }

    /// How many bars, from the first on, have a value for a label.
    #[must_use]
    pub const fn named(&self) -> usize {
        self.named
    }

    /// The same as far as it may be shown.
    #[must_use]
    pub fn shown(self, values: Values) -> Self {
        match values {
            Values::Withheld => self.unnamed(),
            Values::Shown => self,
        }
    }

    /// The same without values: where a label is one, its bar is called by its number.
    #[must_use]
    pub fn unnamed(mut self) -> Self {
        for (number, bar) in (1_usize..).zip(self.bars.iter_mut().take(self.named)) {
            bar.label = format!("value {number}");
        }
        self.named = 0;
        self
    }

    /// The bars, in order: ranges ascending, keys from the reference's most frequent on.
    #[must_use]
    pub fn bars(&self) -> &[Bar] {
        &self.bars
    }

    /// Values of (reference, current) over all bars.
    #[must_use]
    pub const fn totals(&self) -> (u64, u64) {
        (self.reference_n, self.current_n)
    }

    /// Share of each bar, from 0 to 1, as (reference, current).
    #[must_use]
    pub fn shares(&self) -> Vec<(f64, f64)> {
        let share = |part, whole| Ratio::of(part, whole).map_or(0.0, Ratio::get);
        let of = |bar: &Bar| (share(bar.reference, self.reference_n), share(bar.current, self.current_n));
        self.bars.iter().map(of).collect()
    }

    /// Both sides as rows of block characters on one scale: (reference, current).
    #[must_use]
    pub fn blocks(&self) -> (String, String) {
        let shares = self.shares();
        let top = shares.iter().fold(0.0_f64, |top, (reference, current)| top.max(*reference).max(*current));
        let row = |pick: fn(&(f64, f64)) -> f64| shares.iter().map(|both| block(pick(both), top)).collect();
        (row(|both| both.0), row(|both| both.1))
    }
}

fn block(share: f64, top: f64) -> char {
    if share <= 0.0 {
        return ' ';
    }
    let height = (share / top * 8.0).ceil();
    (1_u8..).zip(BLOCKS).find(|(level, _)| f64::from(*level) >= height).map_or('█', |(_, block)| block)
}
