//! Every query over hours of rounds every five minutes, scraped every 15 seconds: no gaps, and nothing that is no number.
//!
//! The series are those of the service's golden text, and of the telemetry contract where the service does not export them
//! yet; that text has no rows read, so freshness lags are those of `lags.prom`. Counters of rounds rise with each round,
//! those of lookups with each scrape, times follow the rounds. Two replicas export the same.
//! With `SKEWWATCH_ANSWERS=FILE` the answers are written for the preview, which draws them.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::prometheus::{Prometheus, Range, Series, wrong};
use super::{Asked, Board, boards, filled, list};
use crate::rules::tools::run;

/// The end of the replayed time: 2026-06-15T12:00:00Z.
const END: u64 = 1_781_524_800;
/// How long before it dashboards begin.
const SHOWN: u64 = 3 * 3_600;
/// How long before it series begin.
const REPLAYED: u64 = SHOWN + 1_800;
const SCRAPE: u64 = 15;
const ROUND: u64 = 300;
const STEP: u64 = 60;

/// How a series moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Motion {
    /// It stays.
    Gauge,
    /// It is a time, which moves on with the rounds.
    Time,
    /// It rises with each round.
    OfRounds,
    /// It rises all the time.
    OfLookups,
}

/// One series of a text: its name and labels as written, and its value.
#[derive(Clone, Debug)]
struct Line {
    family: String,
    series: String,
    value: f64,
    motion: Motion,
}

/// A text as it is scraped.
#[derive(Clone, Debug)]
pub(super) struct Exposition {
    lines: Vec<Line>,
}

impl Exposition {
    pub(super) fn read(path: &str) -> Self {
        let text = std::fs::read_to_string(path).unwrap();
        let mut counters: BTreeSet<String> = BTreeSet::new();
        let mut lines = Vec::new();
        for line in text.lines() {
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (family, kind) = rest.split_once(' ').unwrap();
                if kind != "gauge" {
                    counters.insert(family.to_owned());
                }
            } else if !line.starts_with('#') {
                let (series, value) = line.rsplit_once(' ').unwrap();
                let name = series.split('{').next().unwrap();
                let family = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
                let family = family.filter(|family| counters.contains(*family)).unwrap_or(name).to_owned();
                let is_time = ["_timestamp_seconds", "_watermark_seconds", "_modified_seconds"]
                    .iter()
                    .any(|end| family.ends_with(end));
                let motion = match (counters.contains(&family), is_time) {
                    (true, _) if family.starts_with("skewwatch_lookup_") => Motion::OfLookups,
                    (true, _) => Motion::OfRounds,
                    (false, true) => Motion::Time,
                    (false, false) => Motion::Gauge,
                };
                lines.push(Line { family, series: series.to_owned(), value: value.parse().unwrap(), motion });
            }
        }
        assert!(!lines.is_empty(), "{path}");
        Self { lines }
    }

    /// With the families of `other` that it lacks, or that are 0 throughout.
    fn and(mut self, mut other: Self) -> Self {
        let families = |lines: &[Line]| lines.iter().map(|line| line.family.clone()).collect::<BTreeSet<String>>();
        let filled: Vec<Line> = self.lines.iter().filter(|line| line.value != 0.0).cloned().collect();
        let known = families(&filled);
        other.lines.retain(|line| !known.contains(&line.family));
        let taken = families(&other.lines);
        self.lines.retain(|line| !taken.contains(&line.family));
        self.lines.extend(other.lines);
        self
    }

    /// Without the families that begin so.
    pub(super) fn without(mut self, beginning: &str) -> Self {
        self.lines.retain(|line| !line.family.starts_with(beginning));
        self
    }

    /// The text with every counter `factor` times as high.
    pub(super) fn scaled(&self, factor: f64) -> String {
        let value = |line: &Line| match line.motion {
            Motion::Gauge | Motion::Time => line.value,
            Motion::OfRounds | Motion::OfLookups => line.value * factor,
        };
        self.lines.iter().fold(String::new(), |mut text, line| {
            writeln!(text, "{} {}", line.series, value(line)).unwrap();
            text
        })
    }

    /// Adds what a scrape of `instance` at `time` finds.
    fn sample(&self, (instance, time): (&str, u64), text: &mut String) {
        let begin = END - REPLAYED;
        let round = (time - begin) / ROUND;
        let scrape = (time - begin) / SCRAPE;
        for line in &self.lines {
            let value = match line.motion {
                Motion::Gauge => line.value,
                Motion::Time => (begin + round * ROUND) as f64 - 60.0,
                Motion::OfRounds => line.value * (round + 1) as f64,
                Motion::OfLookups => line.value * (scrape + 1) as f64,
            };
            let (name, labels) = line.series.split_once('{').unwrap_or((&line.series, "}"));
            let comma = if labels == "}" { "" } else { "," };
            writeln!(text, "{name}{{job=\"skewwatch\",instance=\"{instance}\"{comma}{labels} {value} {time}").unwrap();
        }
        for (name, value) in [("up", 1), ("scrape_samples_post_metric_relabeling", self.lines.len())] {
            writeln!(text, "{name}{{job=\"skewwatch\",instance=\"{instance}\"}} {value} {time}").unwrap();
        }
    }
}

#[test]
fn hours_of_rounds_give_every_panel_an_unbroken_picture() {
    let place = tempfile::tempdir().unwrap();
    let all = Exposition::read("tests/fixtures/serve/metrics.prom")
        .and(Exposition::read("tests/fixtures/dashboards/contract.prom"))
        .and(Exposition::read("tests/fixtures/dashboards/lags.prom"));
    let mut samples = String::new();
    for time in (END - REPLAYED..=END).step_by(SCRAPE as usize) {
        // Two replicas, as a join without an aggregation would not survive.
        ["a", "b"].into_iter().for_each(|instance| all.sample((instance, time), &mut samples));
    }
    samples.push_str("# EOF\n");
    std::fs::write(place.path().join("samples"), samples).unwrap();
    run("promtool", &["tsdb", "create-blocks-from", "openmetrics", "--quiet", "samples", "data"], place.path());
    std::fs::write(place.path().join("prometheus.yml"), "global: { scrape_interval: 15s }\n").unwrap();
    let prometheus = Prometheus::start(place.path());
    let range = Range { start: END - SHOWN, end: END, step: STEP };
    let points = (SHOWN / STEP + 1) as usize;
    let queries: Vec<Asked> = boards().iter().flat_map(Board::queries).collect();
    let told: Vec<Value> = queries
        .iter()
        .map(|asked| {
            let view = if asked.place.starts_with("feature-view") { "user_features" } else { ".+" };
            prometheus.answer(&filled(&asked.expression, (view, "15m")), asked.is_now, range)
        })
        .collect();
    if let Some(path) = std::env::var_os("SKEWWATCH_ANSWERS") {
        let named = queries.iter().zip(&told).map(|(asked, result)| json!({ "place": asked.place, "result": result }));
        let answers = json!({ "start": range.start, "end": range.end, "answers": named.collect::<Vec<_>>() });
        std::fs::write(path, answers.to_string()).unwrap();
    }
    let answers: Vec<(&Asked, Vec<Series>)> = queries
        .iter()
        .zip(&told)
        .map(|(asked, result)| (asked, list(result).iter().map(Series::read).collect()))
        .collect();
    let complaints: Vec<String> =
        answers.iter().filter_map(|(asked, answer)| wrong(asked, answer, Some(points))).collect();
    assert_eq!(complaints, [""; 0]);
}
