//! Files that are not, or are no longer, a history.

use std::fs;
use std::path::Path;

use rusqlite::Connection;
use skewwatch::history::{History, HistoryError, HistoryReader, HistorySettings};
use tempfile::tempdir;

use super::made::{EVER, at, history, record};

/// A blob that begins with the number of another layout.
const OTHER_LAYOUT: &str = "CAST(x'02' || substr(figures, 2) AS BLOB)";

fn written(path: &Path) {
    let mut history = history(path.parent().unwrap());
    let records: Vec<_> = (0..200).map(|seed| record(seed, "users", at(seed as i64))).collect();
    history.record(&records).unwrap();
}

fn error(path: &Path) -> HistoryError {
    History::open(&HistorySettings::new(path)).unwrap_err()
}

#[test]
fn a_file_that_is_no_database_names_the_way_out() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("history.db");
    fs::write(&path, "not a database, and long enough to be looked at as one\n".repeat(20)).unwrap();
    let shown = path.display();
    assert_eq!(
        error(&path).to_string(),
        format!(
            "could not open history `{shown}`: it is damaged (file is not a database)\n  hint: move it away together \
             with `{shown}-wal` and `{shown}-shm`; a new one is begun without it"
        )
    );
    assert_eq!(error(&path).reason(), "damaged");
    fs::rename(&path, folder.path().join("away")).unwrap();
    History::open(&HistorySettings::new(&path)).unwrap();
}

#[test]
fn damage_inside_the_file_is_an_error_and_no_figure() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("history.db");
    written(&path);
    let whole = fs::read(&path).unwrap();
    for page in 1..whole.len() / 4096 {
        let mut bytes = whole.clone();
        bytes[page * 4096..(page + 1) * 4096].fill(0xa5);
        fs::write(&path, bytes).unwrap();
        // Damage in the schema shows on opening, elsewhere on reading.
        match History::open(&HistorySettings::new(&path)).and_then(|history| history.reader().verify()) {
            Err(HistoryError::Damaged { .. }) => {}
            other => panic!("page {page}: {other:?}"),
        }
    }
}

#[test]
fn a_blob_that_cannot_have_been_written_is_damage() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("history.db");
    written(&path);
    for blob in ["x''", "x'ff'", "x'ffffffffffffffffffffffff'", "CAST(figures || x'00' AS BLOB)", OTHER_LAYOUT] {
        let connection = Connection::open(&path).unwrap();
        let sql = format!(
            "UPDATE round_features SET figures = {blob} WHERE round_id = (SELECT MAX(round_id) FROM round_features)"
        );
        connection.execute(&sql, []).unwrap();
        drop(connection);
        let history = history(folder.path());
        let error = history.reader().rounds("users", EVER).unwrap_err();
        assert!(matches!(error, HistoryError::Damaged { .. }), "{blob}: {error:?}");
    }
}

#[test]
fn a_database_of_another_program_is_left_alone() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("history.db");
    Connection::open(&path).unwrap().execute_batch("CREATE TABLE users (name TEXT)").unwrap();
    let before = fs::read(&path).unwrap();
    let message = format!("could not open history `{}`: it is a database of another program", path.display());
    assert_eq!(error(&path).to_string(), message);
    assert_eq!(HistoryReader::open(&path).unwrap_err().to_string(), message);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn a_file_of_a_newer_program_is_left_alone() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("history.db");
    written(&path);
    Connection::open(&path).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let message = format!(
        "could not open history `{}`: it has format 99, this program knows up to 6\n  hint: run the newer program again, \
         or move the file away",
        path.display()
    );
    assert_eq!(error(&path).to_string(), message);
    assert_eq!(HistoryReader::open(&path).unwrap_err().to_string(), message);
}
