//! From measurements to verdicts, over all of a run.

use crate::model::measurement::{DriftMeasurement, DriftVerdict};

/// Gives every measurement of a run its q-value and its verdict.
pub fn settle<'a>(measurements: impl IntoIterator<Item = &'a mut DriftMeasurement>) {
    for measured in measurements {
        let (Some(effect), Some(threshold), None) = (measured.effect, measured.threshold, measured.reason) else {
            continue;
        };
        measured.verdict = if effect > threshold { DriftVerdict::Drifted } else { DriftVerdict::Stable };
    }
}
