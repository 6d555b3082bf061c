//! Feast's own feature server over the rows of the benchmark, in a folder of its own and stopped at the end.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tempfile::TempDir;

/// Features of the view.
pub const FEATURES: u32 = 5;
/// Longest wait for the server to answer or to stop.
const PATIENCE: Duration = Duration::from_secs(60);
/// Time between two looks.
const POLL: Duration = Duration::from_millis(20);

/// A Feast repository with the view of the benchmark, registered.
pub struct FeastStore {
    folder: TempDir,
    python: PathBuf,
}

/// A running server.
pub struct FeastServer {
    port: u16,
    child: Child,
    log: PathBuf,
}

impl FeastStore {
    /// Registers the view for rows in the Redis at `redis` (`host:port`), with the Feast of `SKEWWATCH_PYTHON`.
    pub fn apply(redis: &str) -> anyhow::Result<Self> {
        let python = std::env::var_os("SKEWWATCH_PYTHON")
            .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join(".venv/bin/python"), PathBuf::from);
        anyhow::ensure!(python.exists(), "no Python with Feast at {}: run `make setup`", python.display());
        let folder = tempfile::tempdir()?;
        fs::write(folder.path().join("definitions.py"), include_str!("feast_store/definitions.py"))?;
        let settings = format!(
            "project: skewwatch_bench\nprovider: local\nregistry: registry.db\nonline_store:\n    type: redis\n    \
             connection_string: {redis}\noffline_store:\n    type: file\nentity_key_serialization_version: 3\n"
        );
        fs::write(folder.path().join("feature_store.yaml"), settings)?;
        let store = Self { folder, python };
        let told = store.feast().arg("apply").output().context("could not run Feast")?;
        anyhow::ensure!(told.status.success(), "`feast apply` failed: {}", String::from_utf8_lossy(&told.stderr));
        Ok(store)
    }

    /// The folder of `feature_store.yaml`.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    fn feast(&self) -> Command {
        let mut command = Command::new(&self.python);
        command
            .args(["-c", "from feast.cli.cli import cli; cli()"])
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .env("FEAST_USAGE", "False")
            .env("TZ", "UTC")
            .stdin(Stdio::null());
        command
    }

    /// Serves on a free port with so many worker processes, which are never replaced: by default Feast replaces each after
    /// a thousand requests.
    pub fn serve(&self, workers: usize) -> anyhow::Result<FeastServer> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = self.folder.path().join("serve.log");
        let told = File::create(&log)?;
        let child = self
            .feast()
            .args(["serve", "--host", "127.0.0.1", "--port", &port.to_string(), "--no-access-log"])
            .args(["--workers", &workers.to_string(), "--max-requests", "0", "--max-requests-jitter", "0"])
            .stdout(told.try_clone()?)
            .stderr(told)
            .spawn()
            .context("could not start Feast's server")?;
        let mut server = FeastServer { port, child, log };
        let deadline = Instant::now() + PATIENCE;
        // Connections that it takes before its workers are there are reset.
        while !is_healthy(port) {
            let is_gone = server.child.try_wait()?.is_some();
            anyhow::ensure!(!is_gone && Instant::now() < deadline, "Feast's server did not start: {}", server.told());
            std::thread::park_timeout(POLL);
        }
        Ok(server)
    }
}

fn is_healthy(port: u16) -> bool {
    let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return false };
    let mut answer = String::new();
    let asked = stream
        .set_read_timeout(Some(PATIENCE))
        .and_then(|()| write!(stream, "GET /health HTTP/1.0\r\nHost: localhost\r\n\r\n"))
        .and_then(|()| stream.read_to_string(&mut answer));
    asked.is_ok() && answer.split(' ').nth(1) == Some("200")
}

impl FeastServer {
    /// Where it listens.
    pub fn address(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// What it told.
    pub fn told(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for FeastServer {
    fn drop(&mut self) {
        // It has workers, which only itself can stop.
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        let deadline = Instant::now() + PATIENCE;
        while asked.as_ref().is_ok_and(std::process::ExitStatus::success)
            && Instant::now() < deadline
            && matches!(self.child.try_wait(), Ok(None))
        {
            std::thread::park_timeout(POLL);
        }
        // Fails only if it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
