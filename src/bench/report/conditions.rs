//! What a benchmark was run with: what all of its runs have in common, and what each has of its own.

use serde::{Deserialize, Serialize};

use super::machine::{Machine, Program, Store};
use crate::bench::arrivals::Arrivals;
use crate::bench::data::Layout;
use crate::bench::run::RunSettings;
use crate::model::time::{NANOS_PER_SECOND, Timestamp};

/// What is the same in all runs of a benchmark: others cannot be put together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conditions {
    /// `l1+redis`, `redis`, or an address.
    pub target: String,
    /// How rows lie in the key space.
    pub layout: String,
    /// Entities that the store holds.
    pub entities: u32,
    /// Features of a lookup.
    pub features: u32,
    /// Exponent of Zipf's law.
    pub zipf: f64,
    /// `constant` or `poisson`.
    pub arrivals: String,
    /// Seconds before the first measured one.
    pub warmup_seconds: f64,
    /// Bytes that the L1 of a process may hold.
    pub l1_capacity_bytes: u64,
    /// Longest time that a row stays in L1.
    pub l1_ttl_seconds: f64,
    /// By up to this share it is shorter.
    pub l1_jitter: f64,
    /// Longest time for an answer.
    pub deadline_seconds: f64,
    /// Most rows that one pipeline asks for.
    pub pipeline_rows: usize,
    /// Most pipelines under way at once, per thread and node.
    pub pipelines: usize,
}

impl Conditions {
    /// Those of a run with these settings.
    #[must_use]
    pub fn of(settings: &RunSettings) -> Self {
        let lookup = &settings.lookup;
        Self {
            target: if lookup.l1.capacity > 0 { "l1+redis" } else { "redis" }.to_owned(),
            layout: match settings.layout {
                Layout::Feast => "feast",
                Layout::Hash => "hash",
                Layout::Strings => "strings",
                Layout::Tagged => "tagged",
            }
            .to_owned(),
            entities: settings.entities,
            features: settings.features,
            zipf: settings.exponent,
            arrivals: match settings.arrivals {
                Arrivals::Constant => "constant",
                Arrivals::Poisson => "poisson",
            }
            .to_owned(),
            warmup_seconds: settings.warmup.as_secs_f64(),
            l1_capacity_bytes: lookup.l1.capacity,
            l1_ttl_seconds: lookup.l1.ttl.as_secs_f64(),
            l1_jitter: lookup.l1.jitter.get(),
            deadline_seconds: lookup.deadline.as_secs_f64(),
            pipeline_rows: lookup.batch,
            pipelines: lookup.in_flight,
        }
    }

    /// Whether there is an L1.
    #[must_use]
    pub const fn has_l1(&self) -> bool {
        self.l1_capacity_bytes > 0
    }

    /// Settings that differ, each with both values as they stand in the document.
    #[must_use]
    pub fn differences(&self, other: &Self) -> Vec<(String, String, String)> {
        let fields = |conditions: &Self| match serde_json::to_value(conditions) {
            Ok(serde_json::Value::Object(fields)) => fields,
            Ok(_) | Err(_) => serde_json::Map::new(),
        };
        let others = fields(other);
        let both = fields(self).into_iter().filter_map(|(name, own)| {
            let other = others.get(&name)?;
            (own != *other).then(|| (name, own.to_string(), other.to_string()))
        });
        both.collect()
    }
}

/// One process that ran.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Part {
    /// When its first measured second began.
    pub measured_from: Timestamp,
    /// Seconds measured.
    pub seconds: u64,
    /// Lookups a second that it offered.
    pub rate: u64,
    /// Seed of all that it drew.
    pub seed: u64,
    /// Threads that sent.
    pub threads: u64,
    /// Its process id.
    pub process: u32,
    /// The program.
    pub program: Program,
    /// The machine that it ran on.
    pub machine: Machine,
    /// The store that it asked.
    pub store: Store,
    /// Rows in its L1 at the end.
    pub l1_rows: usize,
    /// Bytes in its L1 at the end.
    pub l1_bytes: u64,
    /// CPU seconds that checking answers took.
    pub checking_cpu_seconds: f64,
    /// What else was measured of it.
    #[serde(default)]
    pub measured: Measured,
}

/// What a run may have measured beside times. What it has not is `None`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Measured {
    /// CPU seconds of the generator with the lookup path in it, warm-up left out.
    pub generator_cpu_seconds: Option<f64>,
    /// CPU seconds of the store in the same time.
    pub store_cpu_seconds: Option<f64>,
    /// Share of the time for which the generator's threads could have run and did not.
    pub starved: Option<f64>,
    /// Hit rate of the first seconds of an empty L1.
    pub cold_hit_rate: Option<f64>,
    /// The hit rate that was to be expected.
    pub prediction: Option<Prediction>,
    /// Seconds from the first failure to the last.
    pub recovery_seconds: Option<f64>,
    /// Rows a second that were written meanwhile.
    pub write_rate: Option<f64>,
    /// What `redis-benchmark` reached on the same store.
    pub redis_benchmark: Option<RedisBenchmark>,
}

/// Hit rates that were to be expected, as shares.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// By the cache's own code, on the same keys.
    pub replayed: f64,
    /// By the least-recently-used rule, after Che.
    pub least_recently_used: f64,
    /// By keeping the most popular rows for ever.
    pub most_popular: f64,
}

/// What `redis-benchmark` reached.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RedisBenchmark {
    /// Commands a second, each for all features of an entity.
    pub commands_per_second: f64,
    /// Commands in a pipeline.
    pub pipeline: u32,
}

/// One rate of a saturation curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Lookups a second that were offered.
    pub rate: u64,
    /// Lookups a second that were answered in whole.
    pub answered_per_second: f64,
    /// Share that L1 answered.
    pub hit_rate: Option<f64>,
    /// Response times of percentiles such as `p99`, in nanoseconds; `None` where there is none.
    pub percentiles: Vec<(String, Option<u64>)>,
    /// `PROVEN`, `MISSED` or `INVALID`, with its reasons; `None` where nothing was promised.
    pub verdict: Option<String>,
}

impl Part {
    /// Its first measured second, in whole seconds since 1970: the nearest one, so that processes that were begun together
    /// share their seconds.
    #[must_use]
    pub const fn first_second(&self) -> i64 {
        let half = NANOS_PER_SECOND / 2;
        self.measured_from.nanos().saturating_add(half).div_euclid(NANOS_PER_SECOND)
    }

    /// Whether a second, counted since 1970, is one of those it measured.
    #[must_use]
    pub fn covers(&self, second: i64) -> bool {
        second
            .checked_sub(self.first_second())
            .and_then(|place| u64::try_from(place).ok())
            .is_some_and(|place| place < self.seconds)
    }

    /// Whether both are the same run.
    #[must_use]
    pub fn is(&self, other: &Self) -> bool {
        let identity = |part: &Self| (part.measured_from, part.process, part.seed, part.machine.host.clone());
        identity(self) == identity(other)
    }

    /// Where it ran, for people.
    #[must_use]
    pub fn place(&self) -> &str {
        self.machine.host.as_deref().unwrap_or("an unnamed machine")
    }
}
