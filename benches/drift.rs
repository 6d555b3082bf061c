//! What the drift of wide and of long tables takes, against what Polars takes to decode the same columns.
//!
//! Pairs of tables are written to a temporary folder: 1 million rows × 50 columns, 10 million × 10, and 1 to 16 million
//! × 5 for how the cost grows. Every measurement runs in a process of its own; Polars reads each table with its eager
//! reader and lets it go. The columns that were moved, and no others, must be found drifted.
//!
//! Arguments: a divisor of all numbers of rows, as in `cargo bench --bench drift -- 10`.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "made-up numbers are small"
)]

#[path = "support/columns.rs"]
mod columns;
#[path = "support/machine.rs"]
mod machine;
#[path = "support/process.rs"]
mod process;

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use comfy_table::{CellAlignment, Table};
use polars::prelude::{ParquetReader, SerReader as _};
use skewwatch::drift::{Request, Source, Statistics, compare};
use skewwatch::model::check::DriftStatistic;
use skewwatch::model::measurement::DriftVerdict;
use skewwatch::stats::drift::DriftLimits;
use skewwatch::store::snapshot::{SnapshotSettings, SnapshotStore};

use columns::Side;
use process::{Cost, in_own_process, middle, print_cost};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Repetitions; the middle one counts.
const REPETITIONS: usize = 3;

/// Bytes that values may take, as in `skewwatch drift`.
const MEMORY: u64 = 512 << 20;

/// The most that the ratio to Polars should be.
const RATIO: f64 = 3.5;

/// A pair of tables and what comparing them may take.
struct Size {
    rows: u64,
    columns: usize,
    bar: Option<Bar>,
}

struct Bar {
    processor: f64,
    aim: f64,
    mebibytes: f64,
}

const SIZES: [Size; 7] = [
    Size { rows: 1_000_000, columns: 50, bar: Some(Bar { processor: 5.0, aim: 3.0, mebibytes: 150.0 }) },
    Size { rows: 10_000_000, columns: 10, bar: Some(Bar { processor: 10.0, aim: 7.0, mebibytes: 400.0 }) },
    Size { rows: 1_000_000, columns: 5, bar: None },
    Size { rows: 2_000_000, columns: 5, bar: None },
    Size { rows: 4_000_000, columns: 5, bar: None },
    Size { rows: 8_000_000, columns: 5, bar: None },
    Size { rows: 16_000_000, columns: 5, bar: None },
];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["drift", folder] => print_cost(|| compare_sides(Path::new(folder))),
        ["polars", folder] => print_cost(|| read_with_polars(Path::new(folder))),
        [] => measure(1),
        [divisor] => measure(divisor.parse().context("the argument is a whole number")?),
        _ => anyhow::bail!("there is one argument at most"),
    }
}

fn measure(divisor: u64) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{}; middle of {REPETITIONS} runs in turn", machine::facts())?;
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header([
        "rows a side",
        "columns",
        "processor s",
        "bar (aim)",
        "peak MiB",
        "bar",
        "polars s",
        "ratio",
        "µs per 1,000 cells",
        "",
    ]);
    for size in SIZES {
        let rows = (size.rows / divisor).max(1);
        let (ours, theirs) = costs(rows, size.columns)?;
        let cells = 2.0 * rows as f64 * size.columns as f64;
        let mut row = vec![rows.to_string(), size.columns.to_string(), format!("{:.2}", ours.processor)];
        let ratio = ours.processor / theirs.processor;
        let (processor, mebibytes, outcome) = match &size.bar {
            Some(bar) => {
                let met = ours.processor <= bar.processor && ours.mebibytes <= bar.mebibytes;
                let aim = ours.processor <= bar.aim && ratio <= RATIO;
                let outcome = if !met {
                    "missed"
                } else if aim {
                    "met, aim met"
                } else {
                    "met, aim missed"
                };
                (format!("{} ({})", bar.processor, bar.aim), format!("{}", bar.mebibytes), outcome)
            }
            None => (String::new(), String::new(), ""),
        };
        row.push(processor);
        row.push(format!("{:.0}", ours.mebibytes));
        row.push(mebibytes);
        row.push(format!("{:.2}", theirs.processor));
        row.push(format!("{ratio:.2}"));
        row.push(format!("{:.1}", ours.processor / cells * 1e9));
        row.push(outcome.to_owned());
        table.add_row(row);
    }
    for column in table.column_iter_mut().take(9) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    writeln!(out, "{table}")?;
    writeln!(out, "aim for the ratio: at most {RATIO}; load average at the end {}", machine::load())?;
    Ok(())
}

/// What the comparison takes, and what Polars takes.
fn costs(rows: u64, columns: usize) -> anyhow::Result<(Cost, Cost)> {
    let folder = tempfile::tempdir()?;
    for side in [Side::Reference, Side::Current] {
        columns::write(&folder.path().join(file(side)), side, rows, columns)?;
    }
    let path = folder.path().to_str().context("the path of the tables is no text")?;
    // The first reading brings the files into memory, for both.
    in_own_process(&["polars", path])?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..REPETITIONS {
        theirs.push(in_own_process(&["polars", path])?.0);
        let (cost, drifted) = in_own_process(&["drift", path])?;
        let moved: Vec<String> =
            (0..columns).filter(|place| place % 7 == 3).map(|place| format!("c{place:02}")).collect();
        anyhow::ensure!(
            drifted == moved.join(" "),
            "the columns {drifted} drifted, and {} were moved",
            moved.join(" ")
        );
        ours.push(cost);
    }
    Ok((middle(&ours), middle(&theirs)))
}

const fn file(side: Side) -> &'static str {
    match side {
        Side::Reference => "reference.parquet",
        Side::Current => "current.parquet",
    }
}

fn read_with_polars(folder: &Path) -> anyhow::Result<String> {
    let mut rows = 0;
    for side in [Side::Reference, Side::Current] {
        rows += ParquetReader::new(File::open(folder.join(file(side)))?).finish()?.height();
    }
    Ok(format!("{rows} rows"))
}

/// Compares the two tables in `folder`; gives the names of the columns that drifted.
fn compare_sides(folder: &Path) -> anyhow::Result<String> {
    let store = SnapshotStore::new(SnapshotSettings::default());
    let paths = [Side::Reference, Side::Current].map(|side| folder.join(file(side)).display().to_string());
    let request = Request {
        columns: Vec::new(),
        by: Vec::new(),
        segment_rows: 500,
        entity: Vec::new(),
        limits: DriftLimits::new([
            (DriftStatistic::Psi, 0.01),
            (DriftStatistic::Ks, 0.1),
            (DriftStatistic::Missing, 0.02),
        ]),
        statistics: Statistics::Default,
        memory: MEMORY,
        workers: std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get),
        reference_time: None,
        current_time: None,
    };
    let comparison = tokio::runtime::Runtime::new()?.block_on(async {
        let reference = Source::Table(store.table(&paths[0]).await?);
        let current = Source::Table(store.table(&paths[1]).await?);
        Ok::<_, anyhow::Error>(compare(((&paths[0], &reference), (&paths[1], &current)), &request, &|_, _| ()).await)
    })?;
    if let Some(failed) = comparison.unreadable().first() {
        anyhow::bail!("{}: {}", failed.column, failed.message);
    }
    let drifted = comparison.columns().iter().filter(|(_, column)| column.verdict() == DriftVerdict::Drifted);
    Ok(drifted.map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(" "))
}
