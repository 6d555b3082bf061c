//! The check that decided on a feature's drift, as the newest of each day is kept beside the bars.
//!
//! Of all checks only the one that governs, and of it what is told of a time that is over: some 70 bytes.

use serde::Serialize;

use super::pack::{Packer, Unpacker};
use super::round_blob::statistic;
use crate::model::check::DriftStatistic;
use crate::model::drift::{DriftChecks, governing};
use crate::model::measurement::{DriftReason, DriftVerdict};

/// What the check that decided on a feature's drift said.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct DecisiveEffect {
    /// The statistic of the check.
    #[serde(skip)]
    pub statistic: DriftStatistic,
    /// The verdict.
    pub verdict: DriftVerdict,
    /// Why there is none; `None` for a verdict other than unknown.
    pub reason: Option<DriftReason>,
    /// The distance, chance included; `None` when one side has no value.
    pub distance: Option<f64>,
    /// What chance alone exceeds in 5 % of draws.
    pub noise_floor: Option<f64>,
    /// The distance without what chance adds to it.
    pub effect: Option<f64>,
    /// The ends of the 95 % interval of the effect.
    pub interval: Option<[f64; 2]>,
    /// The largest effect that passes.
    pub limit: Option<f64>,
    /// Values on the reference side.
    pub reference_n: u64,
    /// Values on the current side.
    pub current_n: u64,
}

impl DecisiveEffect {
    /// The effect that decides, out of all checks; `None` where nothing is judged.
    #[must_use]
    pub fn of(checks: &DriftChecks) -> Option<Self> {
        let (statistic, measured) = governing(checks)?;
        Some(Self {
            statistic,
            verdict: measured.verdict,
            reason: measured.reason,
            distance: measured.distance,
            noise_floor: measured.noise_floor,
            effect: measured.effect,
            interval: measured.lower.zip(measured.upper).map(|(lower, upper)| [lower, upper]),
            limit: measured.threshold,
            reference_n: measured.reference_n,
            current_n: measured.current_n,
        })
    }

    pub(super) fn packed(&self) -> Vec<u8> {
        let mut packer = Packer::new();
        packer.text(self.statistic.name());
        packer.count(match self.verdict {
            DriftVerdict::Drifted => 0,
            DriftVerdict::Stable => 1,
            DriftVerdict::Unknown => 2,
        });
        packer.maybe(self.reason.map(|reason| match reason {
            DriftReason::Underpowered => 0,
            DriftReason::AtThreshold => 1,
            DriftReason::Empty => 2,
            DriftReason::NoSnapshotTime => 3,
            DriftReason::DifferentKinds => 4,
            DriftReason::NoReference => 5,
            DriftReason::NotInReference => 6,
        }));
        let [lower, upper] = self.interval.map_or([None, None], |ends| ends.map(Some));
        packer.reals(&[self.distance, self.noise_floor, self.effect, lower, upper, self.limit]);
        packer.counts(&[self.reference_n, self.current_n]);
        packer.finish()
    }

    pub(super) fn read(unpacker: &mut Unpacker<'_>) -> Option<Self> {
        let statistic = statistic(&unpacker.text()?)?;
        let verdict = match unpacker.count()? {
            0 => DriftVerdict::Drifted,
            1 => DriftVerdict::Stable,
            2 => DriftVerdict::Unknown,
            _ => return None,
        };
        let reason = match unpacker.maybe()? {
            None => None,
            Some(0) => Some(DriftReason::Underpowered),
            Some(1) => Some(DriftReason::AtThreshold),
            Some(2) => Some(DriftReason::Empty),
            Some(3) => Some(DriftReason::NoSnapshotTime),
            Some(4) => Some(DriftReason::DifferentKinds),
            Some(5) => Some(DriftReason::NoReference),
            Some(6) => Some(DriftReason::NotInReference),
            Some(_) => return None,
        };
        let [distance, noise_floor, effect, lower, upper, limit] = unpacker.reals::<f64, 6>()?;
        let [reference_n, current_n] = unpacker.counts::<2>()?;
        let interval = lower.zip(upper).map(|(lower, upper)| [lower, upper]);
        Some(Self {
            statistic,
            verdict,
            reason,
            distance,
            noise_floor,
            effect,
            interval,
            limit,
            reference_n,
            current_n,
        })
    }
}
