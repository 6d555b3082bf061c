//! How long a scrape waits while rounds run, at the size of a large store.
//!
//! Forty views of fifty features each, read from one Redis of its own and one snapshot. The service is the program itself,
//! `skewwatch serve`, with a history; rounds of all views are due every minute. `/metrics` is asked for ten times a second
//! until every view has had so many rounds, and each answer is timed from connecting to its last byte. Some values are
//! skewed, so that findings wait and fire as they would.
//!
//! Arguments: the number of keys in a sample and of rounds, as in `cargo bench --bench serve -- 10000 3`.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "made-up numbers are small"
)]

#[path = "support/machine.rs"]
mod machine;
#[path = "support/server.rs"]
#[expect(dead_code, reason = "this benchmark reaches the server by a configuration")]
mod server;

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use polars::prelude::{Column, DataFrame, DataType, NamedFrom as _, ParquetWriter, Series, TimeUnit, TimeZone};
use skewwatch::model::time::{Clock, Timestamp};

use server::RedisServer;

/// Views.
const VIEWS: u32 = 40;
/// Features of each: numbers, whole numbers and texts.
const FEATURES: [(&str, &str, u32); 3] =
    [("amount", "float64", 20), ("count", "int64", 20), ("category", "string", 10)];
/// Keys in a sample, unless an argument says otherwise.
const KEYS: u32 = 10_000;
/// Rounds of every view, unless an argument says otherwise.
const ROUNDS: f64 = 3.0;
/// Time between two scrapes.
const PAUSE: Duration = Duration::from_millis(100);
/// Longest run.
const PATIENCE: Duration = Duration::from_secs(1800);
/// Aim: longest scrape.
const AIM: Duration = Duration::from_millis(50);
/// One in so many entities has other values online.
const SKEWED: u32 = 150;

fn main() -> anyhow::Result<()> {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<f64>().ok());
    let (keys, rounds) = (numbers.next().map_or(KEYS, |keys| keys as u32), numbers.next().unwrap_or(ROUNDS));
    let mut out = std::io::stdout();
    writeln!(out, "{}", machine::facts())?;
    let folder = tempfile::tempdir()?;
    let redis = RedisServer::start()?;
    let event = Timestamp::from_nanos(Clock::System.now().nanos() / 1_000_000_000 * 1_000_000_000).minus(HOUR);
    write_snapshot(&folder.path().join("rows.parquet"), (keys, event))?;
    fill(&redis, (keys, event))?;
    std::fs::write(folder.path().join("skewwatch.yaml"), configuration(redis.port(), keys))?;
    let service = Service::start(folder.path())?;
    let begun = Instant::now();
    let mut scrapes = Vec::new();
    let text = loop {
        let asked = Instant::now();
        let text = service.metrics()?;
        scrapes.push(asked.elapsed());
        let least = of_views(&text, "rounds_total", "complete").into_iter().fold(f64::INFINITY, f64::min);
        if least >= rounds {
            break text;
        }
        anyhow::ensure!(begun.elapsed() < PATIENCE, "after {PATIENCE:?} a view had {least} rounds:\n{text}");
        std::thread::park_timeout(PAUSE);
    };
    scrapes.sort();
    let at = |share: f64| scrapes[((scrapes.len() - 1) as f64 * share) as usize].as_secs_f64() * 1000.0;
    let series = text.lines().filter(|line| !line.starts_with('#')).count();
    let firing = lines(&text, "finding_state").filter(|value| *value > 0.0).count();
    let mut durations: Vec<f64> = lines(&text, "round_duration_seconds").collect();
    durations.sort_by(f64::total_cmp);
    let features: u32 = VIEWS * FEATURES.iter().map(|(_, _, count)| count).sum::<u32>();
    let bounds = |figures: &[f64]| (figures.first().copied().unwrap_or(0.0), figures.last().copied().unwrap_or(0.0));
    let (shortest, longest) = bounds(&durations);
    writeln!(out, "{VIEWS} views, {features} features, {keys} keys a round, {} s", begun.elapsed().as_secs())?;
    let count = scrapes.len();
    writeln!(out, "scrape    p50 {:.1} ms, p99 {:.1} ms, max {:.1} ms, n = {count}", at(0.5), at(0.99), at(1.0))?;
    let median = machine::median(&durations).unwrap_or_default();
    writeln!(out, "round     min {shortest:.2} s, median {median:.2} s, max {longest:.2} s (the last of each view)")?;
    let dropped: f64 = lines(&text, "series_dropped_total").sum();
    writeln!(
        out,
        "series    {series} in {:.1} MB, dropped {dropped}, findings firing {firing}",
        text.len() as f64 / 1e6
    )?;
    writeln!(out, "memory    peak {:.0} MiB", service.peak()?)?;
    let skipped: f64 = lines(&text, "rounds_skipped_total").sum();
    let failed: f64 = of_views(&text, "rounds_total", "failed").into_iter().sum();
    writeln!(out, "rounds    skipped {skipped}, failed {failed}; load average at the end {}", machine::load())?;
    let verdict = if at(1.0) < AIM.as_secs_f64() * 1000.0 { "met" } else { "missed" };
    writeln!(out, "aim: every scrape under {AIM:?}: {verdict}")?;
    anyhow::ensure!(dropped == 0.0, "series were dropped");
    anyhow::ensure!(failed == 0.0, "rounds failed");
    anyhow::ensure!(verdict == "met", "the longest scrape took {:.1} ms", at(1.0));
    Ok(())
}

const HOUR: Duration = Duration::from_secs(3600);

