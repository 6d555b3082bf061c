//! Real Alertmanagers for tests, and peers that do as they are told.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use skewwatch::model::time::{Clock, Timestamp};
use tempfile::TempDir;

use super::http;
use super::process::Process;
pub use super::prometheus::Labels;
use super::redis::free_port;

/// Tells nobody of anything.
const QUIET: &str = "route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n";

/// A running Alertmanager, alone and not part of a cluster.
pub struct Alertmanager {
    /// Where it answers.
    pub port: u16,
    process: Process,
    folder: TempDir,
}

impl Alertmanager {
    /// One that knows no alert and tells nobody of any.
    pub fn start() -> Self {
        Self::with(QUIET)
    }

    /// One that knows no alert, with this configuration.
    pub fn with(configuration: &str) -> Self {
        for _ in 0..5 {
            let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
            std::fs::write(folder.path().join("alertmanager.yml"), configuration).unwrap();
            let mut server = Self { process: spawn(port, &folder), port, folder };
            if server.becomes_ready() {
                return server;
            }
        }
        panic!("Alertmanager did not start five times, each time on another port");
    }

    /// Starts it again on its port, after it was killed.
    pub fn start_again(&mut self) {
        self.process = spawn(self.port, &self.folder);
        assert!(self.becomes_ready(), "port {} was taken meanwhile", self.port);
    }

    fn becomes_ready(&mut self) -> bool {
        let port = self.port;
        self.process.becomes_ready(|| http::fetch(port, "/-/ready").is_some())
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The alerts that fire, in the order of their labels.
    pub fn alerts(&self) -> Vec<Value> {
        let body = http::fetch(self.port, "/api/v2/alerts").expect("Alertmanager answers");
        let mut alerts: Vec<Value> = serde_json::from_str(&body).unwrap();
        alerts.sort_by_key(|alert| alert["labels"].to_string());
        alerts
    }

    /// Labels of the alerts that fire.
    pub fn firing(&self) -> Vec<Labels> {
        self.alerts().iter().map(labels).collect()
    }

    /// Labels of the alerts that it holds back because of others.
    pub fn held_back(&self) -> Vec<Labels> {
        self.alerts().iter().filter(|alert| alert["status"]["state"] == "suppressed").map(labels).collect()
    }

    /// Whether an alert fires that has all of these labels.
    pub fn has(&self, labels: &[(&str, &str)]) -> bool {
        self.firing().iter().any(|alert| has(alert, labels))
    }

    /// Kills it and waits until it is gone.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// Stops it in its tracks: connections stay open and nothing answers.
    pub fn freeze(&self) {
        self.process.signal("-STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.process.signal("-CONT");
    }

    /// The last lines of its log.
    pub fn tail(&self) -> String {
        self.process.tail()
    }
}

fn spawn(port: u16, folder: &TempDir) -> Process {
    let mut command = Command::new("prometheus-alertmanager");
    command.current_dir(folder.path()).args(["--config.file=alertmanager.yml", "--storage.path=data"]);
    command.arg(format!("--web.listen-address=127.0.0.1:{port}")).arg("--cluster.listen-address=");
    Process::start(command, folder.path().join("log"))
}

fn labels(alert: &Value) -> Labels {
    serde_json::from_value(alert["labels"].clone()).unwrap()
}

/// Whether the labels hold all of these.
pub fn has(labels: &Labels, wanted: &[(&str, &str)]) -> bool {
    wanted.iter().all(|(name, value)| labels.get(*name).is_some_and(|own| own == value))
}

/// What a peer does with a request.
#[derive(Clone, Debug)]
pub enum Behaviour {
    /// Answers so: the status line after the version, and headers.
    Answer(&'static str),
    /// Takes the request and answers when it is told to, if ever.
    Hang,
    /// Breaks the connection off.
    Reset,
}

/// One request: its head, its body and when it came.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub head: String,
    pub body: Value,
    pub at: Timestamp,
}

/// A peer that writes down what it is told and does as it was told to.
pub struct Recorder {
    port: u16,
    requests: Arc<Mutex<Vec<Request>>>,
    behaviour: Arc<Mutex<Behaviour>>,
    hung: Arc<Mutex<Vec<TcpStream>>>,
}

impl Recorder {
    /// One that takes everything.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let recorder = Self {
            port: listener.local_addr().unwrap().port(),
            requests: Arc::default(),
            behaviour: Arc::new(Mutex::new(Behaviour::Answer("200 OK\r\n"))),
            hung: Arc::default(),
        };
        let hung = Arc::clone(&recorder.hung);
        let (requests, behaviour) = (Arc::clone(&recorder.requests), Arc::clone(&recorder.behaviour));
        // Ends with the process of the tests.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(request) = read(&mut stream) else { continue };
                // Who sees the request may have it answered at once.
                let mut hung = hung.lock().unwrap();
                requests.lock().unwrap().push(request);
                match behaviour.lock().unwrap().clone() {
                    Behaviour::Answer(head) => answer(&mut stream, head),
                    Behaviour::Hang => hung.push(stream),
                    Behaviour::Reset => {}
                }
            }
        });
        recorder
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Does so from now on.
    pub fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap() = behaviour;
    }

    /// Answers so whatever it has not answered yet.
    pub fn answer_all(&self, head: &str) {
        for mut stream in self.hung.lock().unwrap().drain(..) {
            answer(&mut stream, head);
        }
    }

    /// What it was told so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// Every alert that it was told, in the order of telling.
    pub fn postings(&self) -> Vec<Value> {
        self.requests().into_iter().flat_map(|request| request.body.as_array().unwrap().clone()).collect()
    }
}

fn answer(stream: &mut TcpStream, head: &str) {
    let answer = format!("HTTP/1.1 {head}Content-Length: 0\r\nConnection: close\r\n\r\n");
    // Who has asked may be gone.
    let _ = stream.write_all(answer.as_bytes());
}

fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        bytes.push(byte[0]);
    }
    let head = String::from_utf8(bytes).unwrap();
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok())?;
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(Request { head, body: serde_json::from_slice(&body).unwrap(), at: Clock::System.now() })
}
