//! A server that a test started: its log in a file, and killed by its own process id when it is dropped.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Longest wait for a server to be ready.
const PATIENCE: Duration = Duration::from_secs(60);

/// Time between two looks at a condition.
const POLL: Duration = Duration::from_millis(20);

/// A running process.
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts it, with everything that it tells in `log`.
    pub fn start(mut command: Command, log: PathBuf) -> Self {
        let file = File::options().create(true).append(true).open(&log).unwrap();
        command.stdin(Stdio::null()).stdout(file.try_clone().unwrap()).stderr(file);
        let started = command.spawn();
        let program = command.get_program().display();
        Self { child: started.unwrap_or_else(|error| panic!("`{program}` comes with tools/setup.sh: {error}")), log }
    }

    /// Waits until `is_ready`; `false` if the process ended by itself, as it does when another took its port meanwhile.
    pub fn becomes_ready(&mut self, is_ready: impl Fn() -> bool) -> bool {
        let deadline = Instant::now() + PATIENCE;
        while !is_ready() {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            assert!(Instant::now() < deadline, "not ready within {PATIENCE:?}:\n{}", self.tail());
            std::thread::park_timeout(POLL);
        }
        true
    }

    /// Sends it a signal, such as `-STOP`.
    pub fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Kills it and waits until it is gone.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// The last lines that it told.
    pub fn tail(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(40)..].join("\n")
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // Fails only if it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
