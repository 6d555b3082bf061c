//! What rounds cost the stores: nothing is read twice, walks go on, and estimates hold.

mod damaged;
mod estimates;
mod kept;
mod requests;
mod served;
mod walked;

use std::fs::File;
use std::path::{Path, PathBuf};

use polars::prelude::*;
use skewwatch::config::{self, Plan};
use skewwatch::model::measurement::RoundReport;
use skewwatch::model::time::Timestamp;
use skewwatch::run::{RoundOptions, round};
use tempfile::TempDir;

use crate::support::redis::RedisServer;

/// 12:00 UTC on 15 June 2026, in seconds since 1970.
const NOON: i64 = 1_781_524_800;

/// A row of the snapshots: whose, minutes from noon to its event timestamp and to its writing, and its value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) user: u32,
    pub(super) minute: i64,
    pub(super) created: i64,
    pub(super) value: i64,
}

/// A folder with snapshots, a Redis, and plans over both.
pub(super) struct Shop {
    pub(super) folder: TempDir,
    pub(super) redis: RedisServer,
}

impl Shop {
    pub(super) fn open() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), redis: RedisServer::start() }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file of the snapshot.
    pub(super) fn write(&self, name: &str, rows: &[Row]) {
        write(&self.path("users").join(name), rows);
    }

    /// Writes a row online.
    pub(super) fn serve(&self, row: Row) {
        self.redis.run(&format!("SET feat:u{}:amount {}", row.user, row.value));
        self.redis.run(&format!("SET feat:u{}:_ts {}", row.user, NOON + row.minute * 60));
    }

    /// The plan over the local snapshots, with this under `sample`.
    pub(super) async fn plan(&self, sample: &str) -> Plan {
        self.plan_over(&format!("{}/", self.path("users").display()), sample, "").await
    }

    /// The plan over the snapshots at `location`.
    pub(super) async fn plan_over(&self, location: &str, sample: &str, more: &str) -> Plan {
        let text = self.configuration(location, sample, more);
        let loaded = config::from_text(&text, &self.path("skewwatch.yaml"), &|_| None).await;
        loaded.unwrap_or_else(|error| panic!("{error}"))
    }

    pub(super) fn configuration(&self, location: &str, sample: &str, more: &str) -> String {
        format!(
            "online:\n  redis: {{ url: \"redis://{}\" }}\n  layout: {{ key: \"feat:{{entity}}:{{feature}}\", \
             timestamp_key: \"feat:{{entity}}:_ts\" }}\nfeature_views:\n  - name: users\n    join_keys: [user_id]\n    \
             features: {{ amount: int64 }}\n    snapshot: \"{location}\"\n    event_timestamp: event_timestamp\n    \
             created: created\nsample: {{ {sample} }}\n{more}",
            self.redis.address()
        )
    }
}

/// Writes a Parquet file of these rows, in row groups of four.
pub(super) fn write(path: &Path, rows: &[Row]) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let users: Vec<String> = rows.iter().map(|row| format!("u{}", row.user)).collect();
    let moments = |name: &str, minutes: Vec<i64>| {
        let micros: Vec<i64> = minutes.into_iter().map(|minute| (NOON + minute * 60) * 1_000_000).collect();
        let column = Int64Chunked::from_vec(name.into(), micros);
        column.into_datetime(TimeUnit::Microseconds, None).into_series().into_column()
    };
    let columns = vec![
        Column::new("user_id".into(), users),
        moments("event_timestamp", rows.iter().map(|row| row.minute).collect()),
        moments("created", rows.iter().map(|row| row.created).collect()),
        Column::new("amount".into(), rows.iter().map(|row| row.value).collect::<Vec<_>>()),
    ];
    let mut frame = DataFrame::new_infer_height(columns).unwrap();
    // A draft of another name, so that a snapshot is never half a file.
    let draft = path.with_extension("draft");
    ParquetWriter::new(File::create(&draft).unwrap()).with_row_group_size(Some(4)).finish(&mut frame).unwrap();
    std::fs::rename(draft, path).unwrap();
}

/// So many minutes from noon.
pub(super) fn minute(minute: i64) -> Timestamp {
    Timestamp::from_seconds(NOON + minute * 60, 0).unwrap()
}

/// A round as of an instant.
pub(super) async fn at(plan: &Plan, as_of: Timestamp) -> RoundReport {
    round(plan, RoundOptions { as_of: Some(as_of), progress: &|_| {} }).await
}

/// All that a round says.
pub(super) fn told(report: &RoundReport) -> String {
    serde_json::to_string_pretty(report).unwrap()
}
