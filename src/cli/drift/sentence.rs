//! Why a column got its verdict, as a sentence for people.
//!
//! Sentences may hold keys and values of the data and are not yet made harmless for where they are printed.

use crate::drift::ColumnDrift;
use crate::model::check::DriftStatistic;
use crate::model::drift::governing;
pub use crate::model::drift::{amount, interval, limit, probability};
use crate::model::figure;
use crate::model::measurement::{DriftMeasurement, DriftReason, DriftVerdict};
use crate::model::ratio::Ratio;
use crate::stats::drift::{SideDigest, bars, value};
use crate::stats::rates::RowCounts;

/// What a check looks at, in words.
#[must_use]
pub const fn title(statistic: DriftStatistic) -> &'static str {
    match statistic {
        DriftStatistic::Psi => "population stability index",
        DriftStatistic::Ks => "Kolmogorov–Smirnov distance",
        DriftStatistic::Js => "Jensen–Shannon distance",
        DriftStatistic::Tvd => "total variation distance",
        DriftStatistic::CramersV => "Cramér's V",
        DriftStatistic::Missing => "rows without a value",
        DriftStatistic::Unseen => "unseen keys",
        DriftStatistic::OutOfRange => "values out of range",
    }
}

/// Why the column has the verdict that it has.
#[must_use]
pub fn why(column: &ColumnDrift) -> String {
    let Some((statistic, measured)) = governing(&column.checks) else {
        return "there is no check for it".to_owned();
    };
    match measured.verdict {
        DriftVerdict::Drifted => drifted(column, statistic, measured),
        DriftVerdict::Stable => stable(column, statistic, measured),
        DriftVerdict::Unknown => unknown(column, statistic, measured),
    }
}

/// `psi 0.312 (95 % interval 0.250–0.380)`, or the name alone without an effect.
fn figures(statistic: DriftStatistic, measured: &DriftMeasurement) -> String {
    let name = statistic.name().replace('_', " ");
    let Some(effect) = measured.effect else { return name };
    let interval =
        interval(statistic, measured).map_or_else(String::new, |interval| format!(" (95 % interval {interval})"));
    format!("{name} {}{interval}", amount(statistic, effect))
}

fn threshold(statistic: DriftStatistic, measured: &DriftMeasurement) -> String {
    measured.threshold.map_or_else(|| figure::NOTHING.to_owned(), |threshold| limit(statistic, threshold))
}

fn drifted(column: &ColumnDrift, statistic: DriftStatistic, measured: &DriftMeasurement) -> String {
    let q = measured.q_value.map_or_else(String::new, |q| format!(", q {}", probability(Some(q))));
    let mut text = format!("{} is beyond {}{q}", figures(statistic, measured), threshold(statistic, measured));
    if let Some(story) = story(column, statistic) {
        text.push_str(": ");
        text.push_str(&story);
    }
    let others: Vec<String> = column
        .checks
        .iter()
        .filter(|(other, check)| **other != statistic && check.verdict == DriftVerdict::Drifted)
        .map(|(other, _)| other.name().replace('_', " "))
        .collect();
    if !others.is_empty() {
        text.push_str(&format!("; beyond their limits too: {}", others.join(", ")));
    }
    text
}

fn stable(column: &ColumnDrift, statistic: DriftStatistic, measured: &DriftMeasurement) -> String {
    let checks = column.checks.values().filter(|check| check.threshold.is_some()).count();
    let nearest = format!("{}, limit {}", figures(statistic, measured), threshold(statistic, measured));
    match checks {
        1 => format!("within its limit: {nearest}"),
        checks => format!("within the limits of {checks} checks; nearest: {nearest}"),
    }
}

