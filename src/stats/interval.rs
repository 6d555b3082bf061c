//! Confidence intervals of shares.

use super::real;

/// The 97.5 % point of the standard normal distribution, for two-sided 95 % intervals.
pub const Z_95: f64 = 1.959_963_984_540_054;

/// An interval that holds the true share in about 95 % of samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// Lower end, at least 0.
    pub lower: f64,
    /// Upper end, at most 1.
    pub upper: f64,
}

/// The 95 % score interval of the share `part` ÷ `whole`; `None` when the whole is nothing or smaller than its part.
///
/// Formula: Wilson (1927), Probable inference, the law of succession, and statistical inference; without continuity
/// correction. Unlike the textbook p ± z·σ it stays between 0 and 1 and does not collapse at no or all hits.
#[must_use]
pub fn wilson(part: u64, whole: u64) -> Option<Interval> {
    if whole == 0 || part > whole {
        return None;
    }
    let n = real(whole);
    let share = real(part) / n;
    let scale = 1.0 + Z_95 * Z_95 / n;
    let centre = (share + Z_95 * Z_95 / (2.0 * n)) / scale;
    let reach = Z_95 * (share * (1.0 - share) / n + Z_95 * Z_95 / (4.0 * n * n)).sqrt() / scale;
    // At no and at all hits the ends are 0 and 1 on paper; rounding leaves them a few units in the last place off.
    let lower = if part == 0 { 0.0 } else { (centre - reach).max(0.0) };
    let upper = if part == whole { 1.0 } else { (centre + reach).min(1.0) };
    Some(Interval { lower, upper })
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

impl Difference {
    /// The least size of the difference, whatever its sign, that the interval leaves possible.
    #[must_use]
    pub fn least_size(&self) -> f64 {
        self.lower.max(-self.upper).max(0.0)
    }
}

/// The difference of two shares, each given as (part, whole), with its 95 % score interval; `None` when a whole is
/// nothing or smaller than its part.
///
/// Formula: Newcombe (1998), Interval estimation for the difference between independent proportions, method 10.
#[must_use]
pub fn newcombe(reference: (u64, u64), current: (u64, u64)) -> Option<Difference> {
    let share = |(part, whole): (u64, u64)| real(part) / real(whole);
    let (ours, theirs) = (wilson(reference.0, reference.1)?, wilson(current.0, current.1)?);
    let (p, q) = (share(reference), share(current));
    let value = q - p;
    Some(Difference {
        value,
        lower: value - (q - theirs.lower).hypot(ours.upper - p),
        upper: value + (theirs.upper - q).hypot(p - ours.lower),
    })
}
