//! `skewwatch bench`: looks features up at a rate, checks every answer, and says whether a promise is kept.

mod load;
mod summary;

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;

use super::screen::Screen;
use crate::bench::arrivals::Arrivals;
use crate::bench::data::Layout;
use crate::bench::objective::Objective;
use crate::bench::run::{Run, RunSettings, run as run_once};
use crate::bench::target::{HttpAddress, HttpAddressError, HttpSettings, TargetSettings};
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
        None => {
            let bench = arguments.bench;
            let settings = bench.settings();
            let run = tokio::task::spawn_blocking(move || run_once(&settings).map(|run| (settings, run))).await??;
            bench.tell(&run)
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
            TargetArgument::L1Redis => (TargetSettings::Lookup, self.l1_capacity),
            TargetArgument::Redis => (TargetSettings::Lookup, 0),
            TargetArgument::Http(address) => {
                let connections = self.connections as usize;
                (TargetSettings::Http(HttpSettings { address: address.clone(), connections }), 0)
            }
        };
        let hour = Duration::from_secs(3600);
        let l1 = L1Settings { capacity, ttl: hour, jitter: Ratio::ZERO, negative_ttl: Duration::from_secs(1) };
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
            lookup,
            seed: self.seed,
        }
    }

    fn tell(&self, (settings, run): &(RunSettings, Run)) -> anyhow::Result<ExitCode> {
        let mut screen = Screen::open();
        let objective = self.slo.clone().unwrap_or_default();
        let verdict = summary::write(&mut screen, settings, run, &objective)?;
        Ok(ExitCode::from(verdict.exit_code()))
    }
}
