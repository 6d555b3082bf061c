//! A stretch of time in slots of one length.

use std::time::Duration;

use crate::history::Period;
use crate::model::time::Timestamp;

/// How much of the past a page shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stretch {
    /// Three hours, five minutes a slot.
    Hours,
    /// A day, half an hour a slot.
    Day,
    /// A week, three hours a slot.
    Week,
}

impl Stretch {
    /// All of them, from short to long.
    pub const ALL: [Self; 3] = [Self::Hours, Self::Day, Self::Week];

    /// The name in addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hours => "hours",
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    /// The words on the page.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Hours => "3 hours",
            Self::Day => "1 day",
            Self::Week => "7 days",
        }
    }

    /// The words for a slot.
    pub(super) const fn slot(self) -> &'static str {
        match self {
            Self::Hours => "5 minutes",
            Self::Day => "30 minutes",
            Self::Week => "3 hours",
        }
    }

    /// How long it is.
    #[must_use]
    pub fn length(self) -> Duration {
        self.step().saturating_mul(u32::try_from(self.slots()).unwrap_or(u32::MAX))
    }

    const fn slots(self) -> usize {
        match self {
            Self::Hours => 36,
            Self::Day => 48,
            Self::Week => 56,
        }
    }

    const fn step(self) -> Duration {
        Duration::from_secs(match self {
            Self::Hours => 300,
            Self::Day => 1_800,
            Self::Week => 10_800,
        })
    }
}

/// Slots of one length, the last of which holds the present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeline {
    stretch: Stretch,
    start: Timestamp,
}

impl Timeline {
    /// The slots up to `now`; they begin at multiples of their length.
    #[must_use]
    pub fn up_to(now: Timestamp, stretch: Stretch) -> Self {
        let step = i64::try_from(stretch.step().as_nanos()).unwrap_or(i64::MAX);
        let end = now.nanos().div_euclid(step).saturating_add(1).saturating_mul(step);
        Self { stretch, start: Timestamp::from_nanos(end).minus(stretch.length()) }
    }

    /// What it covers.
    #[must_use]
    pub fn period(self) -> Period {
        Period { start: self.start, end: self.start.plus(self.stretch.length()) }
    }

    /// How long a slot is.
    #[must_use]
    pub fn step(self) -> Duration {
        self.stretch.step()
    }

    /// How much of the past it is.
    #[must_use]
    pub const fn stretch(self) -> Stretch {
        self.stretch
    }

    /// How many slots there are.
    #[must_use]
    pub const fn slots(self) -> usize {
        self.stretch.slots()
    }

    /// When a slot begins.
    #[must_use]
    pub fn begin(self, slot: usize) -> Timestamp {
        self.start.plus(self.step().saturating_mul(u32::try_from(slot).unwrap_or(u32::MAX)))
    }

    /// The slot of an instant; `None` outside.
    #[must_use]
    pub fn slot(self, instant: Timestamp) -> Option<usize> {
        let since = instant.since(self.start)?;
        let slot = usize::try_from(since.as_nanos() / self.step().as_nanos()).ok()?;
        (slot < self.slots()).then_some(slot)
    }
}
