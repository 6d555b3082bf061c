//! Whether anything is written: the newest online event timestamp, round after round, beside the newest offline one.

use crate::model::sample::Sample;
use crate::model::time::Timestamp;

use super::freshness;

/// How long a view's newest online event timestamp has stood still.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standstill {
    online: Timestamp,
    offline: Timestamp,
    rounds: u32,
}

impl Standstill {
    /// The state after a round, given the one before it; `None` as long as a side has no timestamp.
    ///
    /// Only rounds in which the offline side has moved on count: where there is nothing new, nothing is to be written.
    #[must_use]
    pub fn after(before: Option<Self>, sample: &Sample) -> Option<Self> {
        let newest = |readings| {
            let (stamp, _) = freshness::stamp(readings)?;
            (stamp <= readings.last.read_at).then_some(stamp)
        };
        let online = sample.readings.iter().filter_map(newest).max();
        let Some((online, offline)) = online.zip(sample.history.watermark) else { return before };
        Some(match before {
            // Other keys may be in the sample: what is older than what was seen before has not moved either.
            Some(before) if online <= before.online => Self {
                online: before.online,
                offline: before.offline.max(offline),
                rounds: before.rounds + u32::from(offline > before.offline),
            },
            Some(_) | None => Self { online, offline, rounds: 0 },
        })
    }

    /// Rounds in which the offline side had moved on and the online side had not, since it last did.
    #[must_use]
    pub const fn rounds(self) -> u32 {
        self.rounds
    }
}
