//! Some of the cells that checks are about, for people to look at: of each check and feature the first few.
//!
//! How the two sides of a cell compare is said without a value of either, because values may not be shown to everybody who
//! may know that they differ.

use std::time::Duration;

use crate::model::check::CheckKind;
use crate::model::exhibit::{Examples, MOST_CELLS, SeenCell, SeenSide};
use crate::model::figure;
use crate::model::history::Versions;
use crate::model::online::{OnlineCell, OnlineRow};
use crate::model::sample::{Readings, Sample};
use crate::model::time::Timestamp;
use crate::model::value::Value;
use crate::model::verdict::{ExpiredOutcome, Settled, Verdict};
use crate::model::view::{FeatureView, FreshnessBasis, Inclusion};

use super::difference::{is_comparable, number, online_value};
use super::feature::{Usability, usability};
use super::freshness::{outdated_for, stamp};
use super::rows::{SettledRow, is_online};
use super::view::{ViewRules, demand};

/// A multiple from which on a difference is told as one, and not in percent.
const MULTIPLE: f64 = 2.0;

/// The first cells, in the order of the sample's keys, that speak against each check; of a view as a whole, rows.
pub(super) fn cells(view: &FeatureView, sample: &Sample, rows: &[SettledRow], rules: &ViewRules<'_>) -> Examples {
    let mut examples = Examples::new();
    for (position, row) in rows.iter().enumerate() {
        let mut about_row = Vec::new();
        for (feature, cell) in row.cells.iter().enumerate() {
            let Some(name) = view.features.get(feature).map(|feature| &feature.name) else { continue };
            let is_unusable = usability(cell, demand(sample, position), view.expired) == Usability::Unusable;
            for check in [accused(cell, view), is_unusable.then_some(CheckKind::Coverage)].into_iter().flatten() {
                add(&mut examples, (Some(name), check), || seen(sample, position, Some((feature, cell))));
            }
            about_row.extend(accused(cell, view));
            about_row.extend(is_unusable.then_some(CheckKind::Coverage));
            about_row.extend(is_incomparable(cell, view).then_some(CheckKind::Comparable));
        }
        about_row.extend(is_late(view, sample, position, rules).then_some(CheckKind::Freshness));
        about_row.sort_unstable();
        about_row.dedup();
        for check in about_row {
            add(&mut examples, (None, check), || seen(sample, position, None));
        }
    }
    examples
}

fn add(
    examples: &mut Examples,
    (feature, check): (Option<&String>, CheckKind),
    make: impl FnOnce() -> Option<SeenCell>,
) {
    let held = examples.entry((feature.cloned(), check)).or_default();
    if held.len() < MOST_CELLS {
        held.extend(make());
    }
}

/// The check that a cell speaks against by its verdict.
fn accused(cell: &Settled, view: &FeatureView) -> Option<CheckKind> {
    match cell.verdict {
        Verdict::Skewed => Some(CheckKind::Skew),
        Verdict::Expired => {
            let counts = view.expired.in_skew == Inclusion::Included;
            (counts && cell.expired == Some(ExpiredOutcome::Skewed)).then_some(CheckKind::Skew)
        }
        Verdict::Phantom => Some(CheckKind::Phantom),
        Verdict::MissingOffline => Some(CheckKind::MissingOffline),
        Verdict::Undecodable => Some(CheckKind::Undecodable),
        Verdict::InFlight => Some(CheckKind::InFlight),
        Verdict::Unread
        | Verdict::Absent
        | Verdict::Pending
        | Verdict::MissingOnline
        | Verdict::Ahead
        | Verdict::Stale
        | Verdict::Consistent => None,
    }
}

/// Whether the cell should have been comparable and is not.
fn is_incomparable(cell: &Settled, view: &FeatureView) -> bool {
    let is_rightly_gone = cell.verdict == Verdict::Absent || cell.expired == Some(ExpiredOutcome::Absent);
    !is_rightly_gone && !is_comparable(cell, view.expired)
}

