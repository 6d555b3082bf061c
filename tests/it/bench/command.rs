//! `skewwatch bench` with the arguments that are about more than one run.

use std::process::{Command, Output};

use skewwatch::bench::data::Layout;

use super::scene::fill;
use crate::support::redis::{RedisServer, feast_layout};

fn bench(server: &RedisServer, arguments: &str) -> Output {
    let url = format!("redis://{}", server.address());
    let mut command = Command::new(env!("CARGO_BIN_EXE_skewwatch"));
    command.args(["bench", "--redis", &url, "--entities", "5000", "--threads", "1"]);
    command.args(arguments.split_ascii_whitespace()).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn filled() -> RedisServer {
    let server = RedisServer::start();
    fill(&server.settings(feast_layout()), Layout::Feast, 5_000);
    server
}

#[test]
fn a_sweep_tells_how_each_rate_fared() {
    let server = filled();
    let output = bench(&server, "--sweep 500..1500/3 --warmup 1 --duration 1 --slo p99=2s");
    let told = told(&output);
    assert_eq!(output.status.code(), Some(0), "{told}{}", String::from_utf8_lossy(&output.stderr));
    let lines: Vec<Vec<&str>> = told.lines().map(|line| line.split_ascii_whitespace().collect()).collect();
    assert_eq!(lines.iter().map(|line| line[0]).collect::<Vec<_>>(), ["rate", "500", "1000", "1500"]);
    assert!(lines.iter().skip(1).all(|line| line.last() == Some(&"kept")), "{told}");
}

#[test]
fn a_capacity_of_l1_is_found_for_the_promised_hit_rate() {
    let server = filled();
    let output = bench(&server, "--l1-capacity auto --rate 2000 --warmup 3 --duration 3 --slo hit=0.58..0.62");
    let told = told(&output);
    assert_eq!(output.status.code(), Some(0), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.starts_with("L1 of ") && told.contains(" bytes, calibrated for 60.0 % hits\n"), "{told}");
}

#[test]
fn a_capacity_that_nobody_can_find_is_refused() {
    let server = RedisServer::start();
    let error = |arguments| {
        let output = bench(&server, arguments);
        assert_eq!(output.stdout, b"");
        String::from_utf8(output.stderr).unwrap()
    };
    let unknown = error("--l1-capacity auto --slo p99=5ms");
    assert!(
        unknown.contains("nobody says which hit rate L1 is to have\n  hint: `--slo hit=0.71..0.75,…`\n"),
        "{unknown}"
    );
    let high = error("--l1-capacity auto --rate 100 --warmup 1 --duration 1 --slo hit=0.98..0.99");
    assert!(
        high.contains("no capacity of L1 leads to 98.5 % hits in this run\n  hint: a longer `--warmup`\n"),
        "{high}"
    );
}
