//! The blobs of one round: figures of a view, figures of a feature.

use std::collections::BTreeMap;
use std::time::Duration;

use super::cell_blob::{Cells, pack_cells, unpack_cells};
use super::error::Fault;
use super::figures::{CheckStatus, DriftFigure, FeatureFigures, ViewFigures};
use super::names::Names;
use super::pack::{Packer, Unpacker, unpack};
use super::side::{pack_sides, unpack_sides};
use crate::model::check::{CheckKind, DriftStatistic, Severity};
use crate::model::lag::LagHistogram;
use crate::model::measurement::{
    ComparedSnapshots, DifferenceMeasurement, DriftVerdict, FreshnessMeasurement, KeyCounts, LagMeasurement,
    SnapshotMeasurement, Timestamps,
};
use crate::model::view::FreshnessBasis;

/// The figures of a view but for its features.
pub(super) fn pack_view(view: &ViewFigures, names: &mut Names<'_>) -> Result<Vec<u8>, Fault> {
    let mut packer = Packer::new();
    pack_snapshot(&view.snapshot, &mut packer);
    packer.counts(&[view.keys.asked, view.keys.online, view.keys.offline, view.keys.both]);
    pack_freshness(&view.freshness, &mut packer);
    packer.share(view.coverage);
    packer.share(view.comparable);
    packer.counts(&[view.timestamps.inside, view.timestamps.known]);
    pack_statuses(&view.statuses, &mut packer, names)?;
    pack_sides((view.served, view.logged), &mut packer);
    Ok(packer.finish())
}

/// The figures of a view; its features are empty.
pub(super) fn unpack_view(bytes: &[u8], names: &Names<'_>) -> Result<ViewFigures, Fault> {
    let read = |unpacker: &mut Unpacker<'_>| {
        let snapshot = unpack_snapshot(unpacker)?;
        let [asked, online, offline, both] = unpacker.counts()?;
        let freshness = unpack_freshness(unpacker)?;
        let (coverage, comparable) = (unpacker.share()?, unpacker.share()?);
        let [inside, known] = unpacker.counts()?;
        let statuses = unpack_statuses(unpacker, names)?;
        let (served, logged) = unpack_sides(unpacker)?;
        Some(ViewFigures {
            snapshot,
            keys: KeyCounts { asked, online, offline, both },
            freshness,
            coverage,
            comparable,
            timestamps: Timestamps { inside, known },
            served,
            logged,
            statuses,
            features: BTreeMap::new(),
        })
    };
    unpack(bytes, read).ok_or_else(|| Fault::damaged("rounds"))
}

fn pack_snapshot(snapshot: &SnapshotMeasurement, packer: &mut Packer) {
    packer.text(&snapshot.identity);
    packer.instant(snapshot.watermark);
    packer.instant(snapshot.horizon);
    packer.instant(snapshot.modified);
    packer.count(u64::from(snapshot.reference.is_some()));
    snapshot.reference.iter().for_each(|reference| packer.text(reference));
    packer.count(u64::from(snapshot.compared.is_some()));
    if let Some(compared) = &snapshot.compared {
        packer.text(&compared.before);
        packer.text(&compared.newest);
    }
}

fn unpack_snapshot(unpacker: &mut Unpacker<'_>) -> Option<SnapshotMeasurement> {
    Some(SnapshotMeasurement {
        identity: unpacker.text()?,
        watermark: unpacker.instant()?,
        horizon: unpacker.instant()?,
        modified: unpacker.instant()?,
        reference: match unpacker.count()? {
            0 => None,
            _ => Some(unpacker.text()?),
        },
        compared: match unpacker.count()? {
            0 => None,
            _ => Some(ComparedSnapshots { before: unpacker.text()?, newest: unpacker.text()? }),
        },
    })
}

fn pack_freshness(freshness: &FreshnessMeasurement, packer: &mut Packer) {
    packer.count(match freshness.basis {
        FreshnessBasis::Row => 0,
        FreshnessBasis::View => 1,
        FreshnessBasis::Version => 2,
    });
    packer.count(freshness.n);
    packer.reals(&[
        freshness.min_seconds,
        freshness.p50_seconds,
        freshness.p95_seconds,
        freshness.p99_seconds,
        freshness.max_seconds,
        freshness.objective_seconds,
    ]);
    packer.maybe(freshness.beyond_objective);
    packer.maybe(freshness.past_ttl);
    packer.count(freshness.from_the_future);
    packer.instant(freshness.newest_event_timestamp);
    pack_lags(&freshness.lags, packer);
}

fn unpack_freshness(unpacker: &mut Unpacker<'_>) -> Option<FreshnessMeasurement> {
    let basis = match unpacker.count()? {
        0 => FreshnessBasis::Row,
        1 => FreshnessBasis::View,
        2 => FreshnessBasis::Version,
        _ => return None,
    };
    let n = unpacker.count()?;
    let [min_seconds, p50_seconds, p95_seconds, p99_seconds, max_seconds, objective_seconds] = unpacker.reals()?;
    Some(FreshnessMeasurement {
        basis,
        n,
        min_seconds,
        p50_seconds,
        p95_seconds,
        p99_seconds,
        max_seconds,
        beyond_objective: unpacker.maybe()?,
        past_ttl: unpacker.maybe()?,
        from_the_future: unpacker.count()?,
        newest_event_timestamp: unpacker.instant()?,
        objective_seconds,
        lags: unpack_lags(unpacker)?,
    })
}

