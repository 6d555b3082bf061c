//! Whole rounds against real servers: what was broken is found as it was broken, and what cannot be read is told.

mod cluster;
mod population;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use skewwatch::config;
use skewwatch::model::measurement::RoundReport;
use skewwatch::model::time::Timestamp;
use skewwatch::run::{RoundOptions, round};
use tempfile::TempDir;

/// A folder with a configuration and what it names.
pub(super) struct Scene {
    folder: TempDir,
}

impl Scene {
    fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    fn configure(&self, text: &str) -> &Self {
        self.write("skewwatch.yaml", text)
    }

    /// Runs one round in this process.
    async fn check(&self, as_of: &str) -> RoundReport {
        check(&self.path("skewwatch.yaml"), as_of).await
    }

    /// The command in this folder, with nothing in its environment.
    fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skewwatch"));
        command.args(arguments.split(' ')).current_dir(self.folder.path()).env_clear();
        command
    }

    /// Runs the command in this folder to its end.
    fn run(&self, arguments: &str) -> Told {
        self.told(&self.command(arguments).output().unwrap())
    }

    /// What a run of the command told, with this folder written as `HERE`.
    fn told(&self, output: &Output) -> Told {
        let here = self.folder.path().display().to_string();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().replace(&here, "HERE");
        Told { out: text(&output.stdout), errors: text(&output.stderr), code: output.status.code() }
    }
}

/// What a run of the command told.
#[derive(Debug, PartialEq)]
struct Told {
    out: String,
    errors: String,
    code: Option<i32>,
}

/// Runs one round in this process.
async fn check(configuration: &Path, as_of: &str) -> RoundReport {
    let plan = config::load(configuration, &|_| None).await.unwrap_or_else(|error| panic!("{error}"));
    round(&plan, RoundOptions { as_of: Some(instant(as_of)), progress: &|_| {} }).await
}

fn instant(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}
