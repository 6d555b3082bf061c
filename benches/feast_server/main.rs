//! Requests a second and p99 of `skewwatch lookup` against Feast's own feature server, on the same rows in the same Redis.
//!
//! Each server is asked in turn, for one entity and for a hundred in a request, five features each. How many requests a
//! second it can answer is measured with a fixed number of connections that each send the next request when they have the
//! answer; its response times then with requests that are due at a fixed rate, half of what it can answer, whatever became
//! of those before. Every value is checked. The generator and the servers share the machine.
//!
//! Arguments: the number of entities and the seconds of each measurement, as in
//! `cargo bench --bench feast_server -- 100000 5`.

#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "rates and counts are small"
)]

#[path = "../support/feast_server.rs"]
mod feast_server;
#[path = "../support/machine.rs"]
mod machine;
#[path = "../support/server.rs"]
#[expect(dead_code, reason = "this benchmark reaches the server by a configuration")]
mod server;

mod ours;

use std::io::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use comfy_table::{CellAlignment, Table};
use futures_util::future::try_join_all;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use skewwatch::bench::arrivals::Arrivals;
use skewwatch::bench::block::Block;
use skewwatch::bench::data::{Layout, Rows};
use skewwatch::bench::latency::Latencies;
use skewwatch::bench::load::{IsCluster, Writer, load};
use skewwatch::bench::popularity::Zipf;
use skewwatch::bench::run::{RunSettings, run};
use skewwatch::bench::target::{Asked, Cell, Entities, Http, HttpSettings, Reply as _, Target as _, TargetSettings};
use skewwatch::bench::truth;
use skewwatch::bench::verify::Verify;
use skewwatch::bench::worker::Pause;
use skewwatch::lookup::LookupSettings;

use feast_server::{FEATURES, FeastStore};
use ours::Service;
use server::RedisServer;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Entities, unless an argument says otherwise.
const ENTITIES: u32 = 100_000;
/// Seconds of each measurement, unless an argument says otherwise.
const SECONDS: u32 = 5;
/// Repetitions; the middle one counts.
const REPETITIONS: usize = 3;
/// Connections that are kept busy.
const CONNECTIONS: usize = 32;
/// Seconds before each measurement.
const WARMUP: Duration = Duration::from_secs(2);
/// Exponent of the law by which entities are chosen.
const EXPONENT: f64 = 0.99;
/// Longest time for an answer.
const DEADLINE: Duration = Duration::from_secs(30);
/// Entities in a request.
const BATCHES: [usize; 2] = [1, 100];
/// Aim: so many times as many requests a second as Feast's server.
const AIM: f64 = 20.0;

/// What was measured of a server, for one number of entities in a request.
struct Figures {
    /// Requests a second that it can answer.
    capacity: Vec<f64>,
    /// Service time of those requests.
    busy: Latencies,
    /// Response time at half of that.
    response: Latencies,
}

fn main() -> anyhow::Result<()> {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse::<u32>().ok());
    let (entities, seconds) = (numbers.next().unwrap_or(ENTITIES), numbers.next().unwrap_or(SECONDS));
    let mut out = std::io::stdout();
    writeln!(out, "{}", machine::facts())?;
    let redis = RedisServer::start()?;
    let address = format!("127.0.0.1:{}", redis.port());
    let rows = Rows::new(FEATURES, Layout::Feast)?;
    runtime()?.block_on(async {
        let mut writer = Writer::connect(&[format!("redis://{address}")], IsCluster::No).await?;
        load(&rows, entities, &mut writer, &|_| {}).await
    })?;
    let workers = std::thread::available_parallelism()?.get();
    let store = FeastStore::apply(&address)?;
    let feast = store.serve(workers)?;
    let with_l1 = Service::start(store.folder(), "256MiB")?;
    let without_l1 = Service::start(store.folder(), "none")?;
    let servers = [
        (format!("Feast, {workers} workers"), feast.address()),
        ("skewwatch".to_owned(), with_l1.address().to_owned()),
        ("skewwatch without L1".to_owned(), without_l1.address().to_owned()),
    ];
    let popularity = Arc::new(Zipf::new(entities, EXPONENT).context("there must be entities")?);
    let mut ratios = Vec::new();
    for batch in BATCHES {
        let mut table = Table::new();
        table.load_preset(comfy_table::presets::NOTHING);
        table.set_header([
            "server",
            "requests/s",
            "from",
            "to",
            "p50 busy",
            "p99 busy",
            "p50 at half",
            "p99 at half",
            "ratio",
        ]);
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let mut figures: Vec<Figures> = servers.iter().map(|_| Figures::default()).collect();
        for repetition in 0..REPETITIONS {
            for ((_, address), figures) in servers.iter().zip(&mut figures) {
                let asked = Busy { address, batch, seconds, seed: repetition as u64, popularity: &popularity };
                let (capacity, busy) = runtime()?.block_on(asked.measure(&rows))?;
                figures.capacity.push(capacity);
                figures.busy.merge(&busy);
            }
        }
        for ((_, address), figures) in servers.iter().zip(&mut figures) {
            let rate = machine::median(&figures.capacity).unwrap_or_default() / 2.0;
            figures.response = at_rate(address, (batch, entities), (rate, seconds))?;
        }
        let of_feast = figures.first().and_then(|figures| machine::median(&figures.capacity)).context("no figure")?;
        for ((name, _), figures) in servers.iter().zip(&figures) {
            let middle = machine::median(&figures.capacity).unwrap_or_default();
            let least = figures.capacity.iter().copied().fold(f64::INFINITY, f64::min);
            let most = figures.capacity.iter().copied().fold(0.0, f64::max);
            let ratio = middle / of_feast;
            if name == "skewwatch" {
                ratios.push((batch, ratio));
            }
            let times = [&figures.busy, &figures.response];
            let times = times.into_iter().flat_map(|latencies| [0.5, 0.99].map(|share| millis(latencies, share)));
            let rates = [middle, least, most].map(|rate| format!("{rate:.0}"));
            let cells = std::iter::once(name.clone()).chain(rates).chain(times);
            table.add_row(cells.chain([format!("{ratio:.1}")]));
        }
        let plural = if batch == 1 { "entity" } else { "entities" };
        writeln!(out, "\n{batch} {plural} in a request; middle of {REPETITIONS} times {seconds} s in turn\n{table}")?;
    }
    writeln!(out, "\nload average at the end {}", machine::load())?;
    for (batch, ratio) in &ratios {
        let verdict = if *ratio >= AIM { "met" } else { "missed" };
        writeln!(out, "aim: {AIM} times the requests/s of Feast's server at {batch}: {ratio:.1}, {verdict}")?;
    }
    anyhow::ensure!(ratios.iter().all(|(_, ratio)| *ratio >= AIM), "the aim was missed");
    Ok(())
}

