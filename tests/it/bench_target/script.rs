//! `make bench-lookup` with small numbers, and what it leaves behind.

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use skewwatch::bench::report::document;

/// The script with so few rows that it takes seconds, with its evidence in a folder of its own.
fn script(folder: &Path, program: &str) -> Output {
    Command::new(Path::new(env!("CARGO_MANIFEST_DIR")).join("tools/bench-lookup.sh"))
        .env("SKEWWATCH", program)
        .env("OUT", folder)
        .envs([("ENTITIES", "500"), ("RATE", "500"), ("DURATION", "2"), ("WARMUP", "1"), ("SLO", "p50=30s")])
        .envs([("L1_CAPACITY", "1000000"), ("THREADS", "1"), ("PROCESSES", "2")])
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// Processes that were started with this folder as their `OUT`.
fn left(folder: &Path) -> Vec<String> {
    let mark = format!("OUT={}", folder.display()).into_bytes();
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let of_script = processes.filter(|process| {
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        environment.split(|byte| *byte == 0).any(|variable| variable == mark)
    });
    of_script.map(|process| fs::read_to_string(process.path().join("comm")).unwrap_or_default()).collect()
}

#[test]
fn the_script_asks_a_server_and_a_cluster_and_leaves_evidence_and_no_process() {
    let folder = tempfile::tempdir().unwrap();
    let Output { status, stdout, stderr } = script(folder.path(), env!("CARGO_BIN_EXE_skewwatch"));
    let told = format!("{}{}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    // Two seconds are too few to prove anything.
    assert_eq!(status.code(), Some(1), "{told}");
    for store in ["single", "cluster"] {
        let file = |extension: &str| fs::read(folder.path().join(format!("{store}.{extension}"))).unwrap();
        let report = document::read(&file("json")).unwrap();
        let whole = report.whole();
        assert_eq!((whole.due(), whole.failed, whole.incomplete, whole.faults.all()), (1_000, 0, 0, 0), "{told}");
        assert!(report.parts[0].measured.redis_benchmark.is_some(), "{told}");
        assert!(file("html").starts_with(b"<!DOCTYPE html>"));
        assert!(!file("hgrm").is_empty());
    }
    assert_eq!(left(folder.path()), [""; 0]);
}

#[test]
fn the_script_stops_its_servers_when_the_program_fails() {
    let folder = tempfile::tempdir().unwrap();
    let Output { status, stderr, .. } = script(folder.path(), "/bin/false");
    assert_eq!(status.code(), Some(2), "{}", String::from_utf8_lossy(&stderr));
    assert_eq!(left(folder.path()), [""; 0]);
}
