//! What the checks of one column share: sizes, the limit, and the test of no difference at all.

use super::digest::{Distances, PairDigest};
use super::merged::Merged;
use super::needed::Needed;
use crate::model::measurement::{DriftMeasurement, DriftVerdict};
use crate::stats::ks::Ks;
use crate::stats::psi::Binning;
use crate::stats::{contingency, law, real};

/// One column and the limit of the check at hand.
#[derive(Clone, Copy)]
pub(super) struct Column<'a> {
    pub pair: &'a PairDigest,
    pub threshold: Option<f64>,
}

impl Column<'_> {
    /// A measurement of valid values in which nothing is known but their number and the limit.
    pub fn blank(&self) -> DriftMeasurement {
        DriftMeasurement {
            distance: None,
            noise_floor: None,
            effect: None,
            lower: None,
            upper: None,
            threshold: self.threshold,
            p_value: None,
            p_equal: None,
            q_value: None,
            verdict: DriftVerdict::Unknown,
            reason: None,
            reference_n: self.pair.reference.counts.valid(),
            current_n: self.pair.current.counts.valid(),
            needed_reference_n: None,
            needed_current_n: None,
        }
    }

    /// Probability of distributions at least this far apart if they are equal: by Kolmogorov's law for numbers of many
    /// values, by χ² over the merged bins for keys and numbers of few values; `None` with a single bin of several keys.
    ///
    /// Never χ² on the reference's own deciles: 50 values against 1,000 would reject in 11 % of draws, not in 5 %.
    pub fn p_equal(&self, distances: &Distances, merged: &Merged) -> Option<f64> {
        match distances.binning {
            Binning::Deciles => distances.gaps.map(|gaps| p_of_gap(&gaps.ks, gaps.ks.statistic, merged)),
            Binning::Levels if merged.single => Some(1.0),
            Binning::Levels if merged.bins() < 2 => None,
            Binning::Levels => {
                let found = contingency::of(&merged.counts);
                let thinned = found.chi2 * merged.counts.sampling_variance() / merged.sampling_variance();
                Some(law::chi_squared_tail(thinned, real(found.freedom)))
            }
        }
    }
}

/// Kolmogorov's probability of a gap, at the number of values that count.
pub(super) fn p_of_gap(ks: &Ks, gap: f64, merged: &Merged) -> f64 {
    Ks { statistic: gap, effective_n: 1.0 / merged.sampling_variance(), ..*ks }.p_kolmogorov()
}

/// Notes the sizes at which a verdict would come, by a rule that stays true as either grows.
pub(super) fn add_needed(measured: &mut DriftMeasurement, enough: impl Fn(u64, u64) -> bool) {
    let needed = Needed::of((measured.reference_n, measured.current_n), enough);
    measured.needed_reference_n = needed.reference;
    measured.needed_current_n = needed.current;
}
