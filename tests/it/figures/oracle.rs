//! Each figure by its definition, cell by cell, without states and without merging.

use serde_json::{Value as Json, json};
use skewwatch::measure::SettledRow;
use skewwatch::model::measurement::ViewMeasurement;
use skewwatch::model::verdict::{ExpiredOutcome, Settled, Verdict};
use skewwatch::model::view::{FeatureView, Inclusion};

use super::{Cell, Entity, MODIFIED, OBJECTIVE, Online, READ_AT, TTL};

fn share(part: usize, whole: usize) -> Json {
    if whole == 0 { Json::Null } else { json!(part as f64 / whole as f64) }
}

fn was_compared(cell: &Settled) -> bool {
    use ExpiredOutcome::{Consistent, Skewed, Stale};
    matches!(cell.verdict, Verdict::Consistent | Verdict::Stale | Verdict::Skewed)
        || matches!(cell.expired, Some(Consistent | Stale | Skewed))
}

fn is_rightly_gone(cell: &Settled) -> bool {
    cell.expired == Some(ExpiredOutcome::Absent)
}

fn counts_for_coverage(cell: &Settled, entity: &Entity) -> bool {
    match cell.verdict {
        Verdict::Unread | Verdict::Pending | Verdict::InFlight => false,
        Verdict::Absent => entity.is_requested,
        _ => !is_rightly_gone(cell),
    }
}

fn is_usable(cell: &Settled, view: &FeatureView) -> bool {
    match cell.verdict {
        Verdict::Expired => !is_rightly_gone(cell) && view.expired.in_coverage == Inclusion::Included,
        Verdict::Consistent
        | Verdict::Stale
        | Verdict::Skewed
        | Verdict::Ahead
        | Verdict::Phantom
        | Verdict::MissingOffline => true,
        _ => false,
    }
}

fn online(entity: &Entity, feature: usize) -> Option<Option<i64>> {
    match entity.online {
        Online::Row(_, cells) => match cells[feature] {
            Cell::Value(value) => Some(value),
            Cell::Absent | Cell::Undecodable => None,
        },
        Online::Unread | Online::Absent => None,
    }
}

fn error(online: i64, offline: i64) -> f64 {
    let (online, offline) = (online as f64, offline as f64);
    if online == offline { 0.0 } else { 2.0 * (online - offline).abs() / (online.abs() + offline.abs()) }
}

fn feature(view: &FeatureView, entities: &[Entity], rows: &[SettledRow], position: usize) -> Json {
    let cells: Vec<(&Settled, &Entity)> = rows.iter().map(|row| &row.cells[position]).zip(entities).collect();
    let compared: Vec<_> = cells
        .iter()
        .filter(|(cell, _)| was_compared(cell))
        .filter(|(cell, _)| cell.verdict != Verdict::Expired || view.expired.in_skew == Inclusion::Included)
        .collect();
    let skewed = compared
        .iter()
        .filter(|(cell, _)| cell.verdict == Verdict::Skewed || cell.expired == Some(ExpiredOutcome::Skewed))
        .count();
    let errors: Vec<f64> = compared
        .iter()
        .filter_map(|(cell, entity)| {
            Some(error(online(entity, position)??, entity.versions[cell.version?].1[position]?))
        })
        .collect();
    let counted: Vec<_> = cells.iter().filter(|(cell, entity)| counts_for_coverage(cell, entity)).collect();
    let usable: Vec<_> = counted.iter().filter(|(cell, _)| is_usable(cell, view)).collect();
    let nulls = usable.iter().filter(|(_, entity)| online(entity, position) == Some(None)).count();
    json!({
        "skew": [share(skewed, compared.len()), compared.len()],
        "smape": if errors.is_empty() { Json::Null } else { json!(rounded(errors.iter().sum::<f64>() / errors.len() as f64)) },
        "coverage": [share(usable.len(), counted.len()), counted.len(), share(nulls, usable.len())],
    })
}

