//! The offline side of the population: a Parquet file a day, and one with corrections.

use std::fs::{self, File};
use std::path::Path;

use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, ParquetWriter, Series, TimeUnit, TimeZone};

use super::{Entity, FEATURES, Fault, NEVER, VERSIONS, Value, value};

const DAYS: [&str; 3] = ["2026-06-13", "2026-06-14", "2026-06-15"];

/// How long after its event time a version is written.
const DELAY: i64 = 600;

/// Writes the snapshots of `entities` below `folder`.
pub(in crate::rounds) fn write(folder: &Path, entities: &[Entity]) {
    for (version, day) in DAYS.into_iter().enumerate() {
        let rows: Vec<&Entity> = entities.iter().filter(|entity| holds(entity, version)).collect();
        write_file(&folder.join(format!("dt={day}")), "part-0.parquet", frame(&rows, (version, version as u32), DELAY));
    }
    let corrected: Vec<&Entity> = entities.iter().filter(|entity| entity.has(Fault::Superseded)).collect();
    if corrected.is_empty() {
        return;
    }
    write_file(&folder.join("dt=2026-06-15"), "part-1.parquet", frame(&corrected, (2, NEVER + 1), 2 * DELAY));
}

/// Whether the snapshot of a version has a row of the entity.
fn holds(entity: &Entity, version: usize) -> bool {
    if entity.has(Fault::Forgotten) || entity.has(Fault::RightlyGone) {
        version == 0
    } else if entity.has(Fault::BeforeHistory) {
        version == 2
    } else {
        entity.is_offline()
    }
}

fn frame(entities: &[&Entity], (version, of): (usize, u32), delay: i64) -> DataFrame {
    let mut columns = vec![
        Column::from(Series::new("user_id".into(), entities.iter().map(|entity| entity.id()).collect::<Vec<_>>())),
        moments("event_timestamp", VERSIONS[version], entities.len()),
        moments("created", VERSIONS[version] + delay, entities.len()),
    ];
    for (feature, (name, _)) in FEATURES.into_iter().enumerate() {
        let is_null = |entity: &Entity| entity.fault == Some((Fault::NullOnBothSides, feature));
        let values: Vec<Option<Value>> =
            entities.iter().map(|entity| (!is_null(entity)).then(|| value(feature, entity.number, of))).collect();
        columns.push(column(name, values, &value(feature, 0, 0)));
    }
    DataFrame::new_infer_height(columns).unwrap()
}

/// The column of values that are all like `kind`.
fn column(name: &str, values: Vec<Option<Value>>, kind: &Value) -> Column {
    let name = name.into();
    let series = match kind {
        Value::Float(_) => {
            Series::new(name, values.into_iter().map(|value| value.map(Value::float)).collect::<Vec<_>>())
        }
        Value::Int(_) => Series::new(name, values.into_iter().map(|value| value.map(Value::int)).collect::<Vec<_>>()),
        Value::Text(_) => Series::new(name, values.into_iter().map(|value| value.map(Value::text)).collect::<Vec<_>>()),
    };
    series.into_column()
}

impl Value {
    fn float(self) -> f64 {
        match self {
            Self::Float(number) => number,
            Self::Int(_) | Self::Text(_) => panic!("a feature has one type"),
        }
    }

    fn int(self) -> i64 {
        match self {
            Self::Int(number) => number,
            Self::Float(_) | Self::Text(_) => panic!("a feature has one type"),
        }
    }

    fn text(self) -> String {
        match self {
            Self::Text(text) => text,
            Self::Float(_) | Self::Int(_) => panic!("a feature has one type"),
        }
    }
}

/// `height` times the same instant, in microseconds of UTC.
fn moments(name: &str, at: i64, height: usize) -> Column {
    let moments = Series::new(name.into(), vec![at * 1_000_000; height]);
    moments.cast(&DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC))).unwrap().into_column()
}

fn write_file(folder: &Path, name: &str, mut frame: DataFrame) {
    fs::create_dir_all(folder).unwrap();
    ParquetWriter::new(File::create(folder.join(name)).unwrap()).finish(&mut frame).unwrap();
}
