//! The blobs of one hour: figures of a view, figures of a feature.

use std::collections::BTreeMap;

use super::cell_blob::{Cells, fold, pack_cells, unfold, unpack_cells};
use super::error::Fault;
use super::hour::{DriftHour, FeatureHour, FreshnessHour, SideHour, Span, ViewHour};
use super::names::Names;
use super::pack::{Packer, Unpacker, unpack, unpack_head};
use super::round_blob::{pack_lags, statistic, unpack_lags};
use crate::model::check::Stage;
use crate::model::measurement::KeyCounts;

/// The figures of a view.
pub(super) fn pack_view_hour(hour: &ViewHour, names: &mut Names<'_>) -> Result<Vec<u8>, Fault> {
    let mut packer = Packer::new();
    packer.counts(&[hour.complete, hour.partial, hour.failed]);
    packer.count(hour.failures.len() as u64);
    for ((stage, reason), count) in &hour.failures {
        packer.count(names.word(stage.name())?);
        packer.count(names.word(reason)?);
        packer.count(*count);
    }
    packer.counts(&[hour.keys.asked, hour.keys.online, hour.keys.offline, hour.keys.both]);
    let freshness = &hour.freshness;
    packer.share(freshness.beyond_objective);
    packer.count(freshness.past_ttl);
    packer.count(freshness.from_the_future);
    packer.instant(freshness.newest_event_timestamp);
    packer.count(u64::from(freshness.lags.is_some()));
    freshness.lags.iter().for_each(|lags| pack_lags(lags, &mut packer));
    packer.share(hour.coverage);
    pack_span(hour.coverage_span, &mut packer);
    packer.share(hour.comparable);
    pack_span(hour.comparable_span, &mut packer);
    // Blobs of before there were serving paths end here, too.
    if hour.sides != SideHour::default() {
        let SideHour { wrong, wrong_span, request_coverage_span, request_skew_span } = hour.sides;
        packer.share(wrong);
        for span in [wrong_span, request_coverage_span, request_skew_span] {
            pack_span(span, &mut packer);
        }
    }
    Ok(packer.finish())
}

/// How the rounds of a view's hour ended: complete, partial, failed. Nothing else of the blob is read.
pub(super) fn unpack_outcomes(bytes: &[u8]) -> Result<[u64; 3], Fault> {
    unpack_head(bytes, |unpacker| unpacker.counts()).ok_or_else(|| Fault::damaged("view_hours"))
}

/// The figures of a view.
pub(super) fn unpack_view_hour(bytes: &[u8], names: &Names<'_>) -> Result<ViewHour, Fault> {
    let read = |unpacker: &mut Unpacker<'_>| {
        let [complete, partial, failed] = unpacker.counts()?;
        let mut failures = BTreeMap::new();
        for _ in 0..unpacker.count()? {
            let (stage, reason) = (names.spelled(unpacker.count()?)?, names.spelled(unpacker.count()?)?);
            let stage = Stage::ALL.into_iter().find(|known| known.name() == stage)?;
            failures.insert((stage, reason.to_owned()), unpacker.count()?);
        }
        let [asked, online, offline, both] = unpacker.counts()?;
        let freshness = FreshnessHour {
            beyond_objective: unpacker.share()?,
            past_ttl: unpacker.count()?,
            from_the_future: unpacker.count()?,
            newest_event_timestamp: unpacker.instant()?,
            lags: match unpacker.count()? {
                0 => None,
                _ => Some(unpack_lags(unpacker)?),
            },
        };
        Some(ViewHour {
            complete,
            partial,
            failed,
            failures,
            keys: KeyCounts { asked, online, offline, both },
            freshness,
            coverage: unpacker.share()?,
            coverage_span: unpack_span(unpacker)?,
            comparable: unpacker.share()?,
            comparable_span: unpack_span(unpacker)?,
            sides: unpack_sides(unpacker)?,
        })
    };
    unpack(bytes, read).ok_or_else(|| Fault::damaged("view_hours"))
}

fn unpack_sides(unpacker: &mut Unpacker<'_>) -> Option<SideHour> {
    if unpacker.is_at_end() {
        return Some(SideHour::default());
    }
    Some(SideHour {
        wrong: unpacker.share()?,
        wrong_span: unpack_span(unpacker)?,
        request_coverage_span: unpack_span(unpacker)?,
        request_skew_span: unpack_span(unpacker)?,
    })
}

