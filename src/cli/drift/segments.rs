//! The segments that carry the drift of a column, as lines for people.

use super::report::{Report, verdict, word};
use super::sentence::{amount, interval};
use crate::drift::{ColumnDrift, SegmentDrift};
use crate::model::check::DriftStatistic;
use crate::model::drift::governing;
use crate::model::figure;
use crate::model::measurement::DriftVerdict;
use crate::model::ratio::Ratio;
use crate::publish::plain::one_line;

/// Most segments of one column that are told.
const MOST: usize = 5;
/// Least share of the column's index that is worth telling.
const LEAST_CONTRIBUTION: f64 = 0.05;

/// The segments to tell of: those that drifted or carry a part of the column's drift, at most five, those that carry most
/// first.
#[must_use]
pub fn telling(column: &ColumnDrift) -> Vec<&SegmentDrift> {
    let carries = |segment: &SegmentDrift| {
        column.verdict() == DriftVerdict::Drifted
            && carried(column, segment).is_some_and(|carried| carried >= LEAST_CONTRIBUTION)
    };
    let excess = |segment: &SegmentDrift| governing(&segment.checks).map_or(0.0, |(_, measured)| measured.excess());
    let mut told: Vec<&SegmentDrift> = column
        .segments
        .iter()
        .filter(|segment| verdict(segment) == DriftVerdict::Drifted || carries(segment))
        .collect();
    // Segments come by what they carry; where there is nothing to carry, that order is chance.
    if told.iter().all(|segment| carried(column, segment).is_none()) {
        told.sort_by(|a, b| excess(b).total_cmp(&excess(a)));
    }
    told.truncate(MOST);
    told
}

/// The part of the column's index that a segment carries; `None` where the index is not surely above 0.
fn carried(column: &ColumnDrift, segment: &SegmentDrift) -> Option<f64> {
    let index = column.checks.get(&DriftStatistic::Psi)?;
    segment.contribution.filter(|_| index.lower.is_some_and(|lower| lower > 0.0))
}

/// By how much the column's index would be smaller without the drift of a segment; a negative part would make it larger.
#[must_use]
pub fn contribution(column: &ColumnDrift, segment: &SegmentDrift) -> String {
    match carried(column, segment) {
        None => figure::NOTHING.to_owned(),
        Some(share) if share < 0.0 => format!("−{} %", figure::bare_percent(-share)),
        Some(share) => figure::percent(Ratio::new(share.min(1.0))),
    }
}

/// The same as a clause.
fn without(column: &ColumnDrift, segment: &SegmentDrift) -> Option<String> {
    let share = carried(column, segment)?;
    let direction = if share < 0.0 { "rise" } else { "fall" };
    let part = figure::percent(Ratio::new(share.abs().min(1.0)));
    Some(format!("; without its drift the column's psi would {direction} by {part}"))
}

/// The check that decides about a segment, its effect and interval: `psi 0.312 (0.250–0.380)`.
#[must_use]
pub fn decisive(segment: &SegmentDrift) -> String {
    let Some((statistic, measured)) = governing(&segment.checks) else { return figure::NOTHING.to_owned() };
    let effect = measured.effect.map_or_else(|| figure::NOTHING.to_owned(), |effect| amount(statistic, effect));
    let interval = interval(statistic, measured).map_or_else(String::new, |interval| format!(" ({interval})"));
    format!("{} {effect}{interval}", statistic.name().replace('_', " "))
}

/// One line a segment; `None` without one to tell of.
#[must_use]
pub fn lines(report: &Report<'_>, column: &ColumnDrift) -> Option<String> {
    let line = |segment: &&SegmentDrift| {
        let counts = [&segment.pair.reference, &segment.pair.current].map(|side| figure::count(side.counts.valid()));
        let [n, m] = counts;
        format!(
            "{}: {}, {}, n {n} and {m}{}",
            one_line(&report.segment(&segment.segment)),
            decisive(segment),
            word(verdict(segment)),
            without(column, segment).unwrap_or_default(),
        )
    };
    let told = telling(column);
    let rest = column.segments.len() - told.len();
    let mut lines: Vec<String> = told.iter().map(line).collect();
    if lines.is_empty() {
        return None;
    }
    if rest > 0 {
        lines.push(format!("and {} more", figure::count(rest as u64)));
    }
    Some(lines.join("\n"))
}
