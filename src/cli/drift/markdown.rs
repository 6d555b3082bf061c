//! The comparison as GitHub's Markdown, for a comment on a pull request.
//!
//! What sums up stands first, then the columns that drifted with the reason, and all else folded away. Names and keys are
//! escaped: they neither end a cell nor become a link, a mention or HTML.

use std::io::{self, Write};

use super::report::{INEXACT, Report, word};
use super::segments;
use super::sentence::{self, amount};
use crate::drift::ColumnDrift;
use crate::model::check::DriftStatistic;
use crate::model::figure;
use crate::model::measurement::DriftVerdict;
use crate::publish::plain::one_line;
use crate::stats::drift::bars;

/// Writes the report.
///
/// # Errors
/// When `out` does not take it.
pub fn write(report: &Report<'_>, out: &mut impl Write) -> io::Result<()> {
    let comparison = report.comparison;
    let mark = match (comparison.drifted(), comparison.unreadable().is_empty(), comparison.stable()) {
        (0, true, 1..) => "✅",
        (0, _, _) => "❔",
        (1.., _, _) => "⚠️",
    };
    writeln!(out, "### {mark} Drift report\n")?;
    writeln!(out, "**{}**\n", report.tally())?;
    writeln!(out, "{} → {}\n", escaped(comparison.reference()), escaped(comparison.current()))?;
    let drifted = report.with(DriftVerdict::Drifted);
    columns(&drifted, out)?;
    for (name, column) in &drifted {
        writeln!(out, "- <b>{}</b>: {}", escaped(name), escaped(&sentence::why(column)))?;
        for line in segments::lines(report, column).iter().flat_map(|lines| lines.lines()) {
            writeln!(out, "  - {}", escaped(line))?;
        }
    }
    if !drifted.is_empty() {
        writeln!(out)?;
    }
    let unknown = report.with(DriftVerdict::Unknown);
    folded(&format!("Not judged ({})", unknown.len()), &unknown, out)?;
    let stable = report.with(DriftVerdict::Stable);
    folded(&format!("Stable ({})", stable.len()), &stable, out)?;
    let noted = comparison.not_compared().iter().map(|noted| (noted.column.as_str(), noted.reason.as_str()));
    list("Not compared", noted, out)?;
    let failed = comparison.unreadable().iter().map(|failed| (failed.column.as_str(), failed.message.as_str()));
    list("Failures", failed, out)?;
    list("Not exact", report.approximate().into_iter().map(|name| (name, INEXACT)), out)?;
    writeln!(
        out,
        "<sub>Effects with 95 % intervals. A column has drifted when a whole interval lies beyond its limit.</sub>"
    )
}

/// A folded part with a table, and why each column was judged as it was.
fn folded(title: &str, found: &[(&str, &ColumnDrift)], out: &mut impl Write) -> io::Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    writeln!(out, "<details><summary>{title}</summary>\n")?;
    columns(found, out)?;
    for (name, column) in found {
        writeln!(out, "- <b>{}</b>: {}", escaped(name), escaped(&sentence::why(column)))?;
    }
    writeln!(out, "\n</details>\n")
}

fn list<'a>(title: &str, rows: impl Iterator<Item = (&'a str, &'a str)>, out: &mut impl Write) -> io::Result<()> {
    let rows: Vec<(&str, &str)> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    writeln!(out, "<details><summary>{title} ({})</summary>\n", rows.len())?;
    for (column, text) in rows {
        writeln!(out, "- <b>{}</b>: {}", escaped(column), escaped(text))?;
    }
    writeln!(out, "\n</details>\n")
}

fn columns(found: &[(&str, &ColumnDrift)], out: &mut impl Write) -> io::Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    writeln!(out, "| column | kind | n | missing | reference / current | psi | ks | verdict |")?;
    writeln!(out, "|---|---|--:|--:|---|--:|--:|---|")?;
    for (name, column) in found {
        let pair = &column.pair;
        let (ours, theirs) = (&pair.reference.counts, &pair.current.counts);
        let bars = bars(pair).map(|bars| bars.blocks());
        // A space ends a code span's content, and GitHub folds several: an empty bar is a low line.
        let bars = bars.map_or_else(String::new, |(above, below)| {
            format!("`{}`<br>`{}`", above.replace(' ', "_"), below.replace(' ', "_"))
        });
        writeln!(
            out,
            "| {} | {} | {}<br>{} | {}<br>{} | {bars} | {} | {} | {} |",
            escaped(name),
            pair.kind.name(),
            figure::count(ours.valid()),
            figure::count(theirs.valid()),
            figure::percent(ours.invalid_rate()),
            figure::percent(theirs.invalid_rate()),
            effect(column, DriftStatistic::Psi),
            effect(column, DriftStatistic::Ks),
            word(column.verdict()),
        )?;
    }
    writeln!(out)
}

fn effect(column: &ColumnDrift, statistic: DriftStatistic) -> String {
    let Some(measured) = column.checks.get(&statistic) else { return figure::NOTHING.to_owned() };
    let effect = measured.effect.map_or_else(|| figure::NOTHING.to_owned(), |effect| amount(statistic, effect));
    let interval = sentence::interval(statistic, measured);
    interval.map_or_else(|| effect.clone(), |interval| format!("{effect}<br>{interval}"))
}

/// `text` on one line, so that Markdown shows it as it is.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in one_line(text).chars() {
        match character {
            '&' => plain.push_str("&amp;"),
            '<' => plain.push_str("&lt;"),
            '>' => plain.push_str("&gt;"),
            // A mention would call people, a number sign would link an issue.
            '@' => plain.push_str("&#64;"),
            '#' => plain.push_str("&#35;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '!' | '$' => {
                plain.push('\\');
                plain.push(character);
            }
            character => plain.push(character),
        }
    }
    // What looks like an address would become a link.
    plain.replace("://", "&#58;//").replace("www.", "www&#46;")
}
