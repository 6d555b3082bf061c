//! The program as a feature server, over the repository that Feast's server has.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::Context as _;

/// A running server.
pub struct Service {
    child: Child,
    address: String,
}

impl Service {
    /// Serves the Feast repository in `folder` on a free port, with `capacity` for L1 (a size, or `none`).
    pub fn start(folder: &Path, capacity: &str) -> anyhow::Result<Self> {
        let configuration = folder.join(format!("skewwatch-{capacity}.yaml"));
        let log = folder.join(format!("skewwatch-{capacity}.log"));
        let settings =
            format!("feast: .\nlookup:\n  listen: 127.0.0.1:0\n  deadline: 10s\n  l1: {{ capacity: {capacity} }}\n");
        fs::write(&configuration, settings)?;
        let mut child = Command::new(env!("CARGO_BIN_EXE_skewwatch"))
            .args(["lookup", "--config"])
            .arg(&configuration)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .spawn()?;
        let output = child.stdout.take().context("the service has a standard output")?;
        let mut service = Self { child, address: String::new() };
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line.split_whitespace().find(|word| word.starts_with("http://"));
        service.address = address.with_context(|| fs::read_to_string(&log).unwrap_or_default())?.to_owned();
        Ok(service)
    }

    /// Where it listens.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Fails only if it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
