//! What a round over a long history takes, against what Polars takes to read the same columns.
//!
//! The snapshots hold ten daily versions of a million entities; the online store, a Redis of its own, holds the rows of
//! 100,000 of them, some stale, some skewed, some missing. A round over those keys and a plain reading of the same
//! columns with Polars' eager reader, file by file, run in turn, each in a process of its own, so that a process's peak
//! of memory is that of its work. The round's verdicts are held against what was written.
//!
//! Arguments: the number of entities and of keys, as in `cargo bench --bench round -- 1000000 100000`.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "made-up numbers are small"
)]

#[path = "support/machine.rs"]
mod machine;
#[path = "support/process.rs"]
mod process;
#[path = "support/server.rs"]
mod server;
#[path = "support/shop.rs"]
mod shop;
#[path = "support/snapshots.rs"]
mod snapshots;

use std::fs::File;
use std::io::Write as _;
use std::path::Path;

use anyhow::Context as _;
use comfy_table::{CellAlignment, Table};
use polars::prelude::{ParquetReader, SerReader as _};
use skewwatch::config::{Plan, PublishSettings, ServedPlan, ServingSettings, service_from_text};
use skewwatch::judge::CheckBook;
use skewwatch::model::check::{CheckRules, DriftStatistic, Limits};
use skewwatch::model::choice::{KeyChoice, KeyCollector};
use skewwatch::model::measurement::RoundReport;
use skewwatch::model::ratio::Ratio;
use skewwatch::model::time::Timestamp;
use skewwatch::model::verdict::Verdict;
use skewwatch::run::{RoundOptions, round};
use skewwatch::sample::{Cache, KeySource, SampleSettings};
use skewwatch::store::online::{KeySerialization, OnlineSettings, RedisLayout};
use skewwatch::store::snapshot::SnapshotSettings;

use process::{Cost, in_own_process, middle, print_cost};
use server::RedisServer;
use shop::{DAY, DAYS, EVENT_TIMESTAMP, FEATURES, FIRST_DAY};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Entities, unless an argument says otherwise.
const ENTITIES: u32 = 1_000_000;
/// Keys in the sample, unless an argument says otherwise.
const KEYS: u32 = 100_000;
/// Repetitions; the middle one counts.
const REPETITIONS: usize = 5;
/// Seed of the choice of keys.
const SEED: u64 = 7;
/// Aims: times as long as Polars, and mebibytes.
const AIMS: (f64, f64) = (3.0, 1024.0);

/// What became of an entity's online row after the batch wrote it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Fresh,
    /// The version of the day before.
    Stale,
    /// One more order than there was.
    Skewed,
    Missing,
}

impl Fate {
    fn of(entity: u32) -> Self {
        match shop::mixed(u64::from(entity)) % 1000 {
            0..10 => Self::Stale,
            10..15 => Self::Skewed,
            15..20 => Self::Missing,
            _ => Self::Fresh,
        }
    }
}

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().skip(1).map(String::as_str).collect::<Vec<_>>()[..] {
        ["round", folder, port, keys] => print_cost(|| run_round(folder, port.parse()?, keys.parse()?)),
        ["polars", folder] => print_cost(|| read_with_polars(Path::new(folder))),
        _ => {
            let mut numbers = arguments.iter().filter_map(|argument| argument.parse().ok());
            compare(numbers.next().unwrap_or(ENTITIES), numbers.next().unwrap_or(KEYS))
        }
    }
}

fn compare(entities: u32, keys: u32) -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "{}", machine::facts())?;
    let folder = snapshots::folder(entities)?;
    let server = RedisServer::start()?;
    let fates = fill(&server, entities, keys)?;
    let folder = folder.to_str().context("the path of the snapshots is no text")?;
    let (port, asked) = (server.port().to_string(), keys.to_string());
    let round = ["round", folder, &port, &asked];
    let polars = ["polars", folder];
    // The first reading brings the files into memory, for both.
    in_own_process(&polars)?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..REPETITIONS {
        theirs.push(in_own_process(&polars)?.0);
        let (cost, verdicts) = in_own_process(&round)?;
        anyhow::ensure!(
            verdicts == expected(&fates),
            "the round found {verdicts}, and {} was written",
            expected(&fates)
        );
        ours.push(cost);
    }
    let (ours, theirs) = (middle(&ours), middle(&theirs));
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(["", "seconds", "processor seconds", "peak MiB"]);
    for (name, cost) in [("polars, columns only", &theirs), ("whole round", &ours)] {
        table.add_row([
            name.to_owned(),
            format!("{:.2}", cost.seconds),
            format!("{:.2}", cost.processor),
            format!("{:.0}", cost.mebibytes),
        ]);
    }
    let ratio = |of: fn(&Cost) -> f64| format!("{:.2}", of(&ours) / of(&theirs));
    table.add_row([
        "ratio".to_owned(),
        ratio(|cost| cost.seconds),
        ratio(|cost| cost.processor),
        ratio(|cost| cost.mebibytes),
    ]);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let rows = u64::from(entities) * u64::from(DAYS);
    writeln!(out, "{keys} keys, {} features, {rows} rows; middle of {REPETITIONS} runs in turn", FEATURES.len())?;
    writeln!(out, "{table}")?;
    let (times, mebibytes) = AIMS;
    writeln!(out, "aims: under {times} times, under {mebibytes} MiB; load average at the end {}", machine::load())?;
    Ok(())
}

