//! Two sorted samples as one: each different value with how often either side has it.

use super::sample::Cleaned;

/// One value of the pooled sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tie {
    /// Reference values that are smaller.
    pub reference_below: u64,
    /// Current values that are smaller.
    pub current_below: u64,
    /// Reference values that equal it.
    pub reference: u64,
    /// Current values that equal it.
    pub current: u64,
}

impl Tie {
    /// Values of both sides that equal it.
    pub const fn size(self) -> u64 {
        self.reference + self.current
    }

    /// Values of both sides that are smaller.
    pub const fn below(self) -> u64 {
        self.reference_below + self.current_below
    }

    /// Twice the mean rank (from 1) that the values here share in the pooled sample.
    pub const fn doubled_rank(self) -> u64 {
        2 * self.below() + self.size() + 1
    }
}

/// The different values of both samples, ascending.
pub(super) fn ties(reference: &Cleaned, current: &Cleaned) -> impl Iterator<Item = Tie> {
    let (left, right) = (reference.values(), current.values());
    let (mut i, mut j) = (0, 0);
    std::iter::from_fn(move || {
        let value = match (left.get(i), right.get(j)) {
            (None, None) => return None,
            (Some(value), None) | (None, Some(value)) => *value,
            (Some(a), Some(b)) => a.min(*b),
        };
        let (from_i, from_j) = (i, j);
        while left.get(i) == Some(&value) {
            i += 1;
        }
        while right.get(j) == Some(&value) {
            j += 1;
        }
        Some(Tie {
            reference_below: from_i as u64,
            current_below: from_j as u64,
            reference: (i - from_i) as u64,
            current: (j - from_j) as u64,
        })
    })
}