/// Bounds and the counts that are not 0.
pub(super) fn pack_lags(lags: &LagHistogram, packer: &mut Packer) {
    packer.count(lags.bounds().len() as u64);
    lags.bounds().iter().for_each(|bound| packer.duration(*bound));
    lags.counts().chunks(64).for_each(|counts| packer.counts(counts));
    packer.duration(lags.sum());
}

pub(super) fn unpack_lags(unpacker: &mut Unpacker<'_>) -> Option<LagHistogram> {
    let length = usize::try_from(unpacker.count()?).ok()?;
    let bounds: Vec<Duration> = (0..length).map(|_| unpacker.duration()).collect::<Option<_>>()?;
    let mut counts = Vec::new();
    while counts.len() <= length {
        let chunk: [u64; 64] = unpacker.counts()?;
        counts.extend_from_slice(&chunk);
    }
    counts.truncate(length + 1);
    LagHistogram::from_parts(bounds, counts, unpacker.duration()?)
}

fn pack_statuses(
    statuses: &BTreeMap<CheckKind, CheckStatus>,
    packer: &mut Packer,
    names: &mut Names<'_>,
) -> Result<(), Fault> {
    packer.count(statuses.len() as u64);
    for (check, status) in statuses {
        let code = match status {
            CheckStatus::Pass => 0,
            CheckStatus::Unknown => 1,
            CheckStatus::Breach(Severity::Warning) => 2,
            CheckStatus::Breach(Severity::Critical) => 3,
        };
        packer.count(names.word(check.name())? << 2 | code);
    }
    Ok(())
}

fn unpack_statuses(unpacker: &mut Unpacker<'_>, names: &Names<'_>) -> Option<BTreeMap<CheckKind, CheckStatus>> {
    let length = unpacker.count()?;
    let mut statuses = BTreeMap::new();
    for _ in 0..length {
        let code = unpacker.count()?;
        let name = names.spelled(code >> 2)?;
        let check = CheckKind::ALL.into_iter().find(|check| check.name() == name)?;
        let status = CheckStatus::ALL.into_iter().zip(0..).find(|(_, place)| *place == code & 3)?.0;
        statuses.insert(check, status);
    }
    Some(statuses)
}

/// The figures of a feature.
pub(super) fn pack_feature(feature: &FeatureFigures, names: &mut Names<'_>) -> Result<Vec<u8>, Fault> {
    let mut packer = Packer::new();
    let cells = Cells {
        verdicts: feature.verdicts,
        layers: feature.layers,
        expired_served: feature.expired_served,
        expired_absent: feature.expired_absent,
        coverage: feature.coverage,
        nulls: feature.nulls,
        skew: feature.skew,
    };
    pack_cells(&cells, &mut packer);
    packer.maybe(feature.lag.versions_p50);
    packer.maybe(feature.lag.versions_max);
    let size = &feature.difference;
    packer.reals(&[feature.smape, size.abs_p50, size.abs_p99, size.rel_p50, size.rel_p99]);
    packer.count(feature.drift.len() as u64);
    for (statistic, figure) in &feature.drift {
        let verdict = match figure.verdict {
            DriftVerdict::Drifted => 0,
            DriftVerdict::Stable => 1,
            DriftVerdict::Unknown => 2,
        };
        packer.count(names.word(statistic.name())? << 2 | verdict);
        packer.reals(&[figure.distance, figure.effect]);
    }
    pack_statuses(&feature.statuses, &mut packer, names)?;
    Ok(packer.finish())
}

/// The figures of a feature.
pub(super) fn unpack_feature(bytes: &[u8], names: &Names<'_>) -> Result<FeatureFigures, Fault> {
    let read = |unpacker: &mut Unpacker<'_>| {
        let cells = unpack_cells(unpacker)?;
        let lag = LagMeasurement { versions_p50: unpacker.maybe()?, versions_max: unpacker.maybe()? };
        let [smape, abs_p50, abs_p99, rel_p50, rel_p99] = unpacker.reals()?;
        Some(FeatureFigures {
            verdicts: cells.verdicts,
            expired_served: cells.expired_served,
            expired_absent: cells.expired_absent,
            layers: cells.layers,
            lag,
            coverage: cells.coverage,
            nulls: cells.nulls,
            skew: cells.skew,
            smape,
            difference: DifferenceMeasurement { abs_p50, abs_p99, rel_p50, rel_p99 },
            drift: unpack_drift(unpacker, names)?,
            statuses: unpack_statuses(unpacker, names)?,
        })
    };
    unpack(bytes, read).ok_or_else(|| Fault::damaged("round_features"))
}

fn unpack_drift(unpacker: &mut Unpacker<'_>, names: &Names<'_>) -> Option<BTreeMap<DriftStatistic, DriftFigure>> {
    let mut drift = BTreeMap::new();
    for _ in 0..unpacker.count()? {
        let code = unpacker.count()?;
        let verdict = match code & 3 {
            0 => DriftVerdict::Drifted,
            1 => DriftVerdict::Stable,
            2 => DriftVerdict::Unknown,
            _ => return None,
        };
        let [distance, effect] = unpacker.reals()?;
        drift.insert(statistic(names.spelled(code >> 2)?)?, DriftFigure { distance, effect, verdict });
    }
    Some(drift)
}

/// The statistic with a name.
pub(super) fn statistic(name: &str) -> Option<DriftStatistic> {
    DriftStatistic::ALL.into_iter().find(|statistic| statistic.name() == name)
}
