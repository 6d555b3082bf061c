//! `skewwatch bench`: looks features up at a rate, checks every answer, and says whether a promise is kept.

mod live;
mod load;
mod merge;
mod output;
mod processes;
mod search;
mod summary;

use std::io::Write as _;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use live::Live;

use super::screen::Screen;
use crate::bench::arrivals::Arrivals;
use crate::bench::data::Layout;
use crate::bench::objective::Objective;
use crate::bench::popularity::Zipf;
use crate::bench::replay::calibrate;
use crate::bench::report::Report;
use crate::bench::report::conditions::{Conditions, Measured, Part, RedisBenchmark};
use crate::bench::report::machine::{Machine, Program, Store};
use crate::bench::run::{Run, RunError, RunSettings, run as run_once};
use crate::bench::search::Sweep;
use crate::bench::target::{HttpAddress, HttpAddressError, HttpSettings, TargetSettings};
use crate::bench::verify::Verify;
use crate::bench::worker::Pause;
use crate::bench::writer::WriteSettings;
use crate::bench::yardstick::{self, Asked};
use crate::lookup::{L1Settings, LookupSettings};
use crate::model::ratio::Ratio;
use crate::model::time::Clock;
use crate::store::online::{RedisLayout, RedisSettings, RedisTopology};

/// Arguments of `skewwatch bench`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    bench: Box<BenchArguments>,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Fill a Redis with the rows that the benchmark looks up.
    Load(load::Arguments),
    /// Put reports of several processes and machines together, and judge the whole.
    Merge(merge::Arguments),
}

/// Which Redis.
#[derive(Clone, Debug, Args)]
struct RedisArguments {
    /// `redis://host:port` of the server, or several of a cluster, separated by commas.
    #[arg(long, value_name = "URL[,URL…]", value_delimiter = ',')]
    redis: Vec<String>,
    /// How rows lie in the key space.
    #[arg(long, value_enum, default_value_t = Layout::Feast)]
    layout: Layout,
    /// Entities that the store holds.
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..))]
    entities: u32,
    /// Features of an entity.
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    features: u32,
}

#[derive(Debug, Args)]
struct BenchArguments {
    #[command(flatten)]
    redis: RedisArguments,
    /// Where requests go: through L1 to Redis (`l1+redis`), to Redis alone (`redis`), or to a feature server that answers
    /// `POST /get-online-features` as Feast's does (`http://host:port`).
    #[arg(long, value_name = "l1+redis|redis|http://…", default_value = "l1+redis")]
    target: TargetArgument,
    /// Entities in a request.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    batch: u32,
    /// Most connections to a feature server, of each thread.
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    connections: u32,
    /// Longest time for an answer.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..))]
    deadline: u64,
    /// Requests a second.
    #[arg(long, value_name = "N", default_value_t = 500_000, value_parser = clap::value_parser!(u64).range(1..))]
    rate: u64,
    /// How lookups are spread over time.
    #[arg(long, value_enum, default_value_t = ArrivalsArgument::Constant)]
    arrivals: ArrivalsArgument,
    /// Seconds that are measured.
    #[arg(long, value_name = "SECONDS", default_value_t = 30)]
    duration: usize,
    /// Seconds before, in which L1 fills.
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    warmup: u64,
    /// Exponent of Zipf's law, by which entities are chosen.
    #[arg(long, value_name = "S", default_value_t = 0.99)]
    zipf: f64,
    /// Bytes that L1 may hold; `auto` finds those that lead to the middle of the promised hit rate.
    #[arg(long, value_name = "BYTES|auto", default_value = "12000000")]
    l1_capacity: Capacity,
    /// Longest time that L1 serves a row after it was read.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 3_600_000, value_parser = clap::value_parser!(u64).range(1..))]
    l1_ttl: u64,
    /// By how much an answer may be older than the store before it counts as stale; without it L1's time to live where L1
    /// is asked, else 0. For a feature server with a cache of its own, or replicas.
    #[arg(long, value_name = "MILLISECONDS")]
    allowed_age: Option<u64>,
    /// Look at every row of the store before the run; every answer of the run is checked in any case.
    #[arg(long)]
    verify: bool,
    /// Rows a second that are written meanwhile, of which all are put back in the end.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    write_rate: Option<u64>,
    /// Exponent of Zipf's law, by which rows to write are chosen; 0 is evenly.
    #[arg(long, value_name = "S", default_value_t = 0.0, requires = "write_rate")]
    write_zipf: f64,
    /// Measure several rates, as `100000..800000/8`, ten seconds each, instead of one.
    #[arg(long, value_name = "FROM..TO[/STEPS]", conflicts_with = "find_max")]
    sweep: Option<Sweep>,
    /// Search for the highest rate that keeps the promise in three runs out of three, from `--rate` up or down.
    #[arg(long, requires = "slo")]
    find_max: bool,
    /// Threads that send. Where they leave a CPU free they do not sleep between requests.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=256))]
    threads: u64,
    /// What is promised, as `hit=0.71..0.75,p50=1.2ms,p99=4.8ms`.
    #[arg(long, value_name = "OBJECTIVE")]
    slo: Option<Objective>,
    /// Seed of all that is drawn.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Let `redis-benchmark` read the same store before the run, and print by how much it is faster or slower. It reads rows
    /// of its own, which are dropped afterwards.
    #[arg(long)]
    redis_benchmark: bool,
    #[command(flatten)]
    processes: processes::Processes,
    #[command(flatten)]
    output: output::Output,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum TargetArgument {
    /// L1 over Redis.
    L1Redis,
    /// Redis alone.
    Redis,
    /// A feature server.
    Http(HttpAddress),
}

impl std::str::FromStr for TargetArgument {
    type Err = HttpAddressError;

