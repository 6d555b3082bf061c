//! The comparison as one JSON document.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;

use crate::drift::{ColumnDrift, Comparison, NotCompared, Unreadable};
use crate::model::check::DriftStatistic;
use crate::model::measurement::{DriftMeasurement, DriftVerdict};
use crate::model::ratio::Ratio;
use crate::stats::rates::RowCounts;

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
    psi: Option<&'a DriftMeasurement>,
    ks: Option<&'a DriftMeasurement>,
    missing: Option<&'a DriftMeasurement>,
    rates: Rates,
    rows: Sides<u64>,
    n: Sides<u64>,
}

#[derive(Serialize)]
struct Rates {
    null: Sides<Option<Ratio>>,
    nan: Sides<Option<Ratio>>,
    infinity: Sides<Option<Ratio>>,
}

#[derive(Serialize)]
struct Sides<T> {
    reference: T,
    current: T,
}

fn column(compared: &ColumnDrift) -> Column<'_> {
    fn both<T>(compared: &ColumnDrift, of: impl Fn(&RowCounts) -> T) -> Sides<T> {
        Sides { reference: of(&compared.pair.reference.counts), current: of(&compared.pair.current.counts) }
    }
    Column {
        kind: compared.pair.kind.name(),
        verdict: compared.verdict(),
        psi: compared.checks.get(&DriftStatistic::Psi),
        ks: compared.checks.get(&DriftStatistic::Ks),
        missing: compared.checks.get(&DriftStatistic::Missing),
        rates: Rates {
            null: both(compared, RowCounts::null_rate),
            nan: both(compared, RowCounts::nan_rate),
            infinity: both(compared, RowCounts::infinity_rate),
        },
        rows: both(compared, |counts| counts.rows),
        n: both(compared, RowCounts::valid),
    }
}

/// Writes the comparison, indented, with a final line break; a figure that does not exist is `null`.
pub(super) fn write(comparison: &Comparison, out: &mut impl Write) -> io::Result<()> {
    let document = Document {
        reference: comparison.reference(),
        current: comparison.current(),
        columns: comparison.columns().iter().map(|(name, compared)| (name.as_str(), column(compared))).collect(),
        not_compared: comparison.not_compared(),
        failures: comparison.unreadable(),
        drifted: comparison.drifted(),
        stable: comparison.stable(),
        not_judged: comparison.not_judged(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)
}
