//! The check of the distribution over bins, by the population stability index.
//!
//! Over merged bins, index ÷ c follows a noncentral χ² law with K − 1 degrees of freedom and noncentrality (true index) ÷ c,
//! c = δ/n + δ/m. The interval inverts that law. It does not go by a bootstrap: resampling adds the noise once more, and
//! taking it off again leaves intervals that miss on the low side.
//!
//! Rare keys that were merged may have changed places unseen. The upper end counts them as having moved as much, for their
//! share of the values, as the bins that are seen: otherwise 100 keys in 1,000 rows, nearly all in one bin, were called
//! stable in 40 % of draws with half as much drift again as the threshold allows.

use super::column::{Column, add_needed};
use super::digest::Distances;
use super::merged::Merged;
use crate::model::measurement::DriftMeasurement;
use crate::stats::interval::SHARE_BEYOND_95;
use crate::stats::noncentral::{NoncentralChiSquared, noncentrality};
use crate::stats::{law, psi, real};

/// Samples of the size needed are judged stable in this share of draws without drift.
const POWER: f64 = 0.9;

/// The check of the index.
pub(super) fn measure(column: &Column<'_>, distances: &Distances, merged: &Merged) -> DriftMeasurement {
    let mut measured = column.blank();
    measured.distance = Some(psi::floored(&distances.bins, psi::SHARE_FLOOR));
    measured.noise_floor = Some(psi::noise_floor(&distances.bins));
    measured.p_equal = column.p_equal(distances, merged);
    if merged.single {
        (measured.effect, measured.lower, measured.upper) = (Some(0.0), Some(0.0), Some(0.0));
        measured.p_value = measured.threshold.map(|_| 1.0);
        return measured;
    }
    let scale = merged.sampling_variance();
    if merged.bins() > 1 {
        let freedom = real(merged.bins() as u64 - 1);
        let index = psi::jeffreys(&merged.counts);
        let at = |share| scale * noncentrality(index / scale, freedom, share);
        measured.effect = Some((index - freedom * scale).max(0.0));
        measured.lower = Some(at(1.0 - SHARE_BEYOND_95));
        // The index is a sum over bins: what is merged may have moved as much, for its share, as what is seen.
        measured.upper = Some(at(SHARE_BEYOND_95) / merged.visible);
        measured.p_value =
            measured.threshold.map(|threshold| NoncentralChiSquared::new(freedom, threshold / scale).sf(index / scale));
    }
    if let Some(threshold) = measured.threshold {
        let most = threshold * merged.visible / noncentrality_for_power(real(merged.foreseen as u64 - 1));
        add_needed(&mut measured, |n, m| merged.fills(n, m) && merged.design.sampling_variance(n, m) <= most);
    }
    measured
}

/// The λ* with P(χ'²(λ*) ≤ χ²₀.₉) = 0.025: at c = threshold ÷ λ*, nine of ten samples without drift have an interval that
/// ends below the threshold.
fn noncentrality_for_power(freedom: f64) -> f64 {
    noncentrality(law::chi_squared_quantile(POWER, freedom), freedom, SHARE_BEYOND_95)
}
