//! A real Alertmanager that routes, holds back and notifies as a configuration says, and is not part of a cluster.

use std::fs;
use std::process::Command;

use serde::Deserialize;
use tempfile::TempDir;

use super::http;
use super::process::Process;
use super::prometheus::Labels;
use super::redis::free_port;

/// A running Alertmanager.
pub struct Router {
    /// Where it answers.
    pub port: u16,
    process: Process,
    _folder: TempDir,
}

/// An alert that it holds.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Held {
    /// Its labels.
    pub labels: Labels,
    /// What becomes of it.
    pub status: Status,
}

/// What becomes of an alert.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Status {
    /// `unprocessed`, `active` or `suppressed`.
    pub state: String,
}

impl Router {
    /// Starts one with this configuration.
    pub fn start(configuration: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("alertmanager.yml"), configuration).unwrap();
        for _ in 0..5 {
            let port = free_port();
            let mut command = Command::new("prometheus-alertmanager");
            command.current_dir(folder.path()).args(["--config.file=alertmanager.yml", "--storage.path=data"]);
            command.arg(format!("--web.listen-address=127.0.0.1:{port}")).arg("--cluster.listen-address=");
            let mut process = Process::start(command, folder.path().join("log"));
            if process.becomes_ready(|| http::fetch(port, "/-/ready").is_some()) {
                return Self { port, process, _folder: folder };
            }
        }
        panic!("Alertmanager did not start:\n{}", fs::read_to_string(folder.path().join("log")).unwrap());
    }

    /// The alerts that it holds and that have not resolved.
    pub fn alerts(&self) -> Vec<Held> {
        let body = http::fetch(self.port, "/api/v2/alerts").expect("Alertmanager answers");
        serde_json::from_str(&body).unwrap()
    }

    /// The last lines of its log.
    pub fn tail(&self) -> String {
        self.process.tail()
    }
}
