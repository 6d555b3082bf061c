//! As of which times a snapshot shows the very same rows.

use crate::model::time::Timestamp;

/// The as-of times at which exactly the same rows of a snapshot are seen: from the one at which the last of them came into
/// sight, to the one at which the next would.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The first of these times.
    pub from: Timestamp,
    /// The first time after them; `None` where no row is hidden.
    pub until: Option<Timestamp>,
}

impl Default for Sight {
    /// Of no rows: always.
    fn default() -> Self {
        Self { from: Timestamp::MIN, until: None }
    }
}

impl Sight {
    /// Whether the same rows are seen as of `time`.
    #[must_use]
    pub fn holds(&self, time: Timestamp) -> bool {
        self.from <= time && self.until.is_none_or(|until| time < until)
    }

    /// Takes in a row that is seen from `moment` on, and is.
    pub(super) fn shows(&mut self, moment: Timestamp) {
        self.from = self.from.max(moment);
    }

    /// Takes in a row that is seen from `moment` on at the earliest, and is not.
    pub(super) fn hides(&mut self, moment: Timestamp) {
        self.until = Some(self.until.map_or(moment, |until| until.min(moment)));
    }

    /// When both hold.
    pub(super) fn and(self, other: Self) -> Self {
        let until = match (self.until, other.until) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, None) | (None, one) => one,
        };
        Self { from: self.from.max(other.from), until }
    }
}
