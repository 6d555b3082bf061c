//! Reading training snapshots, held against Polars' own reader and against what a test has written itself.

mod faults;
mod golden;
mod nested;
mod on_s3;
mod parts;
mod places;
mod skipping;
mod tables;
mod times;

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use polars::prelude::*;
use skewwatch::model::choice::{KeyChoice, KeyCollector};
use skewwatch::model::entity::{EntityKey, JoinKey, KeyKind, KeyValue};
use skewwatch::model::history::History;
use skewwatch::model::time::Timestamp;
use skewwatch::model::value::ValueKind;
use skewwatch::model::view::FeatureView;
use skewwatch::store::snapshot::{Snapshot, SnapshotError, SnapshotSettings, SnapshotStore};

use crate::support::views;

/// The versions of every entity: event timestamp, created, and the features as text (so that NaN equals NaN).
pub(crate) type Versions = BTreeMap<EntityKey, Vec<(Timestamp, Option<Timestamp>, Vec<String>)>>;

pub(crate) fn at(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).expect("the test writes RFC 3339")
}

pub(crate) fn end_of_time() -> Timestamp {
    at("2200-01-01T00:00:00Z")
}

/// A view over `location` with features as `name: kind`.
pub(crate) fn view(location: &str, join_keys: &[(&str, KeyKind)], features: &[(&str, &str)]) -> FeatureView {
    let features: Vec<(&str, ValueKind)> =
        features.iter().map(|(name, kind)| (*name, ValueKind::parse(kind).expect("the test names a kind"))).collect();
    let key = |(name, kind): &(&str, KeyKind)| JoinKey { name: (*name).to_owned(), kind: *kind };
    FeatureView { join_keys: join_keys.iter().map(key).collect(), ..views::view("users", location, &features) }
}

pub(crate) fn users(location: &str, features: &[(&str, &str)]) -> FeatureView {
    view(location, &[("user_id", KeyKind::String)], features)
}

pub(crate) fn user(name: &str) -> EntityKey {
    EntityKey::new(vec![KeyValue::String(name.into())])
}

pub(crate) fn number(number: i64) -> EntityKey {
    EntityKey::new(vec![KeyValue::Int64(number)])
}

pub(crate) fn store() -> SnapshotStore {
    SnapshotStore::new(SnapshotSettings::default())
}

/// Every key that the snapshot offers.
pub(crate) async fn all_keys(snapshot: &Snapshot) -> Vec<EntityKey> {
    let choice = KeyChoice { stable_seed: 1, stable: 1_000_000, rotating_seed: 2, rotating: 0 };
    let mut collector = KeyCollector::new(choice);
    snapshot.choose_keys(&mut collector).await.expect("the keys can be read");
    collector.into_keys()
}

pub(crate) fn versions(history: &History, features: usize) -> Versions {
    let of_entity = |key: &EntityKey| {
        let rows = history.versions(key);
        let row = |version: skewwatch::model::history::Version<'_>| {
            let values = (0..features).map(|feature| format!("{:?}", version.value(feature))).collect();
            (version.event_timestamp(), version.created(), values)
        };
        rows.iter().map(row).collect()
    };
    history.entities().map(|key| (key.clone(), of_entity(key))).collect()
}

/// Everything that a snapshot of `view` holds.
pub(crate) async fn read(store: &SnapshotStore, view: &FeatureView, as_of: Timestamp) -> (History, Versions) {
    let snapshot = store.open(view, as_of).await.expect("the snapshot can be opened");
    let keys = all_keys(&snapshot).await;
    let history = snapshot.history(&keys).await.expect("the history can be read");
    let found = versions(&history, view.features.len());
    assert_eq!(found.keys().cloned().collect::<Vec<_>>(), keys, "every key offered has a version");
    (history, found)
}

/// The fault of opening a view and reading all of it.
pub(crate) async fn failure(store: &SnapshotStore, view: &FeatureView) -> SnapshotError {
    let snapshot = match store.open(view, end_of_time()).await {
        Ok(snapshot) => snapshot,
        Err(error) => return error,
    };
    snapshot.history(&[user("u1")]).await.expect_err("the test expects a fault")
}

pub(crate) fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(path)
}

/// Writes a frame, and its folder where there is none.
pub(crate) fn write(path: &Path, frame: &mut DataFrame, rows_per_group: usize) {
    std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("the folder can be made");
    let file = File::create(path).expect("the file can be made");
    let writer = ParquetWriter::new(file).with_row_group_size(Some(rows_per_group));
    writer.finish(frame).expect("the frame can be written");
}

/// A column of timestamps without a zone, from RFC 3339 texts.
pub(crate) fn instants(name: &str, texts: &[Option<&str>]) -> Column {
    let micros: Vec<Option<i64>> = texts.iter().map(|text| text.map(|text| at(text).nanos() / 1000)).collect();
    let column = Int64Chunked::from_iter_options(name.into(), micros.into_iter());
    column.into_datetime(TimeUnit::Microseconds, None).into_series().into()
}

/// A frame of users with a double `x`, from rows of (user, event timestamp, value).
pub(crate) fn rows(rows: &[(&str, &str, f64)]) -> DataFrame {
    let names: Vec<&str> = rows.iter().map(|(name, _, _)| *name).collect();
    let times: Vec<Option<&str>> = rows.iter().map(|(_, time, _)| Some(*time)).collect();
    let values: Vec<f64> = rows.iter().map(|(_, _, value)| *value).collect();
    let columns = vec![
        Column::new("user_id".into(), names),
        instants("event_timestamp", &times),
        Column::new("x".into(), values),
    ];
    DataFrame::new(rows.len(), columns).expect("the columns are of one length")
}

/// The text of a path in a temporary folder.
pub(crate) fn text(path: &Path) -> String {
    path.to_str().expect("temporary folders are UTF-8").to_owned()
}
