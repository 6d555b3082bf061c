//! One writes, any number read.

use std::error::Error as _;
use std::fs;
use std::process::{Command, Stdio};

use skewwatch::history::{History, HistoryError, HistoryReader, HistorySettings};
use tempfile::tempdir;

use super::made::{EVER, at, history, record};
use super::room::SmallDisk;

#[test]
fn a_second_writer_is_told_who_writes() {
    let folder = tempdir().unwrap();
    let first = history(folder.path());
    let settings = HistorySettings::new(folder.path().join("history.db"));
    let error = History::open(&settings).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "could not open history `{}` to write: process {} writes it\n  hint: stop that process, or give this one a \
             history of its own",
            settings.path.display(),
            std::process::id()
        )
    );
    drop(first);
    History::open(&settings).unwrap();
}

#[test]
fn another_process_that_writes_is_named() {
    let folder = tempdir().unwrap();
    let settings = HistorySettings::new(folder.path().join("history.db"));
    drop(History::open(&settings).unwrap());
    let lock = folder.path().join("history.db.lock");
    let mut holder = Command::new("flock")
        .arg(&lock)
        .args(["sh", "-c", "echo 4711 > \"$0\"; echo held; read line"])
        .arg(&lock)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    std::io::BufRead::read_line(&mut std::io::BufReader::new(holder.stdout.take().unwrap()), &mut line).unwrap();
    assert_eq!(line, "held\n");
    let error = History::open(&settings).unwrap_err();
    assert!(matches!(error, HistoryError::InUse { holder: Some(4711), .. }), "{error:?}");
    assert_eq!(fs::read_to_string(&lock).unwrap(), "4711\n");
    drop(holder.stdin.take());
    holder.wait().unwrap();
    History::open(&settings).unwrap();
}

#[test]
fn readers_see_each_round_as_soon_as_it_is_acknowledged() {
    let folder = tempdir().unwrap();
    let mut history = history(folder.path());
    let reader = HistoryReader::open(&folder.path().join("history.db")).unwrap();
    let mut expected = Vec::new();
    for seed in 0..20 {
        let record = record(seed, "users", at(seed as i64));
        history.record(std::slice::from_ref(&record)).unwrap();
        expected.push(record.round);
        assert_eq!(reader.rounds("users", EVER).unwrap(), expected);
    }
    drop(history);
    assert_eq!(reader.rounds("users", EVER).unwrap(), expected);
}

#[test]
fn a_history_that_is_not_there_is_not_made_by_reading() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("history.db");
    let error = HistoryReader::open(&path).unwrap_err();
    assert_eq!(error.to_string(), format!("could not read history `{}`", path.display()));
    assert_eq!(error.source().unwrap().to_string(), "No such file or directory (os error 2)");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_for_the_writer_only() {
    let path = std::path::Path::new("/proc/history.db");
    let error = History::open(&HistorySettings::new(path)).unwrap_err();
    assert_eq!(error.to_string(), "could not lock history `/proc/history.db`");
    assert_eq!(error.reason(), "file");

    let Some(disk) = SmallDisk::mounted(2000) else { return };
    let record = record(1, "users", at(0));
    history(disk.path()).record(std::slice::from_ref(&record)).unwrap();
    disk.freeze();
    let path = disk.path().join("history.db");
    let error = History::open(&HistorySettings::new(&path)).unwrap_err();
    assert!(matches!(error, HistoryError::File { .. }), "{error:?}");
    assert_eq!(HistoryReader::open(&path).unwrap().rounds("users", EVER).unwrap(), [record.round]);
}
