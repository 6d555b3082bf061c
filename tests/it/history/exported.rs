//! The history as Parquet.

use std::io::Cursor;

use polars::prelude::{AnyValue, DataFrame, ParquetReader, SerReader as _};
use skewwatch::history::{Period, RoundRecord, export};
use skewwatch::model::verdict::Verdict;
use tempfile::tempdir;

use super::made::{EVER, at, history, record};

fn back(mut table: DataFrame) -> DataFrame {
    let bytes = export::parquet(&mut table).unwrap();
    ParquetReader::new(Cursor::new(bytes)).finish().unwrap()
}

#[test]
fn every_round_and_feature_of_the_period_is_a_row() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let records: Vec<RoundRecord> = (0..30).map(|seed| record(seed, "users", at(seed as i64))).collect();
    history.record(&records).unwrap();
    let period = Period { start: at(3), end: at(25) };
    let table = export::measurements(history.reader(), period).unwrap();
    let read = back(table.clone());
    assert!(read.equals_missing(&table));

    let expected: Vec<_> = records[3..25]
        .iter()
        .filter_map(|record| Some((record.round.finished_at, record.round.measured.as_ref()?)))
        .flat_map(|(finished_at, view)| view.features.iter().map(move |(name, figures)| (finished_at, name, figures)))
        .collect();
    assert_eq!(read.height(), expected.len());
    for (row, (finished_at, name, figures)) in expected.into_iter().enumerate() {
        let value = |column: &str| read.column(column).unwrap().get(row).unwrap();
        let time = read.column("finished_at").unwrap().cast(&polars::prelude::DataType::Int64).unwrap();
        assert_eq!(time.get(row).unwrap(), AnyValue::Int64(finished_at.nanos()));
        assert_eq!(value("feature"), AnyValue::String(name));
        for verdict in Verdict::ALL {
            assert_eq!(value(verdict.name()), AnyValue::UInt64(figures.verdicts.count(verdict)));
        }
        assert_eq!(value("coverage_usable"), AnyValue::UInt64(figures.coverage.part()));
        assert_eq!(value("smape"), figures.smape.map_or(AnyValue::Null, AnyValue::Float64));
        let psi = figures.drift.get(&skewwatch::model::check::DriftStatistic::Psi);
        assert_eq!(value("psi_effect"), psi.and_then(|psi| psi.effect).map_or(AnyValue::Null, AnyValue::Float32));
    }
}

#[test]
fn every_finding_of_the_period_is_a_row() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let records: Vec<RoundRecord> = (0..30).map(|seed| record(seed, "users", at(seed as i64))).collect();
    history.record(&records).unwrap();
    let episodes = history.reader().findings(EVER).unwrap();
    assert!(episodes.iter().any(|episode| episode.resolved_at.is_some()));
    let read = back(export::findings(history.reader(), EVER).unwrap());
    assert_eq!(read.height(), episodes.len());
    for (row, episode) in episodes.iter().enumerate() {
        let value = |column: &str| read.column(column).unwrap().get(row).unwrap();
        assert_eq!(value("feature"), episode.key.feature.as_deref().map_or(AnyValue::Null, AnyValue::String));
        assert_eq!(value("severity"), AnyValue::String(episode.severity.name()));
        assert_eq!(value("resolved_at").is_null(), episode.resolved_at.is_none());
        assert_eq!(value("rounds"), AnyValue::UInt64(episode.rounds));
        assert_eq!(value("worst"), AnyValue::Float64(episode.worst));
    }
}

#[test]
fn an_empty_period_is_a_table_without_rows() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    history.record(&[record(1, "users", at(0))]).unwrap();
    let empty = Period { start: at(5), end: at(6) };
    let whole = export::measurements(history.reader(), EVER).unwrap();
    let table = back(export::measurements(history.reader(), empty).unwrap());
    assert_eq!((table.height(), table.schema()), (0, whole.schema()));
    assert_eq!(back(export::findings(history.reader(), Period { start: at(-9), end: at(-8) }).unwrap()).height(), 0);
}

#[test]
fn pandas_and_arrow_read_times_in_utc() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    history.record(&(0..9).map(|seed| record(seed, "users", at(seed as i64))).collect::<Vec<_>>()).unwrap();
    let tables = [
        ("measurements", export::measurements(history.reader(), EVER).unwrap()),
        ("findings", export::findings(history.reader(), EVER).unwrap()),
    ];
    for (name, mut table) in tables {
        assert!(table.height() > 0);
        std::fs::write(folder.path().join(format!("{name}.parquet")), export::parquet(&mut table).unwrap()).unwrap();
        let (bytes, _) = export::parquet_of(std::iter::once(Ok(table))).unwrap().unwrap();
        std::fs::write(folder.path().join(format!("{name}-batched.parquet")), bytes).unwrap();
    }
    let script = "import pandas, pyarrow.parquet\n\
                  for name in ['measurements', 'measurements-batched', 'findings', 'findings-batched']:\n    \
                  frame = pandas.read_parquet(f'{name}.parquet')\n    \
                  schema = pyarrow.parquet.read_schema(f'{name}.parquet')\n    \
                  times = [field.name for field in schema if str(field.type).startswith('timestamp')]\n    \
                  print(*times, {str(schema.field(time).type) for time in times}, \
                  {str(frame[time].dtype) for time in times})\n";
    let output = std::process::Command::new(crate::support::python())
        .args(["-c", script])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let rounds = "started_at finished_at as_of {'timestamp[ns, tz=UTC]'} {'datetime64[ns, UTC]'}\n";
    let findings = "first_seen fired_at last_seen resolved_at {'timestamp[ns, tz=UTC]'} {'datetime64[ns, UTC]'}\n";
    let expected = [rounds, rounds, findings, findings].concat();
    assert_eq!((text(&output.stdout), text(&output.stderr)), (expected, String::new()));
}
