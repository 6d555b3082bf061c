//! Confidence intervals of shares.

use super::real;

/// The 97.5 % point of the standard normal distribution, for two-sided 95 % intervals.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// What lies beyond either end of a two-sided 95 % interval.
pub const SHARE_BEYOND_95: f64 = 0.025;

/// An interval that holds the true share in about 95 % of samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end, at least 0.
    pub lower: f64,
    /// Upper end, at most 1.
    pub upper: f64,
}

/// A share as counted: a part of a whole.
///
/// The counts need not be whole: rows that depend on each other count for less than one each.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    part: f64,
    whole: f64,
}

impl Share {
    /// `part` of `whole`; `None` when the whole is nothing or smaller than its part.
    #[must_use]
    pub fn new(part: u64, whole: u64) -> Option<Self> {
        (whole > 0 && part <= whole).then(|| Self { part: real(part), whole: real(whole) })
    }

    /// `whole` rows with a share of `value`, which is moved into 0 to 1; `None` unless the whole is above 0.
    #[must_use]
    pub fn expected(value: f64, whole: f64) -> Option<Self> {
        (whole > 0.0).then(|| Self { part: value.clamp(0.0, 1.0) * whole, whole })
    }

    /// The same share, with `effect` ≥ 1 rows counting for one.
    #[must_use]
    pub fn thinned(self, effect: f64) -> Self {
        Self { part: self.part / effect, whole: self.whole / effect }
    }

    /// Rows that count.
    #[must_use]
    pub const fn part(&self) -> f64 {
        self.part
    }

    /// All rows.
    #[must_use]
    pub const fn whole(&self) -> f64 {
        self.whole
    }

    /// The share, from 0 to 1.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.part / self.whole
    }

    /// The 95 % score interval of the true share.
    ///
    /// Formula: Wilson (1927), Probable inference, the law of succession, and statistical inference; without continuity
    /// correction. Unlike the textbook p ± z·σ it stays between 0 and 1 and does not collapse at no or all hits.
    #[must_use]
    pub fn wilson(&self) -> Interval {
        let (share, n) = (self.value(), self.whole);
        let scale = 1.0 + Z_95 * Z_95 / n;
        let centre = (share + Z_95 * Z_95 / (2.0 * n)) / scale;
        let reach = Z_95 * (share * (1.0 - share) / n + Z_95 * Z_95 / (4.0 * n * n)).sqrt() / scale;
        // At no and at all hits the ends are 0 and 1 on paper; rounding leaves them a few units in the last place off.
        let lower = if self.part <= 0.0 { 0.0 } else { (centre - reach).max(0.0) };
        let upper = if self.part >= self.whole { 1.0 } else { (centre + reach).min(1.0) };
        Interval { lower, upper }
    }
}

/// The 95 % score interval of the share `part` ÷ `whole`, as [`Share::wilson`]; `None` when the whole is nothing or smaller
/// than its part.
#[must_use]
pub fn wilson(part: u64, whole: u64) -> Option<Interval> {
    Share::new(part, whole).map(|share| share.wilson())
}

/// A difference of two shares and an interval that holds the true one in about 95 % of pairs of samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// Current share − reference share, from −1 to 1.
    pub value: f64,
    /// Lower end, at least −1.
    pub lower: f64,
    /// Upper end, at most 1.
    pub upper: f64,
}

/// The difference of two shares with its 95 % interval, from each share with its own.
///
/// Formula: Newcombe (1998), Interval estimation for the difference between independent proportions, method 10, which takes
/// Wilson's intervals.
#[must_use]
pub fn difference((p, ours): (f64, Interval), (q, theirs): (f64, Interval)) -> Difference {
    let value = q - p;
    Difference {
        value,
        lower: value - (q - theirs.lower).hypot(ours.upper - p),
        upper: value + (theirs.upper - q).hypot(p - ours.lower),
    }
}

/// The difference of two shares, each given as (part, whole), with its 95 % score interval; `None` when a
/// whole is nothing or smaller than its part.
///
/// As [`difference`] of Wilson's intervals.
#[must_use]
pub fn newcombe(reference: (u64, u64), current: (u64, u64)) -> Option<Difference> {
    let estimate = |(part, whole): (u64, u64)| Share::new(part, whole).map(|share| (share.value(), share.wilson()));
    Some(difference(estimate(reference)?, estimate(current)?))
}
