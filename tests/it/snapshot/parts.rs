//! The parts of a snapshot that follow one another in time, and what finding them costs.

use std::path::Path;

use skewwatch::model::view::Contains;
use skewwatch::store::snapshot::{Listing, SnapshotStore};
use tempfile::TempDir;

use super::{at, rows, store, text, users, write};

fn put(folder: &Path, name: &str, stamps: &[&str]) {
    let entities: Vec<String> = (0..stamps.len()).map(|number| format!("u{number}")).collect();
    let of: Vec<(&str, &str, f64)> =
        entities.iter().zip(stamps).map(|(entity, stamp)| (entity.as_str(), *stamp, 1.0)).collect();
    write(&folder.join(name), &mut rows(&of), 100);
}

async fn parts(store: &SnapshotStore, folder: &TempDir, contains: Contains, now: &str) -> Vec<(String, usize)> {
    let mut view = users(&text(folder.path()), &[("x", "float64")]);
    view.source.contains = contains;
    let named = |part: &Listing| (part.time().unwrap().name.clone(), part.identity().files.len());
    store.parts(&view, at(now)).await.unwrap().iter().map(named).collect()
}

fn named(of: &[(&str, usize)]) -> Vec<(String, usize)> {
    of.iter().map(|(name, files)| ((*name).to_owned(), *files)).collect()
}

#[tokio::test]
async fn a_log_of_changes_has_the_partitions_that_are_over_and_a_dump_those_that_have_begun() {
    let folder = tempfile::tempdir().unwrap();
    for name in
        ["dt=2026-06-14/b.parquet", "dt=2026-06-13/a.parquet", "dt=2026-06-13/b.parquet", "dt=2026-06-16/a.parquet"]
    {
        put(folder.path(), name, &["2026-06-12T00:00:00Z"]);
    }
    put(folder.path(), "dt=2026-06-15/a.parquet", &["2026-06-12T00:00:00Z"]);
    let store = store();
    let over = [("dt=2026-06-13", 2), ("dt=2026-06-14", 1)];
    assert_eq!(parts(&store, &folder, Contains::Changes, "2026-06-15T06:00:00Z").await, named(&over));
    let begun = [("dt=2026-06-13", 2), ("dt=2026-06-14", 1), ("dt=2026-06-15", 1)];
    assert_eq!(parts(&store, &folder, Contains::Full, "2026-06-15T06:00:00Z").await, named(&begun));
    assert_eq!(store.traffic().bytes, 0, "they are found by listing");
}

#[tokio::test]
async fn dumps_side_by_side_are_told_apart_by_the_time_of_their_rows() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "c.parquet", &["2026-06-13T00:00:00Z", "2026-06-13T06:00:00Z"]);
    put(folder.path(), "b-2.parquet", &["2026-06-14T02:00:00Z", "2026-06-14T05:00:00Z"]);
    put(folder.path(), "b-1.parquet", &["2026-06-14T00:00:00Z", "2026-06-14T03:00:00Z"]);
    put(folder.path(), "a.parquet", &["2026-06-15T00:00:00Z", "2026-06-15T07:00:00Z"]);
    let found = parts(&store(), &folder, Contains::Full, "2026-06-15T06:00:00Z").await;
    assert_eq!(found, named(&[("c.parquet", 1), ("b-1.parquet and 1 more", 2)]), "the newest has rows to come");
    let found = parts(&store(), &folder, Contains::Full, "2026-06-15T08:00:00Z").await;
    assert_eq!(found, named(&[("c.parquet", 1), ("b-1.parquet and 1 more", 2), ("a.parquet", 1)]));
    let none = parts(&store(), &folder, Contains::Changes, "2026-06-15T08:00:00Z").await;
    assert_eq!(none, named(&[]), "a log of changes is one whole");
}

#[tokio::test]
async fn a_listing_knows_its_time_where_all_of_its_files_share_it() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "dt=2026-06-13/a.parquet", &["2026-06-12T00:00:00Z"]);
    put(folder.path(), "dt=2026-06-14/a.parquet", &["2026-06-12T00:00:00Z"]);
    let view = users(&text(folder.path()), &[("x", "float64")]);
    let store = store();
    let whole = store.listing(&text(folder.path()), &view.source).await.unwrap();
    assert_eq!((whole.time(), whole.identity().files.len()), (None, 2));
    let day = store.listing(&text(&folder.path().join("dt=2026-06-14")), &view.source).await.unwrap();
    let time = day.time().unwrap();
    assert_eq!((time.start, time.end), (at("2026-06-14T00:00:00Z"), at("2026-06-15T00:00:00Z")));
    assert_eq!(store.listed(&day).await.unwrap().rows(), 1);
}
