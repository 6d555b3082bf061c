//! What follows from a report: figures with their certainty, and the verdict.

use std::time::Duration;

use super::Report;
use crate::bench::block::Block;
use crate::bench::latency::Latencies;
use crate::bench::limit::upper_limits;
use crate::bench::objective::{Achieved, Evidence, Objective, Verdict};
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
        let evidence = evidence(report, &whole);
        let verdict = Some(report.objective.judge(&evidence));
        let says_nothing = report.objective == Objective::default() && verdict == Some(Verdict::Proven);
        Self { report, whole, evidence, verdict: verdict.filter(|_| !says_nothing) }
    }

    /// Lookups that were answered in whole.
    #[must_use]
    pub fn answered(&self) -> u64 {
        self.whole.hits.count() + self.whole.misses.count()
    }

    /// CPU seconds per million lookups that were answered: of the generator with the lookup path in it, and of the store.
    /// `None` where one of the processes has not measured it.
    #[must_use]
    pub fn cpu_per_million(&self) -> (Option<f64>, Option<f64>) {
        let parts = || self.report.parts.iter().map(|part| &part.measured);
        let generator: Option<f64> = parts().map(|measured| measured.generator_cpu_seconds).sum();
        // Processes that ran at the same time have each seen the CPU of the one store.
        let at_once = real(self.report.offered().at_once.max(1) as u64);
        let store: Option<f64> = parts().map(|measured| measured.store_cpu_seconds).sum();
        let millions = real(self.answered()) / 1e6;
        let each = |seconds: f64| (millions > 0.0).then(|| seconds / millions);
        (generator.and_then(each), store.map(|seconds| seconds / at_once).and_then(each))
    }
}

/// The share of lookups that L1 answered, of those that were answered in whole; `None` of none.
#[must_use]
pub fn hit_rate(block: &Block) -> Option<f64> {
    let answered = block.hits.count() + block.misses.count();
    (answered > 0).then(|| real(block.hits.count()) / real(answered))
}

fn evidence(report: &Report, whole: &Block) -> Evidence {
    let responses: Vec<Latencies> = report.seconds.values().map(|block| block.response.clone()).collect();
    let shares: Vec<f64> = report.objective.percentiles.iter().map(|(percentile, _)| percentile.share()).collect();
    // Drawn anew from the same seed, so that a merged report says what the first one would.
    let seed = report.parts.first().map_or(0, |part| part.seed);
    let limits = upper_limits(&responses, &shares, seed);
    let achieved = report.objective.percentiles.iter().zip(limits).map(|((percentile, _), limit)| Achieved {
        percentile: *percentile,
        response: whole.response.quantile(percentile.share()),
        limit,
        service: whole.service.quantile(percentile.share()),
        slip: whole.slip.quantile(0.99).unwrap_or_default(),
    });
    let starved = report.parts.iter().filter_map(|part| part.measured.starved).reduce(f64::max);
    Evidence {
        achieved: achieved.collect(),
        hit_rate: hit_rate(whole).filter(|_| report.conditions.has_l1()),
        without_answer: real(whole.response.without_answer()) / real(whole.due().max(1)),
        wrong: whole.faults.all(),
        starved,
        blocks: report.seconds.len(),
    }
}

/// How far a time lies from what was promised, as a share of the promise: −0.4 is 40 % below it.
#[must_use]
pub fn distance(promised: Duration, achieved: Duration) -> f64 {
    achieved.as_secs_f64() / promised.as_secs_f64() - 1.0
}
