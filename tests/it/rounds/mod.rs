//! Whole rounds against real servers: what was broken is found as it was broken, and what cannot be read is told.

mod cluster;
mod demo;
mod drift;
mod interrupted;
mod odd_keys;
mod population;
mod reader;

mod objects;
mod settings;
mod small;
mod snapshots;
mod third_view;
mod unreachable;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use skewwatch::config;
use skewwatch::model::measurement::RoundReport;
use skewwatch::model::time::Timestamp;
use skewwatch::run::{RoundOptions, round};
use tempfile::TempDir;

use crate::support::redis::RedisServer;
use population::{Entity, fill, view_entry, write_snapshots};

/// A folder with a configuration and what it names.
pub(crate) struct Scene {
    folder: TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn configure(&self, text: &str) -> &Self {
        self.write("skewwatch.yaml", text)
    }

    /// Runs one round in this process.
    async fn check(&self, as_of: &str) -> RoundReport {
        check(&self.path("skewwatch.yaml"), as_of).await
    }

    /// The command in this folder, with nothing in its environment.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skewwatch"));
        command.args(arguments.split(' ')).current_dir(self.folder.path()).env_clear();
        command
    }

    /// Runs the command in this folder to its end.
    fn run(&self, arguments: &str) -> String {
        self.told(&self.command(arguments).output().unwrap())
    }

    /// What a run of the command told, with this folder written as `HERE`.
    fn told(&self, output: &Output) -> String {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let told = format!(
            "{}--- standard error\n{}--- exit code {}\n",
            text(&output.stdout),
            text(&output.stderr),
            output.status.code().map_or("none".to_owned(), |code| code.to_string())
        );
        told.replace(&self.folder.path().display().to_string(), "HERE")
    }

    /// Writes both sides of `entities`, with a configuration for `server`; `more` stands at its end.
    fn with_population(entities: &[Entity], server: RedisServer, more: &str) -> (Self, RedisServer) {
        let scene = Self::new();
        write_snapshots(&scene.path("snapshots"), entities);
        let servers = [server];
        fill(&servers, entities);
        let [server] = servers;
        scene.configure(&plain_configuration(&format!("url: \"redis://{}\"", server.address()), more));
        (scene, server)
    }
}

/// So many entities on both sides, none of them with a fault.
pub(crate) fn healthy_scene(size: u32) -> (Scene, RedisServer) {
    Scene::with_population(&population::healthy(size), RedisServer::start(), "")
}

/// A configuration for the population behind this access to Redis; `more` stands at its end.
fn plain_configuration(access: &str, more: &str) -> String {
    format!(
        "online:\n  redis: {{ {access} }}\n  layout: {{ key: \"feat:{{entity}}:{{feature}}\", timestamp_key: \
         \"feat:{{entity}}:_ts\" }}\n{}{more}",
        view_entry("")
    )
}

/// Holds what was told against the file `tests/fixtures/rounds/NAME.txt`, with `places` written as their names; with
/// `BLESS=1` in the environment writes it instead.
fn assert_tells(name: &str, told: &str, places: &[(&str, &str)]) {
    let told = places.iter().fold(told.to_owned(), |told, (place, written)| told.replace(place, written));
    let path = format!("tests/fixtures/rounds/{name}.txt");
    if std::env::var_os("BLESS").is_some() {
        fs::write(&path, &told).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(told == expected, "{path} should be:\n{told}");
}

/// Runs one round in this process.
async fn check(configuration: &Path, as_of: &str) -> RoundReport {
    let plan = config::load(configuration, &|_| None).await.unwrap_or_else(|error| panic!("{error}"));
    round(&plan, RoundOptions { as_of: Some(instant(as_of)), progress: &|_| {} }).await
}

fn instant(text: &str) -> Timestamp {
    Timestamp::parse_rfc3339(text).unwrap()
}
