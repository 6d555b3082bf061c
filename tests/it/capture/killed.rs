//! kill -9 at any moment: each captured row is there, or counted, and never both.
//!
//! The writer is this test binary itself, started on [`a_writer_of_captures_that_is_to_be_killed`] alone.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use skewwatch::history::{History, HistorySettings};
use tempfile::tempdir;

use super::made::{capture, cut, plain_rows, settled};

/// Names the folder to write in; only a process that is to be killed has it.
const FOLDER: &str = "SKEWWATCH_TEST_CAPTURES_UNTIL_KILLED";
const KILLS: u64 = 25;
const ROWS: u32 = 40;

fn open(folder: &Path) -> History {
    History::open(&HistorySettings::new(folder.join("history.db"))).unwrap()
}

#[test]
fn a_writer_of_captures_that_is_to_be_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let mut history = open(Path::new(&folder));
    let mut output = std::io::stdout();
    let done = history.reader().capture_counts("orders").unwrap().captured / u64::from(ROWS);
    for number in done as i64.. {
        history.capture(&capture("orders", cut(number), plain_rows(ROWS))).unwrap();
        // A line of its own: the harness has begun one.
        writeln!(output, "\nkept {number}").unwrap();
        output.flush().unwrap();
        // Every fourth capture expires, because the snapshots of those before come too late.
        if number % 4 != 0 {
            let waiting = history.reader().waiting_captures("orders").unwrap();
            let oldest = &waiting[0];
            let end = settled(oldest.id, oldest.cut, (number % 3).unsigned_abs());
            history.end_captures(&[end]).unwrap();
        }
    }
}

/// Starts a writer, kills it after `lines` acknowledgements and some turns of a loop; gives the last one it made.
fn write_and_kill(folder: &Path, lines: usize, turns: u64) -> Option<u64> {
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "capture::killed::a_writer_of_captures_that_is_to_be_killed",
            "--nocapture",
            "--test-threads=1",
        ])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut output = BufReader::new(writer.stdout.take().unwrap()).lines().map(Result::unwrap);
    let number = |line: &str| line.strip_prefix("kept ").and_then(|number| number.parse().ok());
    let mut kept: Vec<u64> = output.by_ref().filter_map(|line| number(&line)).take(lines).collect();
    (0..turns).for_each(|turn| _ = std::hint::black_box(turn));
    writer.kill().unwrap();
    // What it still said before it died was acknowledged too.
    kept.extend(output.filter_map(|line| number(&line)));
    writer.wait().unwrap();
    kept.last().copied()
}

#[test]
fn a_killed_writer_leaves_every_row_either_waiting_or_counted_once() {
    let folder = tempdir().unwrap();
    let mut random = StdRng::seed_from_u64(20_260_615);
    let mut acknowledged = 0;
    for _ in 0..KILLS {
        let last = write_and_kill(folder.path(), random.random_range(1..4), random.random_range(0..2_000_000));
        acknowledged = last.map_or(acknowledged, |last| last + 1);
        let history = open(folder.path());
        history.reader().verify().unwrap();
        let counts = history.reader().capture_counts("orders").unwrap();
        let captured = counts.captured / u64::from(ROWS);
        assert!(
            captured == acknowledged || captured == acknowledged + 1,
            "{captured} kept, {acknowledged} acknowledged"
        );
        acknowledged = captured;
        assert_eq!(counts.captured, counts.waiting + counts.settled + counts.superseded + counts.expired);
        let waiting = history.reader().waiting_captures("orders").unwrap();
        for capture in &waiting {
            assert_eq!(history.reader().captured_rows(capture.id).unwrap(), plain_rows(ROWS));
        }
        assert_eq!(counts.waiting, waiting.len() as u64 * u64::from(ROWS));
        let file = rusqlite::Connection::open(folder.path().join("history.db")).unwrap();
        let stored: i64 = file.query_row("SELECT COUNT(*) FROM captured_rows", [], |row| row.get(0)).unwrap();
        assert_eq!(stored.unsigned_abs(), counts.waiting, "rows of captures that have ended are gone");
    }
    assert!(acknowledged >= KILLS);
}
