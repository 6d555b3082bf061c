//! A cause as a hypothesis: what it predicts of each cell, and how well that holds.
//!
//! The score of a hypothesis is the share of the mismatches that it explains, less what it would explain if the online
//! values were dealt out anew among the mismatches: (explained − chance) ÷ (1 − chance), less 0.05 per entry of a fitted
//! table ÷ mismatches. Consistent cells that it would change tell how far it reaches: of two that explain as much, the one
//! that leaves less unsaid is the likelier.

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use crate::model::cause::Relation;
use crate::model::value::Value;
use crate::stats::real;

use super::super::equal::Comparison;
use super::cell::PairedCell;

/// How often the online values are dealt out anew.
const DEALS: usize = 20;
/// Most cells dealt with per deal.
const MOST_DEALT: usize = 400;
/// What an entry of a fitted table costs, in mismatches.
const ENTRY_COST: f64 = 0.05;
/// Below this share a hypothesis is not worth the deals.
const LEAST_SHARE: f64 = 0.1;

/// What a hypothesis says of a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Call {
    /// Nothing.
    Silent,
    /// The value served is the one predicted.
    Hit,
    /// Another one is predicted.
    Miss,
}

impl Call {
    /// Hit or miss.
    pub(super) const fn of(equal: bool) -> Self {
        if equal { Self::Hit } else { Self::Miss }
    }
}

/// A cause with its parameters.
pub(super) trait Hypothesis {
    /// What was done to the value.
    fn relation(&self) -> Relation;

    /// What it says of `cell` if the online value were that of `donor`.
    fn call(&self, cell: &PairedCell, donor: &PairedCell) -> Call;

    /// Entries of the table that was fitted for it.
    fn entries(&self) -> usize {
        0
    }

    /// Whether it explains a mismatch.
    fn explains(&self, cell: &PairedCell) -> bool {
        self.call(cell, cell) == Call::Hit
    }

    /// Whether it would change a consistent cell.
    fn would_break(&self, cell: &PairedCell) -> bool {
        self.call(cell, cell) == Call::Miss
    }
}

/// Hypotheses of one kind, fitted.
pub(super) type Proposals = Vec<Box<dyn Hypothesis>>;

/// What hypotheses are fitted to and scored on.
#[derive(Clone, Copy)]
pub(super) struct Evidence<'a> {
    /// By which rules values are equal.
    pub(super) comparison: &'a Comparison,
    /// Mismatches not explained so far, in the order of the sample.
    pub(super) mismatches: &'a [&'a PairedCell],
    /// All of these among the cells given; `mismatches` is a part of them.
    pub(super) all: &'a [&'a PairedCell],
    /// Consistent cells.
    pub(super) consistent: &'a [&'a PairedCell],
    /// Offline values by position of the entity.
    pub(super) population: &'a [Value],
    /// For how many rounds the view's newest online event timestamp has stood still.
    pub(super) unmoved_rounds: u32,
}

/// How well a hypothesis holds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Score {
    /// Share of the mismatches explained, chance discounted.
    pub(super) score: f64,
    /// Mismatches explained.
    pub(super) hits: u64,
    /// Consistent cells that it would change.
    pub(super) breaks: u64,
    /// Entries of its fitted table.
    pub(super) entries: usize,
}

impl Score {
    /// Log-likelihood of which cells in its reach were hit, given that so many were; a table's entries cost half the
    /// logarithm of the number of hits each (Schwarz). `weight` is how many consistent cells one looked at stands for,
    /// relative to mismatches.
    pub(super) fn likelihood(&self, weight: f64) -> f64 {
        let (hits, breaks) = (real(self.hits), real(self.breaks) * weight);
        let share = hits / (hits + breaks);
        let missed = if breaks > 0.0 { breaks * (1.0 - share).ln() } else { 0.0 };
        let entries = self.entries.min(1_000_000);
        hits * share.ln() + missed - 0.5 * real(entries as u64) * hits.ln()
    }
}

/// Scores a hypothesis; `None` where it explains next to nothing.
pub(super) fn score(hypothesis: &dyn Hypothesis, evidence: &Evidence<'_>) -> Option<Score> {
    let cells = evidence.mismatches;
    let hits = cells.iter().filter(|cell| hypothesis.explains(cell)).count() as u64;
    let n = real(cells.len() as u64);
    let share = real(hits) / n;
    if hits == 0 || share < LEAST_SHARE {
        return None;
    }
    let chance = chance(hypothesis, evidence);
    let breaks = evidence.consistent.iter().filter(|cell| hypothesis.would_break(cell)).count() as u64;
    let score = if chance >= 1.0 { 0.0 } else { (share - chance) / (1.0 - chance) };
    let entries = hypothesis.entries();
    Some(Score { score: score - ENTRY_COST * real(entries as u64) / n, hits, breaks, entries })
}

/// Share explained by chance: the mean over deals of the online values among the mismatches. Where all that is explained
/// is one value, a deal changes nothing; then it is the share of that value among the consistent cells.
fn chance(hypothesis: &dyn Hypothesis, evidence: &Evidence<'_>) -> f64 {
    let mut hits = evidence.mismatches.iter().filter(|cell| hypothesis.explains(cell));
    let constant = hits.next().filter(|first| hits.all(|cell| cell.online.is_same(&first.online)));
    if let Some(constant) = constant {
        let same = evidence.consistent.iter().filter(|cell| cell.online.is_same(&constant.online)).count();
        return real(same as u64) / real(evidence.consistent.len().max(1) as u64);
    }
    let cells: Vec<&PairedCell> = stride(evidence.mismatches, MOST_DEALT);
    let mut donors = cells.clone();
    let mut generator = StdRng::seed_from_u64(cells.len() as u64);
    let mut explained = 0;
    for _ in 0..DEALS {
        for place in (1..donors.len()).rev() {
            donors.swap(place, generator.random_range(0..=place));
        }
        explained +=
            cells.iter().zip(&donors).filter(|(cell, donor)| hypothesis.call(cell, donor) == Call::Hit).count() as u64;
    }
    real(explained) / real((DEALS * cells.len().max(1)) as u64)
}

/// At most `most` of the cells, spread evenly, in their order.
pub(super) fn stride<'a>(cells: &[&'a PairedCell], most: usize) -> Vec<&'a PairedCell> {
    spread(cells.len(), most).filter_map(|place| cells.get(place).copied()).collect()
}

/// At most `most` of `n` places, ascending: one from each of as many equal stretches, at random, because a fixed step would
/// see only one half of what comes in pairs.
pub(in crate::measure) fn spread(n: usize, most: usize) -> impl Iterator<Item = usize> {
    let taken = n.min(most);
    let mut generator = StdRng::seed_from_u64(n as u64);
    (0..taken).map(move |place| generator.random_range(place * n / taken..(place + 1) * n / taken))
}
