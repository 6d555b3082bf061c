//! The report as a person reads it: figures per view, then findings, then what could not be told.
//!
//! Styles are always written; an `anstream` around the output drops them where they do not belong. Tables fit the width
//! of the terminal by breaking the features' names; without a terminal nothing is broken. The last line sums up.

mod view;

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::plain;
use super::tally::Tally;
use crate::model::check::{CheckKind, Finding, Severity};
use crate::model::measurement::RoundReport;

const HEADING: Style = Style::new().bold();
const CRITICAL: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const QUIET: Style = Style::new().dimmed();

/// Writes the report, as wide as the terminal where there is one.
///
/// # Errors
/// When `out` does not take it.
pub fn write(report: &RoundReport, out: &mut impl Write) -> io::Result<()> {
    let width = terminal_size::terminal_size().map(|(columns, _)| columns.0);
    write_within(report, width, out)
}

/// Writes the report with tables of at most `width` columns; `None` breaks nothing.
///
/// # Errors
/// When `out` does not take it.
pub fn write_within(report: &RoundReport, width: Option<u16>, out: &mut impl Write) -> io::Result<()> {
    for measured in &report.views {
        view::write(measured, width, out)?;
    }
    write_findings(report, out)?;
    write_unknown(report, out)?;
    write_failures(report, out)?;
    write_not_watched(report, out)?;
    writeln!(out, "{HEADING}{}{HEADING:#}", Tally::of(report))
}

fn heading(text: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{HEADING}{text}{HEADING:#}")
}

/// A message under its subject; its own line breaks keep the indentation.
fn message(text: &str, out: &mut impl Write) -> io::Result<()> {
    text.lines().try_for_each(|line| writeln!(out, "            {}", plain::lines(line)))
}

fn write_findings(report: &RoundReport, out: &mut impl Write) -> io::Result<()> {
    if report.findings.is_empty() {
        return Ok(());
    }
    let mut findings: Vec<&Finding> = report.findings.iter().collect();
    findings.sort_by_key(|finding| {
        (std::cmp::Reverse(finding.severity), &finding.feature_view, &finding.feature, finding.check)
    });
    heading("Findings", out)?;
    for finding in findings {
        let style = match finding.severity {
            Severity::Critical => CRITICAL,
            Severity::Warning => WARNING,
        };
        let subject = plain::subject(&finding.feature_view, finding.feature.as_deref());
        writeln!(out, "  {style}{:<8}{style:#}  {} of {subject}", finding.severity.name(), finding.check)?;
        message(&finding.message, out)?;
    }
    writeln!(out)
}

/// Unjudged checks; features of one view that share check and reason are told in one go.
fn write_unknown(report: &RoundReport, out: &mut impl Write) -> io::Result<()> {
    if report.unknown.is_empty() {
        return Ok(());
    }
    let mut groups: BTreeMap<(&str, CheckKind, &str), Vec<Option<&str>>> = BTreeMap::new();
    for unjudged in &report.unknown {
        let group = (unjudged.feature_view.as_str(), unjudged.check, unjudged.reason.as_str());
        groups.entry(group).or_default().push(unjudged.feature.as_deref());
    }
    heading("Not judged", out)?;
    for ((feature_view, check, reason), mut features) in groups {
        features.sort_unstable();
        let subjects: Vec<String> = match features.as_slice() {
            [only] => vec![plain::subject(feature_view, *only)],
            several => several
                .iter()
                .map(|feature| feature.map_or_else(|| plain::one_line(feature_view), plain::one_line))
                .collect(),
        };
        match subjects.as_slice() {
            [only] => writeln!(out, "  {check} of {only}")?,
            several => writeln!(
                out,
                "  {check} of {} features of {}: {}",
                several.len(),
                plain::one_line(feature_view),
                several.join(", ")
            )?,
        }
        message(reason, out)?;
    }
    writeln!(out)
}

fn write_failures(report: &RoundReport, out: &mut impl Write) -> io::Result<()> {
    if report.failures.is_empty() {
        return Ok(());
    }
    heading("Failures", out)?;
    for failure in &report.failures {
        let feature_view = plain::one_line(&failure.feature_view);
        writeln!(out, "  {CRITICAL}{feature_view}{CRITICAL:#} could not be {}", failure.stage.past())?;
        message(&failure.message, out)?;
    }
    writeln!(out)
}

fn write_not_watched(report: &RoundReport, out: &mut impl Write) -> io::Result<()> {
    if report.not_watched.is_empty() {
        return Ok(());
    }
    heading("Not watched", out)?;
    for view in &report.not_watched {
        let (name, reason) = (plain::one_line(&view.feature_view), plain::lines(&view.reason));
        writeln!(out, "  {name}: {QUIET}{reason}{QUIET:#}")?;
    }
    writeln!(out)
}
