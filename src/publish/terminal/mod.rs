//! The report as a person reads it: figures per view, then findings, then what could not be told.
//!
//! Styles are always written; an `anstream` around the output drops them where they do not belong. Tables fit the width
//! of the terminal by breaking the features' names; without a terminal nothing is broken. The last line sums up.

mod view;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::plain;
use super::tally::Tally;
use crate::model::check::{CheckKind, Finding, Severity, Unjudged};
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

/// Checks of one view that share kind and text: told in one go, whatever number of features they are of.
struct Group<'a> {
    feature_view: &'a str,
    check: CheckKind,
    text: &'a str,
    severity: Option<Severity>,
    features: Vec<Option<&'a str>>,
}

impl<'a> Group<'a> {
    /// Adds one check to the group that it shares everything with but the feature; groups stand in order of appearance.
    fn gather(groups: &mut Vec<Self>, check: Self) {
        let alike = groups.iter_mut().find(|group| {
            (group.feature_view, group.check, group.text, group.severity)
                == (check.feature_view, check.check, check.text, check.severity)
        });
        match alike {
            Some(group) => group.features.extend(check.features),
            None => groups.push(check),
        }
    }

    /// What was checked: `skew of user_features.fraud_score`, `drift of 2 features of user_features: age, city`.
    fn subject(&self) -> String {
        let (check, feature_view) = (self.check, plain::one_line(self.feature_view));
        match self.features.as_slice() {
            [only] => format!("{check} of {}", plain::subject(self.feature_view, *only)),
            several => {
                let names: Vec<String> = several
                    .iter()
                    .map(|feature| feature.map_or_else(|| feature_view.clone(), plain::one_line))
                    .collect();
                format!("{check} of {} features of {feature_view}: {}", several.len(), names.join(", "))
            }
        }
    }
}

/// Findings in the order of the report, which puts the gravest first.
fn write_findings(report: &RoundReport, out: &mut impl Write) -> io::Result<()> {
    if report.findings.is_empty() {
        return Ok(());
    }
    let mut groups = Vec::new();
    for finding in &report.findings {
        let Finding { check, feature_view, feature, severity, message, .. } = finding;
        let (check, severity, features) = (*check, Some(*severity), vec![feature.as_deref()]);
        Group::gather(&mut groups, Group { feature_view, check, text: message, severity, features });
    }
    heading("Findings", out)?;
    for severity in [Severity::Critical, Severity::Warning] {
        for group in groups.iter().filter(|group| group.severity == Some(severity)) {
            let style = match severity {
                Severity::Critical => CRITICAL,
                Severity::Warning => WARNING,
            };
            writeln!(out, "  {style}{:<8}{style:#}  {}", severity.name(), group.subject())?;
            message(group.text, out)?;
        }
    }
    writeln!(out)
}

fn write_unknown(report: &RoundReport, out: &mut impl Write) -> io::Result<()> {
    if report.unknown.is_empty() {
        return Ok(());
    }
    let mut groups = Vec::new();
    for Unjudged { check, feature_view, feature, reason } in &report.unknown {
        let features = vec![feature.as_deref()];
        Group::gather(&mut groups, Group { feature_view, check: *check, text: reason, severity: None, features });
    }
    heading("Not judged", out)?;
    for group in &groups {
        writeln!(out, "  {}", group.subject())?;
        message(group.text, out)?;
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
        writeln!(out, "  {CRITICAL}{feature_view}{CRITICAL:#} {}", plain::outcome(failure, report))?;
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
