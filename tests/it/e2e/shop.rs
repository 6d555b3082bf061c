//! The stores of the shop: nine views of different teams, equal on both sides, and one way each to break and to mend it.
//!
//! A row is one hash, so that no reader ever sees half of a change to it. Each view breaks one check only, and has one
//! grade of that check only, so that a round that reads half-broken data finds less and nothing else.

use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, ParquetWriter, Series, TimeUnit, TimeZone};
use skewwatch::model::time::Clock;
use tokio::runtime::Runtime;

use crate::support::gate::Gate;
use crate::support::redis::RedisServer;
use crate::support::s3::S3Server;

/// Entities of each view.
const ENTITIES: u32 = 1000;
const HOUR: i64 = 3600;

/// The views with their teams.
pub(super) const VIEWS: [(&str, &str); 9] = [
    ("carts", "growth"),
    ("clicks", "growth"),
    ("devices", "fraud"),
    ("orders", "risk"),
    ("prices", "risk"),
    ("ratings", "pricing"),
    ("returns", "logistics"),
    ("scores", "ml"),
    ("sessions", "fraud"),
];

/// Limits that differ from the usual ones.
const CHECKS: &str = "\
checks:
  defaults: { freshness: { objective: 2h, budget: 1% }, snapshot: { max_age: 4h } }
  overrides:
    - { feature_view: clicks, coverage: none }
    - { feature: clicks.amount, coverage: { critical: 90% } }
    - { feature: clicks.city, coverage: { critical: 90% } }
    - { feature_view: carts, coverage: { warning: 99% } }
    - { feature_view: devices, coverage: none }
    - { feature_view: prices, skew: none }
    - { feature: prices.amount, skew: { critical: 5% } }
    - feature_view: sessions
      comparable: none
      missing_offline: none
      drift: { psi: none, ks: none, missing: none, unseen: none, out_of_range: none }
";

