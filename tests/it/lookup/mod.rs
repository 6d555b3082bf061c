//! The lookup path against real servers: a test per fault that a simple one has, and each shown on a simple one.

mod cluster;
mod failover;
mod kept;
mod reference;
mod rows;
mod shared;
mod told;

use std::sync::Arc;
use std::time::Duration;

use skewwatch::lookup::{Answer, FeatureLookup, FeatureStatus, L1Settings, LookupSettings};
use skewwatch::model::entity::{EntityKey, KeyValue};
use skewwatch::model::value::{ScalarKind, Value, ValueKind};
use skewwatch::model::view::FeatureView;
use skewwatch::store::online::{OnlineSettings, OnlineStore, PlainEncoding, PlainLayout, RedisLayout, RedisSettings};

use crate::support::redis::{RedisServer, information};
use crate::support::views;

/// A text per feature.
const TEXTS: &str = "feat:{entity}:{feature}";
/// The same with all of an entity in one slot.
const TAGGED: &str = "feat:{{{entity}}}:{feature}";
/// A hash per entity.
const HASH: &str = "feat:{entity}";

fn layout(pattern: &str) -> RedisLayout {
    RedisLayout::Plain(PlainLayout { key: pattern.to_owned(), encoding: PlainEncoding::Text, timestamp: None })
}

/// A view of whole numbers.
fn view(name: &str, features: &[&str]) -> FeatureView {
    let features: Vec<_> = features.iter().map(|name| (*name, ValueKind::Scalar(ScalarKind::Int64))).collect();
    views::view(name, "unused", &features)
}

fn key(text: &str) -> EntityKey {
    EntityKey::new([KeyValue::String(text.into())])
}

/// Settings under which nothing ends by itself while a test runs, unless the test says so.
fn patient() -> LookupSettings {
    let usual = LookupSettings::default();
    let hour = Duration::from_secs(3600);
    let l1 = L1Settings { ttl: hour, negative_ttl: hour, ..usual.l1 };
    LookupSettings { l1, deadline: Duration::from_secs(20), ..usual }
}

/// The same without L1.
fn uncached() -> LookupSettings {
    let settings = patient();
    LookupSettings { l1: L1Settings { capacity: 0, ..settings.l1 }, ..settings }
}

async fn lookup(redis: RedisSettings, views: &[FeatureView], settings: &LookupSettings) -> FeatureLookup {
    let store = OnlineStore::connect(&OnlineSettings::Redis(Box::new(redis))).await.unwrap();
    FeatureLookup::new(Arc::new(store), views, settings)
}

/// A status, and the number where there is one.
type Told = (FeatureStatus, Option<i64>);

fn told(answer: &Answer) -> Vec<Told> {
    let number = |value: &Value| match value {
        Value::Int(number) => Some(*number),
        _ => None,
    };
    answer.features().map(|feature| (feature.status, feature.value.and_then(number))).collect()
}

async fn ask(lookup: &FeatureLookup, features: &[&str], entity: &str) -> Vec<Told> {
    let selection = lookup.select(features).unwrap();
    told(&lookup.lookup(&selection, &key(entity)).await)
}

const fn present(number: i64) -> Told {
    (FeatureStatus::Present, Some(number))
}

const ABSENT: Told = (FeatureStatus::Absent, None);
const FAILED: Told = (FeatureStatus::Failed, None);

/// How often a server has run a command.
fn calls(server: &RedisServer, command: &str) -> u64 {
    let text = information(server, "INFO commandstats");
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("cmdstat_{command}:calls=")));
    line.and_then(|line| line.split(',').next()?.parse().ok()).unwrap_or(0)
}
