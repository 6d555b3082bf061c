//! The comparison as a person reads it at a terminal.
//!
//! Two lines a column, one for each side, so that figures and bars of reference and current stand below each other. What
//! does not fit goes step by step: the kind is left out, names move to lines of their own, bars are left out. Styles are
//! always written; the output drops them where they do not belong.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{Cell, CellAlignment, Table};

use super::report::{INEXACT, Report, word};
use super::segments;
use super::sentence::{self, amount};
use crate::drift::ColumnDrift;
use crate::model::check::DriftStatistic;
use crate::model::figure;
use crate::model::measurement::DriftVerdict;
use crate::publish::plain::{lines, one_line};
use crate::publish::terminal::wrap::wrapped;
use crate::stats::drift::bars as digested;

const HEADING: Style = Style::new().bold();
const DRIFTED: Style = AnsiColor::Yellow.on_default().bold();
const QUIET: Style = Style::new().dimmed();
/// Characters of a column's name that the table shows; sentences have all of it.
const LONGEST_NAME: usize = 40;

/// What the output can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Canvas {
    /// Characters of a line; `None` breaks nothing.
    pub width: Option<u16>,
    /// What bars are drawn with.
    pub charset: Charset,
}

/// What bars are drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Charset {
    /// Block characters.
    Unicode,
    /// Nothing: there are no bars.
    Ascii,
}

impl Charset {
    /// The character set that the environment names: `LC_ALL`, else `LC_CTYPE`, else `LANG`; Unicode where none is set, as
    /// in containers.
    #[must_use]
    pub fn of_environment(variable: impl Fn(&str) -> Option<String>) -> Self {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .find_map(|name| variable(name).filter(|value| !value.is_empty()))
            .map(|value| value.to_ascii_lowercase());
        match locale {
            Some(locale) if !locale.contains("utf-8") && !locale.contains("utf8") => Self::Ascii,
            Some(_) | None => Self::Unicode,
        }
    }
}

/// Writes the columns, gravest first, then why, then segments and what could not be compared; the last line sums up.
///
/// # Errors
/// When `out` does not take it.
pub fn write(report: &Report<'_>, canvas: Canvas, out: &mut impl Write) -> io::Result<()> {
    let comparison = report.comparison;
    writeln!(out, "reference  {}", one_line(comparison.reference()))?;
    writeln!(out, "current    {}", one_line(comparison.current()))?;
    writeln!(out)?;
    if !comparison.columns().is_empty() {
        table(report, canvas).iter().try_for_each(|line| writeln!(out, "{line}"))?;
        writeln!(out)?;
    }
    let whys = |verdict| report.with(verdict).into_iter().map(|(name, column)| (name, sentence::why(column)));
    section("Drifted", whys(DriftVerdict::Drifted), (canvas, &mut *out))?;
    let split: Vec<(&str, String)> = report
        .with(DriftVerdict::Drifted)
        .into_iter()
        .chain(report.with(DriftVerdict::Unknown))
        .chain(report.with(DriftVerdict::Stable))
        .filter_map(|(name, column)| Some((name, segments::lines(report, column)?)))
        .collect();
    section("Segments", split.into_iter(), (canvas, &mut *out))?;
    section("Not judged", whys(DriftVerdict::Unknown), (canvas, &mut *out))?;
    let approximate = report.inexact();
    let approximate = approximate.into_iter().map(|names| (INEXACT, names));
    section("Not exact", approximate, (canvas, &mut *out))?;
    let not_compared = comparison.not_compared().iter().map(|noted| (noted.column.as_str(), noted.reason.clone()));
    section("Not compared", not_compared, (canvas, &mut *out))?;
    let failures = comparison.unreadable().iter().map(|failed| (failed.column.as_str(), failed.message.clone()));
    section("Failures", failures, (canvas, &mut *out))?;
    writeln!(out, "{HEADING}{}{HEADING:#}", report.tally())
}

/// A heading and, for each column, its name and a text below it.
fn section<'a>(
    title: &str,
    rows: impl Iterator<Item = (&'a str, String)>,
    (canvas, out): (Canvas, &mut impl Write),
) -> io::Result<()> {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return Ok(());
    }
    writeln!(out, "{HEADING}{title}{HEADING:#}")?;
    let room = canvas.width.map_or(usize::MAX, |width| usize::from(width).saturating_sub(6));
    for (column, text) in rows {
        writeln!(out, "  {}", one_line(column))?;
        for line in lines(&text).lines().flat_map(|line| wrapped(line, room)) {
            writeln!(out, "      {line}")?;
        }
    }
    writeln!(out)
}

