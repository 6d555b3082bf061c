//! What a lookup costs: from memory, in time and allocations, and from Redis, in CPU.
//!
//! A server of its own holds rows of five features in each layout. The hit path is one thread that looks up entities that
//! are all in L1 and reads all five values of each answer; its time is what the system says the thread was running, so that
//! waiting for a core that others use is not in it. The miss path keeps so many lookups under way over one
//! connection, with L1 switched off; its cost is the CPU time of this process, the server's apart. It fails where a hit
//! takes longer than aimed at or allocates anything. An argument gives the number of entities:
//! `cargo bench --bench lookup -- 20000`.

#![expect(clippy::cast_precision_loss, reason = "made-up numbers are small")]

#[path = "support/machine.rs"]
mod machine;
#[path = "support/server.rs"]
mod server;

use std::hint::black_box;
use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use comfy_table::Table;
use futures_util::StreamExt as _;
use skewwatch::bench::data::{Layout, Rows};
use skewwatch::bench::load::{IsCluster, Writer, load};
use skewwatch::lookup::{FeatureLookup, L1Settings, LookupSettings, Selection};
use skewwatch::model::entity::EntityKey;
use skewwatch::store::online::{OnlineSettings, OnlineStore, RedisSettings};

use tokio::runtime::Runtime;

use server::RedisServer;

/// Entities, unless an argument says otherwise.
const ENTITIES: u32 = 20_000;
/// Features of a row.
const FEATURES: u32 = 5;
/// Repetitions; the middle one counts.
const REPETITIONS: usize = 9;
/// Lookups under way at once on the miss path.
const UNDER_WAY: usize = 256;
/// Aim: longest time of a hit.
const AIM: Duration = Duration::from_nanos(300);

fn main() -> anyhow::Result<()> {
    let entities = std::env::args().find_map(|argument| argument.parse().ok()).unwrap_or(ENTITIES);
    let mut out = std::io::stdout();
    writeln!(out, "{}", machine::facts())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut table = Table::new();
    table.load_preset(comfy_table::presets::ASCII_MARKDOWN).set_header([
        "layout",
        "hit",
        "allocations a hit",
        "miss: CPU",
        "allocations a miss",
        "misses/s",
    ]);
    let mut slowest = (Duration::ZERO, 0);
    for (name, layout) in [
        ("Feast hash", Layout::Feast),
        ("hash", Layout::Hash),
        ("texts", Layout::Strings),
        ("texts, some keys expire", Layout::Strings),
    ] {
        let server = RedisServer::start()?;
        let expires = name.ends_with("expire");
        let measured = measure(&runtime, &server, layout, (entities, expires))?;
        slowest = slowest.max((measured.hit, measured.allocations_hit));
        table.add_row([
            name.to_owned(),
            format!("{} ns", measured.hit.as_nanos()),
            measured.allocations_hit.to_string(),
            format!("{:.2} µs", measured.miss.as_secs_f64() * 1e6),
            format!("{:.1}", measured.allocations_miss),
            format!("{:.0}", measured.misses_a_second),
        ]);
    }
    writeln!(out, "{table}")?;
    let (hit, allocations) = slowest;
    anyhow::ensure!(allocations == 0, "a hit allocates {allocations} times");
    anyhow::ensure!(hit <= AIM, "a hit takes {hit:?}; the aim is {AIM:?}");
    Ok(())
}

/// What lookups in one layout cost.
struct Measured {
    hit: Duration,
    allocations_hit: u64,
    miss: Duration,
    allocations_miss: f64,
    misses_a_second: f64,
}

