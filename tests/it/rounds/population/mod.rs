//! A hundred thousand entities on both sides, with a list of what is wrong with some of them.
//!
//! Every entity has three versions, one in each daily snapshot, and its newest version is online as JSON texts at
//! `feat:{entity}:{feature}` with the timestamp at `feat:{entity}:_ts`. A few of each kind of fault are mixed in.

mod fault;
mod snapshots;
mod stored;

use std::fmt::Write as _;

use skewwatch::model::measurement::{ExpiredServed, KeyCounts, VerdictCounts};
use skewwatch::model::verdict::Verdict;

pub(super) use fault::{Fault, Reach, Reading, Served};
pub(super) use snapshots::write as write_snapshots;
pub(super) use stored::fill;

/// The features, with their declared types.
pub(super) const FEATURES: [(&str, &str); 5] = [
    ("avg_order_value_7d", "float32"),
    ("total_orders_30d", "int64"),
    ("preferred_category", "string"),
    ("account_age_days", "int64"),
    ("fraud_score", "float64"),
];

/// Event times of the three versions, seconds since 1970: 09:00 UTC on 13, 14 and 15 June 2026.
const VERSIONS: [i64; 3] = [1_781_341_200, 1_781_427_600, 1_781_514_000];

/// When the population is to be checked: three hours after the newest version.
pub(super) const AS_OF: &str = "2026-06-15T12:00:00Z";

const HOUR: i64 = 3600;

/// The value of what was never a version.
const NEVER: u32 = 7;

/// One entity.
pub(super) struct Entity {
    number: u32,
    /// What is wrong with it, and which feature is meant where one is.
    fault: Option<(Fault, usize)>,
}

impl Entity {
    pub(super) fn id(&self) -> String {
        format!("u{:06}", self.number)
    }

    fn has(&self, fault: Fault) -> bool {
        self.fault.is_some_and(|(mine, _)| mine == fault)
    }

    fn is_online(&self) -> bool {
        self.fault.is_none_or(|(fault, _)| fault.is_online())
    }

    fn is_offline(&self) -> bool {
        self.fault.is_none_or(|(fault, _)| fault.is_offline())
    }

    fn verdict(&self, feature: usize, reading: Reading) -> Verdict {
        match self.fault {
            Some((fault, at)) if fault.reach() == Reach::Row || at == feature => fault.verdict(reading),
            Some(_) | None => Verdict::Consistent,
        }
    }
}

/// The fault list: so many entities, of which every thirteenth has a fault, each kind in turn and on each feature in turn.
pub(super) fn population(size: u32) -> Vec<Entity> {
    let kinds = Fault::ALL.len();
    (0..size)
        .map(|number| {
            let turn = number as usize / 13;
            let fault = (number % 13 == 0).then(|| (Fault::ALL[turn % kinds], turn / kinds % FEATURES.len()));
            Entity { number, fault }
        })
        .collect()
}

/// So many entities without any fault.
pub(super) fn healthy(size: u32) -> Vec<Entity> {
    (0..size).map(|number| Entity { number, fault: None }).collect()
}

/// So many entities of which the first `broken` all have the same fault, on the first feature where one is meant.
pub(super) fn broken_by(fault: Fault, broken: u32, size: u32) -> Vec<Entity> {
    (0..size).map(|number| Entity { number, fault: (number < broken).then_some((fault, 0)) }).collect()
}

/// Entities whose row lies after the read time.
pub(super) fn from_the_future(entities: &[Entity]) -> u64 {
    entities.iter().filter(|entity| entity.has(Fault::FromTheFuture)).count() as u64
}

/// A feature's value in a version, as its snapshot holds it and as JSON.
fn value(feature: usize, number: u32, version: u32) -> Value {
    let (n, v) = (f64::from(number), f64::from(version));
    match feature {
        // Finer than a float32 holds, as a batch job's mean is.
        0 => Value::Float(n / 7.0 + v * 100.0),
        1 => Value::Int(i64::from(number) * 10 + i64::from(version)),
        2 => Value::Text(format!("c{}\"é{{{version}}}", number % 7)),
        3 => Value::Int(i64::from(number % 1000 + version * 1000)),
        _ => Value::Float((n % 997.0) / 997.0 + v),
    }
}

enum Value {
    Float(f64),
    Int(i64),
    Text(String),
}

/// The verdicts of every feature that the fault list implies.
pub(super) fn expected(
    entities: &[Entity],
    reading: Reading,
) -> Vec<(&'static str, VerdictCounts, ExpiredServed, u64)> {
    let of_feature = |(feature, (name, _)): (usize, (&'static str, &str))| {
        let (mut verdicts, mut served, mut gone) = (VerdictCounts::default(), ExpiredServed::default(), 0);
        for entity in entities {
            let verdict = entity.verdict(feature, reading);
            verdicts.add(verdict);
            match entity.fault.filter(|_| verdict == Verdict::Expired).and_then(|(fault, _)| fault.served(reading)) {
                Some(Served::Consistent) => served.consistent += 1,
                Some(Served::Stale) => served.stale += 1,
                Some(Served::Unverified) => served.unverified += 1,
                Some(Served::Nothing) => gone += 1,
                None => {}
            }
        }
        (name, verdicts, served, gone)
    };
    FEATURES.into_iter().enumerate().map(of_feature).collect()
}

/// The keys that a sample of everything finds.
pub(super) fn keys(entities: &[Entity]) -> KeyCounts {
    let count = |which: &dyn Fn(&Entity) -> bool| entities.iter().filter(|entity| which(entity)).count() as u64;
    KeyCounts {
        asked: entities.len() as u64,
        online: count(&Entity::is_online),
        offline: count(&Entity::is_offline),
        both: count(&|entity| entity.is_online() && entity.is_offline()),
    }
}

/// A key file with every entity that no side knows.
pub(super) fn key_file(entities: &[Entity]) -> String {
    let mut text = "user_id\n".to_owned();
    for entity in entities.iter().filter(|entity| !entity.is_offline() && !entity.is_online()) {
        writeln!(text, "{}", entity.id()).unwrap();
    }
    text
}

/// The view's entry in a configuration, without what differs between readings.
pub(super) fn view_entry(more: &str) -> String {
    let features: Vec<String> = FEATURES.iter().map(|(name, kind)| format!("{name}: {kind}")).collect();
    format!(
        "feature_views:\n  - name: user_features\n    join_keys: [user_id]\n    ttl: 48h\n    snapshot: \
         snapshots/dt=*/*.parquet\n    event_timestamp: event_timestamp\n    created: created\n{more}    features: {{ {} }}\n",
        features.join(", ")
    )
}
