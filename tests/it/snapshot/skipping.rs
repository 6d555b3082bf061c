//! What is not read: row groups that statistics or bloom filters exclude, and columns that nobody asked for.

use skewwatch::model::entity::KeyKind;
use skewwatch::store::snapshot::{SnapshotSettings, SnapshotStore, Traffic};

use super::{at, end_of_time, fixture, number, rows, store, text, user, users, view, write};

/// What `work` has cost.
fn cost(store: &SnapshotStore, before: Traffic) -> Traffic {
    let after = store.traffic();
    Traffic { requests: after.requests - before.requests, bytes: after.bytes - before.bytes }
}

#[tokio::test]
async fn row_groups_whose_statistics_exclude_the_key_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.parquet");
    let names: Vec<String> = (0..50).map(|n| format!("u{n:03}")).collect();
    let written: Vec<(&str, &str, f64)> =
        names.iter().map(|name| (name.as_str(), "2026-06-14T00:00:00Z", 1.0)).collect();
    write(&file, &mut rows(&written), 1);
    let store = store();
    let snapshot = store.open(&users(&text(&file), &[("x", "float64")]), end_of_time()).await.unwrap();
    let before = store.traffic();
    let history = snapshot.history(&[user("u017")]).await.unwrap();
    assert_eq!(cost(&store, before).requests, 2, "keys and times of one row group, then its features");
    assert_eq!((history.rows, history.entities().count()), (50, 1));
    assert_eq!(history.watermark, Some(at("2026-06-14T00:00:00Z")));
    let before = store.traffic();
    let history = snapshot.history(&[user("nobody")]).await.unwrap();
    assert_eq!(cost(&store, before), Traffic::default(), "statistics say it all");
    assert_eq!((history.rows, history.entities().count()), (50, 0));
}

#[tokio::test]
async fn row_groups_whose_bloom_filters_exclude_the_key_are_not_read() {
    let path = text(&fixture("parquet/bloom.parquet"));
    let by_text = view(&path, &[("user_id", KeyKind::String)], &[("value", "float64")]);
    let by_number = view(&path, &[("number", KeyKind::Int64)], &[("value", "float64")]);
    // Row 0 of row group 4, as the script beside the file writes it.
    for (view, key) in [(by_text, user("u0013-4")), (by_number, number(13 * 10 + 4))] {
        let store = store();
        let snapshot = store.open(&view, end_of_time()).await.unwrap();
        let before = store.traffic();
        let history = snapshot.history(std::slice::from_ref(&key)).await.unwrap();
        assert_eq!(
            history.versions(&key).newest().map(|version| format!("{:?}", version.value(0))).as_deref(),
            Some("Float64(800.0)")
        );
        assert_eq!(history.rows, 2000);
        let cost = cost(&store, before);
        assert_eq!(cost.requests, 10 + 2, "ten bloom filters, then one row group: {cost:?}");
    }
}

#[tokio::test]
async fn rows_after_the_as_of_time_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let days: Vec<String> = (10..20).map(|day| format!("2026-06-{day}T00:00:00Z")).collect();
    let written: Vec<(&str, &str, f64)> = days.iter().map(|day| ("a", day.as_str(), 1.0)).collect();
    write(&folder.path().join("a.parquet"), &mut rows(&written), 1);
    let store = store();
    let view = users(&text(folder.path()), &[("x", "float64")]);
    let snapshot = store.open(&view, at("2026-06-11T12:00:00Z")).await.unwrap();
    let before = store.traffic();
    let history = snapshot.history(&[user("a")]).await.unwrap();
    assert_eq!((history.rows, cost(&store, before).requests), (2, 4));
}

#[tokio::test]
async fn choosing_keys_of_visible_row_groups_reads_nothing_but_keys() {
    let path = text(&fixture("parquet/bloom.parquet"));
    let store = SnapshotStore::new(SnapshotSettings { concurrency: 1, ..SnapshotSettings::default() });
    let snapshot = store.open(&users(&path, &[("value", "float64")]), end_of_time()).await.unwrap();
    let before = store.traffic();
    assert_eq!(super::all_keys(&snapshot).await.len(), 2000);
    let keys_only = cost(&store, before);
    let cut = store.open(&users(&path, &[("value", "float64")]), at("2026-06-10T12:00:00Z")).await.unwrap();
    let before = store.traffic();
    super::all_keys(&cut).await;
    let with_times = cost(&store, before);
    assert_eq!(keys_only.requests, 10);
    assert!(keys_only.bytes < with_times.bytes, "{keys_only:?} {with_times:?}: only the last row group needs times");
}
