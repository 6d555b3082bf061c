//! What a benchmark was run with: what all of its runs have in common, and what each has of its own.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::machine::{Machine, Program, Store};
use crate::bench::arrivals::Arrivals;
use crate::bench::block::Faults;
use crate::bench::data::Layout;
use crate::bench::outage::Outage;
use crate::bench::replay::Prediction;
use crate::bench::run::{Run, RunSettings};
use crate::bench::search::{Point as Searched, Purpose};
use crate::bench::target::TargetSettings;
use crate::model::time::{NANOS_PER_SECOND, Timestamp};
use crate::stats::real;

/// What is the same in all runs of a benchmark: others cannot be put together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Conditions {
    /// `l1+redis`, `redis`, or the address of a feature server.
    pub target: String,
    /// What a request is called: key lookups, requests of several entities, or requests end to end.
    pub requests: String,
    /// Entities in a request.
    pub batch: usize,
    /// Most connections to a feature server, of each thread; `None` for others.
    pub connections: Option<usize>,
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
    /// By how much an answer may be older than the store.
    pub allowed_age_seconds: f64,
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
        let (target, connections) = match &settings.target {
            TargetSettings::Lookup if lookup.l1.capacity > 0 => ("l1+redis".to_owned(), None),
            TargetSettings::Lookup => ("redis".to_owned(), None),
            TargetSettings::Http(http) => (http.address.to_string(), Some(http.connections)),
        };
        Self {
            target,
            requests: settings.target.requests(settings.batch).trim_end_matches(',').to_owned(),
            batch: settings.batch,
            connections,
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
            allowed_age_seconds: settings.allowed_age.as_secs_f64(),
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
    /// The store that it asked; `None` where none is named, as with a feature server.
    pub store: Option<Store>,
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
    /// CPU seconds of the threads that sent, with the lookup path in them, in the measured seconds.
    pub generator_cpu_seconds: Option<f64>,
    /// CPU seconds of the store in the same time.
    pub store_cpu_seconds: Option<f64>,
    /// CPU seconds that went to others on the machine.
    pub other_cpu_seconds: Option<f64>,
    /// CPU seconds that a host gave to other machines.
    pub stolen_cpu_seconds: Option<f64>,
    /// Share of the time for which the threads that sent could have run and had no CPU.
    pub waited_for_cpu: Option<f64>,
    /// The same, where the generator does not share its threads with what is measured: what a verdict goes by.
    pub starved: Option<f64>,
    /// Hit rate of the first seconds of an empty L1.
    pub cold_hit_rate: Option<f64>,
    /// The hit rate that was to be expected.
    pub prediction: Option<Prediction>,
    /// Times in which requests failed.
    pub outages: Vec<OutageTold>,
    /// Answers that were not right outside of the measured seconds: in the warm-up, and rows of the store before.
    pub faults_before: Faults,
    /// Rows that were looked at before the run.
    pub verified_rows: Option<u64>,
    /// Rows a second that were to be written meanwhile.
    pub write_rate: Option<u64>,
    /// Rows that were written.
    pub written: Option<u64>,
    /// Writes of which nobody knows whether they were done.
    pub writes_failed: Option<u64>,
    /// What `redis-benchmark` reached on the same store.
    pub redis_benchmark: Option<RedisBenchmark>,
}

impl Measured {
    /// What a run with these settings measured.
    #[must_use]
    pub fn of(run: &Run, settings: &RunSettings) -> Self {
        let seconds = |time: Option<Duration>| time.map(|time| time.as_secs_f64());
        let watched = &run.watched;
        let mut faults_before = run.verified.map(|verified| verified.faults).unwrap_or_default();
        run.warmup.iter().for_each(|block| faults_before.add(&block.faults));
        Self {
            generator_cpu_seconds: seconds(watched.sending.map(|times| times.running)),
            store_cpu_seconds: seconds(watched.servers),
            other_cpu_seconds: seconds(watched.others),
            stolen_cpu_seconds: seconds(watched.stolen),
            waited_for_cpu: watched.starved(),
            starved: run.starved(settings),
            cold_hit_rate: run.cold().hit_rate().filter(|_| settings.lookup.l1.capacity > 0),
            prediction: run.prediction,
            outages: run.outages.all().iter().map(OutageTold::of).collect(),
            faults_before,
            verified_rows: run.verified.map(|verified| verified.rows),
            write_rate: settings.writes.map(|writes| writes.rate),
            written: run.wrote.as_ref().map(|wrote| wrote.acknowledged),
            writes_failed: run.wrote.as_ref().map(|wrote| wrote.failed),
            redis_benchmark: None,
        }
    }
}

/// A time in which requests failed.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct OutageTold {
    /// When the first that failed was due, in seconds since the first measured one began.
    pub from_seconds: f64,
    /// From it to the last.
    pub recovery_seconds: f64,
    /// How many failed.
    pub failed: u64,
}

impl OutageTold {
    fn of(outage: &Outage) -> Self {
        let (from, recovery) = (outage.from.as_secs_f64(), outage.recovery().as_secs_f64());
        Self { from_seconds: from, recovery_seconds: recovery, failed: outage.failed }
    }
}

/// What `redis-benchmark` reached.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RedisBenchmark {
    /// Commands a second, each for all features of an entity.
    pub commands_per_second: f64,
    /// Commands in a pipeline.
    pub pipeline: u32,
}

/// One run of a saturation curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Lookups a second that were offered.
    pub rate: u64,
    /// Measured seconds.
    pub seconds: u64,
    /// Lookups a second that were answered in whole.
    pub answered_per_second: f64,
    /// Share that L1 answered.
    pub hit_rate: Option<f64>,
    /// Response times of percentiles such as `p99`, in nanoseconds; `None` where there is none.
    pub percentiles: Vec<(String, Option<u64>)>,
    /// Whether the promise was kept: by a try's figures alone, by a confirmation with certainty.
    pub is_kept: bool,
    /// Whether it was one of the runs that confirm a rate.
    pub is_confirmation: bool,
}

impl Point {
    /// What a search or a sweep measured.
    #[must_use]
    pub fn of(searched: &Searched) -> Self {
        let whole = searched.run.whole();
        let seconds = searched.run.blocks.len() as u64;
        let nanos = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        let percentile = |name: &str, share| (name.to_owned(), whole.response.quantile(share).map(nanos));
        Self {
            rate: searched.rate,
            seconds,
            answered_per_second: real(whole.hits.count() + whole.misses.count()) / real(seconds.max(1)),
            hit_rate: whole.hit_rate(),
            percentiles: vec![percentile("p50", 0.5), percentile("p99", 0.99), percentile("p99.9", 0.999)],
            is_kept: searched.is_kept,
            is_confirmation: searched.purpose == Purpose::Confirm,
        }
    }

    /// What became of it, for people.
    #[must_use]
    pub const fn outcome(&self) -> &'static str {
        match (self.is_kept, self.is_confirmation) {
            (true, false) => "kept",
            (true, true) => "proven",
            (false, _) => "not kept",
        }
    }
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
