//! A stream-fed view in the present: rows in a real Redis that move on, and snapshots that come when the test says so.

use std::fs::{self, File};
use std::time::Duration;

use polars::prelude::{DataFrame, DataType, IntoColumn, NamedFrom, ParquetWriter, Series, TimeUnit, TimeZone};
use skewwatch::model::time::{Clock, Timestamp};

use super::redis::RedisServer;
use crate::rounds::Scene;
use crate::serve::Running;

/// The view.
pub const VIEW: &str = "orders";

/// A view `orders` with the features `total` and `city`, paired by time in force.
pub struct Streamed {
    /// The folder with the configuration.
    pub scene: Scene,
    /// The online store.
    pub redis: RedisServer,
    /// How many entities there are.
    pub entities: u32,
}

impl Streamed {
    /// So many entities, of which neither side knows anything yet.
    pub fn open(entities: u32) -> Self {
        Self { scene: Scene::new(), redis: RedisServer::start(), entities }
    }

    /// Writes the configuration, with `more` at its end.
    pub fn configure(&self, more: &str) -> &Self {
        self.scene.configure(&format!(
            "online:\n  redis: {{ url: \"redis://{}\" }}\n  layout: {{ key: \"feat:{{entity}}:{{feature}}\", timestamp_key: \
             \"feat:{{entity}}:_ts\" }}\nfeature_views:\n  - name: {VIEW}\n    join_keys: [user_id]\n    features: {{ total: \
             int64, city: string }}\n    snapshot: snapshots/dt=*/*.parquet\n    event_timestamp: event_timestamp\n    \
             pairing: as_of\npublish: {{ metrics: \"127.0.0.1:0\", history: history.db }}\n{more}",
            self.redis.address()
        ));
        self
    }

    /// The service in this folder.
    pub fn serve(&self) -> Running {
        Running::start(self.scene.command("serve"), self.scene.path("log"))
    }

    /// Writes the online rows of some entities: `total` by the entity's number, as of `at`.
    pub fn write_online(&self, entities: std::ops::Range<u32>, at: Timestamp, total: impl Fn(u32) -> i64) {
        let mut pipeline = redis::pipe();
        for number in entities {
            let id = id(number);
            pipeline.cmd("MSET").arg(format!("feat:{id}:total")).arg(total(number)).arg(format!("feat:{id}:city"));
            pipeline.arg("\"Riga\"").arg(format!("feat:{id}:_ts")).arg(seconds(at)).ignore();
        }
        pipeline.exec(&mut self.redis.connection()).unwrap();
    }

    /// Writes a snapshot of all entities in one step: `total` by the entity's number, as of `at`.
    pub fn write_snapshot(&self, name: &str, at: Timestamp, total: impl Fn(u32) -> i64) {
        let ids: Vec<String> = (0..self.entities).map(id).collect();
        let length = ids.len();
        let moments = Series::new("event_timestamp".into(), vec![seconds(at) * 1_000_000; length]);
        let mut frame = DataFrame::new_infer_height(vec![
            Series::new("user_id".into(), ids).into_column(),
            moments.cast(&DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC))).unwrap().into_column(),
            Series::new("total".into(), (0..self.entities).map(total).collect::<Vec<i64>>()).into_column(),
            Series::new("city".into(), vec!["Riga"; length]).into_column(),
        ])
        .unwrap();
        let draft = self.scene.path("draft");
        ParquetWriter::new(File::create(&draft).unwrap()).finish(&mut frame).unwrap();
        let folder = self.scene.path(&format!("snapshots/dt={name}"));
        fs::create_dir_all(&folder).unwrap();
        fs::rename(draft, folder.join("part-0.parquet")).unwrap();
    }
}

/// The present, in whole seconds.
pub fn now() -> Timestamp {
    Timestamp::from_seconds(seconds(Clock::System.now()), 0).unwrap()
}

/// A cron expression that names one second of the year.
pub fn at_second(instant: Timestamp) -> String {
    let text = instant.to_string();
    let part = |place: std::ops::Range<usize>| text[place].parse::<u32>().unwrap();
    format!("{} {} {} {} {} *", part(17..19), part(14..16), part(11..13), part(8..10), part(5..7))
}

/// So many seconds later.
pub fn later(instant: Timestamp, seconds: u64) -> Timestamp {
    instant.plus(Duration::from_secs(seconds))
}

/// So many seconds earlier.
pub fn earlier(instant: Timestamp, seconds: u64) -> Timestamp {
    instant.minus(Duration::from_secs(seconds))
}

fn seconds(instant: Timestamp) -> i64 {
    instant.nanos().div_euclid(1_000_000_000)
}

fn id(number: u32) -> String {
    format!("u{number:06}")
}
