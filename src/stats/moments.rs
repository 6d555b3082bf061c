//! Count, mean and spread of numbers as a state that can be merged.
//!
//! The sum is carried in two doubles and the squares are taken around means, block by block, so that neither long columns
//! nor a mean far from 0 cost digits: states merged in any order agree to 1e-12 with the state of the whole, and a
//! constant column has spread 0 and its own value as its mean.
//!
//! A sum or a square beyond the largest double is held at the largest double, so that every figure is finite; digits are
//! lost only where values exceed 1e150.

use serde::{Deserialize, Serialize};

use super::real;
use super::sum::Sum;

/// Numbers taken in at a time: 8 kB, which the nearest cache holds while they are read twice.
const BLOCK: usize = 1024;

/// Sums that run side by side, so that the processor need not wait for one before it begins the next.
const LANES: usize = 8;

/// Count, sum and squared deviations of finite numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    n: u64,
    sum: Sum,
    squares: f64,
}

fn held(number: f64) -> f64 {
    number.clamp(-f64::MAX, f64::MAX)
}

/// The sum, or the largest double of its sign if it is larger.
fn within_range(sum: Sum) -> Sum {
    if sum.value().is_finite() { sum } else { Sum::product(1.0, held(sum.high())) }
}

impl Moments {
    /// The state that has seen nothing.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The state that has seen these numbers, which must be finite; their order may change the last digits.
    #[must_use]
    pub fn of(numbers: &[f64]) -> Self {
        numbers.chunks(BLOCK).fold(Self::default(), |state, block| state.merge(&Self::of_block(block)))
    }

    fn of_block(block: &[f64]) -> Self {
        let n = real(block.len() as u64);
        let [sum] = lanes(block, |number| [number]);
        let centre = if sum.is_finite() { sum / n } else { block.first().copied().unwrap_or(0.0) };
        let [first, second] = lanes(block, |number| {
            let deviation = number - centre;
            [deviation, deviation * deviation]
        });
        let first = if first.is_finite() { first } else { 0.0 };
        let mut sum = Sum::product(n, centre);
        sum.add(first);
        // The centre is off by what rounding left of its sum; the second term takes that out (Chan, Golub & LeVeque 1983).
        let squares = held(first.mul_add(-(first / n), second).max(0.0));
        Self { n: block.len() as u64, sum: within_range(sum), squares }
    }

    /// Takes in one number, which must be finite.
    pub fn observe(&mut self, number: f64) {
        *self = self.merge(&Self { n: 1, sum: Sum::product(1.0, number), squares: 0.0 });
    }

    /// The state that has seen the numbers of both.
    ///
    /// Formula: Chan, Golub & LeVeque (1979), Updating formulae and a pairwise algorithm for computing sample variances.
    #[must_use]
    pub fn merge(&self, other: &Self) -> Self {
        if self.n == 0 {
            return *other;
        }
        if other.n == 0 {
            return *self;
        }
        let (n, m) = (real(self.n), real(other.n));
        let (ours, theirs) = (self.sum.over(n), other.sum.over(m));
        let apart = within_range(theirs.minus(ours)).value();
        let between = held(apart * apart) * (n / (n + m)) * m;
        Self {
            n: self.n + other.n,
            sum: within_range(self.sum.merge(other.sum)),
            squares: held(self.squares + other.squares + held(between)),
        }
    }

    /// How many numbers were taken in.
    #[must_use]
    pub const fn n(&self) -> u64 {
        self.n
    }

    /// The mean; `None` without a number.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        (self.n > 0).then(|| self.sum.over(real(self.n)).value())
    }

    /// The sum of squared deviations from the mean.
    #[must_use]
    pub const fn squares(&self) -> f64 {
        self.squares
    }

    /// The standard deviation with divisor n; `None` without a number.
    #[must_use]
    pub fn std_pop(&self) -> Option<f64> {
        (self.n > 0).then(|| (self.squares / real(self.n)).sqrt())
    }

    /// The unbiased variance, with divisor n − 1; `None` with fewer than two numbers.
    #[must_use]
    pub fn variance_sample(&self) -> Option<f64> {
        (self.n > 1).then(|| self.squares / (real(self.n) - 1.0))
    }

    /// The root of [`variance_sample`](Self::variance_sample).
    #[must_use]
    pub fn std_sample(&self) -> Option<f64> {
        self.variance_sample().map(f64::sqrt)
    }
}

/// The sums of what `terms` gives for each number of a block.
fn lanes<const N: usize>(block: &[f64], terms: impl Fn(f64) -> [f64; N]) -> [f64; N] {
    let (whole, rest) = block.as_chunks::<LANES>();
    let mut sums = [[0.0; LANES]; N];
    for numbers in whole {
        for (lane, number) in numbers.iter().enumerate() {
            for (sums, term) in sums.iter_mut().zip(terms(*number)) {
                if let Some(sum) = sums.get_mut(lane) {
                    *sum += term;
                }
            }
        }
    }
    let mut totals = sums.map(|lanes| lanes.iter().sum::<f64>());
    for number in rest {
        for (total, term) in totals.iter_mut().zip(terms(*number)) {
            *total += term;
        }
    }
    totals
}
