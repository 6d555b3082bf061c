//! `skewwatch bench`: looks features up at a rate, checks every answer, and says whether a promise is kept.

mod live;
mod load;
mod merge;
mod output;
mod summary;

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use live::Live;

use crate::bench::arrivals::Arrivals;
use crate::bench::data::Layout;
use crate::bench::objective::Objective;
use crate::bench::report::Report;
use crate::bench::report::conditions::{Conditions, Measured, Part};
use crate::bench::report::machine::{Machine, Program, Store};
use crate::bench::run::{RunSettings, run as run_once};
use crate::lookup::{L1Settings, LookupSettings};
use crate::model::ratio::Ratio;
use crate::store::online::{RedisLayout, RedisSettings, RedisTopology};

/// Arguments of `skewwatch bench`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    bench: BenchArguments,
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
    #[arg(long, value_name = "URL[,URL…]", required = true, value_delimiter = ',')]
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
    /// Where lookups go: through L1 to Redis, or to Redis alone.
    #[arg(long, value_enum, default_value_t = TargetArgument::L1Redis)]
    target: TargetArgument,
    /// Lookups a second.
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
    /// Bytes that L1 may hold.
    #[arg(long, value_name = "BYTES", default_value_t = 12_000_000)]
    l1_capacity: u64,
    /// Threads that send.
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=256))]
    threads: u64,
    /// What is promised, as `hit=0.71..0.75,p50=1.2ms,p99=4.8ms`.
    #[arg(long, value_name = "OBJECTIVE")]
    slo: Option<Objective>,
    /// Seed of all that is drawn.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    output: output::Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum TargetArgument {
    /// L1 over Redis.
    #[value(name = "l1+redis")]
    L1Redis,
    /// Redis alone.
    Redis,
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
            arguments.bench.output.check()?;
            let report = arguments.bench.measure().await?;
            arguments.bench.output.write(&report)
        }
    }
}

impl RedisArguments {
    /// How the store is reached.
    fn settings(&self) -> RedisSettings {
        let nodes: Vec<String> =
            self.redis.iter().map(|url| url.trim_start_matches("redis://").trim_end_matches('/').to_owned()).collect();
        let topology = if nodes.len() > 1 { RedisTopology::Cluster } else { RedisTopology::Single };
        let first = nodes.first().cloned().unwrap_or_default();
        let layout: RedisLayout = self.layout.settings();
        RedisSettings { nodes, topology, ..RedisSettings::single(&first, layout) }
    }
}

impl BenchArguments {
    fn settings(&self) -> RunSettings {
        let capacity = if self.target == TargetArgument::L1Redis { self.l1_capacity } else { 0 };
        let hour = Duration::from_secs(3600);
        let l1 = L1Settings { capacity, ttl: hour, jitter: Ratio::ZERO, negative_ttl: Duration::from_secs(1) };
        let mut redis = self.redis.settings();
        let lookup = LookupSettings { l1, deadline: Duration::from_millis(500), ..LookupSettings::default() };
        redis.budget.in_flight = lookup.in_flight;
        RunSettings {
            redis,
            layout: self.redis.layout,
            entities: self.redis.entities,
            features: self.redis.features,
            exponent: self.zipf,
            rate: self.rate,
            arrivals: match self.arrivals {
                ArrivalsArgument::Constant => Arrivals::Constant,
                ArrivalsArgument::Poisson => Arrivals::Poisson,
            },
            warmup: Duration::from_secs(self.warmup),
            seconds: self.duration,
            threads: self.threads,
            lookup,
            seed: self.seed,
            listener: None,
        }
    }

    /// Runs, and reports what it ran with and on.
    async fn measure(&self) -> anyhow::Result<Report> {
        let mut settings = self.settings();
        let machine = Machine::here();
        let store = Store::ask(&settings.redis).await;
        let live = Live::watch(&mut settings);
        // The line on the terminal ends when the settings, which tell it of seconds, are gone.
        let run = tokio::task::spawn_blocking(move || run_once(&settings).map(|run| (settings, run))).await?;
        let run = run.map(|(settings, run)| (RunSettings { listener: None, ..settings }, run));
        if let Some(live) = live {
            live.end();
        }
        let (settings, run) = run?;
        let part = Part {
            measured_from: run.measured_from,
            seconds: run.blocks.len() as u64,
            rate: settings.rate,
            seed: settings.seed,
            threads: settings.threads,
            process: std::process::id(),
            program: Program::this(std::env::args().skip(1)),
            machine: machine.afterwards(),
            store,
            l1_rows: run.l1_rows,
            l1_bytes: run.l1_bytes,
            checking_cpu_seconds: run.checking.as_secs_f64(),
            measured: Measured::default(),
        };
        let objective = self.slo.clone().unwrap_or_default();
        Ok(Report::of(objective, Conditions::of(&settings), (part, run.blocks)))
    }
}
