//! Everything that takes part: the shop, the service, Prometheus with its rules, Alertmanager with the example of routing,
//! and a receiver of what it sends.
//!
//! What arrives is a journal of changes: an alert that fires, an alert that has resolved. Waiting is for exactly the
//! changes that are expected; any other one fails at once, with the last words of everybody who took part.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::shop::Shop;
use crate::support::alertmanager::Alertmanager;
use crate::support::http;
use crate::support::process::Process;
use crate::support::prometheus::{Labels, Prometheus, Setup};
use crate::support::redis::free_port;
use crate::support::webhook::{Told, Webhook};

/// Longest wait for what should happen.
const PATIENCE: Duration = Duration::from_secs(180);
/// Time between two looks.
const POLL: Duration = Duration::from_millis(50);

/// An alert, with the receiver that is told of it and all its labels, and what it is told: `firing` or `resolved`.
pub(super) type Change = (String, String);

/// Everything that takes part.
pub(super) struct Stack {
    pub(super) shop: Shop,
    pub(super) alertmanager: Alertmanager,
    pub(super) prometheus: Prometheus,
    webhook: Webhook,
    service: Option<Process>,
    port: u16,
    folder: TempDir,
    /// Alerts told that are accounted for.
    read: usize,
    /// What each alert was told last.
    known: BTreeMap<String, String>,
}

impl Stack {
    /// Starts everything over a healthy shop.
    pub(super) fn start() -> Self {
        let (shop, webhook) = (Shop::open(), Webhook::start());
        let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
        fs::write(folder.path().join("skewwatch.yaml"), shop.configuration(port)).unwrap();
        let mut rules = Command::new(env!("CARGO_BIN_EXE_skewwatch"));
        let arguments = ["rules", "--rehearsal", "280", "--output", "rules"];
        let written = rules.args(arguments).current_dir(folder.path()).env_clear().output().unwrap();
        assert!(written.status.success(), "{}", String::from_utf8_lossy(&written.stderr));
        let alertmanager = Alertmanager::with(&routing(webhook.port));
        let rules = folder.path().join("rules");
        let setup =
            Setup { scrape: "500ms", evaluation: "500ms", rules: Some(&rules), alertmanager: Some(alertmanager.port) };
        let prometheus = Prometheus::start(&setup);
        let mut stack = Self {
            shop,
            alertmanager,
            prometheus,
            webhook,
            service: None,
            port,
            folder,
            read: 0,
            known: BTreeMap::new(),
        };
        stack.serve();
        stack.aim(&[]);
        stack
    }

