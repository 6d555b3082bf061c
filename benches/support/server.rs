//! A Redis server of its own for one run: on a free port, in a temporary folder, killed at the end.

use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use skewwatch::store::online::{RedisLayout, RedisSettings};
use tempfile::TempDir;

/// Longest wait for the server to answer.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running server without anything in it.
pub struct RedisServer {
    port: u16,
    child: Child,
    _folder: TempDir,
}

impl RedisServer {
    /// Starts a server and waits until it answers.
    pub fn start() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir()?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let child = Command::new("redis-server")
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir"])
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("could not start `redis-server`: is it installed?")?;
        let mut server = Self { port, child, _folder: folder };
        let deadline = Instant::now() + PATIENCE;
        while server.connection().is_err() {
            anyhow::ensure!(server.child.try_wait()?.is_none(), "redis-server on port {port} ended by itself");
            anyhow::ensure!(Instant::now() < deadline, "redis-server on port {port} does not answer");
            std::thread::park_timeout(Duration::from_millis(5));
        }
        Ok(server)
    }

    /// The port that it listens on.
    pub const fn port(&self) -> u16 {
        self.port
    }

    /// A connection for filling it.
    pub fn connection(&self) -> redis::RedisResult<redis::Connection> {
        redis::Client::open(format!("redis://127.0.0.1:{}/", self.port))?.get_connection()
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        // Fails only if the server is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How skewwatch reaches the server at `port`, with the limits that it has by default.
pub fn settings(port: u16, layout: RedisLayout) -> RedisSettings {
    RedisSettings::single(&format!("127.0.0.1:{port}"), layout)
}
