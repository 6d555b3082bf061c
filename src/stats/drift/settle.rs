//! From measurements to verdicts, over all of a run.

use crate::model::measurement::{DriftMeasurement, DriftReason, DriftVerdict};
use crate::stats::benjamini_hochberg;

/// The share of false calls among all calls of a run that is put up with.
const FALSE_DISCOVERIES: f64 = 0.05;

/// Gives every measurement of a run its q-value and its verdict.
///
/// q-values come of all p-values together. Drifted: the whole interval lies beyond the limit, and the q-value, where there
/// is one, is below 0.05. Else stable: the whole interval lies within the limit. Else unknown: underpowered where more
/// values would have to be seen, otherwise too close to the limit. A measurement that has a reason already keeps it.
pub fn settle<'a>(measurements: impl IntoIterator<Item = &'a mut DriftMeasurement>) {
    let mut measurements: Vec<&mut DriftMeasurement> = measurements.into_iter().collect();
    let p_values: Vec<f64> = measurements.iter().filter_map(|measured| measured.p_value).collect();
    let tested = measurements.iter_mut().filter(|measured| measured.p_value.is_some());
    for (measured, q) in tested.zip(benjamini_hochberg::adjusted(&p_values)) {
        measured.q_value = Some(q);
    }
    for measured in measurements {
        if measured.reason.is_none()
            && let Some(threshold) = measured.threshold
        {
            (measured.verdict, measured.reason) = verdict(measured, threshold);
            if measured.verdict != DriftVerdict::Unknown {
                (measured.needed_reference_n, measured.needed_current_n) = (None, None);
            }
        }
    }
}

fn verdict(measured: &DriftMeasurement, threshold: f64) -> (DriftVerdict, Option<DriftReason>) {
    let is_called = measured.q_value.is_none_or(|q| q < FALSE_DISCOVERIES);
    if measured.lower.is_some_and(|lower| lower > threshold) && is_called {
        (DriftVerdict::Drifted, None)
    } else if measured.upper.is_some_and(|upper| upper <= threshold) {
        (DriftVerdict::Stable, None)
    } else if measured.needed_reference_n.is_some() || measured.needed_current_n.is_some() {
        (DriftVerdict::Unknown, Some(DriftReason::Underpowered))
    } else {
        (DriftVerdict::Unknown, Some(DriftReason::AtThreshold))
    }
}
