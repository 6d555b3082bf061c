//! The feature server: the running process over a real Redis with the golden rows of Feast or with rows of the test.

mod drained;
mod faults;
mod golden;
mod metrics;
mod refusals;
mod remote;
mod values;

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value as Json;
use tempfile::TempDir;

use crate::serve::Running;
use crate::support::redis::RedisServer;

/// What the feature servers of tests have: a free port, and a store that may take its time on a busy machine.
pub(crate) const SERVING: &str = "listen: \"127.0.0.1:0\", deadline: 10s";
/// Views of the golden set whose rows never expire, for they are old by now.
const LASTING: &str = "feature_views:
  - { name: user_features, ttl: 0 }
  - { name: driver_profile, ttl: 0 }
  - { name: user_sessions, ttl: 0 }
";
/// A view of the golden set over which the requests of most tests go.
const SCORE: &str = r#"{"features":["user_features:fraud_score"],"entities":{"user_id":["u01068"]}}"#;

/// A folder with a configuration, and its store.
pub(crate) struct Shop {
    pub(crate) folder: TempDir,
    pub(crate) redis: RedisServer,
}

/// An answer over HTTP.
pub(crate) struct Answered {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Shop {
    /// The golden Feast repository on a server that holds its rows, with `configuration` beside it.
    pub(crate) fn golden(configuration: &str) -> Self {
        let set = golden();
        let redis = RedisServer::from_dump(&set.join("redis.rdb"));
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("repo/data");
        fs::create_dir_all(&data).unwrap();
        fs::copy(set.join("registry.db"), data.join("registry.db")).unwrap();
        let text = fs::read_to_string(set.join("feature_store.yaml")).unwrap();
        let line = text.lines().find(|line| line.trim_start().starts_with("connection_string:")).unwrap();
        let ours = format!("    connection_string: \"{}\"", redis.address());
        fs::write(folder.path().join("repo/feature_store.yaml"), text.replace(line, &ours)).unwrap();
        let shop = Self { folder, redis };
        shop.configure(&format!("feast: ./repo\n{configuration}"));
        shop
    }

    /// An empty server; `configuration` stands after how it is reached, which leaves `layout` open.
    pub(crate) fn plain(layout: &str, configuration: &str) -> Self {
        let redis = RedisServer::start();
        let folder = tempfile::tempdir().unwrap();
        let online = format!("online:\n  redis: {{ url: \"redis://{}\" }}\n  layout: {layout}\n", redis.address());
        let shop = Self { folder, redis };
        shop.configure(&format!("{online}{configuration}"));
        shop
    }

    pub(crate) fn configure(&self, text: &str) {
        fs::write(self.folder.path().join("skewwatch.yaml"), text).unwrap();
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skewwatch"));
        command.arg("lookup").args(arguments).current_dir(self.folder.path()).env_clear();
        command
    }

    pub(crate) fn serve(&self) -> Running {
        Running::start(self.command(&[]), self.folder.path().join("log"))
    }

    /// What a server that does not come up tells.
    fn refused(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let Output { status, stderr, .. } = self.command(arguments).output().unwrap();
        (status.code(), String::from_utf8(stderr).unwrap())
    }
}

/// The golden set.
fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden-feast/dev")
}

/// The configuration of a server over the golden set, with rows that never expire and `more` in its section.
fn lasting(more: &str) -> String {
    format!("{LASTING}lookup: {{ {SERVING}, {more} }}\n")
}

/// Sends bytes as they are and reads the answer to its end.
pub(crate) fn send(service: &Running, request: &[u8]) -> Answered {
    let mut stream = TcpStream::connect(&service.address).unwrap();
    // Who is refused early may find the way shut; the answer is there all the same.
    let _ = stream.write_all(request);
    answer(&mut stream)
}

/// Reads an answer up to its end.
fn answer(stream: &mut TcpStream) -> Answered {
    let mut bytes = Vec::new();
    // A connection that is cut after the answer is as good as one that is closed.
    let _ = stream.read_to_end(&mut bytes);
    let text = String::from_utf8(bytes).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or_else(|| panic!("no answer: `{text}`"));
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    Answered { status, head: head.to_lowercase(), body: body.to_owned() }
}

/// The head of a request for features with a body of this length, and with these headers, each ended by a line break.
fn head(length: usize, headers: &str) -> String {
    format!(
        "POST /get-online-features HTTP/1.0\r\nContent-Type: application/json\r\n{headers}Content-Length: {length}\r\n\r\n"
    )
}

/// Asks for features.
pub(crate) fn ask(service: &Running, body: &str) -> Answered {
    send(service, format!("{}{body}", head(body.len(), "")).as_bytes())
}

/// The JSON of an answer, which must have this status.
fn json(answered: &Answered, expected: u16) -> Json {
    assert_eq!(answered.status, expected, "{}", answered.body);
    assert!(answered.head.contains("content-type: application/json"), "{}", answered.head);
    serde_json::from_str(&answered.body).unwrap_or_else(|error| panic!("{error}: {}", answered.body))
}

/// The statuses of a column of an answer.
fn statuses(answer: &Json, column: usize) -> Vec<&str> {
    answer["results"][column]["statuses"].as_array().unwrap().iter().map(|status| status.as_str().unwrap()).collect()
}
