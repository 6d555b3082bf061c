//! The service: the text of its metrics, and the running process with real servers and rounds every second.

mod configured;
mod incidents;
mod lasting;
mod metrics;
mod reloaded;
mod running;
mod served;
mod withheld;

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::rounds::{Scene, healthy_scene};
use crate::support::redis::{RedisServer, wait_until};

/// Rounds every second, started on the second.
pub(crate) const EVERY_SECOND: &str = "schedule: { sample: \"* * * * * *\", jitter: 0%, deadline: 1h, grace: 100ms }\n";
/// Rounds once a year: none within a test.
pub(crate) const NEVER: &str = "schedule: { sample: \"0 0 1 1 *\", jitter: 0% }\n";
/// Where it publishes.
pub(crate) const PUBLISH: &str = "publish: { metrics: \"127.0.0.1:0\", history: history.db }\n";
/// A store that does not answer is given up soon.
pub(crate) const HASTE: &str = "sample: { budget: { timeout: 250ms, connect_timeout: 250ms, attempts: 1 } }\n";

/// A store and its snapshots, and what a service is configured with.
pub(crate) struct Shop {
    pub(crate) scene: Scene,
    pub(crate) redis: RedisServer,
    /// Online store and views, without what a service adds.
    pub(crate) stores: String,
}

impl Shop {
    /// Two hundred entities that are the same on both sides, and never expire.
    pub(crate) fn open() -> Self {
        let (scene, redis) = healthy_scene(200);
        let stores = std::fs::read_to_string(scene.path("skewwatch.yaml")).unwrap().replace("ttl: 48h", "ttl: 0");
        Self { scene, redis, stores }
    }

    pub(crate) fn configure(&self, more: &[&str]) -> &Self {
        self.scene.configure(&format!("{}{}", self.stores, more.concat()));
        self
    }

    /// Writes another number online for so many of the entities.
    pub(crate) fn skew(&self, entities: u32) {
        for number in 0..entities {
            self.redis.run(&format!("SET feat:u{number:06}:total_orders_30d 77777"));
        }
    }

    /// Adds a second view over the same files and rows.
    pub(crate) fn add_view(&mut self, name: &str) {
        let (_, view) = self.stores.split_once("feature_views:\n").unwrap();
        let again = view.replace("user_features", name);
        self.stores.push_str(&again.replace(&format!("snapshot: {name}"), "snapshot: user_features"));
    }

    pub(crate) fn serve(&self) -> Running {
        Running::start(self.scene.command("serve"), self.scene.path("log"))
    }
}

/// A running service.
pub(crate) struct Running {
    pub(crate) child: Child,
    pub(crate) address: String,
    pub(crate) log: std::path::PathBuf,
}

impl Running {
    pub(crate) fn start(mut command: Command, log: std::path::PathBuf) -> Self {
        let file = std::fs::File::create(&log).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(file).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let told = || std::fs::read_to_string(&log).unwrap();
        let address = line.trim().strip_prefix("serving on http://").unwrap_or_else(|| panic!("`{line}`: {}", told()));
        Self { address: address.to_owned(), child, log }
    }

    /// Status and body of an answer.
    pub(crate) fn ask(&self, method: &str, path: &str) -> (u16, String) {
        let (status, _, body) = self.ask_with(method, path, "");
        (status, body)
    }

    /// Status, head and body of an answer to a request with these headers, each ended by a line break.
    pub(crate) fn ask_with(&self, method: &str, path: &str, headers: &str) -> (u16, String, String) {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(stream, "{method} {path} HTTP/1.0\r\n{headers}Content-Length: 0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        (head.split(' ').nth(1).unwrap().parse().unwrap(), head.to_owned(), body.to_owned())
    }

    pub(crate) fn metrics(&self) -> String {
        let (status, text) = self.ask("GET", "/metrics");
        assert_eq!(status, 200, "{text}");
        text
    }

    /// Value of a series, given as in the text; `None` if there is none.
    pub(crate) fn value(&self, series: &str) -> Option<f64> {
        value(&self.metrics(), series)
    }

    /// Waits until a series has a value that pleases.
    pub(crate) fn wait_for(&self, series: &str, pleases: impl Fn(Option<f64>) -> bool) {
        wait_until(series, || pleases(self.value(series)));
    }

    pub(crate) fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap().success());
    }

    /// Stops the service and waits until it is gone.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.signal("-TERM");
        self.child.wait().unwrap()
    }

    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails only if it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn value(text: &str, series: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix("skewwatch_")?.strip_prefix(series)?.strip_prefix(' '));
    line.map(|value| value.parse().unwrap())
}

/// The series of a check of a feature of the first view.
pub(crate) fn of_feature(name: &str, check: &str) -> String {
    format!("{name}{{check=\"{check}\",feature=\"total_orders_30d\",feature_view=\"user_features\"}}")
}

/// The rounds of a view that ended so.
pub(crate) fn rounds(view: &str, result: &str) -> String {
    format!("rounds_total{{feature_view=\"{view}\",result=\"{result}\"}}")
}

/// What promtool has to say against a text.
pub(crate) fn promtool(text: &str) -> String {
    let mut tool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("promtool comes with the package `prometheus`");
    tool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let outcome = tool.wait_with_output().unwrap();
    String::from_utf8([outcome.stdout, outcome.stderr].concat()).unwrap()
}