fn unknown(column: &ColumnDrift, statistic: DriftStatistic, measured: &DriftMeasurement) -> String {
    let name = statistic.name().replace('_', " ");
    let limit = threshold(statistic, measured);
    let (n, m) = (figure::count(measured.reference_n), figure::count(measured.current_n));
    match measured.reason {
        Some(DriftReason::Empty) => {
            let sides = [("reference", &column.pair.reference), ("current side", &column.pair.current)];
            let empty: Vec<&str> =
                sides.into_iter().filter(|(_, side)| side.counts.valid() == 0).map(|(name, _)| name).collect();
            match empty.as_slice() {
                [only] => format!("{name} cannot be told: the {only} has no valid value"),
                _ => format!("{name} cannot be told: neither side has a valid value"),
            }
        }
        Some(DriftReason::NoSnapshotTime) => "points in time move on by themselves: say when the snapshots were \
             taken (--reference-time, --current-time) to compare them as ages"
            .to_owned(),
        Some(DriftReason::DifferentKinds) => "the two sides hold different kinds of values".to_owned(),
        Some(DriftReason::NoReference) => "the reference could not be read".to_owned(),
        Some(DriftReason::NotInReference) => "the reference does not have it".to_owned(),
        Some(DriftReason::AtThreshold) => format!("{} is too close to {limit} to tell", figures(statistic, measured)),
        Some(DriftReason::Underpowered) | None => {
            let needed = match (measured.needed_reference_n, measured.needed_current_n) {
                (Some(n), Some(m)) => format!(", needs about {} and {}", figure::count(n), figure::count(m)),
                (Some(n), None) => format!(", needs a reference of about {}", figure::count(n)),
                (None, Some(m)) => format!(", needs a current side of about {}", figure::count(m)),
                (None, None) => String::new(),
            };
            format!("{} has too few values for a limit of {limit}: {n} and {m}{needed}", figures(statistic, measured))
        }
    }
}

/// What moved, in the units of the data.
fn story(column: &ColumnDrift, statistic: DriftStatistic) -> Option<String> {
    let (reference, current) = (&column.pair.reference, &column.pair.current);
    match statistic {
        DriftStatistic::Missing => {
            let rate = |counts: &RowCounts| figure::percent(counts.invalid_rate());
            Some(format!("from {} to {} of the rows", rate(&reference.counts), rate(&current.counts)))
        }
        DriftStatistic::Unseen | DriftStatistic::OutOfRange => {
            let novelty = column.pair.distances.as_ref()?.novelty;
            let share = figure::percent(Ratio::of(novelty.current, current.counts.valid()));
            let what = match (statistic, reference.summary) {
                (DriftStatistic::OutOfRange, Some(summary)) if summary.min.total_cmp(&summary.max).is_eq() => {
                    format!("other than {}", value(summary.min, column.pair.kind))
                }
                (DriftStatistic::OutOfRange, Some(summary)) => format!(
                    "outside {} to {}",
                    value(summary.min, column.pair.kind),
                    value(summary.max, column.pair.kind)
                ),
                _ => "of keys that the reference does not have".to_owned(),
            };
            Some(format!("{} current values ({share}) {what}", figure::count(novelty.current)))
        }
        DriftStatistic::Psi
        | DriftStatistic::Ks
        | DriftStatistic::Js
        | DriftStatistic::Tvd
        | DriftStatistic::CramersV => distribution(column),
    }
}

/// The median where there is one, else the bar that moved most.
fn distribution(column: &ColumnDrift) -> Option<String> {
    let pair = &column.pair;
    let median = |side: &SideDigest| side.summary.and_then(|summary| summary.quantiles.get(4).copied());
    if let Some((before, after)) = median(&pair.reference).zip(median(&pair.current))
        && before.total_cmp(&after).is_ne()
    {
        return Some(format!("the median went from {} to {}", value(before, pair.kind), value(after, pair.kind)));
    }
    let bars = bars(pair)?;
    let shares = bars.shares();
    let moved = |(reference, current): &(f64, f64)| (current - reference).abs();
    let (bar, (before, after)) =
        bars.bars().iter().zip(&shares).max_by(|(_, a), (_, b)| moved(a).total_cmp(&moved(b)))?;
    let percent = |share: f64| format!("{} %", figure::bare_percent(share));
    Some(format!("`{}` went from {} to {}", bar.label, percent(*before), percent(*after)))
}