impl Default for Figures {
    fn default() -> Self {
        Self { capacity: Vec::new(), busy: Latencies::new(), response: Latencies::new() }
    }
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

fn millis(latencies: &Latencies, share: f64) -> String {
    latencies.quantile(share).map_or("–".to_owned(), |time| format!("{:.2} ms", time.as_secs_f64() * 1e3))
}

/// A server that is kept busy.
struct Busy<'a> {
    address: &'a str,
    batch: usize,
    seconds: u32,
    seed: u64,
    popularity: &'a Zipf,
}

impl Busy<'_> {
    /// Requests a second, and the time of each.
    async fn measure(&self, rows: &Rows) -> anyhow::Result<(f64, Latencies)> {
        let settings = HttpSettings { address: self.address.parse()?, connections: CONNECTIONS };
        let target = Http::new(&settings, rows, DEADLINE)?;
        target.probe(rows).await?;
        let from = Instant::now() + WARMUP;
        let until = from + Duration::from_secs(self.seconds.into());
        let clients = (0..CONNECTIONS as u64).map(|number| self.client(&target, number, (from, until)));
        let mut all = Latencies::new();
        for of_client in try_join_all(clients).await? {
            all.merge(&of_client);
        }
        Ok((all.count() as f64 / f64::from(self.seconds), all))
    }

    /// Sends a request after the other; those that end between `from` and `until` count.
    async fn client(&self, target: &Http, number: u64, (from, until): (Instant, Instant)) -> anyhow::Result<Latencies> {
        let mut random = StdRng::seed_from_u64(self.seed << 32 | number);
        let mut latencies = Latencies::new();
        loop {
            let entities = Entities::draw(self.batch, || self.popularity.draw(&mut random));
            let sent = Instant::now();
            let mut reply = match target.ask(entities.clone()) {
                Asked::Now(reply) => reply,
                Asked::Later(later) => later.await,
            };
            let ended = Instant::now();
            if ended >= until {
                return Ok(latencies);
            }
            reply.open();
            if let Some(failure) = reply.failure() {
                anyhow::bail!("{}: {failure:?}", self.address);
            }
            for (position, entity) in entities.iter().enumerate() {
                let is_right = reply.cells(position).zip(0..).all(|(cell, feature)| match cell {
                    Cell::Number(value) => truth::value(*entity, feature, 0) == value,
                    Cell::Other | Cell::Absent | Cell::Failed => false,
                });
                let found: Vec<Cell> = reply.cells(position).collect();
                anyhow::ensure!(is_right, "{} answered for entity {entity}: {found:?}", self.address);
            }
            if ended >= from {
                latencies.record(u64::try_from((ended - sent).as_nanos())?);
            }
        }
    }
}

/// Response times, from when each request was due, of requests at a fixed rate.
fn at_rate(address: &str, (batch, entities): (usize, u32), (rate, seconds): (f64, u32)) -> anyhow::Result<Latencies> {
    let connections = CONNECTIONS;
    let settings = RunSettings {
        target: TargetSettings::Http(HttpSettings { address: address.parse()?, connections }),
        redis: None,
        layout: Layout::Feast,
        entities,
        features: FEATURES,
        exponent: EXPONENT,
        rate: (rate as u64).max(1),
        batch,
        arrivals: Arrivals::Constant,
        warmup: WARMUP,
        seconds: seconds as usize,
        threads: 1,
        pause: Pause::Sleep,
        lookup: LookupSettings { deadline: DEADLINE, ..LookupSettings::default() },
        allowed_age: Duration::ZERO,
        verify: Verify::Answers,
        writes: None,
        seed: 1,
        listener: None,
    };
    let run = run(&settings)?;
    let mut whole = Block::default();
    run.blocks.iter().for_each(|block| whole.merge(block));
    anyhow::ensure!(whole.faults.all() == 0, "{address} answered wrongly");
    Ok(whole.response)
}
