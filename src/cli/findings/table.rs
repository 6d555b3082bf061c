//! Findings as a person reads them at a terminal: a few lines each, and how many there are.

use std::collections::BTreeMap;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::model::check::Severity;
use crate::model::figure::count;
use crate::publish::api::{FindingFilter, FindingState, ToldFinding};
use crate::publish::plain::{features, one_line};
use crate::publish::terminal::wrap::wrapped;

const HEADING: Style = Style::new().bold();
const CRITICAL: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const QUIET: Style = Style::new().dimmed();
/// Before what is said of a finding.
const INDENTATION: &str = "    ";

/// Writes the findings that were asked for, with lines of at most `width` characters; the last line counts them.
///
/// # Errors
/// When `out` does not take it.
pub(super) fn write(
    findings: &[ToldFinding],
    (filter, width): (FindingFilter, Option<u16>),
    out: &mut impl Write,
) -> io::Result<()> {
    for finding in findings {
        entry(finding, width, out)?;
    }
    writeln!(out, "{HEADING}{}{HEADING:#}", total(findings, filter))
}

fn entry(finding: &ToldFinding, width: Option<u16>, out: &mut impl Write) -> io::Result<()> {
    let style = match (finding.state, finding.severity) {
        (FindingState::Firing, Severity::Critical) => CRITICAL,
        (FindingState::Firing, Severity::Warning) => WARNING,
        (
            FindingState::Waiting
            | FindingState::Accepted
            | FindingState::Maintenance
            | FindingState::Observed
            | FindingState::Resolved,
            _,
        ) => QUIET,
    };
    let (state, severity) = (finding.state.name(), finding.severity.name());
    let also = finding.also.iter().map(|also| also.feature.as_str());
    let place = features(&finding.feature_view, finding.feature.as_deref().into_iter().chain(also));
    writeln!(out, "{style}{state:<11}  {severity:<8}{style:#}  {} of {place}", finding.check)?;
    let mut line = |text: &str| {
        let room = width.map_or(usize::MAX, |width| usize::from(width).saturating_sub(INDENTATION.len()));
        wrapped(&one_line(text), room).iter().try_for_each(|line| writeln!(out, "{INDENTATION}{line}"))
    };
    line(&finding.message)?;
    line(&format!("figure {}, limit {}, n {}", finding.observed, finding.threshold, count(finding.n)))?;
    let ends = [("fires since", finding.fired_at), ("ended", finding.resolved_at)];
    let ends = ends.into_iter().filter_map(|(word, at)| Some(format!(", {word} {}", at?)));
    line(&format!("since {}, last seen {}{}", finding.first_seen, finding.last_seen, ends.collect::<String>()))?;
    match finding.standing.as_ref().and_then(|standing| standing.clause()) {
        Some(clause) => line(&clause),
        None => Ok(()),
    }
}

fn total(findings: &[ToldFinding], filter: FindingFilter) -> String {
    let kind = match filter {
        FindingFilter::All => String::new(),
        FindingFilter::Open | FindingFilter::Only(_) => format!(" that is {}", filter.name()),
    };
    let mut counts: BTreeMap<FindingState, u64> = BTreeMap::new();
    for finding in findings {
        *counts.entry(finding.state).or_default() += 1;
    }
    let parts: Vec<String> =
        counts.iter().map(|(state, number)| format!("{} {}", count(*number), state.name())).collect();
    let all: u64 = counts.values().sum();
    match all {
        0 => format!("no finding{kind}"),
        1 => format!("1 finding: {}", parts.join(", ")),
        _ => format!("{} findings: {}", count(all), parts.join(", ")),
    }
}
