//! The past of the demo ends where the demo stands, and its rounds find what began within it.

use std::collections::BTreeSet;

use rusqlite::Connection;
use rusqlite::types::Value;
use skewwatch::demo::calendar::{NOW, instant};
use skewwatch::demo::make;
use skewwatch::demo::past::PastShop;
use skewwatch::history::{HistoryReader, Period};
use skewwatch::model::time::Timestamp;
use skewwatch::run::live_through;
use tempfile::tempdir;

use super::settings;

const EVER: Period = Period { start: Timestamp::MIN, end: Timestamp::MAX };

/// Every row of an online store.
fn rows(path: &std::path::Path) -> Vec<Vec<Value>> {
    let connection = Connection::open(path).unwrap();
    let mut statement =
        connection.prepare("SELECT * FROM shop_user_features ORDER BY entity_key, feature_name").unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect()).unwrap();
    rows.map(Result::unwrap).collect()
}

#[tokio::test]
async fn the_past_ends_where_the_demo_stands() {
    let home = tempdir().unwrap();
    let settings = settings(&home.path().join("demo"), "default");
    make(&settings).await.unwrap();
    let store = |folder: &str| rows(&settings.folder.join(folder).join("data/online_store.db"));
    let mut past = PastShop::open(&settings, 4).await.unwrap();
    assert_ne!(store(".past"), store("."));
    for now in past.instants() {
        past.step(now).await.unwrap();
    }
    past.step(NOW).await.unwrap();
    assert_eq!(store(".past"), store("."));
    let snapshot = |folder: &str| {
        std::fs::read(settings.folder.join(folder).join("offline/user_features/dt=2026-06-15/part-0.parquet")).unwrap()
    };
    assert_eq!(snapshot(".past"), snapshot("."));
    past.close().unwrap();
    assert!(!settings.folder.join(".past").exists());
}

#[tokio::test]
async fn rounds_of_the_past_find_faults_from_their_onset_on() {
    let home = tempdir().unwrap();
    let settings = settings(&home.path().join("demo"), "unit,lower_case");
    make(&settings).await.unwrap();
    let path = settings.folder.join("history.db");
    let lived = live_through(&settings, 4, &path).await.unwrap();
    assert_eq!((lived.rounds, lived.period.as_str()), (34, "2026-06-11..2026-06-14"));
    let onset = lived.onset.unwrap();
    let history = HistoryReader::open(&path).unwrap();
    let rounds = history.rounds("user_features", EVER).unwrap();
    assert_eq!(rounds.len(), 34);
    assert!(rounds.iter().all(|round| round.failures.is_empty() && round.finished_at <= instant(NOW)));
    let findings = history.findings(EVER).unwrap();
    let skewed: BTreeSet<_> = findings.iter().filter_map(|finding| finding.key.feature.as_deref()).collect();
    assert_eq!(skewed, BTreeSet::from(["avg_order_value_7d", "preferred_category"]));
    assert!(findings.iter().all(|finding| finding.first_seen >= onset && finding.resolved_at.is_none()));
    let bars = history.drift_bars("user_features", EVER).unwrap();
    assert_eq!(bars.len(), 5);
}

#[tokio::test]
async fn a_past_without_faults_is_calm() {
    let home = tempdir().unwrap();
    let settings = settings(&home.path().join("demo"), "none");
    make(&settings).await.unwrap();
    let path = settings.folder.join("history.db");
    let lived = live_through(&settings, 2, &path).await.unwrap();
    assert_eq!((lived.rounds, lived.onset), (18, None));
    assert_eq!(HistoryReader::open(&path).unwrap().findings(EVER).unwrap(), []);
}