fn names() -> impl Iterator<Item = (String, &'static str, u32)> {
    FEATURES
        .iter()
        .flat_map(|(name, kind, count)| (0..*count).map(move |number| (format!("{name}_{number:02}"), *kind, number)))
}

/// A number below 1,000 that follows from entity and feature.
fn whole(entity: u32, number: u32) -> u32 {
    entity.wrapping_mul(2_654_435_761).wrapping_add(number.wrapping_mul(40_503)) % 1000
}

fn write_snapshot(path: &Path, (entities, event): (u32, Timestamp)) -> anyhow::Result<()> {
    let ids: Vec<String> = (0..entities).map(|entity| format!("u{entity:06}")).collect();
    let times = Column::from(Series::new("event_timestamp".into(), vec![event.nanos() / 1000; ids.len()]));
    let times = times.cast(&DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)))?;
    let mut columns = vec![Column::from(Series::new("user_id".into(), ids)), times];
    for (name, kind, number) in names() {
        let values = (0..entities).map(|entity| whole(entity, number));
        columns.push(Column::from(match kind {
            "float64" => Series::new(name.into(), values.map(f64::from).collect::<Vec<_>>()),
            "int64" => Series::new(name.into(), values.map(i64::from).collect::<Vec<_>>()),
            _ => Series::new(name.into(), values.map(category).collect::<Vec<_>>()),
        }));
    }
    ParquetWriter::new(File::create(path)?).finish(&mut DataFrame::new_infer_height(columns)?)?;
    Ok(())
}

fn category(value: u32) -> String {
    format!("c{}", value % 12)
}

/// One hash an entity, which all views read.
fn fill(redis: &RedisServer, (entities, event): (u32, Timestamp)) -> anyhow::Result<()> {
    let mut connection = redis.connection()?;
    let all: Vec<u32> = (0..entities).collect();
    for part in all.chunks(500) {
        let mut pipeline = redis::pipe();
        for &entity in part {
            let command = pipeline.cmd("HSET").arg(format!("user:u{entity:06}"));
            command.arg("_ts").arg(event.nanos() / 1_000_000_000);
            for (name, kind, number) in names() {
                let value = whole(entity, number) + u32::from(entity % SKEWED == 0 && number % 5 == 0);
                let text = if kind == "string" { format!("\"{}\"", category(value)) } else { value.to_string() };
                command.arg(name).arg(text);
            }
            command.ignore();
        }
        pipeline.exec(&mut connection).context("could not fill the server")?;
    }
    Ok(())
}

fn configuration(port: u16, keys: u32) -> String {
    let mut text = format!(
        "online:\n  redis: {{ url: \"redis://127.0.0.1:{port}\" }}\n  layout: {{ key: \"user:{{entity}}\", timestamp_field: \
         _ts }}\nschedule: {{ sample: \"* * * * *\", jitter: 50% }}\nsample: {{ keys: {keys}, source: [offline, online] \
         }}\npublish: {{ metrics: \"127.0.0.1:0\", history: history.db }}\nfeature_views:\n"
    );
    let features: Vec<String> = names().map(|(name, kind, _)| format!("{name}: {kind}")).collect();
    for view in 0..VIEWS {
        let _ = writeln!(
            text,
            "  - {{ name: view_{view:02}, team: bench, join_keys: [user_id], snapshot: rows.parquet, event_timestamp: \
             event_timestamp, features: {{ {} }} }}",
            features.join(", ")
        );
    }
    text
}

/// The value of each series of a family.
fn lines<'a>(text: &'a str, family: &'a str) -> impl Iterator<Item = f64> + 'a {
    let of_family = move |line: &'a str| line.strip_prefix("skewwatch_")?.strip_prefix(family);
    let is_whole = |rest: &&str| rest.starts_with([' ', '{']);
    text.lines().filter_map(of_family).filter(is_whole).filter_map(|rest| rest.rsplit(' ').next()?.parse().ok())
}

/// Values of a family with a label of this value, view by view.
fn of_views(text: &str, family: &str, label: &str) -> Vec<f64> {
    let chosen: Vec<&str> = text.lines().filter(|line| line.contains(&format!("\"{label}\""))).collect();
    lines(&chosen.join("\n"), family).collect()
}

/// The program at work.
struct Service {
    child: Child,
    address: String,
}

impl Service {
    fn start(folder: &Path) -> anyhow::Result<Self> {
        let mut child = Command::new(env!("CARGO_BIN_EXE_skewwatch"))
            .arg("serve")
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(folder.join("log"))?)
            .spawn()?;
        let output = child.stdout.take().context("the service has a standard output")?;
        let mut service = Self { child, address: String::new() };
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().strip_prefix("serving on http://");
        service.address = address.context(std::fs::read_to_string(folder.join("log"))?)?.to_owned();
        Ok(service)
    }

    fn metrics(&self) -> anyhow::Result<String> {
        let mut stream = TcpStream::connect(&self.address)?;
        write!(stream, "GET /metrics HTTP/1.0\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("the answer has no end of its head")?;
        anyhow::ensure!(head.contains(" 200 "), "{head}");
        Ok(body.to_owned())
    }

    /// Peak of its memory in mebibytes.
    fn peak(&self) -> anyhow::Result<f64> {
        let path = format!("/proc/{}/status", self.child.id());
        let peak = machine::line_of(&path, "VmHWM").context("the system tells no peak of memory")?;
        Ok(peak.trim_end_matches(" kB").trim().parse::<f64>()? / 1024.0)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Fails only if it is gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
