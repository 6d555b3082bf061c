//! The demo's time: whole seconds since 1970, days that begin at midnight UTC, and one fixed present.
//!
//! Feast's SQLite tables keep whole seconds, so events of the shop happen at whole seconds and no store loses precision.

use crate::model::time::{NANOS_PER_SECOND, Timestamp};

/// Whole seconds since 1970-01-01T00:00:00Z.
pub type Seconds = i64;

/// Seconds in a day.
pub const DAY: Seconds = 86_400;

/// The newest cut, at which the newest snapshot was taken: 2026-06-15T00:00:00Z.
pub const LAST_CUT: Seconds = 1_781_481_600;

/// The demo's present: 2026-06-15T06:00:00Z. It is fixed so that a shop and its findings can be made again.
pub const NOW: Seconds = LAST_CUT + 6 * 3_600;

/// How long after a cut its snapshot was written.
pub const BATCH_DELAY: Seconds = 20 * 60;

/// The instant `seconds` after 1970, held to the years that a [`Timestamp`] can name.
#[must_use]
pub const fn instant(seconds: Seconds) -> Timestamp {
    Timestamp::from_nanos(seconds.saturating_mul(NANOS_PER_SECOND))
}

/// The number of the day that holds `seconds`, counted from 1970-01-01.
#[must_use]
pub const fn day_number(seconds: Seconds) -> i64 {
    seconds.div_euclid(DAY)
}

/// The date of `seconds`, as `2026-06-15`.
#[must_use]
pub fn date(seconds: Seconds) -> String {
    let text = instant(seconds).to_string();
    text.split('T').next().unwrap_or(&text).to_owned()
}

/// A present, and the daily snapshots that are there by then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Present {
    /// The present.
    pub now: Seconds,
    /// The cut of the newest snapshot.
    pub last_cut: Seconds,
    /// How many snapshots there are.
    pub days: u16,
}

impl Present {
    /// The demo's fixed present.
    #[must_use]
    pub const fn fixed(days: u16) -> Self {
        Self { now: NOW, last_cut: LAST_CUT, days }
    }

    /// The present `now`: the newest snapshot is that of the last midnight for which the batch job is through.
    #[must_use]
    pub const fn at(now: Seconds, days: u16) -> Self {
        Self { now, last_cut: (now - BATCH_DELAY).div_euclid(DAY) * DAY, days }
    }

    /// The cuts of the snapshots, oldest first.
    pub fn cuts(self) -> impl Iterator<Item = Seconds> {
        (0..i64::from(self.days)).rev().map(move |back| self.last_cut - back * DAY)
    }
}
