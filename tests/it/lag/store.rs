//! A whole round over a Redis whose rows carry no event timestamp.

use std::fs::{self, File};

use polars::prelude::{Column, DataFrame, DataType, IntoColumn, NamedFrom, ParquetWriter, Series, TimeUnit, TimeZone};
use serde_json::Value as Json;
use skewwatch::model::time::Clock;

use super::world::{MINUTE, World};
use crate::rounds::Scene;
use crate::support::redis::RedisServer;

/// Writes what the offline side knows of the world.
fn write_snapshot(scene: &Scene, world: &World) {
    let (mut ids, mut instants, mut prices) = (Vec::new(), Vec::new(), Vec::new());
    for entity in world.entities() {
        for (since, value) in entity.versions {
            ids.push(entity.id.clone());
            instants.push(since);
            prices.push(value);
        }
    }
    let zoned = DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC));
    let columns = vec![
        Column::from(Series::new("user_id".into(), ids)),
        Series::new("event_timestamp".into(), instants).cast(&zoned).unwrap().into_column(),
        Column::from(Series::new("price".into(), prices)),
    ];
    let mut frame = DataFrame::new_infer_height(columns).unwrap();
    fs::create_dir_all(scene.path("prices")).unwrap();
    ParquetWriter::new(File::create(scene.path("prices/all.parquet")).unwrap()).finish(&mut frame).unwrap();
}

#[test]
fn a_round_tells_the_lag_of_rows_by_the_time_they_have_left_to_live() {
    let written: fn(usize) -> i64 = |number| (number % 240 + 1) as i64 * MINUTE;
    let now = Clock::System.now().nanos();
    let world =
        World { now, entities: 600, lag: |_| 37 * MINUTE, skew: 0.03, written: Some(written), ..World::new(11) };
    let (scene, server) = (Scene::new(), RedisServer::start());
    write_snapshot(&scene, &world);
    let mut connection = server.connection();
    for entity in world.entities() {
        let key = format!("feat:{}:price", entity.id);
        let left = entity.left.unwrap().as_millis() as u64;
        let () = redis::cmd("SET").arg(key).arg(entity.online).arg("PX").arg(left).query(&mut connection).unwrap();
    }
    scene.configure(&format!(
        "online:\n  redis: {{ url: \"redis://{}\" }}\n  layout: {{ key: \"feat:{{entity}}:{{feature}}\", write_ttl: 24h \
         }}\nfeature_views:\n  - name: prices\n    join_keys: [user_id]\n    snapshot: prices/*.parquet\n    \
         event_timestamp: event_timestamp\n    pairing: value\n    features: {{ price: int64 }}\n",
        server.address()
    ));

    let output = scene.command("check --format json").output().unwrap();
    let report: Json = serde_json::from_slice(&output.stdout).unwrap();
    let profile = &report["views"][0]["features"]["price"]["lag_profile"];
    assert_eq!((&profile["verdict"], &profile["counted_from"]), (&"lagging".into(), &"write".into()), "{profile:#}");
    let lag = profile["peaks"][0]["lag_seconds"].as_f64().unwrap();
    assert!((lag - 2220.0).abs() <= profile["step_seconds"].as_f64().unwrap(), "{lag}");
    let skewed = world.entities().iter().filter(|entity| entity.online == -1).count() as f64;
    let ratio = profile["skew"]["ratio"].as_f64().unwrap();
    assert!((ratio * 600.0 - skewed).abs() <= 3.0, "{ratio} of {skewed}");

    // No verdict accuses these values: without a timestamp, one that no snapshot holds may be newer than it.
    let findings = report["findings"].as_array().unwrap();
    let finding = findings.iter().find(|finding| finding["check"] == "skew").unwrap();
    assert_eq!(finding["feature"], "price");
    let message = finding["message"].as_str().unwrap();
    assert!(message.contains("; values are those of 3"), "{message}");
    assert!(message.contains("before they were written"), "{message}");

    let shown = scene.command("check").output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("  lag: `price`: values are those of 3"), "{shown}");
}
