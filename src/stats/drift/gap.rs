//! The check of tail and shape, by the largest gap between the distribution functions.
//!
//! The index over deciles does not see what happens within a bin: values of the top decile that grow a thousandfold move it
//! by nothing, and the gap by a tenth.

use super::column::{Column, add_needed, p_of_gap};
use super::digest::Distances;
use super::merged::Merged;
use crate::model::measurement::DriftMeasurement;
use crate::stats::ecdf::Gaps;
use crate::stats::psi::Binning;

/// What √en·D of samples from one continuous distribution exceeds in 5 % of draws: the reach of the 95 % interval.
const CRITICAL_5_PERCENT: f64 = 1.358_098_639_322_550_7;

/// What it exceeds in 10 % of draws: samples of the size needed are judged stable in nine of ten draws without drift.
const CRITICAL_10_PERCENT: f64 = 1.223_847_870_217_082_5;

/// The check of the gap.
///
/// The interval is D ± 1.358 ÷ √en: √en·|D − true D| is at most √en times the largest error of either distribution
/// function. A verdict needs √en ≥ (1.224 + 1.358) ÷ threshold.
pub(super) fn measure(
    column: &Column<'_>,
    (distances, gaps): (&Distances, &Gaps),
    merged: &Merged,
) -> DriftMeasurement {
    let mut measured = column.blank();
    let gap = gaps.ks.statistic;
    measured.distance = Some(gap);
    measured.noise_floor = Some(gaps.ks.noise_floor());
    measured.effect = Some(gap);
    measured.p_equal = column.p_equal(distances, merged);
    // One value on both sides; one range may still hold many.
    if merged.single && distances.binning == Binning::Levels {
        (measured.lower, measured.upper) = (Some(0.0), Some(0.0));
        measured.p_value = measured.threshold.map(|_| 1.0);
        return measured;
    }
    let reach = CRITICAL_5_PERCENT * merged.sampling_variance().sqrt();
    measured.lower = Some((gap - reach).max(0.0));
    // Of a profile only the gaps at its edges are known; the true one may be that much larger.
    measured.upper = Some((gap + gaps.ks_slack + reach).min(1.0));
    if let Some(threshold) = measured.threshold {
        measured.p_value = Some(p_of_gap(&gaps.ks, (gap - threshold).max(0.0), merged));
        let room = (threshold - gaps.ks_slack).max(0.0) / (CRITICAL_5_PERCENT + CRITICAL_10_PERCENT);
        add_needed(&mut measured, |n, m| merged.design.sampling_variance(n, m) <= room * room);
    }
    measured
}
