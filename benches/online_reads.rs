//! How many entity keys a second the online store can be read for, against `redis-benchmark` on the same server.
//!
//! A server of its own is filled with rows in Feast's layout, in plain hashes and in plain texts. All keys are read the
//! way a round reads them; in turn with it, `redis-benchmark` asks random keys the same commands with 64 commands in a
//! pipeline. An argument gives the number of keys: `cargo bench --bench online_reads -- 50000`.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "made-up numbers are small"
)]

#[path = "support/machine.rs"]
mod machine;
#[path = "support/server.rs"]
mod server;
#[path = "support/shop.rs"]
mod shop;

use std::io::Write as _;
use std::process::Command;
use std::time::Instant;

use anyhow::Context as _;
use comfy_table::{CellAlignment, Table};
use skewwatch::model::entity::EntityKey;
use skewwatch::model::online::OnlineRow;
use skewwatch::model::time::Clock;
use skewwatch::model::view::FeatureView;
use skewwatch::store::online::{
    KeySerialization, OnlineSettings, OnlineStore, PlainEncoding, PlainLayout, PlainTimestamp, RedisLayout,
    TimestampFormat,
};

use server::RedisServer;
use shop::{DAYS, EVENT_TIMESTAMP, FEATURES};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Keys read, unless an argument says otherwise.
const KEYS: u32 = 200_000;
/// Repetitions; the middle one counts.
const REPETITIONS: usize = 7;
/// Commands that `redis-benchmark` sends each time.
const COMMANDS: u32 = 1_000_000;
/// Share of what `redis-benchmark` reaches that is aimed at, in percent.
const AIM: f64 = 60.0;

/// One way in which rows lie, and the commands that ask for them.
struct Case {
    name: &'static str,
    layout: RedisLayout,
    /// Commands to a key that are compared; reading may send others besides.
    commands: u32,
    /// The command of the other side, `__rand_int__` standing for a number of twelve digits.
    yardstick: Vec<String>,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let keys = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(KEYS);
    let mut out = std::io::stdout();
    writeln!(out, "{}", machine::facts())?;
    let server = RedisServer::start()?;
    let view = shop::view("");
    fill(&server, &view, keys)?;
    let asked: Vec<EntityKey> = (0..keys).map(shop::key).collect();
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::NOTHING);
    table.set_header(["layout", "keys/s", "commands/s", "redis-benchmark", "ratio", "from", "to"]);
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    for case in cases(&view) {
        let settings = server::settings(server.port(), case.layout.clone());
        let store = OnlineStore::connect(&OnlineSettings::Redis(Box::new(settings))).await?;
        read(&store, &view, &asked).await?;
        let (mut ours, mut theirs, mut ratios) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..REPETITIONS {
            let yardstick = benchmark(server.port(), &case.yardstick, keys)?;
            let reached = read(&store, &view, &asked).await?;
            ours.push(reached);
            theirs.push(yardstick);
            ratios.push(100.0 * reached * f64::from(case.commands) / yardstick);
        }
        let middle = |figures: &[f64]| machine::median(figures).unwrap_or_default();
        ratios.sort_by(f64::total_cmp);
        table.add_row([
            case.name.to_owned(),
            format!("{:.0}", middle(&ours)),
            format!("{:.0}", middle(&ours) * f64::from(case.commands)),
            format!("{:.0}", middle(&theirs)),
            format!("{:.0} %", middle(&ratios)),
            format!("{:.0} %", ratios[0]),
            format!("{:.0} %", ratios[ratios.len() - 1]),
        ]);
    }
    writeln!(out, "{keys} keys, {} features and a timestamp; middle of {REPETITIONS} runs in turn", FEATURES.len())?;
    writeln!(out, "{table}")?;
    writeln!(out, "aim: at least {AIM} %; load average at the end {}", machine::load())?;
    Ok(())
}

