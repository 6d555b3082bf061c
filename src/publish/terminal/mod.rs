//! The report as a person reads it: figures per view, then findings, then what could not be told.
//!
//! Styles are always written; an `anstream` around the output drops them where they do not belong. Tables fit the width
//! of the terminal by leaving out intervals and moving names to lines of their own, messages by breaking between words;
//! without a terminal nothing is left out or broken. The last line sums up.

mod view;
pub mod wrap;

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use self::wrap::wrapped;
use super::plain;
use super::tally::Tally;
use crate::model::check::{CheckKind, Finding, Severity, Unjudged};
use crate::model::measurement::RoundReport;

const HEADING: Style = Style::new().bold();
const CRITICAL: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const QUIET: Style = Style::new().dimmed();
/// Before a message, so that it stands under its subject.
const INDENTATION: &str = "            ";

/// Writes the report, as wide as the terminal where there is one.
///
/// # Errors
/// When `out` does not take it.
pub fn write(report: &RoundReport, out: &mut impl Write) -> io::Result<()> {
    write_within(report, width(), out)
}

/// Columns of the terminal that standard output is; `None` where it is none, whatever the other streams are.
#[must_use]
pub fn width() -> Option<u16> {
    terminal_size::terminal_size_of(io::stdout()).map(|(columns, _)| columns.0)
}

/// Writes the report with tables and messages of at most `width` columns; `None` breaks nothing.
///
/// # Errors
/// When `out` does not take it.
pub fn write_within(report: &RoundReport, width: Option<u16>, out: &mut impl Write) -> io::Result<()> {
    for measured in &report.views {
        view::write(measured, width, out)?;
    }
    write_findings(report, width, out)?;
    write_unknown(report, width, out)?;
    write_failures(report, width, out)?;
    write_not_watched(report, out)?;
    writeln!(out, "{HEADING}{}{HEADING:#}", Tally::of(report))
}

fn heading(text: &str, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{HEADING}{text}{HEADING:#}")
}

/// Characters of a line that are left after `indentation`.
fn room(width: Option<u16>, indentation: &str) -> usize {
    width.map_or(usize::MAX, |width| usize::from(width).saturating_sub(indentation.len()))
}

/// `text`, whose first line follows `lead`; every other line begins below the first one's text.
fn hanging(lead: &str, text: &str, (width, out): (Option<u16>, &mut impl Write)) -> io::Result<()> {
    let indentation = " ".repeat(anstream::adapter::strip_str(lead).to_string().chars().count());
    let lines = text.lines().flat_map(|line| wrapped(&plain::lines(line), room(width, &indentation)));
    let mut before = lead;
    for line in lines {
        writeln!(out, "{before}{line}")?;
        before = &indentation;
    }
    Ok(())
}

/// A message under its subject.
fn message(text: &str, width: Option<u16>, out: &mut impl Write) -> io::Result<()> {
    hanging(INDENTATION, text, (width, out))
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
    /// A check of the view as a whole stays alone.
    fn gather(groups: &mut Vec<Self>, check: Self) {
        let alike = groups.iter_mut().find(|group| {
            (group.feature_view, group.check, group.text, group.severity)
                == (check.feature_view, check.check, check.text, check.severity)
                && !group.features.contains(&None)
                && !check.features.contains(&None)
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
                let names: Vec<String> = several.iter().flatten().map(|feature| plain::one_line(feature)).collect();
                format!("{check} of {} features of {feature_view}: {}", several.len(), names.join(", "))
            }
        }
    }
}

/// Findings in the order of the report, which puts the gravest first.
fn write_findings(report: &RoundReport, width: Option<u16>, out: &mut impl Write) -> io::Result<()> {
    if report.findings.is_empty() {
        return Ok(());
    }
    let mut groups = Vec::new();
    for finding in &report.findings {
        let Finding { check, feature_view, feature, severity, message, .. } = finding;
        let mut features = vec![feature.as_deref()];
        features.extend(finding.with.iter().map(|part| part.feature.as_deref()));
        let (check, severity) = (*check, Some(*severity));
        Group::gather(&mut groups, Group { feature_view, check, text: message, severity, features });
    }
    heading("Findings", out)?;
    for severity in [Severity::Critical, Severity::Warning] {
        for group in groups.iter().filter(|group| group.severity == Some(severity)) {
            let style = match severity {
                Severity::Critical => CRITICAL,
                Severity::Warning => WARNING,
            };
            let lead = format!("  {style}{:<8}{style:#}  ", severity.name());
            hanging(&lead, &group.subject(), (width, &mut *out))?;
            message(group.text, width, out)?;
        }
    }
    writeln!(out)
}

fn write_unknown(report: &RoundReport, width: Option<u16>, out: &mut impl Write) -> io::Result<()> {
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
        hanging("  ", &group.subject(), (width, &mut *out))?;
        message(group.text, width, out)?;
    }
    writeln!(out)
}

fn write_failures(report: &RoundReport, width: Option<u16>, out: &mut impl Write) -> io::Result<()> {
    if report.failures.is_empty() {
        return Ok(());
    }
    heading("Failures", out)?;
    for failure in &report.failures {
        let feature_view = plain::one_line(&failure.feature_view);
        writeln!(out, "  {CRITICAL}{feature_view}{CRITICAL:#} {}", plain::outcome(failure, report))?;
        message(&failure.message, width, out)?;
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
