//! kill -9 at any moment: what was acknowledged is there whole, and nothing is there in part.
//!
//! The writer is this test binary itself, started on [`a_writer_that_is_to_be_killed`] alone.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use skewwatch::history::{History, HistoryReader, HistoryRound, HistorySettings, Retention, RoundRecord, ViewHour};
use tempfile::tempdir;

use super::made::{EVER, at, record};

/// Names the folder to write in; only a process that is to be killed has it.
const FOLDER: &str = "SKEWWATCH_TEST_WRITES_UNTIL_KILLED";
const KILLS: u64 = 50;

/// The rounds of one transaction, from its number alone.
fn batch(number: u64) -> Vec<RoundRecord> {
    let round =
        |place: u64| record(number * 3 + place, ["orders", "users"][(place % 2) as usize], at(number as i64 * 60));
    (0..3).map(round).collect()
}

/// Rounds stay for the whole test, so that each acknowledged one can be asked for.
fn open(folder: &Path) -> History {
    let retention = Retention { rounds: Duration::from_secs(86_400 * 365), ..Retention::default() };
    History::open(&HistorySettings { retention, ..HistorySettings::new(folder.join("history.db")) }).unwrap()
}

/// Transactions in the file: each gives three rounds.
fn held(history: &HistoryReader) -> u64 {
    let rounds: usize = ["orders", "users"].map(|view| history.rounds(view, EVER).unwrap().len()).iter().sum();
    assert_eq!(rounds % 3, 0, "a transaction is there in part");
    (rounds / 3) as u64
}

#[test]
fn a_writer_that_is_to_be_killed() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let mut history = open(Path::new(&folder));
    let mut output = std::io::stdout();
    for number in held(history.reader()).. {
        history.record(&batch(number)).unwrap();
        // A line of its own: the harness has begun one.
        writeln!(output, "\nkept {number}").unwrap();
        output.flush().unwrap();
        if number % 3 == 0 {
            history.roll_up().unwrap();
            history.retain(at(number as i64 * 60)).unwrap();
        }
    }
}

/// Starts a writer, kills it after `lines` acknowledgements and some turns of a loop; gives the last one it made.
fn write_and_kill(folder: &Path, lines: usize, turns: u64) -> Option<u64> {
    let mut writer = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "history::killed::a_writer_that_is_to_be_killed", "--nocapture", "--test-threads=1"])
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
fn a_killed_writer_loses_no_round_and_leaves_none_in_part() {
    let folder = tempdir().unwrap();
    let mut random = StdRng::seed_from_u64(20_260_615);
    let mut acknowledged = 0;
    for _ in 0..KILLS {
        let last = write_and_kill(folder.path(), random.random_range(1..4), random.random_range(0..3_000_000));
        acknowledged = last.map_or(acknowledged, |last| last + 1);
        let history = open(folder.path());
        history.reader().verify().unwrap();
        let held = held(history.reader());
        assert!(held == acknowledged || held == acknowledged + 1, "{held} held, {acknowledged} acknowledged");
        acknowledged = held;
    }
    assert!(acknowledged >= KILLS);
    let history = open(folder.path());
    for view in ["orders", "users"] {
        let written: Vec<HistoryRound> =
            (0..acknowledged).flat_map(batch).map(|record| record.round).filter(|round| round.view == view).collect();
        assert_eq!(history.reader().rounds(view, EVER).unwrap(), written);
        let hours = history.reader().rollups(view, EVER).unwrap();
        let sum = hours.view.into_iter().fold(ViewHour::default(), |sum, hour| sum.merge(hour.figures));
        assert_eq!(sum, written.iter().fold(ViewHour::default(), |sum, round| sum.merge(ViewHour::of(round))));
    }
}
