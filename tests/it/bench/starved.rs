//! A generator without CPU measures itself, and must say so.

use std::process::{Child, Command, Stdio};

use skewwatch::bench::data::Layout;

use super::scene::fill;
use crate::support::redis::{RedisServer, feast_layout};

/// Something that uses all the CPU that it gets, on the first core.
struct Spinner(Child);

impl Spinner {
    fn start() -> Self {
        let mut command = Command::new("taskset");
        command.args(["-c", "0", "sh", "-c", "while :; do :; done"]);
        Self(command.stdin(Stdio::null()).spawn().unwrap())
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        // Fails only if it is gone already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_generator_that_gets_no_cpu_says_that_its_run_is_invalid() {
    let server = RedisServer::start();
    fill(&server.settings(feast_layout()), Layout::Feast, 200);
    let _spinners = [Spinner::start(), Spinner::start()];
    let url = format!("redis://{}", server.address());
    let output = Command::new("taskset")
        .args(["-c", "0", "nice", "-n", "10", env!("CARGO_BIN_EXE_skewwatch"), "bench", "--redis", &url])
        .args(["--entities", "200", "--rate", "200", "--warmup", "4", "--duration", "4", "--threads", "1"])
        .args(["--deadline", "10000", "--slo", "p50=2ms"])
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(2), "{told}{}", String::from_utf8_lossy(&output.stderr));
    assert!(told.contains("\nINVALID\n  p50: "), "{told}");
}
