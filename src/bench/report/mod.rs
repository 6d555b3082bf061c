//! What a benchmark leaves behind, so that others can check it: every second's histograms, what it ran with and on, and
//! what follows from them.
//!
//! A [`Report`] holds runs of one or several processes and loses nothing: reports merge into the one that a single run over
//! all would have left. Figures and verdicts are computed from it each time ([`Judged`]) and never taken from a file.
//! Forms: a [`document`] of its own (JSON), a page ([`page`]), percentile text for HdrHistogram's plotter ([`hgrm`]).

pub mod conditions;
pub mod document;
pub mod hgrm;
pub mod histogram;
pub mod judged;
pub mod machine;
pub mod merge;
pub mod page;
pub mod text;

use std::collections::BTreeMap;

use conditions::{Conditions, Part, Point};
pub use judged::Judged;

use super::block::{Block, Faults};
use super::objective::Objective;

/// The runs of a benchmark.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    /// What was promised.
    pub objective: Objective,
    /// What all runs have in common.
    pub conditions: Conditions,
    /// The processes that ran, by the time at which they began; at least one.
    pub parts: Vec<Part>,
    /// What was due in each second (since 1970), of all processes together.
    pub seconds: BTreeMap<i64, Block>,
    /// The saturation curve, by rate; empty where none was measured.
    pub curve: Vec<Point>,
}

/// The load that runs came to together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Lookups a second, in most seconds.
    pub rate: u64,
    /// Seconds in which it was this.
    pub even: usize,
    /// Most processes at the same time.
    pub at_once: usize,
}

impl Report {
    /// The report of a single process.
    #[must_use]
    pub fn of(objective: Objective, conditions: Conditions, (part, blocks): (Part, Vec<Block>)) -> Self {
        let seconds = (part.first_second()..).zip(blocks).collect();
        Self { objective, conditions, parts: vec![part], seconds, curve: Vec::new() }
    }

    /// The load of all processes together: the rates of those that ran in the same second add up.
    #[must_use]
    pub fn offered(&self) -> Offered {
        let mut loads: BTreeMap<u64, usize> = BTreeMap::new();
        let mut at_once = 0;
        for second in self.seconds.keys() {
            let running = self.parts.iter().filter(|part| part.covers(*second));
            let (count, rate) =
                running.fold((0, 0_u64), |(count, rate), part| (count + 1, rate.saturating_add(part.rate)));
            *loads.entry(rate).or_default() += 1;
            at_once = at_once.max(count);
        }
        // Of two that are equally frequent the larger one.
        let most = loads.into_iter().max_by_key(|(rate, seconds)| (*seconds, *rate));
        let (rate, even) = most.unwrap_or_default();
        Offered { rate, even, at_once }
    }

    /// All seconds together.
    #[must_use]
    pub fn whole(&self) -> Block {
        let mut whole = Block::default();
        self.seconds.values().for_each(|block| whole.merge(block));
        whole
    }

    /// The share of lookups that L1 answered; `None` where there is no L1.
    #[must_use]
    pub fn hit_rate(&self, block: &Block) -> Option<f64> {
        block.hit_rate().filter(|_| self.conditions.has_l1())
    }

    /// Answers that were not right, at any time, warm-up and a look at the store before included.
    #[must_use]
    pub fn faults(&self) -> Faults {
        let mut faults = Faults::default();
        self.parts.iter().for_each(|part| faults.add(&part.measured.faults_before));
        self.seconds.values().for_each(|block| faults.add(&block.faults));
        faults
    }

    /// How the processes ran: `2 processes at the same time`.
    #[must_use]
    pub fn timing(&self) -> String {
        let (parts, at_once) = (self.parts.len(), self.offered().at_once);
        match (parts, at_once) {
            (1, _) => "1 process".to_owned(),
            (parts, 0 | 1) => format!("{parts} runs one after the other"),
            (parts, at_once) if parts == at_once => format!("{parts} processes at the same time"),
            (parts, at_once) => format!("{parts} processes, up to {at_once} at the same time"),
        }
    }

    /// What a reader should know before believing the figures.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        let offered = self.offered();
        if offered.even < self.seconds.len() {
            let other = self.seconds.len() - offered.even;
            notes.push(format!("in {other} of {} seconds not all processes were running", self.seconds.len()));
        }
        let seeds = merge::shared_seeds(&self.parts);
        notes.extend(
            seeds.iter().map(|seed| {
                format!("several processes had seed {seed}: they asked for the same keys in the same order")
            }),
        );
        let mut stores: Vec<_> = self.parts.iter().map(|part| &part.store).collect();
        stores.dedup();
        if stores.len() > 1 {
            notes.push("processes saw the store differently: see what each ran on".to_owned());
        }
        notes
    }
}
