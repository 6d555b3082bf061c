//! What a run says about a promise.

use super::block::{Block, Faults};
use super::latency::Latencies;
use super::limit::upper_limits;
use super::objective::{Achieved, Evidence, MOST_WITHOUT_ANSWER, Objective, Verdict};
use super::replay::Prediction;
use super::run::{Run, RunSettings};
use super::target::TargetSettings;
use crate::stats::real;

/// Seconds at the beginning of the warm-up in which L1 is cold.
const COLD: usize = 3;

impl Run {
    /// All measured seconds together.
    #[must_use]
    pub fn whole(&self) -> Block {
        sum(&self.blocks)
    }

    /// The first seconds, in which L1 is still cold: at most three, all of the warm-up.
    #[must_use]
    pub fn cold(&self) -> Block {
        sum(self.warmup.get(..COLD.min(self.warmup.len())).unwrap_or_default())
    }

    /// The warm-up after its cold seconds.
    #[must_use]
    pub fn warming(&self) -> Block {
        sum(self.warmup.get(COLD..).unwrap_or_default())
    }

    /// Answers that were not right, at any time, and rows of the store that were not right before.
    #[must_use]
    pub fn faults(&self) -> Faults {
        let mut faults = self.verified.map(|verified| verified.faults).unwrap_or_default();
        self.warmup.iter().chain(&self.blocks).for_each(|block| faults.add(&block.faults));
        faults
    }

    /// What is to be held against `objective`.
    #[must_use]
    pub fn evidence(&self, settings: &RunSettings, objective: &Objective) -> Evidence {
        Basis {
            blocks: self.blocks.iter().collect(),
            faults: self.faults(),
            predictions: self.prediction.into_iter().collect(),
            starved: self.starved(settings),
            has_l1: settings.lookup.l1.capacity > 0,
            seed: settings.seed,
        }
        .evidence(objective)
    }

    /// Share of the time for which the generator had no CPU; `None` where what is measured runs on its threads and nobody
    /// else took CPU that is worth a word: it may then be the path itself that takes too much.
    #[must_use]
    pub fn starved(&self, settings: &RunSettings) -> Option<f64> {
        let is_its_own = match settings.target {
            TargetSettings::Lookup => self.watched.is_crowded(),
            TargetSettings::Http(_) => true,
        };
        is_its_own.then(|| self.watched.starved()).flatten()
    }

    /// Whether `objective` was kept.
    #[must_use]
    pub fn judge(&self, settings: &RunSettings, objective: &Objective) -> Verdict {
        objective.judge(&self.evidence(settings, objective))
    }
}

/// What evidence is drawn from: one run, or several put together.
#[derive(Clone, Debug)]
pub struct Basis<'a> {
    /// The measured seconds.
    pub blocks: Vec<&'a Block>,
    /// Answers that were not right, at any time.
    pub faults: Faults,
    /// Hit rates that were to be expected, of each process that has an L1.
    pub predictions: Vec<Prediction>,
    /// Share of the time for which the generator had no CPU, where that can be told.
    pub starved: Option<f64>,
    /// Whether there is an L1.
    pub has_l1: bool,
    /// Seed of resampling.
    pub seed: u64,
}

impl Basis<'_> {
    /// What is to be held against `objective`.
    #[must_use]
    pub fn evidence(&self, objective: &Objective) -> Evidence {
        let mut whole = Block::default();
        self.blocks.iter().for_each(|block| whole.merge(block));
        let responses: Vec<Latencies> = self.blocks.iter().map(|block| block.response.clone()).collect();
        let shares: Vec<f64> = objective.percentiles.iter().map(|(percentile, _)| percentile.share()).collect();
        let limits = upper_limits(&responses, &shares, self.seed);
        let achieved = objective.percentiles.iter().zip(limits).map(|((percentile, _), limit)| Achieved {
            percentile: *percentile,
            response: whole.response.quantile(percentile.share()),
            limit,
            service: whole.service.quantile(percentile.share()),
            slip: whole.slip.quantile(0.99).unwrap_or_default(),
        });
        let without_answer = real(whole.response.without_answer()) / real(whole.due().max(1));
        let hit_rate = self.has_l1.then(|| whole.hit_rate()).flatten();
        let (_, lookups) = whole.hits_of_answered();
        // A lookup that fails is neither hit nor miss, and leaves nothing in L1: the prediction is for runs without.
        let predicted = self.predictions.iter().filter(|_| without_answer <= MOST_WITHOUT_ANSWER);
        let doubt =
            hit_rate.and_then(|measured| predicted.filter_map(|known| known.contradicts(measured, lookups)).next());
        Evidence {
            achieved: achieved.collect(),
            hit_rate,
            without_answer,
            unsent: real(whole.unsent) / real(whole.due().max(1)),
            incomplete: real(whole.incomplete) / real(whole.due().max(1)),
            wrong: self.faults.all(),
            starved: self.starved,
            doubt,
            blocks: self.blocks.len(),
        }
    }
}

impl Block {
    /// Share of the lookups answered in whole that L1 answered; `None` if none was.
    #[must_use]
    pub fn hit_rate(&self) -> Option<f64> {
        let (hits, lookups) = self.hits_of_answered();
        (lookups > 0).then(|| real(hits) / real(lookups))
    }
}

fn sum(blocks: &[Block]) -> Block {
    let mut whole = Block::default();
    blocks.iter().for_each(|block| whole.merge(block));
    whole
}