    /// Starts the service.
    pub(super) fn serve(&mut self) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skewwatch"));
        command.arg("serve").current_dir(self.folder.path()).env_clear();
        let mut service = Process::start(command, self.folder.path().join("log"));
        let is_ready = service.becomes_ready(|| http::fetch(self.port, "/-/ready").is_some());
        assert!(is_ready, "the service ended:\n{}", service.tail());
        self.service = Some(service);
    }

    /// Kills the service, as by `kill -9`.
    pub(super) fn kill_service(&mut self) {
        self.service.take().expect("it runs").kill();
    }

    /// Stops the service in its tracks, or lets it go on: connections stay open and nothing answers.
    pub(super) fn signal_service(&self, name: &str) {
        self.service.as_ref().expect("it runs").signal(name);
    }

    /// Adds lines to the configuration and has it read again; gives the status of the answer.
    pub(super) fn reconfigure(&self, more: &str) -> u16 {
        let text = self.shop.configuration(self.port) + more;
        fs::write(self.folder.path().join("skewwatch.yaml"), text).unwrap();
        http::ask(self.port, "POST /-/reload", "").expect("the service answers").0
    }

    /// Has Prometheus scrape the service, and these others.
    pub(super) fn aim(&self, others: &[&str]) {
        let service = format!("127.0.0.1:{}", self.port);
        let targets: Vec<&str> = std::iter::once(service.as_str()).chain(others.iter().copied()).collect();
        self.prometheus.aim(&targets);
    }

    /// The text of the service's metrics.
    pub(super) fn metrics(&self) -> String {
        http::fetch(self.port, "/metrics").unwrap_or_default()
    }

    /// Waits until `condition` holds; no alert may change meanwhile.
    pub(super) fn wait_until(&mut self, what: &str, mut condition: impl FnMut(&Self) -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !condition(self) {
            let changes = self.changes();
            assert!(changes.is_empty(), "while waiting for {what}, unexpected: {changes:#?}\n{}", self.last_words());
            assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {what}\n{}", self.last_words());
            std::thread::park_timeout(POLL);
        }
    }

    /// Waits until exactly these alerts have become so, each once, and no other has changed.
    pub(super) fn expect(&mut self, status: &str, alerts: &[String]) {
        let mut missing: BTreeSet<Change> = alerts.iter().map(|alert| (alert.clone(), status.to_owned())).collect();
        let deadline = Instant::now() + PATIENCE;
        while !missing.is_empty() {
            let (known, unexpected): (Vec<Change>, Vec<Change>) =
                self.changes().into_iter().partition(|change| missing.contains(change));
            assert!(
                unexpected.is_empty(),
                "unexpected: {unexpected:#?}\nstill missing: {missing:#?}\n{}",
                self.last_words()
            );
            known.iter().for_each(|change| assert!(missing.remove(change), "{change:?} came twice"));
            assert!(Instant::now() < deadline, "not within {PATIENCE:?}: {missing:#?}\n{}", self.last_words());
            std::thread::park_timeout(POLL);
        }
    }

    /// Waits until the service has ended so many more rounds of each view, and fails if an alert changes meanwhile.
    pub(super) fn wait_for_rounds(&mut self, count: f64) {
        let rounds = |stack: &Self| -> BTreeMap<String, f64> {
            let samples = stack.prometheus.query("skewwatch_rounds_total{result=\"complete\"}");
            samples.iter().map(|sample| (sample.metric["feature_view"].clone(), sample.number())).collect()
        };
        let before = rounds(self);
        self.wait_until("more rounds", |stack| {
            let now = rounds(stack);
            let has_more =
                |(view, rounds): (&String, &f64)| *rounds >= before.get(view).copied().unwrap_or_default() + count;
            now.len() == super::shop::VIEWS.len() && now.iter().all(has_more)
        });
    }

    /// Names of alerts that Alertmanager holds back, with their views.
    pub(super) fn suppressed(&self) -> BTreeSet<(String, String)> {
        let held = self.alertmanager.held_back().into_iter();
        held.map(|labels| (labels["alertname"].clone(), labels["feature_view"].clone())).collect()
    }

    /// Every alert that arrived, as it was told.
    pub(super) fn told(&self) -> Vec<Told> {
        self.webhook.told()
    }

    /// What has changed since this was asked last.
    fn changes(&mut self) -> Vec<Change> {
        let told = self.webhook.told();
        let mut changes = Vec::new();
        for alert in &told[self.read..] {
            let line = line(&alert.path, &alert.labels);
            if self.known.insert(line.clone(), alert.status.clone()).as_ref() != Some(&alert.status) {
                changes.push((line, alert.status.clone()));
            }
        }
        self.read = told.len();
        changes
    }

    fn last_words(&self) -> String {
        let service = self.service.as_ref().map_or_else(|| "does not run".to_owned(), Process::tail);
        let active: Vec<String> = self
            .prometheus
            .alerts()
            .iter()
            .map(|alert| format!("{} {}", alert.state, line("", &alert.labels)))
            .collect();
        let told: Vec<String> =
            self.told().iter().map(|told| format!("{} {}", told.status, line(&told.path, &told.labels))).collect();
        format!(
            "--- told\n{}\n--- alerts in Prometheus\n{}\n--- Prometheus\n{}\n--- Alertmanager\n{}\n--- Redis\n{}\n\
             --- skewwatch\n{service}",
            told.join("\n"),
            active.join("\n"),
            self.prometheus.tail(),
            self.alertmanager.tail(),
            self.shop.redis.log()
        )
    }
}

/// The receiver, the name of an alert and all its other labels, in one line.
fn line(path: &str, labels: &Labels) -> String {
    let others = labels.iter().filter(|(name, _)| *name != "alertname");
    let others: Vec<String> = others.map(|(name, value)| format!("{name}={value}")).collect();
    format!("{path} {}{{{}}}", labels["alertname"], others.join(","))
}

/// The example of routing, with the receiver in place of all addresses and seconds in place of minutes.
fn routing(port: u16) -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/rules/alertmanager.example.yml");
    let mut text = fs::read_to_string(path).unwrap();
    for receiver in ["chat", "pager", "dead-man"] {
        let address = format!("http://{receiver}.example.com");
        assert!(text.contains(&address), "{address}");
        text = text.replace(&address, &format!("http://127.0.0.1:{port}/{receiver}"));
    }
    for (long, short) in [("group_wait: 30s", "group_wait: 1s"), ("group_interval: 5m", "group_interval: 1s")] {
        assert!(text.contains(long), "{long}");
        text = text.replace(long, short);
    }
    text
}
