//! Real Alertmanagers for tests, and peers that do as they are told.
//!
//! Each runs on a free port with its data in a temporary folder, and is killed by its own process id when it is dropped.

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use skewwatch::model::time::{Clock, Timestamp};
use tempfile::TempDir;

use super::redis::{free_port, wait_until};

/// Tells nobody of anything.
const QUIET: &str = "route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n";

/// Labels of an alert.
pub type Labels = BTreeMap<String, String>;

/// A running Alertmanager.
pub struct Alertmanager {
    port: u16,
    child: Child,
    folder: TempDir,
}

impl Alertmanager {
    /// One that knows no alert.
    pub fn start() -> Self {
        for _ in 0..5 {
            let (port, folder) = (free_port(), tempfile::tempdir().unwrap());
            std::fs::write(folder.path().join("alertmanager.yml"), QUIET).unwrap();
            let mut server = Self { child: spawn(port, &folder), port, folder };
            if server.becomes_ready() {
                return server;
            }
        }
        panic!("prometheus-alertmanager did not start: is it installed?");
    }

    /// Starts it again on its port, after it was killed.
    pub fn start_again(&mut self) {
        self.child = spawn(self.port, &self.folder);
        assert!(self.becomes_ready(), "port {} was taken meanwhile", self.port);
    }

    fn becomes_ready(&mut self) -> bool {
        let mut is_gone = false;
        wait_until("Alertmanager is ready", || {
            is_gone = self.child.try_wait().unwrap().is_some();
            is_gone || get(self.port, "/-/ready").is_some_and(|(status, _)| status == 200)
        });
        !is_gone
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The alerts that fire, in the order of their labels.
    pub fn alerts(&self) -> Vec<Value> {
        let (status, body) = get(self.port, "/api/v2/alerts").expect("Alertmanager answers");
        assert_eq!(status, 200, "{body}");
        let mut alerts: Vec<Value> = serde_json::from_str(&body).unwrap();
        alerts.sort_by_key(|alert| alert["labels"].to_string());
        alerts
    }

    /// Labels of the alerts that fire.
    pub fn firing(&self) -> Vec<Labels> {
        let labels = self.alerts().into_iter().map(|alert| serde_json::from_value(alert["labels"].clone()).unwrap());
        labels.collect()
    }

    /// Whether an alert fires that has all of these labels.
    pub fn has(&self, labels: &[(&str, &str)]) -> bool {
        self.firing().iter().any(|alert| has(alert, labels))
    }

    /// Kills it and waits until it is gone.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Stops it in its tracks: connections stay open and nothing answers.
    pub fn freeze(&self) {
        self.signal("-STOP");
    }

    /// Lets it go on.
    pub fn thaw(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.child.id().to_string()]).status().unwrap().success());
    }
}

impl Drop for Alertmanager {
    fn drop(&mut self) {
        // Fails only if it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spawn(port: u16, folder: &TempDir) -> Child {
    let path = |name: &str| folder.path().join(name).display().to_string();
    Command::new("prometheus-alertmanager")
        .arg(format!("--config.file={}", path("alertmanager.yml")))
        .arg(format!("--storage.path={}", path("data")))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .args(["--cluster.listen-address=", "--log.level=error"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("prometheus-alertmanager comes with tools/setup.sh")
}

/// Whether the labels hold all of these.
pub fn has(labels: &Labels, wanted: &[(&str, &str)]) -> bool {
    wanted.iter().all(|(name, value)| labels.get(*name).is_some_and(|own| own == value))
}

/// Status and body of an answer; `None` if there is none.
fn get(port: u16, path: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// What a peer does with a request.
#[derive(Clone, Debug)]
pub enum Behaviour {
    /// Answers so: the status line after the version, and headers.
    Answer(&'static str),
    /// Takes the request and never answers.
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
}

impl Recorder {
    /// One that takes everything.
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let recorder = Self {
            port: listener.local_addr().unwrap().port(),
            requests: Arc::default(),
            behaviour: Arc::new(Mutex::new(Behaviour::Answer("200 OK\r\n"))),
        };
        let (requests, behaviour) = (Arc::clone(&recorder.requests), Arc::clone(&recorder.behaviour));
        // Ends with the process of the tests.
        std::thread::spawn(move || {
            let mut hung = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let Some(request) = read(&mut stream) else { continue };
                requests.lock().unwrap().push(request);
                match behaviour.lock().unwrap().clone() {
                    Behaviour::Answer(head) => {
                        let answer = format!("HTTP/1.1 {head}Content-Length: 0\r\nConnection: close\r\n\r\n");
                        // Who has asked may be gone.
                        let _ = stream.write_all(answer.as_bytes());
                    }
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

    /// What it was told so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    /// Every alert that it was told, in the order of telling.
    pub fn postings(&self) -> Vec<Value> {
        self.requests().into_iter().flat_map(|request| request.body.as_array().unwrap().clone()).collect()
    }
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
