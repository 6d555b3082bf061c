//! A real Prometheus: it scrapes the targets of a job `skewwatch`, evaluates rules and tells an Alertmanager.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;
use tempfile::TempDir;

use super::http;
use super::process::Process;
use super::redis::free_port;

/// The labels of a series or an alert.
pub type Labels = BTreeMap<String, String>;

/// What a Prometheus is started with.
pub struct Setup<'a> {
    /// Time between two scrapes, as Prometheus reads it, such as `500ms`.
    pub scrape: &'a str,
    /// Time between two evaluations of the rules.
    pub evaluation: &'a str,
    /// Folder of the rules, files that end with `.yaml`.
    pub rules: Option<&'a Path>,
    /// Port of the Alertmanager.
    pub alertmanager: Option<u16>,
}

/// A running Prometheus.
pub struct Prometheus {
    /// Where it answers.
    pub port: u16,
    process: Process,
    folder: TempDir,
}

/// One series of an answer.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Sample {
    /// Its labels.
    pub metric: Labels,
    /// Time and value.
    value: (f64, String),
}

impl Sample {
    /// Its value.
    pub fn number(&self) -> f64 {
        self.value.1.parse().unwrap()
    }
}

#[derive(Deserialize)]
struct Answer<T> {
    data: T,
}

#[derive(Deserialize)]
struct Vector {
    result: Vec<Sample>,
}

/// An alert that waits or fires.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Active {
    /// Its labels.
    pub labels: Labels,
    /// `pending` or `firing`.
    pub state: String,
}

#[derive(Deserialize)]
struct Actives {
    alerts: Vec<Active>,
}

impl Prometheus {
    /// Starts one that has no targets yet.
    pub fn start(setup: &Setup<'_>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("prometheus.yml"), configuration(setup)).unwrap();
        fs::write(folder.path().join("targets.json"), "[]").unwrap();
        for _ in 0..5 {
            let port = free_port();
            let mut command = Command::new("prometheus");
            command.current_dir(folder.path()).args(["--config.file=prometheus.yml", "--storage.tsdb.path=data"]);
            command.arg(format!("--web.listen-address=127.0.0.1:{port}"));
            let mut process = Process::start(command, folder.path().join("log"));
            if process.becomes_ready(|| http::fetch(port, "/-/ready").is_some()) {
                return Self { port, process, folder };
            }
        }
        panic!("Prometheus did not start:\n{}", fs::read_to_string(folder.path().join("log")).unwrap());
    }

    /// Scrapes these targets (`host:port`) from now on and no others.
    pub fn aim(&self, targets: &[&str]) {
        let text = serde_json::json!([{ "targets": targets }]).to_string();
        let place = |name: &str| self.folder.path().join(name);
        fs::write(place("next.json"), text).unwrap();
        fs::rename(place("next.json"), place("targets.json")).unwrap();
    }

    /// The series of an instant query; fails if it is none.
    pub fn query(&self, query: &str) -> Vec<Sample> {
        let path = format!("GET /api/v1/query?query={}", http::escaped(query));
        let (status, body) = http::ask(self.port, &path, "").expect("Prometheus answers");
        assert_eq!(status, 200, "`{query}`: {body}");
        serde_json::from_str::<Answer<Vector>>(&body).unwrap().data.result
    }

    /// The alerts that wait or fire.
    pub fn alerts(&self) -> Vec<Active> {
        let body = http::fetch(self.port, "/api/v1/alerts").expect("Prometheus answers");
        serde_json::from_str::<Answer<Actives>>(&body).unwrap().data.alerts
    }

    /// The last lines of its log.
    pub fn tail(&self) -> String {
        self.process.tail()
    }
}

fn configuration(setup: &Setup<'_>) -> String {
    let Setup { scrape, evaluation, rules, alertmanager } = setup;
    let mut text = format!("global: {{ scrape_interval: {scrape}, scrape_timeout: {scrape}, ");
    text.push_str(&format!("evaluation_interval: {evaluation} }}\n"));
    if let Some(rules) = rules {
        text.push_str(&format!("rule_files: [\"{}/*.yaml\"]\n", rules.display()));
    }
    if let Some(port) = alertmanager {
        text.push_str(&format!(
            "alerting: {{ alertmanagers: [ {{ static_configs: [ {{ targets: [\"127.0.0.1:{port}\"] }} ] }} ] }}\n"
        ));
    }
    text.push_str("scrape_configs:\n  - job_name: skewwatch\n    file_sd_configs:\n      - files: [targets.json]\n");
    text.push_str("        refresh_interval: 1s\n");
    text
}