fn measure(
    runtime: &Runtime,
    server: &RedisServer,
    layout: Layout,
    (entities, expires): (u32, bool),
) -> anyhow::Result<Measured> {
    let rows = Rows::new(FEATURES, layout)?;
    runtime.block_on(async {
        let mut writer = Writer::connect(&[format!("redis://127.0.0.1:{}/", server.port())], IsCluster::No).await?;
        load(&rows, entities, &mut writer, &|_| {}).await
    })?;
    if expires {
        let () = redis::cmd("SET").arg("other").arg(1).arg("EX").arg(3600).query(&mut server.connection()?)?;
    }
    let settings = server::settings(server.port(), layout.settings());
    let keys: Vec<EntityKey> = (0..entities).map(Rows::key).collect();
    let names = rows.names();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();

    let lookup = runtime.block_on(connect(&settings, &rows, 1 << 30))?;
    let selection = lookup.select(&names)?;
    runtime.block_on(look_up((&lookup, &selection), &keys))?;
    let mut times = Vec::new();
    let mut allocations = 0;
    for _ in 0..REPETITIONS {
        let used = on_cpu()?;
        let counted = allocation_counter::measure(|| {
            for key in &keys {
                if let Ok(answer) = lookup.recall(&selection, black_box(key)) {
                    answer.features().for_each(|feature| {
                        black_box(feature.value);
                    });
                }
            }
        });
        times.push((on_cpu()? - used) / entities);
        allocations = allocations.max(counted.count_total);
    }
    let hits = lookup.counts().hits;
    anyhow::ensure!(hits == u64::from(entities) * REPETITIONS as u64, "not every lookup was a hit, but {hits}");

    let lookup = runtime.block_on(connect(&settings, &rows, 0))?;
    let selection = lookup.select(&names)?;
    let (mut costs, mut walls) = (Vec::new(), Vec::new());
    for _ in 0..REPETITIONS {
        let (begun, used) = (Instant::now(), on_cpu()?);
        runtime.block_on(look_up((&lookup, &selection), &keys))?;
        costs.push((on_cpu()? - used) / entities);
        walls.push(begun.elapsed());
    }
    let mut result = Ok(());
    let counted = allocation_counter::measure(|| result = runtime.block_on(look_up((&lookup, &selection), &keys)));
    result?;
    Ok(Measured {
        hit: middle(&times)?,
        allocations_hit: allocations.div_ceil(u64::from(entities)),
        miss: middle(&costs)?,
        allocations_miss: counted.count_total as f64 / f64::from(entities),
        misses_a_second: f64::from(entities) / middle(&walls)?.as_secs_f64(),
    })
}

/// Looks all up, so many at once.
async fn look_up((lookup, selection): (&FeatureLookup, &Selection), keys: &[EntityKey]) -> anyhow::Result<()> {
    let mut under_way =
        futures_util::stream::iter(keys).map(|key| lookup.lookup(selection, key)).buffer_unordered(UNDER_WAY);
    while let Some(answer) = under_way.next().await {
        anyhow::ensure!(answer.is_complete(), "a row is missing");
    }
    Ok(())
}

fn middle(times: &[Duration]) -> anyhow::Result<Duration> {
    let seconds: Vec<f64> = times.iter().map(Duration::as_secs_f64).collect();
    machine::median(&seconds).map(Duration::from_secs_f64).context("nothing was measured")
}

async fn connect(settings: &RedisSettings, rows: &Rows, capacity: u64) -> anyhow::Result<FeatureLookup> {
    let store = OnlineStore::connect(&OnlineSettings::Redis(Box::new(settings.clone()))).await?;
    let usual = LookupSettings::default();
    let l1 = L1Settings { capacity, ttl: Duration::from_secs(3600), ..usual.l1 };
    let settings = LookupSettings { l1, deadline: Duration::from_secs(5), ..usual };
    Ok(FeatureLookup::new(Arc::new(store), std::slice::from_ref(rows.view()), &settings))
}

/// Time that this process's first thread, which does all of it, has been running (proc_pid_schedstat).
fn on_cpu() -> anyhow::Result<Duration> {
    let text = std::fs::read_to_string("/proc/self/schedstat").context("the system tells no processor time")?;
    let nanos = text.split_whitespace().next().context("the system tells no processor time")?.parse()?;
    Ok(Duration::from_nanos(nanos))
}
