//! Captured rows in the history: as they were, few of them, nobody else's business, and each counted once.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use proptest::prelude::{ProptestConfig, prop_assert, prop_assert_eq, proptest};
use skewwatch::history::{CaptureEnd, CaptureOutcome, History, HistorySettings, MOST_WAITING};
use skewwatch::model::captured::CaptureCounts;
use tempfile::tempdir;

use super::made::{capture, cut, is_same, plain_rows, rows, settled};

fn open(folder: &Path) -> History {
    History::open(&HistorySettings::new(folder.join("history.db"))).unwrap()
}

fn stored(folder: &Path) -> i64 {
    let file = rusqlite::Connection::open(folder.join("history.db")).unwrap();
    file.query_row("SELECT COUNT(*) FROM captured_rows", [], |row| row.get(0)).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rows_come_back_as_they_were_read(rows in rows()) {
        let folder = tempdir().unwrap();
        let mut history = open(folder.path());
        let given = capture("orders", cut(0), rows);
        let counts = history.capture(&given).unwrap();
        prop_assert_eq!(counts, CaptureCounts { captured: given.rows.len() as u64, ..CaptureCounts::default() });
        let waiting = history.reader().waiting_captures("orders").unwrap();
        prop_assert_eq!(waiting.len(), 1);
        prop_assert_eq!((waiting[0].cut, &waiting[0].layout), (given.cut, &given.layout));
        let mut found = history.reader().captured_rows(waiting[0].id).unwrap();
        found.sort_by(|left, right| left.key.cmp(&right.key));
        prop_assert_eq!(found.len(), given.rows.len());
        for (found, given) in found.iter().zip(&given.rows) {
            prop_assert!(is_same(found, given), "{:?} is not {:?}", found, given);
        }
    }
}

#[test]
fn a_cut_is_captured_once_and_settled_once() {
    let folder = tempdir().unwrap();
    let mut history = open(folder.path());
    history.capture(&capture("orders", cut(0), plain_rows(10))).unwrap();
    let again = history.capture(&capture("orders", cut(0), plain_rows(7))).unwrap();
    assert_eq!(again, CaptureCounts::default());
    let waiting = history.reader().waiting_captures("orders").unwrap();
    assert_eq!(history.reader().captured_rows(waiting[0].id).unwrap(), plain_rows(10));
    assert_eq!(history.reader().newest_captured("orders").unwrap(), None);

    let end = settled(waiting[0].id, cut(0), 3);
    let counts = history.end_captures(std::slice::from_ref(&end)).unwrap();
    assert_eq!(counts, CaptureCounts { settled: 7, superseded: 3, ..CaptureCounts::default() });
    let expired = CaptureEnd { outcome: CaptureOutcome::Expired, ..end.clone() };
    assert_eq!(history.end_captures(&[end.clone(), expired]).unwrap(), CaptureCounts::default());
    assert_eq!(history.capture(&capture("orders", cut(0), plain_rows(10))).unwrap(), CaptureCounts::default());
    drop(history);
    let history = open(folder.path());
    assert_eq!(history.reader().waiting_captures("orders").unwrap(), []);
    let CaptureOutcome::Settled(figures) = end.outcome else { panic!("it was settled") };
    assert_eq!(history.reader().newest_captured("orders").unwrap(), Some(figures));
    let all = CaptureCounts { captured: 10, waiting: 0, settled: 7, superseded: 3, expired: 0 };
    assert_eq!(history.reader().capture_counts("orders").unwrap(), all);
    assert_eq!(stored(folder.path()), 0);
}

#[test]
fn few_captures_of_a_view_wait_and_the_oldest_expire() {
    let folder = tempdir().unwrap();
    let mut history = open(folder.path());
    history.capture(&capture("users", cut(0), plain_rows(4))).unwrap();
    for day in 0..5 {
        let counts = history.capture(&capture("orders", cut(day), plain_rows(10))).unwrap();
        let expired = if day < 3 { 0 } else { 10 };
        assert_eq!(counts, CaptureCounts { captured: 10, expired, ..CaptureCounts::default() });
    }
    let waiting = history.reader().waiting_captures("orders").unwrap();
    assert_eq!(waiting.iter().map(|waiting| waiting.cut).collect::<Vec<_>>(), [cut(2), cut(3), cut(4)]);
    assert_eq!(waiting.len(), MOST_WAITING);
    let all = CaptureCounts { captured: 50, waiting: 30, expired: 20, ..CaptureCounts::default() };
    assert_eq!(history.reader().capture_counts("orders").unwrap(), all);
    assert_eq!(stored(folder.path()), 34);

    assert_eq!(history.abandon_captures(&["users"], cut(5)).unwrap(), 30);
    assert_eq!(history.reader().capture_counts("orders").unwrap(), CaptureCounts { waiting: 0, expired: 50, ..all });
    assert_eq!(stored(folder.path()), 4);
}

#[test]
fn nobody_else_may_read_the_file() {
    let folder = tempdir().unwrap();
    let mode = |name: &str| folder.path().join(name).metadata().unwrap().permissions().mode() & 0o777;
    let mut history = open(folder.path());
    history.capture(&capture("orders", cut(0), plain_rows(10))).unwrap();
    assert_eq!(["history.db", "history.db-wal", "history.db-shm"].map(mode), [0o600; 3]);
}

#[test]
fn a_file_without_captures_gets_them_and_loses_the_readers_that_it_had() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("history.db");
    drop(open(folder.path()));
    let older = rusqlite::Connection::open(&path).unwrap();
    older
        .execute_batch(
            "DROP TABLE captures; DROP TABLE captured_rows; DROP TABLE drift_bars; DROP TABLE hash_key;
             DROP TABLE report_recipients; DROP TABLE report_deliveries; DROP TABLE report_editions;
             ALTER TABLE findings DROP COLUMN cells; ALTER TABLE findings DROP COLUMN cause; PRAGMA user_version = 1",
        )
        .unwrap();
    drop(older);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let mut history = open(folder.path());
    history.capture(&capture("orders", cut(0), plain_rows(10))).unwrap();
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(history.reader().capture_counts("orders").unwrap().waiting, 10);
    drop(history);
    // What an operator gives later stays.
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    drop(open(folder.path()));
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o640);
}