/// Rounds every four seconds, and little patience with a store that does not answer.
const SERVICE: &str = "\
schedule: { sample: \"*/4 * * * * *\", deadline: 20s, grace: 100ms }
sample: { budget: { timeout: 1s, connect_timeout: 1s, attempts: 2 } }
publish: { metrics: \"127.0.0.1:PORT\", history: history.db }
";

/// Both stores.
pub(super) struct Shop {
    pub(super) redis: RedisServer,
    /// The door before the snapshots.
    pub(super) gate: Gate,
    bucket: String,
    /// When the shop was opened, seconds since 1970.
    now: i64,
    runtime: Runtime,
}

/// A row of an entity: when it was true, and its values.
#[derive(Clone, Copy)]
struct Row {
    at: i64,
    amount: f64,
    city: &'static str,
}

/// The value of entity `number` with amounts that are so much higher.
fn row(number: u32, at: i64, more: f64) -> Row {
    let city = ["Berlin", "Oslo", "Paris", "Rome"][(number / 7 % 4) as usize];
    Row { at, amount: f64::from(number * 37 % 1000) / 10.0 + more, city }
}

impl Shop {
    /// A shop in which nothing is wrong.
    pub(super) fn open() -> Self {
        let server = S3Server::shared();
        let now = Clock::System.now().seconds() as i64;
        let (redis, gate) = (RedisServer::start(), Gate::before(server.port()));
        let shop = Self { redis, gate, bucket: server.bucket(), now, runtime: Runtime::new().unwrap() };
        for (view, _) in VIEWS {
            shop.write_offline(view, "part-0", |number| vec![shop.before(number)]);
            shop.write_offline(view, "part-1", |number| vec![shop.newest(number)]);
            shop.write_online(view, 0..ENTITIES, |number| shop.newest(number));
        }
        shop.write_offline("training", "part-0", |number| vec![shop.newest(number)]);
        shop
    }

    /// The configuration of a service that listens at `port`.
    pub(super) fn configuration(&self, port: u16) -> String {
        let server = S3Server::shared();
        let snapshots = server.section().replace(&server.endpoint(), &format!("http://127.0.0.1:{}", self.gate.port));
        let mut text = format!(
            "online:\n  redis: {{ url: \"redis://{}\" }}\n  layout: {{ key: \"{{view}}:{{entity}}\", timestamp_field: _ts \
             }}\n{snapshots}  root: s3://{}/\nfeature_views:\n",
            self.redis.address(),
            self.bucket
        );
        for (view, team) in VIEWS {
            let reference = if view == "scores" { "    reference: training/\n" } else { "" };
            text.push_str(&format!(
                "  - name: {view}\n    team: {team}\n    join_keys: [user_id]\n    ttl: 48h\n    snapshot: {view}/\n    \
                 event_timestamp: event_timestamp\n    freshness: {{ basis: row }}\n{reference}    features: {{ amount: \
                 float64, city: string }}\n"
            ));
        }
        text + CHECKS + &SERVICE.replace("PORT", &port.to_string())
    }

    /// Breaks every view in its way.
    pub(super) fn break_all(&self) {
        // Everything stopped five hours ago.
        self.delete_offline("orders", "part-1");
        self.write_online("orders", 0..ENTITIES, |number| self.before(number));
        // A fifth of the rows were evicted.
        for number in 0..ENTITIES / 5 {
            self.redis.run(&format!("DEL clicks:u{number}"));
        }
        // One feature is left out of some rows.
        for number in 0..ENTITIES / 20 {
            self.redis.run(&format!("HDEL carts:u{number} amount"));
        }
        // A fifth of the rows have the amounts of their neighbours, or a few: all together are as they were.
        for (view, share) in [("prices", 5), ("ratings", 50)] {
            let count = ENTITIES / share;
            let amount = |number| self.newest((number + 1) % count).amount;
            self.write_online(view, 0..count, |number| Row { amount: amount(number), ..self.newest(number) });
        }
        // The world has changed, and both sides know it.
        let moved = |number| row(number, self.now - HOUR / 4, 50.0);
        self.write_offline("scores", "part-2", |number| vec![moved(number)]);
        self.write_online("scores", 0..ENTITIES, moved);
        // A writer with another encoding.
        for number in 0..ENTITIES / 20 {
            self.redis.run(&format!("HSET devices:u{number} amount nonsense"));
        }
        // A snapshot without a row, so that nothing served can be compared, and one that is gone.
        self.write_offline("sessions", "part-0", |_| Vec::new());
        self.delete_offline("sessions", "part-1");
        self.delete_offline("returns", "part-0");
        self.delete_offline("returns", "part-1");
    }

    /// Mends every view but `prices`.
    pub(super) fn mend_all_but_prices(&self) {
        for view in ["orders", "returns", "sessions"] {
            // The newest rows first: a round that finds the others alone would rightly call the snapshot too old.
            self.write_offline(view, "part-1", |number| vec![self.newest(number)]);
            self.write_offline(view, "part-0", |number| vec![self.before(number)]);
        }
        for view in ["orders", "clicks", "carts", "ratings", "devices"] {
            self.write_online(view, 0..ENTITIES, |number| self.newest(number));
        }
        let settled = |number| row(number, self.now - HOUR / 8, 0.0);
        self.write_offline("scores", "part-3", |number| vec![settled(number)]);
        self.write_online("scores", 0..ENTITIES, settled);
    }

    /// Mends `prices`.
    pub(super) fn mend_prices(&self) {
        self.write_online("prices", 0..ENTITIES, |number| self.newest(number));
    }

    /// The row of five hours ago: that of a neighbour, so that all together are as they were.
    fn before(&self, number: u32) -> Row {
        row((number + 1) % ENTITIES, self.now - 5 * HOUR, 0.0)
    }

    /// The row of half an hour ago.
    fn newest(&self, number: u32) -> Row {
        row(number, self.now - HOUR / 2, 0.0)
    }

    /// Writes rows online, all at once.
    fn write_online(&self, view: &str, entities: std::ops::Range<u32>, row: impl Fn(u32) -> Row) {
        let mut pipeline = redis::pipe();
        pipeline.atomic();
        for number in entities {
            let Row { at, amount, city } = row(number);
            let key = format!("{view}:u{number}");
            let city = format!("\"{city}\"");
            pipeline
                .cmd("HSET")
                .arg(key)
                .arg(&[("amount", amount.to_string()), ("city", city)])
                .arg("_ts")
                .arg(at)
                .ignore();
        }
        pipeline.query::<()>(&mut self.redis.connection()).unwrap();
    }

    /// Writes a file of a view's snapshot.
    fn write_offline(&self, view: &str, part: &str, rows: impl Fn(u32) -> Vec<Row>) {
        let rows: Vec<(u32, Row)> =
            (0..ENTITIES).flat_map(|number| rows(number).into_iter().map(move |row| (number, row))).collect();
        let users: Vec<String> = rows.iter().map(|(number, _)| format!("u{number}")).collect();
        let moments: Vec<i64> = rows.iter().map(|(_, row)| row.at * 1_000_000).collect();
        let moments = Series::new("event_timestamp".into(), moments);
        let columns = vec![
            Column::from(Series::new("user_id".into(), users)),
            moments.cast(&DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC))).unwrap().into_column(),
            Column::from(Series::new("amount".into(), rows.iter().map(|(_, row)| row.amount).collect::<Vec<_>>())),
            Column::from(Series::new("city".into(), rows.iter().map(|(_, row)| row.city).collect::<Vec<_>>())),
        ];
        let mut bytes = Vec::new();
        ParquetWriter::new(&mut bytes).finish(&mut DataFrame::new_infer_height(columns).unwrap()).unwrap();
        let key = format!("{view}/{part}.parquet");
        self.runtime.block_on(S3Server::shared().put(&self.bucket, &key, bytes));
    }

    fn delete_offline(&self, view: &str, part: &str) {
        let key = format!("{view}/{part}.parquet");
        self.runtime.block_on(S3Server::shared().remove(&self.bucket, &key));
    }
}