/// Sums of floats in another order differ in the last places.
fn rounded(number: f64) -> f64 {
    (number * 1e9).round() / 1e9
}

pub fn figures(view: &FeatureView, entities: &[Entity], rows: &[SettledRow]) -> Json {
    let all = || rows.iter().flat_map(|row| &row.cells);
    let compared = all().filter(|cell| was_compared(cell)).count();
    let expected = all().filter(|cell| cell.verdict != Verdict::Absent && !is_rightly_gone(cell)).count();
    let keys: Vec<Vec<&Settled>> = rows
        .iter()
        .zip(entities)
        .map(|(row, entity)| row.cells.iter().filter(|cell| counts_for_coverage(cell, entity)).collect())
        .filter(|cells: &Vec<&Settled>| !cells.is_empty())
        .collect();
    let complete = keys.iter().filter(|cells| cells.iter().all(|cell| is_usable(cell, view))).count();
    let stamps: Vec<(i64, &Entity)> = entities
        .iter()
        .filter_map(|entity| match entity.online {
            Online::Row(stamp, _) => Some((stamp, entity)),
            Online::Unread | Online::Absent => None,
        })
        .collect();
    let read: Vec<_> = stamps.iter().filter(|(stamp, _)| *stamp <= READ_AT).collect();
    let late = read
        .iter()
        .filter(|(stamp, entity)| {
            let available = MODIFIED[usize::from(entity.is_in_newest_dump)];
            entity.versions.iter().any(|(second, _)| second > stamp) && READ_AT - available > OBJECTIVE
        })
        .count();
    json!({
        "comparable": [share(compared, expected), expected],
        "coverage": [share(complete, keys.len()), keys.len()],
        "freshness": {
            "n": read.len(),
            "from_the_future": stamps.len() - read.len(),
            "past_ttl": read.iter().filter(|(stamp, _)| READ_AT - stamp > TTL).count(),
            "beyond_objective": late,
            "max_seconds": read.iter().map(|(stamp, _)| (READ_AT - stamp) as f64).reduce(f64::max),
            "within_objective": read.iter().filter(|(stamp, _)| READ_AT - stamp <= OBJECTIVE).count(),
            "within_ttl": read.iter().filter(|(stamp, _)| READ_AT - stamp <= TTL).count(),
            "sum_seconds": read.iter().map(|(stamp, _)| READ_AT - stamp).sum::<i64>(),
        },
        "features": { "clicks": feature(view, entities, rows, 0), "orders": feature(view, entities, rows, 1) },
    })
}

/// What was measured, in the shape of [`figures`].
pub fn published(measured: &ViewMeasurement) -> Json {
    let feature = |name: &str| {
        let figures = &measured.features[name];
        json!({
            "skew": [figures.skew.ratio, figures.skew.n],
            "smape": figures.skew.smape.map(rounded),
            "coverage": [figures.coverage.ratio, figures.coverage.n, figures.coverage.null_ratio],
        })
    };
    let freshness = &measured.freshness;
    let within = |seconds: i64| {
        let bounds = freshness.lags.bounds();
        let place = bounds.binary_search(&std::time::Duration::from_secs(seconds.unsigned_abs())).unwrap();
        freshness.lags.counts()[..=place].iter().sum::<u64>()
    };
    json!({
        "comparable": [measured.comparable.ratio, measured.comparable.n],
        "coverage": [measured.coverage.ratio, measured.coverage.n],
        "freshness": {
            "n": freshness.n,
            "from_the_future": freshness.from_the_future,
            "past_ttl": freshness.past_ttl,
            "beyond_objective": freshness.beyond_objective,
            "max_seconds": freshness.max_seconds,
            "within_objective": within(OBJECTIVE),
            "within_ttl": within(TTL),
            "sum_seconds": freshness.lags.sum().as_secs(),
        },
        "features": { "clicks": feature("clicks"), "orders": feature("orders") },
    })
}
