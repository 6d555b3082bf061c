//! Snapshots that cannot be read, and what the command says of them.

use std::fs::{self, File};

use polars::prelude::{DataFrame, DataType, ParquetReader, ParquetWriter, SerReader};

use super::population::{AS_OF, healthy};
use super::{Scene, assert_tells};
use crate::support::redis::RedisServer;

const NEWEST: &str = "snapshots/dt=2026-06-15/part-0.parquet";

/// Runs a check over three good snapshots to which `damage` has been done.
fn tells(name: &str, damage: impl FnOnce(&Scene)) {
    let (scene, server) = Scene::with_population(&healthy(40), RedisServer::start(), "");
    damage(&scene);
    let told = scene.run(&format!("check --as-of {AS_OF}"));
    assert_tells(name, &told, &[(&server.port.to_string(), "PORT")]);
}

/// Writes the newest snapshot anew with other columns.
fn rewrite(scene: &Scene, change: impl FnOnce(DataFrame) -> DataFrame) {
    let frame = ParquetReader::new(File::open(scene.path(NEWEST)).unwrap()).finish().unwrap();
    ParquetWriter::new(File::create(scene.path(NEWEST)).unwrap()).finish(&mut change(frame)).unwrap();
}

#[test]
fn a_file_is_cut_off() {
    tells("truncated", |scene| {
        let bytes = fs::read(scene.path(NEWEST)).unwrap();
        scene.write(NEWEST, &bytes[..bytes.len() / 2]);
    });
}

#[test]
fn a_file_is_empty() {
    tells("empty_file", |scene| {
        scene.write(NEWEST, b"");
    });
}

#[test]
fn a_file_is_no_parquet() {
    tells("no_parquet", |scene| {
        scene.write(NEWEST, b"user_id,event_timestamp\nu1,2026-06-15T09:00:00Z\n");
    });
}

#[test]
fn a_folder_is_empty() {
    tells("empty_folder", |scene| {
        fs::remove_dir_all(scene.path("snapshots")).unwrap();
        fs::create_dir(scene.path("snapshots")).unwrap();
    });
}

#[test]
fn there_is_no_folder() {
    tells("no_folder", |scene| fs::remove_dir_all(scene.path("snapshots")).unwrap());
}

#[test]
fn a_feature_has_no_column() {
    tells("no_column", |scene| rewrite(scene, |frame| frame.drop("fraud_score").unwrap()));
}

#[test]
fn a_feature_has_a_column_of_another_type() {
    tells("another_type", |scene| {
        rewrite(scene, |mut frame| {
            let text = frame.column("total_orders_30d").unwrap().cast(&DataType::String).unwrap();
            frame.with_column(text).unwrap();
            frame
        });
    });
}

#[test]
fn the_event_timestamp_is_no_time() {
    tells("no_time", |scene| {
        rewrite(scene, |mut frame| {
            let number = frame.column("event_timestamp").unwrap().cast(&DataType::Float64).unwrap();
            frame.with_column(number).unwrap();
            frame
        });
    });
}

#[test]
fn a_join_key_has_no_column() {
    tells("no_join_key", |scene| rewrite(scene, |frame| frame.drop("user_id").unwrap()));
}
