//! Daily snapshots in Parquet, written once and used again by later runs.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use polars::prelude::{Column, DataFrame, DataType, NamedFrom as _, ParquetWriter, Series, TimeUnit, TimeZone};

use super::shop::{DAYS, EVENT_TIMESTAMP, Row, row, user_id};

/// Time from the end of its day to the writing of a row, in microseconds.
const DELAY: i64 = 3_600 * 1_000_000;

/// One file a day for `entities` entities, below cargo's folder for the output of builds; writes those that are missing.
pub fn folder(entities: u32) -> anyhow::Result<PathBuf> {
    let folder = target().join("bench-data").join(format!("{entities}-entities"));
    fs::create_dir_all(&folder).with_context(|| format!("could not create {}", folder.display()))?;
    for day in 0..DAYS {
        let path = folder.join(format!("day-{day:02}.parquet"));
        if !path.exists() {
            let unfinished = path.with_extension("unfinished");
            write(&unfinished, entities, day).with_context(|| format!("could not write {}", path.display()))?;
            fs::rename(&unfinished, &path)?;
        }
    }
    Ok(folder)
}

/// The files in a folder of [`folder`], in order.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    (0..DAYS).map(|day| folder.join(format!("day-{day:02}.parquet"))).collect()
}

/// The folder that `target/release/deps/<this program>` lies in.
fn target() -> PathBuf {
    let program = std::env::current_exe().ok();
    let target = program.as_deref().and_then(|program| program.ancestors().nth(3));
    target.map_or_else(|| PathBuf::from("target"), Path::to_owned)
}

fn write(path: &Path, entities: u32, day: u32) -> anyhow::Result<()> {
    let rows: Vec<Row> = (0..entities).map(|entity| row(entity, day)).collect();
    let ids: Vec<String> = (0..entities).map(user_id).collect();
    let created = rows.iter().map(|row| row.event_micros + DELAY).collect();
    let mut frame = DataFrame::new_infer_height(vec![
        Column::from(Series::new("user_id".into(), ids)),
        instants(EVENT_TIMESTAMP, rows.iter().map(|row| row.event_micros).collect())?,
        instants("created", created)?,
        Column::from(Series::new("avg_order_value_7d".into(), of(&rows, |row| row.average))),
        Column::from(Series::new("total_orders_30d".into(), of(&rows, |row| row.orders))),
        Column::from(Series::new("preferred_category".into(), of(&rows, |row| row.category))),
        Column::from(Series::new("account_age_days".into(), of(&rows, |row| row.age))),
        Column::from(Series::new("fraud_score".into(), of(&rows, |row| row.score))),
    ])?;
    ParquetWriter::new(File::create(path)?).finish(&mut frame)?;
    Ok(())
}

fn of<T>(rows: &[Row], value: impl Fn(&Row) -> T) -> Vec<T> {
    rows.iter().map(value).collect()
}

fn instants(name: &str, micros: Vec<i64>) -> anyhow::Result<Column> {
    let column = Column::from(Series::new(name.into(), micros));
    Ok(column.cast(&DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)))?)
}