/// How much a table shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Detail {
    /// Every column.
    Full,
    /// No kind.
    Short,
    /// No kind, and each name on a line above its figures.
    Stacked,
    /// As stacked, without bars.
    Bare,
}

impl Detail {
    const fn bars(self) -> bool {
        match self {
            Self::Full | Self::Short | Self::Stacked => true,
            Self::Bare => false,
        }
    }

    const fn name(self) -> bool {
        match self {
            Self::Full | Self::Short => true,
            Self::Stacked | Self::Bare => false,
        }
    }
}

/// The lines of the fullest table that fits.
fn table(report: &Report<'_>, canvas: Canvas) -> Vec<String> {
    let columns = report.columns();
    let fits = |lines: &[String]| {
        canvas.width.is_none_or(|width| lines.iter().all(|line| line.chars().count() <= usize::from(width)))
    };
    for detail in [Detail::Full, Detail::Short] {
        let lines = built(&columns, detail, canvas.charset);
        if fits(&lines) {
            return lines.iter().map(|line| styled(line)).collect();
        }
    }
    let stacked = built(&columns, Detail::Stacked, canvas.charset);
    let mut lines = if fits(&stacked) { stacked } else { built(&columns, Detail::Bare, canvas.charset) };
    let figures = lines.split_off(lines.len().saturating_sub(2 * columns.len()));
    for ((name, _), rows) in columns.iter().zip(figures.chunks(2)) {
        lines.push(format!(" {}", one_line(name)));
        lines.extend(rows.iter().map(|line| styled(line)));
    }
    lines
}

/// The verdict at the end of a line in its style.
fn styled(line: &str) -> String {
    let in_style =
        |word: &str, style: Style| line.strip_suffix(word).map(|before| format!("{before}{style}{word}{style:#}"));
    in_style(word(DriftVerdict::Drifted), DRIFTED)
        .or_else(|| in_style(word(DriftVerdict::Unknown), QUIET))
        .unwrap_or_else(|| line.to_owned())
}

fn built(columns: &[(&str, &ColumnDrift)], detail: Detail, charset: Charset) -> Vec<String> {
    let bars = detail.bars() && charset == Charset::Unicode;
    let mut header = Vec::new();
    if detail.name() {
        header.push("column");
    }
    if detail == Detail::Full {
        header.push("kind");
    }
    header.extend(["side", "n", "missing"]);
    let right = header.len() - 2;
    if bars {
        header.push("distribution");
    }
    header.extend(["psi\n(95 %)", "ks\n(95 %)", "verdict"]);
    let mut table = Table::new();
    table.load_preset("                   ").set_header(header);
    for (name, column) in columns {
        table.add_row(row(name, column, (detail, bars)));
    }
    table.column_iter_mut().skip(right).take(2).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    if detail != Detail::Full {
        table.column_iter_mut().for_each(|column| {
            column.set_padding((1, 0));
        });
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

fn row(name: &str, column: &ColumnDrift, (detail, bars): (Detail, bool)) -> Vec<Cell> {
    let pair = &column.pair;
    let both = |first: String, second: String| Cell::new(format!("{first}\n{second}"));
    let (ours, theirs) = (&pair.reference.counts, &pair.current.counts);
    let mut cells = Vec::new();
    if detail.name() {
        cells.push(Cell::new(shortened(&one_line(name))));
    }
    if detail == Detail::Full {
        cells.push(Cell::new(pair.kind.name()));
    }
    cells.push(both("reference".to_owned(), "current".to_owned()));
    cells.push(both(figure::count(ours.valid()), figure::count(theirs.valid())));
    cells.push(both(figure::percent(ours.invalid_rate()), figure::percent(theirs.invalid_rate())));
    if bars {
        let (above, below) = digested(pair).map(|bars| bars.blocks()).unwrap_or_default();
        cells.push(both(above, below));
    }
    for statistic in [DriftStatistic::Psi, DriftStatistic::Ks] {
        let measured = column.checks.get(&statistic);
        let effect = measured.and_then(|measured| measured.effect);
        let effect = effect.map_or_else(|| figure::NOTHING.to_owned(), |effect| amount(statistic, effect));
        let interval = measured.and_then(|measured| sentence::interval(statistic, measured));
        cells.push(both(effect, interval.unwrap_or_default()));
    }
    cells.push(Cell::new(word(column.verdict())));
    cells
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST_NAME {
        return name.to_owned();
    }
    let begin: String = name.chars().take(LONGEST_NAME - 1).collect();
    format!("{begin}…")
}