    fn from_str(text: &str) -> Result<Self, HttpAddressError> {
        match text {
            "l1+redis" => Ok(Self::L1Redis),
            "redis" => Ok(Self::Redis),
            address => address.parse().map(Self::Http),
        }
    }
}

/// How much L1 may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Capacity {
    Bytes(u64),
    Auto,
}

impl std::str::FromStr for Capacity {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, std::num::ParseIntError> {
        if text == "auto" { Ok(Self::Auto) } else { text.parse().map(Self::Bytes) }
    }
}

impl Capacity {
    /// Bytes; before calibration any that are not none.
    const fn bytes(self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes,
            Self::Auto => 1 << 20,
        }
    }
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum ArrivalsArgument {
    /// At even distances.
    Constant,
    /// Independently of each other.
    Poisson,
}

/// Runs the benchmark, or fills a store for it.
///
/// # Errors
/// When the store cannot be reached, or a thread breaks off.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments.command {
        Some(Command::Load(arguments)) => load::run(arguments).await,
        Some(Command::Merge(arguments)) => merge::run(arguments),
        None => {
            let bench = arguments.bench;
            bench.output.check()?;
            let mut settings = bench.processes.share(bench.settings())?;
            if bench.processes.is_part() {
                return bench.processes.take_part(settings, bench.slo.unwrap_or_default()).await;
            }
            if bench.l1_capacity == Capacity::Auto && bench.target == TargetArgument::L1Redis {
                settings = bench.calibrated(settings).await?;
            }
            let yardstick = bench.yardstick(&settings).await?;
            if bench.sweep.is_some() || bench.find_max {
                let objective = bench.slo.clone().unwrap_or_default();
                return search::run((settings, objective), bench.sweep, (&bench.output, yardstick)).await;
            }
            let mut report = if bench.processes.are_several() {
                bench.processes.run(&settings).await?
            } else {
                bench.measure(settings).await?
            };
            report.parts.iter_mut().take(1).for_each(|part| part.measured.redis_benchmark = yardstick);
            bench.output.write(&report)
        }
    }
}

impl RedisArguments {
    /// How the store is reached; `None` where nobody says.
    fn settings(&self) -> Option<RedisSettings> {
        let first = self.redis.first()?.trim_start_matches("redis://").trim_end_matches('/');
        let nodes: Vec<String> =
            self.redis.iter().map(|url| url.trim_start_matches("redis://").trim_end_matches('/').to_owned()).collect();
        let topology = if nodes.len() > 1 { RedisTopology::Cluster } else { RedisTopology::Single };
        let layout: RedisLayout = self.layout.settings();
        Some(RedisSettings { nodes, topology, ..RedisSettings::single(first, layout) })
    }
}

