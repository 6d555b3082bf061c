//! A run of several processes, as the program itself makes it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value as Json;
use skewwatch::bench::report::document;

use super::loaded;
use crate::support::redis::{RedisServer, wait_until};

const ENTITIES: u32 = 2_000;

/// `skewwatch bench` on a server, with more arguments, for so many seconds.
fn bench(server: &RedisServer, arguments: &str, seconds: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skewwatch"));
    command
        .args(["bench", "--redis", &format!("redis://{}", server.address()), "--entities", &ENTITIES.to_string()])
        .args(["--duration", seconds, "--warmup", "2", "--threads", "1"])
        .args(arguments.split(' '))
        .stdin(Stdio::null());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[tokio::test]
async fn processes_share_the_rate_begin_together_and_are_judged_as_one() {
    let server = loaded(ENTITIES).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    let arguments = format!("--target redis --rate 301 --processes 3 --slo p50=30s --json {}", path.display());
    let Output { status, stdout, stderr } = bench(&server, &arguments, "2").output().unwrap();
    // Two seconds are too few to be certain of anything.
    assert_eq!(status.code(), Some(1), "{}{}", text(&stdout), text(&stderr));
    assert!(text(&stdout).contains("is not certain: the run was too short"), "{}", text(&stdout));
    let report = document::read(&fs::read(&path).unwrap()).unwrap();
    let mut rates: Vec<u64> = report.parts.iter().map(|part| part.rate).collect();
    rates.sort_unstable();
    assert_eq!(rates, [100, 100, 101]);
    let seeds: BTreeSet<u64> = report.parts.iter().map(|part| part.seed).collect();
    assert_eq!(seeds, (1..=3).collect());
    let begun: BTreeSet<i64> = report.parts.iter().map(|part| part.first_second()).collect();
    assert_eq!((begun.len(), report.seconds.len()), (1, 2));
    let whole = report.whole();
    assert_eq!((whole.due(), whole.faults.all()), (602, 0));
    // What can be run again is what was called, not its parts.
    let arguments = &report.parts[0].program.arguments;
    assert!(arguments.contains(&"--processes".to_owned()) && !arguments.contains(&"--part".to_owned()));
    let document: Json = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    assert_eq!(document["processes"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_capacity_is_found_once_for_all_processes() {
    let server = loaded(ENTITIES).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.json");
    let shared = "--rate 4000 --processes 2 --l1-capacity auto --slo hit=0.5..0.6 --json";
    let mut command = bench(&server, &format!("{shared} {}", path.display()), "2");
    let Output { stdout, stderr, .. } = command.output().unwrap();
    let told = text(&stdout);
    let found = told.strip_prefix("L1 of ").and_then(|rest| rest.split_once(" bytes")).map(|(bytes, _)| bytes);
    let report = document::read(&fs::read(&path).unwrap_or_default());
    let report = report.unwrap_or_else(|error| panic!("{error}: {told}{}", text(&stderr)));
    assert_eq!(found.map(str::to_owned), Some(report.conditions.l1_capacity_bytes.to_string()));
    assert_eq!(report.parts.len(), 2);
}

/// A run that is killed when it is dropped; its processes end by themselves then.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Fails only if it is gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    /// The processes that it has started and that are not gone.
    fn parts(&self) -> Vec<u32> {
        // Each is a child of the thread that started it.
        let threads = fs::read_dir(format!("/proc/{}/task", self.0.id()));
        let told =
            threads.into_iter().flatten().flatten().map(|thread| fs::read_to_string(thread.path().join("children")));
        told.flatten()
            .flat_map(|told| told.split_whitespace().map(|part| part.parse().unwrap()).collect::<Vec<_>>())
            .collect()
    }
}

fn is_there(process: u32) -> bool {
    // One that has ended and that nobody has asked about is a zombie.
    let state = fs::read_to_string(format!("/proc/{process}/stat")).unwrap_or_default();
    state.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

/// A run that takes an hour, with all of its processes.
fn endless(server: &RedisServer, log: &Path) -> (Running, Vec<u32>) {
    let mut command = bench(server, "--rate 100 --processes 3", "3600");
    let running = Running(command.stderr(File::create(log).unwrap()).stdout(Stdio::null()).spawn().unwrap());
    wait_until("all processes run", || running.parts().len() == 3);
    let parts = running.parts();
    (running, parts)
}

#[tokio::test]
async fn a_process_that_dies_ends_the_run_and_the_others() {
    let server = loaded(ENTITIES).await;
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let (mut running, parts) = endless(&server, &log);
    assert!(Command::new("kill").args(["-KILL", &parts[1].to_string()]).status().unwrap().success());
    assert_eq!(running.0.wait().unwrap().code(), Some(2));
    assert!(parts.iter().all(|part| !is_there(*part)));
    let told = fs::read_to_string(log).unwrap();
    let expected = "error: process 2 of 3 did not come to its end (signal: 9 (SIGKILL)); the others were stopped\n";
    assert!(told.starts_with(expected), "{told}");
}

#[tokio::test]
async fn processes_end_when_who_started_them_is_gone() {
    let server = loaded(ENTITIES).await;
    let folder = tempfile::tempdir().unwrap();
    let (running, parts) = endless(&server, &folder.path().join("log"));
    drop(running);
    wait_until("all processes have ended", || !parts.iter().any(|part| is_there(*part)));
}

#[tokio::test]
async fn what_several_processes_cannot_do_is_refused() {
    let server = loaded(1).await;
    for (arguments, expected) in [
        ("--processes 2 --rate 1", "error: 2 processes cannot share 1 requests a second\n"),
        (
            "--processes 2 --write-rate 1",
            "error: the argument '--processes <N>' cannot be used with '--write-rate <N>'\n",
        ),
        ("--processes 0", "error: invalid value '0' for '--processes <N>': 0 is not in 1..=256\n"),
    ] {
        let Output { status, stderr, .. } = bench(&server, arguments, "1").output().unwrap();
        assert_eq!(status.code(), Some(2));
        assert!(text(&stderr).starts_with(expected), "{}", text(&stderr));
    }
}

#[tokio::test]
async fn a_process_that_cannot_begin_says_why() {
    let mut server = loaded(1).await;
    server.kill();
    let Output { status, stderr, .. } = bench(&server, "--processes 2 --rate 100", "1").output().unwrap();
    assert_eq!(status.code(), Some(2));
    assert!(text(&stderr).contains(&server.address()), "{}", text(&stderr));
    assert!(text(&stderr).contains("did not come to its end (exit status: 2)"), "{}", text(&stderr));
}
