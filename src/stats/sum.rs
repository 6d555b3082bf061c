//! Sums of doubles with the rounding errors kept.

use serde::{Deserialize, Serialize};

/// A sum in twice the precision of a double.
///
/// Every addition keeps its exact rounding error (Knuth's two-sum) in a second double, so that the result of n values is
/// off by about n · 10⁻³² of the sum of their sizes. Merging gives the same up to that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Sum {
    high: f64,
    low: f64,
}

impl Sum {
    /// The product of two values, without rounding error.
    #[must_use]
    pub fn product(a: f64, b: f64) -> Self {
        let high = a * b;
        Self { high, low: a.mul_add(b, -high) }
    }

    /// Takes in one value.
    #[inline]
    pub fn add(&mut self, value: f64) {
        let high = self.high + value;
        let taken = high - self.high;
        self.low += (self.high - (high - taken)) + (value - taken);
        self.high = high;
    }

    /// The sum of the values of both.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.add(other.high);
        self.add(other.low);
        self
    }

    /// This sum less the other.
    #[must_use]
    pub fn minus(self, other: Self) -> Self {
        self.merge(Self { high: -other.high, low: -other.low })
    }

    /// The sum ÷ `n`, with the same precision.
    #[must_use]
    pub fn over(self, n: f64) -> Self {
        let high = self.value() / n;
        let left = self.minus(Self::product(high, n)).value() / n;
        let mut quotient = Self { high, low: 0.0 };
        if left.is_finite() {
            quotient.add(left);
        }
        quotient
    }

    /// The leading part of the sum; infinite where the sum exceeds the largest double.
    #[must_use]
    pub const fn high(self) -> f64 {
        self.high
    }

    /// The sum as one double.
    #[must_use]
    pub const fn value(self) -> f64 {
        self.high + self.low
    }
}
