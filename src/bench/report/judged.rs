//! What follows from a report: figures with their certainty, and the verdict.

use std::time::Duration;

use super::Report;
use crate::bench::block::Block;
use crate::bench::evidence::Basis;
use crate::bench::objective::{Evidence, Objective, Verdict};
use crate::stats::real;

/// A report with what follows from it.
#[derive(Clone, Debug)]
pub struct Judged<'a> {
    /// The report.
    pub report: &'a Report,
    /// All its seconds together.
    pub whole: Block,
    /// What is held against the promise.
    pub evidence: Evidence,
    /// Whether it was kept; `None` where nothing was promised and no answer was wrong.
    pub verdict: Option<Verdict>,
}

impl<'a> Judged<'a> {
    /// Judges a report.
    #[must_use]
    pub fn new(report: &'a Report) -> Self {
        let whole = report.whole();
        let evidence = evidence(report);
        let verdict = Some(report.objective.judge(&evidence));
        let says_nothing = report.objective == Objective::default() && verdict == Some(Verdict::Proven);
        Self { report, whole, evidence, verdict: verdict.filter(|_| !says_nothing) }
    }

    /// Lookups that were answered in whole.
    #[must_use]
    pub fn answered(&self) -> u64 {
        self.whole.hits.count() + self.whole.misses.count()
    }

    /// Requests answered a second, as a multiple of what `redis-benchmark` reached in commands a second on the same store;
    /// `None` where it was not asked.
    #[must_use]
    pub fn against_redis_benchmark(&self) -> Option<f64> {
        let benchmark = self.report.parts.iter().find_map(|part| part.measured.redis_benchmark)?;
        let seconds = real(self.report.seconds.len().max(1) as u64);
        Some(real(self.answered()) / seconds / benchmark.commands_per_second)
    }

    /// CPU seconds per million lookups of one entity, in requests that were answered: of the generator with the lookup path
    /// in it, and of the store. `None` where one of the processes has not measured it.
    #[must_use]
    pub fn cpu_per_million(&self) -> (Option<f64>, Option<f64>) {
        let parts = || self.report.parts.iter().map(|part| &part.measured);
        let generator: Option<f64> = parts().map(|measured| measured.generator_cpu_seconds).sum();
        // Processes that ran at the same time have each seen the CPU of the one store.
        let at_once = real(self.report.offered().at_once.max(1) as u64);
        let store: Option<f64> = parts().map(|measured| measured.store_cpu_seconds).sum();
        let millions = real(self.answered()) * real(self.report.conditions.batch as u64) / 1e6;
        let each = |seconds: f64| (millions > 0.0).then(|| seconds / millions);
        (generator.and_then(each), store.map(|seconds| seconds / at_once).and_then(each))
    }
}

fn evidence(report: &Report) -> Evidence {
    let measured = || report.parts.iter().map(|part| &part.measured);
    Basis {
        blocks: report.seconds.values().collect(),
        faults: report.faults(),
        predictions: measured().filter_map(|measured| measured.prediction).collect(),
        // Whoever had the least CPU decides.
        starved: measured().filter_map(|measured| measured.starved).reduce(f64::max),
        has_l1: report.conditions.has_l1(),
        // The same whatever it was merged from.
        seed: report.parts.first().map_or(0, |part| part.seed),
    }
    .evidence(&report.objective)
}

/// How far a time lies from what was promised, as a share of the promise: −0.4 is 40 % below it.
#[must_use]
pub fn distance(promised: Duration, achieved: Duration) -> f64 {
    achieved.as_secs_f64() / promised.as_secs_f64() - 1.0
}
