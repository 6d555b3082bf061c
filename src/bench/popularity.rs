//! How often each entity is asked for: Zipf's law, drawn in constant time.
//!
//! A draw takes one column of an alias table (Walker 1977, built as Vose 1991 has it): the generator must not spend the
//! time that it measures.

use rand::Rng;

use crate::stats::real;

/// Entities 0, 1, 2, … by falling popularity: the one of rank r is asked for in proportion to 1 ÷ r^s.
#[derive(Clone, Debug)]
pub struct Zipf {
    columns: Box<[Column]>,
    shares: Box<[f64]>,
}

/// With probability `keep` ÷ 2^32 itself, else its alias.
#[derive(Clone, Copy, Debug)]
struct Column {
    keep: u32,
    alias: u32,
}

impl Zipf {
    /// `entities` entities (1 to 2^32 − 1) with exponent `exponent` (0 is uniform); `None` for others, or an exponent that
    /// is negative or not finite.
    #[must_use]
    pub fn new(entities: u32, exponent: f64) -> Option<Self> {
        if entities == 0 || !exponent.is_finite() || exponent < 0.0 {
            return None;
        }
        let weights: Vec<f64> = (1..=entities).map(|rank| f64::from(rank).powf(-exponent)).collect();
        // From small to large, so that the many small ones do not get lost.
        let sum: f64 = weights.iter().rev().sum();
        let shares: Box<[f64]> = weights.into_iter().map(|weight| weight / sum).collect();
        let columns = columns(&shares);
        Some(Self { columns, shares })
    }

    /// One entity.
    pub fn draw(&self, random: &mut impl Rng) -> u32 {
        let bits = random.next_u64();
        let (high, low) = (bits >> 32, bits & 0xffff_ffff);
        // The upper half chooses the column, the lower one between it and its alias.
        let column = (high * self.columns.len() as u64) >> 32;
        let own = u32::try_from(column).unwrap_or(u32::MAX);
        match self.columns.get(own as usize) {
            Some(Column { keep, alias }) if low >= u64::from(*keep) => *alias,
            Some(_) | None => own,
        }
    }

    /// The probability of each entity, by falling popularity.
    #[must_use]
    pub const fn shares(&self) -> &[f64] {
        &self.shares
    }

    /// The probability with which each entity is drawn, as the table has it: the shares but for rounding to 2^−32.
    #[must_use]
    pub fn drawn_shares(&self) -> Vec<f64> {
        let entities = real(self.columns.len() as u64);
        let mut drawn = vec![0.0; self.columns.len()];
        for (own, column) in self.columns.iter().enumerate() {
            let kept = f64::from(column.keep) / 4_294_967_296.0;
            if let Some(share) = drawn.get_mut(own) {
                *share += kept / entities;
            }
            if let Some(share) = drawn.get_mut(column.alias as usize) {
                *share += (1.0 - kept) / entities;
            }
        }
        drawn
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share of 2^32, and fewer than 2^32 places"
)]
fn columns(shares: &[f64]) -> Box<[Column]> {
    let count = real(shares.len() as u64);
    let mut level: Vec<f64> = shares.iter().map(|share| share * count).collect();
    let mut columns: Vec<Column> =
        (0..shares.len()).map(|place| Column { keep: u32::MAX, alias: place as u32 }).collect();
    let (mut low, mut high): (Vec<usize>, Vec<usize>) = (0..level.len()).partition(|place| level[*place] < 1.0);
    while let (Some(small), Some(large)) = (low.pop(), high.last().copied()) {
        columns[small] = Column { keep: (level[small] * 4_294_967_296.0) as u32, alias: large as u32 };
        level[large] -= 1.0 - level[small];
        if level[large] < 1.0 {
            high.pop();
            low.push(large);
        }
    }
    columns.into()
}
