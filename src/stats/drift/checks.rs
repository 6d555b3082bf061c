//! The checks of one column: distance, effect, interval and p-value of each.

use std::collections::BTreeMap;

use super::FEWEST_VALUES;
use super::digest::{Distances, PairDigest};
use super::observed::ColumnKind;
use crate::model::check::DriftStatistic;
use crate::model::measurement::{DriftMeasurement, DriftReason, DriftVerdict};
use crate::stats::psi;

/// The largest effect that passes, per statistic; a statistic without one is measured and not judged.
#[derive(Clone, Debug, PartialEq)]
pub struct DriftLimits(BTreeMap<DriftStatistic, f64>);

impl DriftLimits {
    /// Limits of some statistics.
    #[must_use]
    pub fn new(limits: impl IntoIterator<Item = (DriftStatistic, f64)>) -> Self {
        Self(limits.into_iter().collect())
    }

    /// The limit of a statistic.
    #[must_use]
    pub fn of(&self, statistic: DriftStatistic) -> Option<f64> {
        self.0.get(&statistic).copied()
    }
}

/// The checks that the kind of the column has, without q-values and verdicts, which [`settle`](super::settle) gives.
#[must_use]
pub fn checks(pair: &PairDigest, limits: &DriftLimits) -> BTreeMap<DriftStatistic, DriftMeasurement> {
    let mut found = BTreeMap::new();
    let Some(distances) = &pair.distances else { return found };
    found.insert(DriftStatistic::Psi, index(pair, distances, limits.of(DriftStatistic::Psi)));
    if pair.kind != ColumnKind::Categorical
        && let Some(gaps) = distances.gaps
    {
        let mut measured = blank(pair, limits.of(DriftStatistic::Ks));
        measured.distance = Some(gaps.ks.statistic);
        measured.noise_floor = Some(gaps.ks.noise_floor());
        measured.effect = Some(gaps.ks.statistic);
        found.insert(DriftStatistic::Ks, measured);
    }
    found
}

fn index(pair: &PairDigest, distances: &Distances, threshold: Option<f64>) -> DriftMeasurement {
    let mut measured = blank(pair, threshold);
    measured.distance = Some(psi::floored(&distances.bins, psi::SHARE_FLOOR));
    measured.noise_floor = Some(psi::noise_floor(&distances.bins));
    measured.effect = Some((psi::jeffreys(&distances.bins) - psi::null_mean(&distances.bins)).max(0.0));
    measured
}

fn blank(pair: &PairDigest, threshold: Option<f64>) -> DriftMeasurement {
    let (reference_n, current_n) = (pair.reference.counts.valid(), pair.current.counts.valid());
    DriftMeasurement {
        distance: None,
        noise_floor: None,
        effect: None,
        lower: None,
        upper: None,
        threshold,
        p_value: None,
        p_equal: None,
        q_value: None,
        verdict: DriftVerdict::Unknown,
        reason: (reference_n.min(current_n) < FEWEST_VALUES).then_some(DriftReason::Underpowered),
        reference_n,
        current_n,
        needed_reference_n: None,
        needed_current_n: None,
    }
}
