//! The segments that carry the drift of a column, as lines for people.

use super::report::{Report, verdict, word};
use super::sentence::{amount, interval};
use crate::drift::{ColumnDrift, SegmentDrift};
use crate::model::drift::governing;
use crate::model::figure;
use crate::model::measurement::DriftVerdict;
use crate::model::ratio::Ratio;
use crate::publish::plain::one_line;

/// Most segments of one column that are told.
const MOST: usize = 5;
/// Least share of the column's index that is worth telling.
const LEAST_CONTRIBUTION: f64 = 0.05;

/// The segments to tell of: those that drifted or carry a part of the column's drift, at most five.
#[must_use]
pub fn telling(column: &ColumnDrift) -> Vec<&SegmentDrift> {
    let carries = |segment: &SegmentDrift| {
        column.verdict() == DriftVerdict::Drifted
            && segment.contribution.is_some_and(|contribution| contribution >= LEAST_CONTRIBUTION)
    };
    column
        .segments
        .iter()
        .filter(|segment| verdict(segment) == DriftVerdict::Drifted || carries(segment))
        .take(MOST)
        .collect()
}

/// The share of the column's index that a segment carries; a negative one counteracts.
#[must_use]
pub fn contribution(segment: &SegmentDrift) -> String {
    match segment.contribution {
        None => figure::NOTHING.to_owned(),
        Some(share) if share < 0.0 => format!("−{} %", figure::bare_percent(-share)),
        Some(share) => figure::percent(Ratio::new(share.min(1.0))),
    }
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
            "{}: {} of the drift, {}, {}, n {n} and {m}",
            one_line(&report.segment(&segment.segment)),
            contribution(segment),
            decisive(segment),
            word(verdict(segment)),
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
