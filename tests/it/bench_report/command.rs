//! The commands themselves: `bench` with its files and its line on a terminal, and `bench merge`.

use std::path::Path;
use std::process::{Command, Output};

use skewwatch::bench::data::Layout;
use skewwatch::bench::report::document::{read, write};
use skewwatch::bench::report::{Judged, Report};

use super::forms::same_as_file;
use super::sample::{run, troubled};
use crate::bench::scene::fill;
use crate::support::redis::{RedisServer, feast_layout};

fn skewwatch(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skewwatch"));
    command.args(arguments.split(' ')).current_dir(folder).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// A folder with a document of each report: `A.json`, `B.json`.
fn folder(reports: &[Report]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (letter, report) in (b'A'..).zip(reports) {
        let path = folder.path().join(format!("{}.json", char::from(letter)));
        std::fs::write(path, write(&Judged::new(report)).unwrap()).unwrap();
    }
    folder
}

#[test]
fn merge_prints_what_came_of_all_of_them_and_ends_as_the_verdict_says() {
    let folder = folder(&[run(1, 0, 31), run(2, 0, 31), troubled()]);
    let proven = skewwatch(folder.path(), "bench merge A.json B.json --json C2.json --html C.html --hgrm C.hgrm");
    assert_eq!(text(&proven.stderr), "");
    same_as_file("proven.txt", &text(&proven.stdout));
    assert_eq!(proven.status.code(), Some(0));
    let merged = read(&std::fs::read(folder.path().join("C2.json")).unwrap()).unwrap();
    assert_eq!(merged.whole().due(), 62_000);
    same_as_file("proven.html", &std::fs::read_to_string(folder.path().join("C.html")).unwrap());
    same_as_file("response.hgrm", &std::fs::read_to_string(folder.path().join("C.hgrm")).unwrap());
    let missed = skewwatch(folder.path(), "bench merge C.json");
    same_as_file("missed.txt", &text(&missed.stdout));
    assert_eq!(missed.status.code(), Some(1));
    let replaced = skewwatch(folder.path(), "bench merge A.json --slo p99=1us");
    assert_eq!(replaced.status.code(), Some(1));
}

#[test]
fn a_generator_that_had_no_cpu_makes_the_whole_invalid() {
    let mut starved = run(2, 0, 31);
    starved.parts[0].measured.starved = Some(0.2);
    let folder = folder(&[run(1, 0, 31), starved]);
    let invalid = skewwatch(folder.path(), "bench merge A.json B.json --slo p99=1ms");
    assert_eq!(invalid.status.code(), Some(2), "{}", text(&invalid.stdout));
    assert!(text(&invalid.stdout).ends_with("INVALID\n  p99: the generator had no CPU when it should have sent\n"));
}

#[test]
fn what_cannot_be_merged_is_told_and_nothing_is_written() {
    let folder = folder(&[run(1, 0, 31), run(1, 0, 31)]);
    std::fs::write(folder.path().join("empty.json"), "").unwrap();
    let cut = std::fs::read(folder.path().join("A.json")).unwrap();
    std::fs::write(folder.path().join("cut.json"), &cut[..cut.len() / 2]).unwrap();
    for (files, told) in [
        ("A.json B.json", "error: the same run is in A.json and in B.json\n"),
        (
            "A.json empty.json",
            "error: could not read `empty.json`\n  caused by: it is empty: the run that was to write it may not have ended\n",
        ),
        ("missing.json", "error: could not read `missing.json`\n  caused by: No such file or directory (os error 2)\n"),
    ] {
        let refused = skewwatch(folder.path(), &format!("bench merge {files} --json out.json --html out.html"));
        assert_eq!((text(&refused.stderr).as_str(), refused.status.code()), (told, Some(2)));
    }
    let cut = skewwatch(folder.path(), "bench merge cut.json --json out.json");
    let begin = "error: could not read `cut.json`\n  caused by: it is no document of `skewwatch bench --json`, or a damaged one\n";
    assert!(text(&cut.stderr).starts_with(begin), "{}", text(&cut.stderr));
    assert!(!folder.path().join("out.json").exists() && !folder.path().join("out.html").exists());
}

#[test]
fn a_folder_that_is_missing_is_told_before_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let refused = skewwatch(folder.path(), "bench --redis redis://127.0.0.1:1 --json nowhere/a.json");
    assert_eq!(text(&refused.stderr), "error: could not write `nowhere/a.json`: there is no folder `nowhere`\n");
    assert_eq!(refused.status.code(), Some(2));
}

/// Arguments of a short run over a store with 200 rows.
fn short(redis: &RedisServer) -> String {
    fill(&redis.settings(feast_layout()), Layout::Feast, 200);
    format!("bench --redis redis://{} --entities 200 --rate 500 --duration 2 --warmup 1 --threads 2", redis.address())
}

#[test]
fn a_run_leaves_a_document_of_what_it_was() {
    let redis = RedisServer::start();
    let folder = tempfile::tempdir().unwrap();
    let ran =
        skewwatch(folder.path(), &format!("{} --seed 9 --json a.json --html a.html --hgrm a.hgrm", short(&redis)));
    assert_eq!((text(&ran.stderr).as_str(), ran.status.code()), ("", Some(0)));
    let report = read(&std::fs::read(folder.path().join("a.json")).unwrap()).unwrap();
    let part = &report.parts[0];
    assert_eq!((report.whole().due(), report.seconds.len(), part.rate, part.seed, part.threads), (1_000, 2, 500, 9, 2));
    assert_eq!((report.conditions.target.as_str(), report.conditions.entities), ("l1+redis", 200));
    let store = part.store.as_ref().unwrap();
    assert_eq!((store.nodes.clone(), store.topology.as_str()), (vec![redis.address()], "single"));
    assert!(store.version.is_some() && store.reached.is_some() && part.machine.cores.is_some());
    assert_eq!(part.program.arguments.first().map(String::as_str), Some("bench"));
    let again = skewwatch(folder.path(), "bench merge a.json");
    assert_eq!(text(&again.stdout), text(&ran.stdout));
}

#[test]
fn a_line_is_on_the_terminal_while_it_runs_and_nowhere_else() {
    let redis = RedisServer::start();
    let folder = tempfile::tempdir().unwrap();
    // A terminal of its own, on which standard error is shown.
    let line = format!("{} {} > out.txt", env!("CARGO_BIN_EXE_skewwatch"), short(&redis));
    let shown = Command::new("script")
        .args(["-qec", &line, "typescript"])
        .env("COLUMNS", "120")
        .env("TERM", "xterm")
        .current_dir(folder.path())
        .output()
        .unwrap();
    let shown = text(&shown.stdout);
    assert!(shown.contains("/2 s") && shown.contains("500/s  hits"), "{shown:?}");
    let out = std::fs::read_to_string(folder.path().join("out.txt")).unwrap();
    assert!(!out.contains('\u{1b}') && out.starts_with("500 key lookups a second offered for 2 s"), "{out:?}");
}
