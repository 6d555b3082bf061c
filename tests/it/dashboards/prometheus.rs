//! A real Prometheus, asked as Grafana asks it, and what is wrong with an answer.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::{Asked, list, text};
use crate::support::redis::{free_port, wait_until};

/// A running server; killed by its own process id when it is dropped.
pub(super) struct Prometheus {
    child: Child,
    port: u16,
}

/// One series of an answer.
#[derive(Clone, Debug)]
pub(super) struct Series {
    pub(super) labels: BTreeMap<String, String>,
    pub(super) values: Vec<f64>,
}

/// When a query is evaluated, in seconds since 1970.
#[derive(Clone, Copy, Debug)]
pub(super) struct Range {
    pub(super) start: u64,
    pub(super) end: u64,
    pub(super) step: u64,
}

impl Prometheus {
    /// A server over the data in `folder`, where its configuration is `prometheus.yml`.
    pub(super) fn start(folder: &Path) -> Self {
        let port = free_port();
        let log = std::fs::File::create(folder.join("prometheus.log")).unwrap();
        let child = Command::new("prometheus")
            .arg(format!("--config.file={}", folder.join("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", folder.join("data").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{port}"))
            .args(["--storage.tsdb.retention.time=100y", "--log.level=warn"])
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .expect("`prometheus` comes with tools/setup.sh");
        let server = Self { child, port };
        wait_until("Prometheus is ready", || server.request("/-/ready", "").is_some());
        server
    }

    /// The body of a good answer; a query is sent as a form.
    fn request(&self, path: &str, form: &str) -> Option<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).ok()?;
        let method = if form.is_empty() { "GET" } else { "POST" };
        write!(
            stream,
            "{method} {path} HTTP/1.0\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{form}",
            form.len()
        )
        .ok()?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).ok()?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        head.split(' ').nth(1).is_some_and(|status| status == "200").then(|| body.to_owned())
    }

    fn result(&self, path: &str, form: &str) -> Value {
        let body = self.request(path, form).unwrap_or_else(|| panic!("no good answer to {path} {form}"));
        let answer: Value = serde_json::from_str(&body).unwrap();
        answer["data"].clone()
    }

    /// What a panel's query gives: the newest value, or all of a range.
    pub(super) fn ask(&self, expression: &str, is_now: bool, range: Range) -> Vec<Series> {
        list(&self.answer(expression, is_now, range)).iter().map(Series::read).collect()
    }

    /// The same as Prometheus writes it.
    pub(super) fn answer(&self, expression: &str, is_now: bool, range: Range) -> Value {
        let query = encoded(expression);
        let data = if is_now {
            self.result("/api/v1/query", &format!("query={query}&time={}", range.end))
        } else {
            let Range { start, end, step } = range;
            self.result("/api/v1/query_range", &format!("query={query}&start={start}&end={end}&step={step}"))
        };
        data["result"].clone()
    }

    /// What a choice of a dashboard offers: the values of a label.
    pub(super) fn label_values(&self, (selector, label): (&str, &str), range: Range) -> Vec<String> {
        let path = format!(
            "/api/v1/label/{label}/values?match[]={}&start={}&end={}",
            encoded(selector),
            range.start,
            range.end
        );
        list(&self.result(&path, "")).iter().map(|value| text(value).to_owned()).collect()
    }
}

impl Drop for Prometheus {
    fn drop(&mut self) {
        // Fails only if it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

impl Series {
    pub(super) fn read(result: &Value) -> Self {
        let labels = result["metric"].as_object().unwrap();
        let labels = labels.iter().map(|(name, value)| (name.clone(), text(value).to_owned())).collect();
        let one = std::slice::from_ref(&result["value"]);
        let points = if result["values"].is_array() { list(&result["values"]) } else { one };
        Self { labels, values: points.iter().map(|point| text(&point[1]).parse().unwrap()).collect() }
    }
}

/// Names in `{{…}}`.
fn placeholders(legend: &str) -> BTreeSet<&str> {
    legend.split("{{").skip(1).filter_map(|rest| Some(rest.split_once("}}")?.0)).collect()
}

/// What is wrong with an answer, if anything; `points` is how many each series should have.
pub(super) fn wrong(asked: &Asked, answer: &[Series], points: Option<usize>) -> Option<String> {
    if answer.is_empty() {
        return Some(format!("{}: gives nothing", asked.place));
    }
    for Series { labels, values } in answer {
        if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            return Some(format!("{}: gives {value} for {labels:?}", asked.place));
        }
        if let Some(points) = points.filter(|points| !asked.is_now && values.len() != *points) {
            return Some(format!("{}: {} of {points} points for {labels:?}", asked.place, values.len()));
        }
        // A check of a view as a whole has no feature, and Prometheus drops labels without a value.
        let is_of_view = |label: &str| label == "feature" && labels.contains_key("check");
        if let Some(label) =
            placeholders(&asked.legend).into_iter().find(|label| !labels.contains_key(*label) && !is_of_view(label))
        {
            return Some(format!("{}: the legend wants `{label}`, and there is {labels:?}", asked.place));
        }
    }
    None
}

/// Every column of a table that is a label comes from one of its queries.
pub(super) fn without_column<'a>(answers: &[(&'a Asked, Vec<Series>)]) -> Vec<String> {
    let mut tables: BTreeMap<&'a str, (&'a Asked, BTreeSet<String>)> = BTreeMap::new();
    for (asked, answer) in answers {
        let panel = asked.place.rsplit_once(" (").map_or(asked.place.as_str(), |(panel, _)| panel);
        let (_, labels) = tables.entry(panel).or_insert_with(|| (asked, BTreeSet::new()));
        labels.extend(answer.iter().flat_map(|series| series.labels.keys().cloned()));
    }
    let missing = tables.into_iter().flat_map(|(panel, (asked, labels))| {
        let absent = asked.columns.iter().filter(move |column| !labels.contains(*column));
        absent.map(move |column| format!("{panel}: no `{column}` for its column"))
    });
    missing.collect()
}
