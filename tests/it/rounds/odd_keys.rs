//! Entity keys with characters that mean something to patterns, clusters and files.

use std::fs::{self, File};

use polars::prelude::{Column, DataFrame, DataType, NamedFrom, ParquetWriter, Series, TimeUnit, TimeZone};
use skewwatch::model::verdict::Verdict;

use super::Scene;
use super::population::AS_OF;
use crate::support::redis::RedisCluster;

/// 09:00 UTC on 15 June 2026.
const MOMENT: i64 = 1_781_514_000;

/// Names that look like something else.
fn names() -> Vec<String> {
    let mut names: Vec<String> = [
        "plain",
        "a:b",
        "a:b:total",
        "{tag}",
        "{",
        "}{",
        "x{y}z",
        "{}",
        "*",
        "[a-z]?",
        "\\",
        "a b",
        "",
        "ü🦀é",
        "e\u{301}",
        "'\"",
        "new\nline",
        "%7B",
        "feat:u1:total",
        "_ts",
        "null",
        "0",
        "00",
        "-1",
        "\u{0}",
    ]
    .map(str::to_owned)
    .to_vec();
    names.push("k".repeat(10_000));
    names.push("ß{".repeat(2_500));
    names
}

fn write_snapshot(scene: &Scene, mut columns: Vec<Column>, height: usize) {
    let moments = Series::new("event_timestamp".into(), vec![MOMENT * 1_000_000; height]);
    columns.push(moments.cast(&DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC))).unwrap().into());
    fs::create_dir_all(scene.path("snapshots")).unwrap();
    let file = File::create(scene.path("snapshots/users.parquet")).unwrap();
    ParquetWriter::new(file).finish(&mut DataFrame::new_infer_height(columns).unwrap()).unwrap();
}

fn set(cluster: &RedisCluster, key: &str, text: &str) {
    redis::cmd("SET").arg(key).arg(text).exec(&mut cluster.owner(key).connection()).unwrap();
}

fn column<T>(name: &str, values: Vec<T>) -> Column
where
    Series: NamedFrom<Vec<T>, [T]>,
{
    Series::new(name.into(), values).into()
}

#[tokio::test]
async fn names_that_look_like_patterns_or_hash_tags_are_names() {
    let cluster = RedisCluster::start(3, &[]);
    let names = names();
    for (number, name) in names.iter().enumerate() {
        set(&cluster, &format!("feat:{name}:total"), &number.to_string());
        set(&cluster, &format!("feat:{name}:_ts"), &MOMENT.to_string());
    }
    let scene = Scene::new();
    let totals = (0..names.len() as i64).collect();
    write_snapshot(&scene, vec![column("user_id", names.clone()), column("total", totals)], names.len());
    scene.configure(&format!(
        "online:\n  redis: {{ nodes: [{}], topology: cluster }}\n  layout: {{ key: \"feat:{{entity}}:{{feature}}\", \
         timestamp_key: \"feat:{{entity}}:_ts\" }}\nfeature_views:\n  - {{ name: users, join_keys: [user_id], features: {{ \
         total: int64 }}, snapshot: snapshots, event_timestamp: event_timestamp }}\n",
        cluster.addresses().join(", ")
    ));
    let report = scene.check(AS_OF).await;
    assert_eq!(report.failures, []);
    let keys = report.views[0].keys;
    let all = names.len() as u64;
    assert_eq!((keys.asked, keys.online, keys.offline, keys.both), (all, all, all, all));
    assert_eq!(report.views[0].features["total"].verdicts.count(Verdict::Consistent), all);
}

#[tokio::test]
async fn two_join_keys_are_told_apart_on_both_sides() {
    let cluster = RedisCluster::start(3, &[]);
    let pairs: Vec<(String, i64)> =
        names().into_iter().filter(|name| name.len() < 100).flat_map(|name| [(name.clone(), -7), (name, 7)]).collect();
    let mut texts = Vec::new();
    for (number, (name, driver)) in pairs.iter().enumerate() {
        for pattern in [format!("feat:{name},{driver}:total"), format!("trip/{driver}/{name}#total")] {
            texts.push((pattern, number.to_string()));
        }
    }
    for (key, text) in &texts {
        set(&cluster, key, text);
    }
    let scene = Scene::new();
    let columns = vec![
        column("user_id", pairs.iter().map(|(name, _)| name.clone()).collect::<Vec<String>>()),
        column("driver_id", pairs.iter().map(|(_, driver)| *driver).collect::<Vec<i64>>()),
        column("total", (0..pairs.len() as i64).collect::<Vec<i64>>()),
    ];
    write_snapshot(&scene, columns, pairs.len());
    for pattern in ["feat:{entity}:{feature}", "trip/{driver_id}/{user_id}#{feature}"] {
        scene.configure(&format!(
            "online:\n  redis: {{ nodes: [{}], topology: cluster }}\n  layout: {{ key: \"{pattern}\" }}\nfeature_views:\n  - \
             {{ name: trips, join_keys: {{ user_id: string, driver_id: int64 }}, features: {{ total: int64 }}, snapshot: \
             snapshots, event_timestamp: event_timestamp, pairing: value, written_from: snapshot }}\n",
            cluster.addresses().join(", ")
        ));
        let report = scene.check(AS_OF).await;
        assert_eq!(report.failures, []);
        let all = pairs.len() as u64;
        let keys = report.views[0].keys;
        assert_eq!((keys.asked, keys.online, keys.offline, keys.both), (all, all, all, all), "{pattern}");
        assert_eq!(report.views[0].features["total"].verdicts.count(Verdict::Consistent), all, "{pattern}");
    }
}
