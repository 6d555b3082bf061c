//! The comparison as one JSON document.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use super::figures::{Figures, Sides};
use super::report::{Report, is_exact, verdict};
use crate::drift::{ColumnDrift, NotCompared, SegmentDrift, Unreadable};
use crate::model::check::DriftStatistic;
use crate::model::drift::governing;
use crate::model::measurement::{DriftMeasurement, DriftReason, DriftVerdict};
use crate::stats::complete::Complete;

#[derive(Serialize)]
struct Document<'a> {
    reference: &'a str,
    current: &'a str,
    columns: BTreeMap<&'a str, Column<'a>>,
    not_compared: &'a [NotCompared],
    failures: &'a [Unreadable],
    drifted: usize,
    stable: usize,
    not_judged: usize,
}

#[derive(Serialize)]
struct Column<'a> {
    kind: &'static str,
    verdict: DriftVerdict,
    #[serde(flatten)]
    decisive: Decisive,
    rows: Sides<u64>,
    n: Sides<u64>,
    exact: bool,
    #[serde(flatten)]
    figures: Figures<'a>,
    checks: BTreeMap<&'static str, &'a DriftMeasurement>,
    segments: Vec<Segment<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statistics: Option<&'a Complete>,
}

/// The check that decides, with its figures.
#[derive(Serialize)]
struct Decisive {
    check: Option<&'static str>,
    reason: Option<DriftReason>,
    effect: Option<f64>,
    interval: Option<[f64; 2]>,
    threshold: Option<f64>,
    p_value: Option<f64>,
    q_value: Option<f64>,
}

#[derive(Serialize)]
struct Segment<'a> {
    segment: BTreeMap<&'a str, Option<&'a str>>,
    verdict: DriftVerdict,
    #[serde(flatten)]
    decisive: Decisive,
    n: Sides<u64>,
    contribution: Option<f64>,
    checks: BTreeMap<&'static str, &'a DriftMeasurement>,
}

fn decisive(checks: &BTreeMap<DriftStatistic, DriftMeasurement>) -> Decisive {
    let found = governing(checks);
    let measured = found.map(|(_, measured)| measured);
    Decisive {
        check: found.map(|(statistic, _)| statistic.name()),
        reason: measured.and_then(|measured| measured.reason),
        effect: measured.and_then(|measured| measured.effect),
        interval: measured.and_then(|measured| measured.lower.zip(measured.upper)).map(<[f64; 2]>::from),
        threshold: measured.and_then(|measured| measured.threshold),
        p_value: measured.and_then(|measured| measured.p_value),
        q_value: measured.and_then(|measured| measured.q_value),
    }
}

fn named(checks: &BTreeMap<DriftStatistic, DriftMeasurement>) -> BTreeMap<&'static str, &DriftMeasurement> {
    checks.iter().map(|(statistic, measured)| (statistic.name(), measured)).collect()
}

fn column<'a>(report: &Report<'a>, compared: &'a ColumnDrift) -> Column<'a> {
    Column {
        kind: compared.pair.kind.name(),
        verdict: compared.verdict(),
        decisive: decisive(&compared.checks),
        rows: Sides::of(&compared.pair, |side| side.counts.rows),
        n: Sides::of(&compared.pair, |side| side.counts.valid()),
        exact: is_exact(compared),
        figures: Figures::of(compared),
        checks: named(&compared.checks),
        segments: compared.segments.iter().map(|part| segment(report.by, part)).collect(),
        statistics: compared.complete.as_ref(),
    }
}

fn segment<'a>(by: &'a [String], part: &'a SegmentDrift) -> Segment<'a> {
    Segment {
        segment: by.iter().map(String::as_str).zip(part.segment.iter().map(Option::as_deref)).collect(),
        verdict: verdict(part),
        decisive: decisive(&part.checks),
        n: Sides::of(&part.pair, |side| side.counts.valid()),
        contribution: part.contribution,
        checks: named(&part.checks),
    }
}

/// Writes the comparison, indented, with a final line break; a figure that does not exist is `null`.
///
/// # Errors
/// When `out` does not take it.
pub fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let comparison = report.comparison;
    let columns = comparison.columns().iter();
    let document = Document {
        reference: comparison.reference(),
        current: comparison.current(),
        columns: columns.map(|(name, compared)| (name.as_str(), column(report, compared))).collect(),
        not_compared: comparison.not_compared(),
        failures: comparison.unreadable(),
        drifted: comparison.drifted(),
        stable: comparison.stable(),
        not_judged: comparison.not_judged(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}