impl BenchArguments {
    fn settings(&self) -> RunSettings {
        let (target, capacity) = match &self.target {
            TargetArgument::L1Redis => (TargetSettings::Lookup, self.l1_capacity.bytes()),
            TargetArgument::Redis => (TargetSettings::Lookup, 0),
            TargetArgument::Http(address) => {
                let connections = self.connections as usize;
                (TargetSettings::Http(HttpSettings { address: address.clone(), connections }), 0)
            }
        };
        let ttl = Duration::from_millis(self.l1_ttl);
        let allowed_age =
            self.allowed_age.map_or(if capacity > 0 { ttl } else { Duration::ZERO }, Duration::from_millis);
        let l1 = L1Settings { capacity, ttl, jitter: Ratio::ZERO, negative_ttl: Duration::from_secs(1) };
        let lookup = LookupSettings { l1, deadline: Duration::from_millis(self.deadline), ..LookupSettings::default() };
        let mut redis = self.redis.settings();
        if let Some(redis) = &mut redis {
            redis.budget.in_flight = lookup.in_flight;
        }
        RunSettings {
            target,
            redis,
            layout: self.redis.layout,
            entities: self.redis.entities,
            features: self.redis.features,
            exponent: self.zipf,
            rate: self.rate,
            batch: self.batch as usize,
            arrivals: match self.arrivals {
                ArrivalsArgument::Constant => Arrivals::Constant,
                ArrivalsArgument::Poisson => Arrivals::Poisson,
            },
            warmup: Duration::from_secs(self.warmup),
            seconds: self.duration,
            threads: self.threads,
            pause: Pause::of(self.threads * u64::from(self.processes.count())),
            lookup,
            allowed_age,
            verify: if self.verify { Verify::All } else { Verify::Answers },
            writes: self.write_rate.map(|rate| WriteSettings { rate, exponent: self.write_zipf }),
            seed: self.seed,
            listener: None,
        }
    }

    /// With the capacity of L1 that leads to the middle of the promised hit rate.
    async fn calibrated(&self, mut settings: RunSettings) -> anyhow::Result<RunSettings> {
        let promised = self.slo.as_ref().and_then(|objective| objective.hit_rate.clone());
        let promised =
            promised.context("nobody says which hit rate L1 is to have\n  hint: `--slo hit=0.71..0.75,…`")?;
        let wanted = f64::midpoint(*promised.start(), *promised.end());
        let to_replay = settings.clone();
        let found = tokio::task::spawn_blocking(move || {
            let popularity = Arc::new(Zipf::new(to_replay.entities, to_replay.exponent)?);
            calibrate(&to_replay, &popularity, wanted)
        });
        let capacity = found.await?.with_context(|| {
            format!("no capacity of L1 leads to {:.1} % hits in this run\n  hint: a longer `--warmup`", wanted * 100.0)
        })?;
        writeln!(Screen::open(), "L1 of {capacity} bytes, calibrated for {:.1} % hits", wanted * 100.0)?;
        settings.lookup.l1.capacity = capacity;
        Ok(settings)
    }

    /// What `redis-benchmark` reaches, if that is asked for.
    async fn yardstick(&self, settings: &RunSettings) -> anyhow::Result<Option<RedisBenchmark>> {
        if !self.redis_benchmark {
            return Ok(None);
        }
        let node = settings.redis.as_ref().and_then(|redis| redis.nodes.first()).cloned().ok_or(RunError::NoStore)?;
        let pipeline = u32::try_from(settings.lookup.batch)?;
        let asked = Asked { entities: settings.entities, features: settings.features, pipeline, commands: None };
        let rate = tokio::task::spawn_blocking(move || yardstick::measure(&node, &asked)).await??;
        Ok(Some(RedisBenchmark { commands_per_second: rate, pipeline }))
    }

    /// Runs once, and reports it.
    async fn measure(&self, mut settings: RunSettings) -> anyhow::Result<Report> {
        let place = Place::before(&settings).await;
        let live = Live::watch(&mut settings);
        // The line on the terminal ends when the settings, which tell it of seconds, are gone.
        let ran = tokio::task::spawn_blocking(move || {
            let run = run_once(&settings);
            (RunSettings { listener: None, ..settings }, run)
        });
        let (settings, run) = ran.await?;
        if let Some(live) = live {
            live.end();
        }
        Ok(place.report(self.slo.clone().unwrap_or_default(), (&settings, &run?)))
    }
}

/// Where a run takes place.
struct Place {
    machine: Machine,
    store: Option<Store>,
}

impl Place {
    /// As it is before the run.
    async fn before(settings: &RunSettings) -> Self {
        let machine = Machine::here();
        let store = match &settings.redis {
            Some(redis) => Some(Store::ask(redis).await),
            None => None,
        };
        Self { machine, store }
    }

    /// What is left of a run that has ended.
    fn report(self, objective: Objective, (settings, run): (&RunSettings, &Run)) -> Report {
        let part = Part {
            measured_from: run.measured_from.unwrap_or_else(|| Clock::System.now()),
            seconds: run.blocks.len() as u64,
            rate: settings.rate,
            seed: settings.seed,
            threads: settings.threads,
            process: std::process::id(),
            program: Program::this(std::env::args().skip(1)),
            machine: self.machine.afterwards(),
            store: self.store,
            l1_rows: run.l1_rows,
            l1_bytes: run.l1_bytes,
            checking_cpu_seconds: run.checking.as_secs_f64(),
            measured: Measured::of(run, settings),
        };
        Report::of(objective, Conditions::of(settings), (part, run.blocks.clone()))
    }
}