fn read_with_polars(folder: &Path) -> anyhow::Result<String> {
    let mut columns = vec!["user_id".to_owned(), EVENT_TIMESTAMP.to_owned(), "created".to_owned()];
    columns.extend(FEATURES.iter().map(|(name, _)| (*name).to_owned()));
    let mut rows = 0;
    for path in snapshots::files(folder) {
        rows += ParquetReader::new(File::open(path)?).with_columns(Some(columns.clone())).finish()?.height();
    }
    Ok(format!("{rows} rows"))
}

fn run_round(folder: &str, port: u16, keys: usize) -> anyhow::Result<String> {
    let layout = RedisLayout::Feast { keys: KeySerialization::V3 };
    let plan = Plan {
        views: vec![shop::view(folder)],
        not_watched: Vec::new(),
        services: Vec::new(),
        online: OnlineSettings::Redis(Box::new(server::settings(port, layout))),
        snapshots: SnapshotSettings::default(),
        sample: SampleSettings {
            keys,
            sources: vec![KeySource::Offline, KeySource::Online],
            rotating: Ratio::new(0.0).context("nothing is a share")?,
            seed: SEED,
            cache: Cache::Off,
        },
        checks: checks(),
        profiles: None,
        service: service_from_text("", Path::new(""), &[], &|_| None)?,
        publish: PublishSettings::default(),
        serving: ServingSettings::default(),
        served: ServedPlan::default(),
    };
    // The last rows are written an hour after midnight.
    let morning_after = Timestamp::from_nanos((FIRST_DAY + i64::from(DAYS) * DAY + DAY / 8) * 1000);
    let options = RoundOptions { as_of: Some(morning_after), progress: &|_| () };
    let report = tokio::runtime::Runtime::new()?.block_on(round(&plan, options));
    verdicts(&report)
}

fn checks() -> CheckBook {
    let limits = |warning| Limits { warning: Some(warning), critical: None, minimum_n: 100 };
    let defaults = CheckRules {
        freshness_objective: None,
        snapshot_max_age: None,
        freshness: limits(0.01),
        coverage: limits(0.99),
        comparable: limits(0.2),
        skew: limits(0.005),
        phantom: limits(0.01),
        missing_offline: limits(0.01),
        undecodable: limits(0.01),
        in_flight: limits(0.01),
        serving: limits(0.01),
        drift: vec![(DriftStatistic::Psi, limits(0.2)), (DriftStatistic::Ks, limits(0.1))],
    };
    CheckBook { defaults, overrides: Vec::new() }
}

/// The counts of the verdicts of all cells, as text.
fn verdicts(report: &RoundReport) -> anyhow::Result<String> {
    if let Some(failure) = report.failures.first() {
        anyhow::bail!("{}", failure.message);
    }
    let view = report.views.first().context("the round measured no view")?;
    let count = |verdict| view.features.values().map(|feature| feature.verdicts.count(verdict)).sum::<u64>();
    let counts = [Verdict::Consistent, Verdict::Stale, Verdict::Skewed, Verdict::MissingOnline].map(count);
    let all: u64 = Verdict::ALL.into_iter().map(count).sum();
    Ok(format!("{counts:?} of {all}"))
}

fn expected(fates: &[Fate]) -> String {
    let features = FEATURES.len() as u64;
    let number = |wanted: Fate| fates.iter().filter(|fate| **fate == wanted).count() as u64;
    let (fresh, skewed) = (number(Fate::Fresh), number(Fate::Skewed));
    let counts = [
        features * fresh + (features - 1) * skewed,
        features * number(Fate::Stale),
        skewed,
        features * number(Fate::Missing),
    ];
    format!("{counts:?} of {}", features * fates.len() as u64)
}

/// Writes the online rows of the keys that the round will choose; gives the fates of all those chosen.
fn fill(server: &RedisServer, entities: u32, keys: u32) -> anyhow::Result<Vec<Fate>> {
    let choice = KeyChoice { stable_seed: SEED, stable: keys as usize, rotating_seed: 0, rotating: 0 };
    let mut collector = KeyCollector::new(choice);
    (0..entities).for_each(|entity| collector.offer(&shop::key(entity)));
    let chosen: Vec<u32> = collector.into_keys().iter().filter_map(|key| key.to_string().parse().ok()).collect();
    let view = shop::view("");
    let mut connection = server.connection()?;
    for part in chosen.chunks(1000) {
        let mut pipeline = redis::pipe();
        for &entity in part {
            let mut row = match Fate::of(entity) {
                Fate::Fresh | Fate::Skewed => shop::row(entity, DAYS - 1),
                Fate::Stale => shop::row(entity, DAYS - 2),
                Fate::Missing => continue,
            };
            row.orders += i64::from(Fate::of(entity) == Fate::Skewed);
            pipeline.cmd("HSET").arg(shop::feast_key(&view, entity)).arg(row.feast_fields()?).ignore();
        }
        pipeline.exec(&mut connection).context("could not fill the server")?;
    }
    Ok(chosen.into_iter().map(Fate::of).collect())
}
