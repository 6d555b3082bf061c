//! Locus: which of the cells that a relation would change were hit.

use std::collections::BTreeMap;

use crate::model::cause::Locus;
use crate::model::time::Timestamp;
use crate::stats::real;

use super::cell::{PairedCell, Written};

/// Share of the cells in reach that must be hit to say that all are.
const ALL: f64 = 0.98;
/// Share of a shard's cells that must be hit to accuse it, and of the others' that may.
const FAULTY: f64 = 0.9;
/// Share of hits that must lie, and of spared cells that may lie, on the accused side.
const INSIDE: f64 = 0.95;
/// Fewest hits per accused shard, on average: chance rarely hits all of three cells, and of every shard's never.
const LEAST_PER_SHARD: u64 = 3;
/// Fewest cells of either side of a step.
const LEAST: u64 = 5;

/// Where hits lie among the cells in reach: `hit` explained mismatches, `spared` consistent cells that the relation would
/// change; `weight` is how many consistent cells one of these stands for, relative to mismatches.
pub(super) fn locus(hit: &[&PairedCell], spared: &[&PairedCell], weight: f64) -> Locus {
    let (hits, missed) = (real(hit.len() as u64), real(spared.len() as u64) * weight);
    if hits / (hits + missed) >= ALL {
        return Locus::All;
    }
    shards(hit, spared).or_else(|| step(hit, spared)).unwrap_or(Locus::Entities)
}

fn shards(hit: &[&PairedCell], spared: &[&PairedCell]) -> Option<Locus> {
    let mut counts: BTreeMap<u32, (u64, u64)> = BTreeMap::new();
    for cell in hit {
        counts.entry(cell.shard?).or_default().0 += 1;
    }
    for cell in spared {
        counts.entry(cell.shard?).or_default().1 += 1;
    }
    let faulty = |(hits, spared): (u64, u64)| real(hits) >= FAULTY * real(hits + spared);
    let accused: Vec<u32> = counts.iter().filter(|(_, counts)| faulty(**counts)).map(|(shard, _)| *shard).collect();
    let inside = counts.iter().filter(|(shard, _)| accused.contains(shard));
    let (hits, wrong) = inside.fold((0, 0), |sum, (_, counts)| (sum.0 + counts.0, sum.1 + counts.1));
    let all = real(hit.len() as u64);
    let is_clear = !accused.is_empty()
        && hits >= LEAST_PER_SHARD * accused.len() as u64
        && accused.len() < counts.len()
        && real(hits) >= INSIDE * all
        && real(wrong) <= (1.0 - INSIDE) * all;
    is_clear.then_some(Locus::Shards(accused))
}

/// A step in the time of writing.
fn step(hit: &[&PairedCell], spared: &[&PairedCell]) -> Option<Locus> {
    let mut rows: Vec<(Timestamp, bool)> = Vec::with_capacity(hit.len() + spared.len());
    for (cells, is_hit) in [(hit, true), (spared, false)] {
        for cell in cells {
            // The stamp of an outdated row tells its age, not when it was written.
            if is_hit && cell.written == Written::Old {
                return None;
            }
            rows.push((cell.stamp?, is_hit));
        }
    }
    rows.sort_unstable();
    let (hits, others) = (real(hit.len() as u64), real(spared.len() as u64));
    if hits < real(LEAST) || others < real(LEAST) {
        return None;
    }
    let (mut hits_before, mut others_before) = (0.0, 0.0);
    let mut best: Option<(f64, Timestamp)> = None;
    for run in rows.chunk_by(|left, right| left.0 == right.0) {
        // Youden's index of "hit from here on"; negative for "hit before".
        let index = (hits - hits_before) / hits - (others - others_before) / others;
        if let Some((start, _)) = run.first()
            && best.is_none_or(|(most, _)| index.abs() > most.abs())
        {
            best = Some((index, *start));
        }
        for (_, is_hit) in run {
            if *is_hit { hits_before += 1.0 } else { others_before += 1.0 }
        }
    }
    match best? {
        (index, start) if index >= FAULTY => Some(Locus::Since(start)),
        (index, end) if index <= -FAULTY => Some(Locus::Before(end)),
        _ => None,
    }
}
