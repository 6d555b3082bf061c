//! The feature of a view that is furthest from what it should be.

use crate::history::{DriftSubject, ViewFigures};
use crate::model::check::DriftStatistic;
use crate::model::drift::governing;
use crate::model::measurement::{DriftMeasurement, DriftVerdict};
use crate::model::ratio::Ratio;

use super::known::PastRound;

/// The feature with the largest share of skewed cells, and the share; `None` where nothing was compared.
pub(super) fn skew(figures: &ViewFigures) -> Option<(&str, Ratio)> {
    let measured =
        figures.features.iter().rev().filter_map(|(name, feature)| Some((name.as_str(), feature.skew.ratio?)));
    measured.max_by(|(_, one), (_, other)| one.get().total_cmp(&other.get()))
}

/// The feature whose served values drifted furthest beyond their limit, with the check that decides: one that drifted
/// before one that did not; `None` where no effect was measured.
pub(super) fn drift(round: &PastRound) -> Option<(&str, DriftStatistic, &DriftMeasurement)> {
    let served = round.drift.iter().rev().filter_map(|((name, subject), checks)| match subject {
        DriftSubject::Served => {
            let (statistic, measured) = governing(checks)?;
            measured.effect.is_some().then_some((name.as_str(), statistic, measured))
        }
        DriftSubject::Snapshot => None,
    });
    let drifted = |measured: &DriftMeasurement| measured.verdict == DriftVerdict::Drifted;
    served.max_by(|(_, _, one), (_, _, other)| {
        drifted(one).cmp(&drifted(other)).then_with(|| one.excess().total_cmp(&other.excess()))
    })
}