/// The figures of several features, by number.
pub(super) type FeatureHours = BTreeMap<i64, FeatureHour>;

/// The figures of several features.
pub(super) fn pack_feature_hours(hours: &FeatureHours, names: &mut Names<'_>) -> Result<Vec<u8>, Fault> {
    let mut packer = Packer::new();
    packer.count(hours.len() as u64);
    for (feature, hour) in hours {
        packer.count(feature.unsigned_abs());
        pack_feature_hour(hour, &mut packer, names)?;
    }
    Ok(packer.finish())
}

fn pack_feature_hour(hour: &FeatureHour, packer: &mut Packer, names: &mut Names<'_>) -> Result<(), Fault> {
    packer.count(hour.rounds);
    let cells = Cells {
        verdicts: hour.verdicts,
        layers: hour.layers,
        expired_served: hour.expired_served,
        expired_absent: hour.expired_absent,
        coverage: hour.coverage,
        nulls: hour.nulls,
        skew: hour.skew,
    };
    pack_cells(&cells, packer);
    for span in [hour.coverage_span, hour.skew_span, hour.smape_span] {
        pack_span(span, packer);
    }
    packer.count(hour.drift.len() as u64);
    for (statistic, drift) in &hour.drift {
        packer.count(names.word(statistic.name())?);
        let [least, most, last] = from_span(drift.effect);
        packer.counts(&[least, most, last, drift.drifted, drift.stable, drift.unknown]);
    }
    Ok(())
}

/// The figures of several features.
pub(super) fn unpack_feature_hours(bytes: &[u8], names: &Names<'_>) -> Result<FeatureHours, Fault> {
    let read = |unpacker: &mut Unpacker<'_>| {
        let mut hours = FeatureHours::new();
        for _ in 0..unpacker.count()? {
            hours.insert(i64::try_from(unpacker.count()?).ok()?, unpack_feature_hour(unpacker, names)?);
        }
        Some(hours)
    };
    unpack(bytes, read).ok_or_else(|| Fault::damaged("feature_hours"))
}

fn unpack_feature_hour(unpacker: &mut Unpacker<'_>, names: &Names<'_>) -> Option<FeatureHour> {
    let rounds = unpacker.count()?;
    let cells = unpack_cells(unpacker)?;
    let (coverage_span, skew_span) = (unpack_span(unpacker)?, unpack_span(unpacker)?);
    let smape_span = unpack_span(unpacker)?;
    let mut drift = BTreeMap::new();
    for _ in 0..unpacker.count()? {
        let statistic = statistic(names.spelled(unpacker.count()?)?)?;
        let [least, most, last, drifted, stable, unknown] = unpacker.counts()?;
        drift.insert(statistic, DriftHour { effect: into_span([least, most, last])?, drifted, stable, unknown });
    }
    Some(FeatureHour {
        rounds,
        verdicts: cells.verdicts,
        expired_served: cells.expired_served,
        expired_absent: cells.expired_absent,
        layers: cells.layers,
        coverage: cells.coverage,
        coverage_span,
        nulls: cells.nulls,
        skew: cells.skew,
        skew_span,
        smape_span,
        drift,
    })
}

fn pack_span(span: Option<Span>, packer: &mut Packer) {
    packer.counts(&from_span(span));
}

fn unpack_span(unpacker: &mut Unpacker<'_>) -> Option<Option<Span>> {
    into_span(unpacker.counts()?)
}

/// The least value and 1 (0 is no span), and how far the others lie off it.
fn from_span(span: Option<Span>) -> [u64; 3] {
    span.map_or([0; 3], |span| {
        let [least, most, last] = span.millionths();
        [fold(least).saturating_add(1), most.abs_diff(least), last.abs_diff(least)]
    })
}

fn into_span([least, most, last]: [u64; 3]) -> Option<Option<Span>> {
    let Some(least) = least.checked_sub(1).map(unfold) else { return Some(None) };
    let span = [least, least.checked_add_unsigned(most)?, least.checked_add_unsigned(last)?];
    Span::from_millionths(span).map(Some)
}
