//! The checks of one column: distance, effect, interval and p-value of each.

use std::collections::BTreeMap;

use super::column::Column;
use super::design::DesignEffect;
use super::digest::{Distances, PairDigest};
use super::limits::DriftLimits;
use super::merged::Merged;
use super::observed::ColumnKind;
use super::resampled::{self, Distance};
use super::{gap, index, share};
use crate::model::check::DriftStatistic;
use crate::model::measurement::{DriftMeasurement, DriftReason};

/// The checks that the kind of the column has, without q-values and verdicts, which [`settle`](super::settle) gives.
///
/// Every column: index and rate without a value. Numbers and ages: gap and out-of-range share. Keys: unseen share. The
/// distances of Jensen and Shannon, total variation and Cramér's V only where they have a limit. Where a side has no valid
/// value, the distribution has the reason `empty`; a point in time without the time of its snapshot is measured only.
#[must_use]
pub fn checks(pair: &PairDigest, limits: &DriftLimits) -> BTreeMap<DriftStatistic, DriftMeasurement> {
    let merged = pair.distances.as_ref().and_then(|distances| Some((distances, Merged::of(distances)?)));
    let design = merged.as_ref().map_or(DesignEffect::NONE, |(_, merged)| merged.design);
    let found = of_kind(pair.kind).filter_map(|statistic| {
        let column = Column { pair, threshold: limits.of(statistic) };
        if statistic == DriftStatistic::Missing {
            return Some((statistic, share::missing(&column, design)));
        }
        if is_optional(statistic) && column.threshold.is_none() {
            return None;
        }
        let mut measured = match &merged {
            Some((distances, merged)) => distribution(statistic, &column, (distances, merged))?,
            None => DriftMeasurement { reason: Some(DriftReason::Empty), ..column.blank() },
        };
        if pair.kind == ColumnKind::Timestamp && measured.reason.is_none() {
            take_judgement(&mut measured);
        }
        Some((statistic, measured))
    });
    found.collect()
}

fn of_kind(kind: ColumnKind) -> impl Iterator<Item = DriftStatistic> {
    let has = move |statistic: &DriftStatistic| match statistic {
        DriftStatistic::Missing
        | DriftStatistic::Psi
        | DriftStatistic::Js
        | DriftStatistic::Tvd
        | DriftStatistic::CramersV => kind != ColumnKind::Opaque,
        DriftStatistic::Ks => matches!(kind, ColumnKind::Numeric | ColumnKind::Timestamp | ColumnKind::Age),
        DriftStatistic::Unseen => kind == ColumnKind::Categorical,
        DriftStatistic::OutOfRange => matches!(kind, ColumnKind::Numeric | ColumnKind::Age),
    };
    DriftStatistic::ALL.into_iter().filter(has)
}

const fn is_optional(statistic: DriftStatistic) -> bool {
    matches!(statistic, DriftStatistic::Js | DriftStatistic::Tvd | DriftStatistic::CramersV)
}

fn distribution(
    statistic: DriftStatistic,
    column: &Column<'_>,
    (distances, merged): (&Distances, &Merged),
) -> Option<DriftMeasurement> {
    match statistic {
        DriftStatistic::Psi => Some(index::measure(column, distances, merged)),
        DriftStatistic::Ks => Some(gap::measure(column, (distances, distances.gaps.as_ref()?), merged)),
        DriftStatistic::Js => resampled::measure(column, distances, Distance::JensenShannon),
        DriftStatistic::Tvd => resampled::measure(column, distances, Distance::TotalVariation),
        DriftStatistic::CramersV => resampled::measure(column, distances, Distance::CramersV),
        DriftStatistic::Unseen | DriftStatistic::OutOfRange => Some(share::novel(column, distances, merged.design)),
        DriftStatistic::Missing => None,
    }
}

/// Times move on by themselves: how far is worth telling, and no test or verdict follows from it.
const fn take_judgement(measured: &mut DriftMeasurement) {
    measured.reason = Some(DriftReason::NoSnapshotTime);
    measured.p_value = None;
    (measured.needed_reference_n, measured.needed_current_n) = (None, None);
}
