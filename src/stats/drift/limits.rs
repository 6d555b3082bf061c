//! The largest effects that pass.

use std::collections::BTreeMap;

use crate::model::check::DriftStatistic;

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

impl Default for DriftLimits {
    /// Index 0.2, distance 0.1, rate without a value 0.02, unseen and out-of-range shares 0.01.
    fn default() -> Self {
        Self::new([
            (DriftStatistic::Psi, 0.2),
            (DriftStatistic::Ks, 0.1),
            (DriftStatistic::Missing, 0.02),
            (DriftStatistic::Unseen, 0.01),
            (DriftStatistic::OutOfRange, 0.01),
        ])
    }
}
