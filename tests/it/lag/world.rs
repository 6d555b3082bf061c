//! Entities whose values change at random times, and what a writer with a known lag serves of them.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use skewwatch::measure::{Reference, Setting, ViewRules, measure, measure_captured, settled_rows};
use skewwatch::model::captured::{Capture, CaptureLayout, CapturedMeasurement, CapturedRow};
use skewwatch::model::column::Column;
use skewwatch::model::entity::{EntityKey, KeyValue};
use skewwatch::model::history::{History, HistoryRow, SnapshotFacts, SnapshotIdentity};
use skewwatch::model::lag_profile::LagProfile;
use skewwatch::model::measurement::ViewMeasurement;
use skewwatch::model::online::{Fidelity, OnlineCell, OnlineReading, OnlineRow, StoredRow, StoredTimestamp};
use skewwatch::model::sample::{Origins, Readings, Sample, SampledKey};
use skewwatch::model::time::{Precision, Timestamp};
use skewwatch::model::value::{ScalarKind, Value, ValueKind};
use skewwatch::model::view::{FeatureView, Pairing};

use crate::support::views;

pub const MINUTE: i64 = 60_000_000_000;
pub const HOUR: i64 = 60 * MINUTE;
/// The life that every write gives its row, where it gives one.
pub const WRITE_TTL: Duration = Duration::from_secs(24 * 3600);

/// When everything is read: a round number of nanoseconds.
const NOW: i64 = 1_781_524_800_000_000_000;

/// What is made.
#[derive(Clone, Copy)]
pub struct World {
    pub seed: u64,
    /// When the first entity is read, in nanoseconds.
    pub now: i64,
    pub entities: usize,
    /// Values that a feature can have; `None` for as many as there are versions.
    pub levels: Option<i64>,
    /// Lag of an entity's writer, by its number.
    pub lag: fn(usize) -> i64,
    /// Share of entities with a value of nobody's.
    pub skew: f64,
    /// Up to which time before the reading the snapshot knows everything; negative for after it.
    pub unknown: i64,
    /// Mean time between two versions of an entity.
    pub pace: i64,
    /// When rows were written before the reading; `None` where that is not known and no matter.
    pub written: Option<fn(usize) -> i64>,
}

/// One entity.
pub struct Entity {
    pub id: String,
    /// Its values, with when they came into force, oldest first.
    pub versions: Vec<(i64, i64)>,
    /// What is served.
    pub online: i64,
    pub read_at: i64,
    /// What is left of the life that the write gave the row.
    pub left: Option<Duration>,
}

impl World {
    /// A value an hour or so, twelve hours of them, each entity read when it changed to the nanosecond.
    pub const fn new(seed: u64) -> Self {
        Self {
            seed,
            now: NOW,
            entities: 2_000,
            levels: None,
            lag: |_| 0,
            skew: 0.0,
            unknown: 0,
            pace: HOUR,
            written: None,
        }
    }

    pub fn view(&self) -> FeatureView {
        let kind = ValueKind::Scalar(ScalarKind::Int64);
        let write_ttl = self.written.map(|_| WRITE_TTL);
        FeatureView { pairing: Pairing::Value, write_ttl, ..views::view("prices", "prices", &[("price", kind)]) }
    }

    /// Each entity as it is.
    pub fn entities(&self) -> Vec<Entity> {
        let mut generator = StdRng::seed_from_u64(self.seed);
        let entity = |number: usize| {
            let (mut since, mut versions) = (self.now - 12 * HOUR, Vec::new());
            while since <= self.now - self.unknown {
                let value = self.levels.map_or(versions.len() as i64, |levels| generator.random_range(0..levels));
                versions.push((since, value));
                since += generator.random_range(1..2 * self.pace);
            }
            let read_at = self.now + number as i64 * 1_000_000;
            let left = self.written.map(|written| WRITE_TTL - Duration::from_nanos(written(number) as u64));
            let shown = self.written.map_or(read_at, |written| read_at - written(number)) - (self.lag)(number);
            let current = versions.partition_point(|(since, _)| *since <= shown);
            let is_skewed = self.skew > 0.0 && generator.random_bool(self.skew);
            let online = if is_skewed { -1 } else { versions[current.saturating_sub(1)].1 };
            Entity { id: format!("u{number:06}"), versions, online, read_at, left }
        };
        (0..self.entities).map(entity).collect()
    }

    pub fn sample(&self) -> Sample {
        let (mut keys, mut readings, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        let mut column = Column::new();
        for (number, entity) in self.entities().into_iter().enumerate() {
            for (since, value) in entity.versions {
                let event_timestamp = Timestamp::from_nanos(since);
                rows.push(HistoryRow { key: number as u32, event_timestamp, created: None, file: 0 });
                column.push(Value::Int(value));
            }
            let row = StoredRow {
                event_timestamp: StoredTimestamp::NotKept,
                cells: vec![OnlineCell::Value(Value::Int(entity.online))],
                remaining_ttl: entity.left,
            };
            let read_at = Timestamp::from_nanos(entity.read_at);
            readings.push(Readings::first(OnlineReading { read_at, row: Ok(OnlineRow::Found(row)) }));
            let key = EntityKey::new(vec![KeyValue::String(entity.id.into())]);
            keys.push(SampledKey { key, origins: Origins { offline: true, ..Origins::default() } });
        }
        let facts = SnapshotFacts {
            identity: SnapshotIdentity { files: Vec::new(), digest: String::new() },
            watermark: Some(Timestamp::from_nanos(self.now - self.unknown)),
            horizon: Some(Timestamp::from_nanos(self.now - 12 * HOUR)),
            precision: Precision::Nanos,
            rows: rows.len() as u64,
            newest_dump: Vec::new(),
        };
        let named: Vec<EntityKey> = keys.iter().map(|key| key.key.clone()).collect();
        let history = History::new(facts, &named, &rows, &[column]);
        Sample { keys, readings, history, fidelity: Fidelity::Exact }
    }

    pub fn measured(&self) -> ViewMeasurement {
        let (view, sample) = (self.view(), self.sample());
        let rows = settled_rows(&view, &sample, None);
        let rules = ViewRules {
            freshness_objective: None,
            drift: Vec::new(),
            reference: Reference::NewestVersions,
            now: None,
            setting: Setting::default(),
        };
        measure(&view, &sample, &rows, &rules)
    }

    /// What the rows say if they were captured when they were read, at one cut.
    pub fn captured(&self) -> CapturedMeasurement {
        let (view, sample, cut) = (self.view(), self.sample(), Timestamp::from_nanos(self.now));
        let rows = sample.keys.iter().zip(&sample.readings).map(|(key, readings)| {
            let row = readings.last.row.clone().unwrap();
            CapturedRow { key: key.key.clone(), read_at: readings.last.read_at, row }
        });
        let capture =
            Capture { feature_view: view.name.clone(), cut, layout: CaptureLayout::of(&view), rows: rows.collect() };
        measure_captured(&view, &capture, (sample.history, sample.fidelity), cut).unwrap()
    }

    pub fn profile(&self) -> LagProfile {
        self.measured().features["price"].lag_profile.clone().unwrap()
    }
}