fn cases(view: &FeatureView) -> Vec<Case> {
    let plain = |key: &str, at: &str| {
        RedisLayout::Plain(PlainLayout {
            key: key.to_owned(),
            encoding: PlainEncoding::Text,
            timestamp: Some(PlainTimestamp { at: at.to_owned(), format: TimestampFormat::EpochMillis }),
        })
    };
    let hmget = |key: &str, fields: Vec<String>| {
        let mut command = vec!["HMGET".to_owned(), format!("{key}__rand_int__")];
        command.extend(fields);
        command
    };
    let named = FEATURES.iter().map(|(name, _)| (*name).to_owned()).chain([EVENT_TIMESTAMP.to_owned()]);
    vec![
        Case {
            name: "feast",
            layout: RedisLayout::Feast { keys: KeySerialization::V3 },
            commands: 1,
            yardstick: hmget(&twin_prefix(view), (0..=FEATURES.len()).map(twin_field).collect()),
        },
        Case {
            name: "plain, a hash per entity",
            layout: plain("user:{entity}", EVENT_TIMESTAMP),
            commands: 1,
            yardstick: hmget("user:", named.collect()),
        },
        Case {
            name: "plain, a text per feature",
            layout: plain("feat:{entity}:{feature}", "feat:{entity}:_ts"),
            commands: FEATURES.len() as u32 + 1,
            yardstick: vec!["GET".to_owned(), format!("feat:__rand_int__:{}", FEATURES[0].0)],
        },
    ]
}

/// Feast's keys and fields are binary, which `redis-benchmark` cannot send: it asks twins of the same hashes with names
/// of the same lengths.
fn twin_prefix(view: &FeatureView) -> String {
    "t".repeat(shop::feast_key(view, 0).len() - shop::user_id(0).len())
}

fn twin_field(place: usize) -> String {
    if place == FEATURES.len() { format!("_ts:{}", shop::VIEW) } else { format!("f{place:03}") }
}

fn fill(server: &RedisServer, view: &FeatureView, keys: u32) -> anyhow::Result<()> {
    let mut connection = server.connection()?;
    let twin = twin_prefix(view);
    for first in (0..keys).step_by(1000) {
        let mut pipeline = redis::pipe();
        for entity in first..keys.min(first + 1000) {
            let row = shop::row(entity, DAYS - 1);
            let id = shop::user_id(entity);
            let fields = row.feast_fields()?;
            pipeline.cmd("HSET").arg(shop::feast_key(view, entity)).arg(&fields).ignore();
            let twins: Vec<_> =
                fields.iter().enumerate().map(|(place, (_, value))| (twin_field(place), value)).collect();
            pipeline.cmd("HSET").arg(format!("{twin}{id}")).arg(&twins).ignore();
            let millis = (row.event_micros / 1000).to_string();
            let mut texts: Vec<(&str, String)> = vec![(EVENT_TIMESTAMP, millis.clone())];
            texts.extend(FEATURES.iter().zip(row.served()).map(|((name, _), value)| (*name, text(&value))));
            pipeline.cmd("HSET").arg(format!("user:{id}")).arg(&texts).ignore();
            for (name, text) in &texts[1..] {
                pipeline.cmd("SET").arg(format!("feat:{id}:{name}")).arg(text).ignore();
            }
            pipeline.cmd("SET").arg(format!("feat:{id}:_ts")).arg(millis).ignore();
        }
        pipeline.exec(&mut connection).context("could not fill the server")?;
    }
    Ok(())
}

fn text(value: &skewwatch::model::value::Value) -> String {
    match value {
        skewwatch::model::value::Value::String(text) => text.to_string(),
        other => other.to_string(),
    }
}

/// Reads all keys as a round does; gives keys a second.
async fn read(store: &OnlineStore, view: &FeatureView, keys: &[EntityKey]) -> anyhow::Result<f64> {
    let started = Instant::now();
    let readings = store.read(view, keys, Clock::System).await;
    let took = started.elapsed().as_secs_f64();
    let whole = readings.iter().filter(|reading| match &reading.row {
        Ok(OnlineRow::Found(row)) => {
            row.cells.iter().all(|cell| matches!(cell, skewwatch::model::online::OnlineCell::Value(_)))
        }
        Ok(OnlineRow::Absent) | Err(_) => false,
    });
    let whole = whole.count();
    anyhow::ensure!(whole == keys.len(), "{whole} of {} rows were read whole", keys.len());
    Ok(keys.len() as f64 / took)
}

/// Lets `redis-benchmark` send `command` for random ones of `keys` keys; gives commands a second.
fn benchmark(port: u16, command: &[String], keys: u32) -> anyhow::Result<f64> {
    let output = Command::new("redis-benchmark")
        .args(["-p", &port.to_string(), "-P", "64", "-n", &COMMANDS.to_string(), "-r", &keys.to_string(), "--csv"])
        .args(command)
        .output()
        .context("could not run `redis-benchmark`: is it installed?")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let rate = text.lines().next_back().and_then(|line| line.split("\",\"").nth(1)?.parse().ok());
    rate.with_context(|| format!("`redis-benchmark` printed no rate: {text}"))
}