/// Whether the row counts against the freshness objective.
fn is_late(view: &FeatureView, sample: &Sample, position: usize, rules: &ViewRules<'_>) -> bool {
    let late = || {
        let (objective, readings) = (rules.freshness_objective?, sample.readings.get(position)?);
        let read_at = rules.now.unwrap_or(readings.last.read_at);
        let (stamp, precision) = stamp(readings)?;
        let age = match view.freshness_basis {
            FreshnessBasis::Row | FreshnessBasis::View => read_at.since(stamp)?,
            FreshnessBasis::Version => {
                outdated_for(sample, &sample.keys.get(position)?.key, (stamp, precision), read_at)
            }
        };
        (age > objective).then_some(())
    };
    late().is_some()
}

/// A cell, or the row as a whole.
fn seen(sample: &Sample, position: usize, cell: Option<(usize, &Settled)>) -> Option<SeenCell> {
    let (key, readings) = sample.keys.get(position).zip(sample.readings.get(position))?;
    let versions = sample.history.versions(&key.key);
    let offline = offline(&versions, cell);
    let at = stamp(readings).map(|(instant, _)| instant);
    let online = is_online(readings)
        .then(|| SeenSide { at, value: cell.and_then(|(feature, _)| online_value(readings, feature)).cloned() });
    let difference = match cell {
        Some((feature, _)) => Some(compared(offline.as_ref(), (readings, feature))),
        None => of_row(offline.as_ref().and_then(|offline| offline.at), (readings, at)),
    };
    Some(SeenCell { entity: key.key.clone(), offline, online, difference })
}

/// The version that the cell was held against, else the newest one.
fn offline(versions: &Versions<'_>, cell: Option<(usize, &Settled)>) -> Option<SeenSide> {
    let held = cell.and_then(|(_, settled)| settled.version).and_then(|position| versions.version(position));
    let version = held.or_else(|| versions.newest())?;
    Some(SeenSide { at: Some(version.event_timestamp()), value: cell.map(|(feature, _)| version.value(feature)) })
}

/// How the sides of a row compare.
fn of_row(offline: Option<Timestamp>, (readings, online): (&Readings, Option<Timestamp>)) -> Option<String> {
    if !is_online(readings) {
        return Some("no row online".to_owned());
    }
    let Some(offline) = offline else { return Some("no version offline".to_owned()) };
    let online = online?;
    let behind = offline.since(online).filter(|behind| *behind > Duration::ZERO)?;
    Some(format!("online {} behind", figure::span(Some(behind.as_secs_f64()))))
}

/// How the sides of a cell compare.
fn compared(offline: Option<&SeenSide>, (readings, feature): (&Readings, usize)) -> String {
    let online = match &readings.last.row {
        Err(_) => return "not read".to_owned(),
        Ok(OnlineRow::Absent) => return "no row online".to_owned(),
        Ok(OnlineRow::Found(row)) => match row.cells.get(feature) {
            None | Some(OnlineCell::Absent) => return "no value online".to_owned(),
            Some(OnlineCell::Undecodable(_)) => return "bytes online that are no value".to_owned(),
            Some(OnlineCell::Value(value)) => value,
        },
    };
    match offline.and_then(|offline| offline.value.as_ref()) {
        None => "no version offline".to_owned(),
        Some(offline) => between(offline, online),
    }
}

/// How two values compare, without telling either.
fn between(offline: &Value, online: &Value) -> String {
    match (offline, online) {
        (Value::Null, Value::Null) => return "null on both sides".to_owned(),
        (Value::Null, _) => return "null offline, a value online".to_owned(),
        (_, Value::Null) => return "a value offline, null online".to_owned(),
        (Value::String(offline), Value::String(online)) => return between_texts(offline, online).to_owned(),
        (_, _) => {}
    }
    let numbers = number(offline)
        .zip(number(online))
        .filter(|(offline, online)| offline.is_finite() && online.is_finite() && *offline != 0.0);
    let Some((offline, online)) = numbers else { return "they differ".to_owned() };
    let multiple = online / offline;
    if multiple < 0.0 {
        return "of opposite sign".to_owned();
    }
    if multiple >= MULTIPLE {
        return format!("online {} × offline", figure::number(multiple));
    }
    let size = figure::bare_percent((multiple - 1.0).abs());
    if multiple > 1.0 { format!("online {size} % above") } else { format!("online {size} % below") }
}

fn between_texts(offline: &str, online: &str) -> &'static str {
    if offline == online {
        "the same text"
    } else if offline.to_lowercase() == online.to_lowercase() {
        "the same text but for its case"
    } else if offline.trim() == online.trim() {
        "the same text but for spaces around it"
    } else {
        "another text"
    }
}
