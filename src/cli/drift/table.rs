//! The comparison as a person reads it.

use std::cmp::Ordering;
use std::io::{self, Write};

use anstyle::Style;
use comfy_table::{Cell, CellAlignment, Table};

use crate::drift::{ColumnDrift, Comparison};
use crate::model::check::DriftStatistic;
use crate::model::figure;
use crate::model::measurement::DriftVerdict;
use crate::model::ratio::Ratio;
use crate::publish::plain::{lines, one_line};

const HEADING: Style = Style::new().bold();

/// Writes the farthest column first; the last line says how many columns were not judged.
pub(super) fn write(comparison: &Comparison, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "reference  {}", one_line(comparison.reference()))?;
    writeln!(out, "current    {}", one_line(comparison.current()))?;
    writeln!(out)?;
    if !comparison.columns().is_empty() {
        table(comparison).lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))?;
        writeln!(out)?;
    }
    let not_compared = comparison.not_compared().iter().map(|noted| (&noted.column, &noted.reason));
    section("Not compared", not_compared, out)?;
    let unreadable = comparison.unreadable().iter().map(|failed| (&failed.column, &failed.message));
    section("Failures", unreadable, out)?;
    let columns = comparison.columns().len();
    let noun = if columns == 1 { "column" } else { "columns" };
    writeln!(
        out,
        "{HEADING}{columns} {noun} compared: {} drifted, {} stable; {} not judged{HEADING:#}",
        comparison.drifted(),
        comparison.stable(),
        comparison.not_judged()
    )
}

fn section<'a>(
    title: &str,
    rows: impl ExactSizeIterator<Item = (&'a String, &'a String)>,
    out: &mut impl Write,
) -> io::Result<()> {
    if rows.len() == 0 {
        return Ok(());
    }
    writeln!(out, "{HEADING}{title}{HEADING:#}")?;
    for (column, text) in rows {
        writeln!(out, "  {}: {}", one_line(column), lines(text))?;
    }
    writeln!(out)
}

fn table(comparison: &Comparison) -> Table {
    let mut table = Table::new();
    table.load_preset("                   ");
    table.set_header([
        "column",
        "kind",
        "values\nreference",
        "\ncurrent",
        "missing\nreference",
        "\ncurrent",
        "psi\ndistance",
        "\nnoise",
        "ks\ndistance",
        "\nnoise",
        "verdict",
    ]);
    let mut columns: Vec<(&String, &ColumnDrift)> = comparison.columns().iter().collect();
    columns.sort_by(|(_, a), (_, b)| farther(a, b));
    for (name, compared) in columns {
        table.add_row(row(name, compared));
    }
    table.column_iter_mut().skip(2).take(8).for_each(|column| column.set_cell_alignment(CellAlignment::Right));
    table
}

/// Farthest first, by index and then by gap; columns without a distance last.
fn farther(a: &ColumnDrift, b: &ColumnDrift) -> Ordering {
    let by = |statistic| match (a.distance(statistic), b.distance(statistic)) {
        (Some(a), Some(b)) => b.total_cmp(&a),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    by(DriftStatistic::Psi).then(by(DriftStatistic::Ks))
}

fn row(name: &str, compared: &ColumnDrift) -> Vec<Cell> {
    let count = |number| Cell::new(figure::count(number));
    let rate = |ratio: Option<Ratio>| Cell::new(figure::percent(ratio));
    let mut cells = vec![
        Cell::new(one_line(name)),
        Cell::new(compared.pair.kind.name()),
        count(compared.pair.reference.counts.valid()),
        count(compared.pair.current.counts.valid()),
        rate(compared.pair.reference.counts.invalid_rate()),
        rate(compared.pair.current.counts.invalid_rate()),
    ];
    for statistic in [DriftStatistic::Psi, DriftStatistic::Ks] {
        let measured = compared.checks.get(&statistic);
        cells.push(Cell::new(figure::distance(measured.and_then(|measured| measured.distance))));
        cells.push(Cell::new(figure::distance(measured.and_then(|measured| measured.noise_floor))));
    }
    cells.push(Cell::new(match compared.verdict() {
        DriftVerdict::Drifted => "drifted",
        DriftVerdict::Stable => "stable",
        DriftVerdict::Unknown => "not judged",
    }));
    cells
}
