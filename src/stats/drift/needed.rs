//! How many values would do.

/// The sizes at which a verdict would come; `None` for a side that has enough, or where no size suffices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Needed {
    pub reference: Option<u64>,
    pub current: Option<u64>,
}

/// Larger sizes are not searched: whole numbers beyond this have no double.
const MOST: u64 = 1 << 53;

impl Needed {
    /// The sizes for samples of `n` and `m`, by a rule that stays true as either grows.
    ///
    /// If the reference as it is can do with a larger current side, that is what is needed; else if the current side as it
    /// is can do with a larger reference, that; else both, of one size.
    pub fn of((n, m): (u64, u64), enough: impl Fn(u64, u64) -> bool) -> Self {
        if enough(n, m) {
            return Self::default();
        }
        if let Some(current) = least(m, |size| enough(n, size)) {
            return Self { reference: None, current: Some(current) };
        }
        if let Some(reference) = least(n, |size| enough(size, m)) {
            return Self { reference: Some(reference), current: None };
        }
        let both = least(1, |size| enough(size, size));
        let larger_than = |held: u64| both.filter(|size| *size > held);
        Self { reference: larger_than(n), current: larger_than(m) }
    }
}

/// The least size from `from` on that suffices.
fn least(from: u64, suffices: impl Fn(u64) -> bool) -> Option<u64> {
    let mut low = from.max(1);
    if suffices(low) {
        return Some(low);
    }
    let mut high = low.saturating_mul(2);
    while !suffices(high) {
        if high >= MOST {
            return None;
        }
        low = high;
        high = high.saturating_mul(2);
    }
    while high - low > 1 {
        let middle = u64::midpoint(low, high);
        if suffices(middle) { high = middle } else { low = middle }
    }
    Some(high)
}
