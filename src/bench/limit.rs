//! How sure a percentile is: its upper limit by resampling blocks of time.
//!
//! Requests of one instant share their luck, so single requests must not be drawn as if they were independent. The
//! moving-block bootstrap (Künsch 1989) draws runs of consecutive seconds instead.

use std::time::Duration;

use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::latency::{Latencies, rank};

/// Consecutive blocks that are drawn together.
const LENGTH: usize = 3;
/// Draws.
const DRAWS: usize = 1_000;
/// Fewest blocks that tell anything.
pub const FEWEST_BLOCKS: usize = 30;

/// The time below which a percentile lies with 95 % certainty; of each of `quantiles`, in their order. `None` where more
/// than one draw in twenty has no such time, or where there are fewer than [`FEWEST_BLOCKS`] blocks.
///
/// `blocks` are the requests due in each second of the run, in order.
#[must_use]
pub fn upper_limits(blocks: &[Latencies], quantiles: &[f64], seed: u64) -> Vec<Option<Duration>> {
    if blocks.len() < FEWEST_BLOCKS {
        return vec![None; quantiles.len()];
    }
    let table = Table::new(blocks);
    let mut random = StdRng::seed_from_u64(seed);
    // A time that does not exist is longer than any.
    let mut drawn: Vec<Vec<u64>> = vec![Vec::with_capacity(DRAWS); quantiles.len()];
    for _ in 0..DRAWS {
        let weights = weights(blocks.len(), &mut random);
        for (times, time) in drawn.iter_mut().zip(table.quantiles(&weights, quantiles)) {
            times.push(time.unwrap_or(u64::MAX));
        }
    }
    let limit = |mut times: Vec<u64>| {
        times.sort_unstable();
        let place = times.len() * 95 / 100;
        times.get(place).copied().filter(|time| *time < u64::MAX).map(Duration::from_nanos)
    };
    drawn.into_iter().map(limit).collect()
}

/// How often each block is drawn.
fn weights(blocks: usize, random: &mut StdRng) -> Vec<u64> {
    let mut weights = vec![0; blocks];
    let mut left = blocks;
    while left > 0 {
        let start = random.random_range(0..=blocks - LENGTH);
        for weight in weights.iter_mut().skip(start).take(LENGTH.min(left)) {
            *weight += 1;
        }
        left -= LENGTH.min(left);
    }
    weights
}

/// All times of all blocks, ascending, with the block and how often.
struct Table {
    entries: Vec<(u64, usize, u64)>,
    counts: Vec<u64>,
}

impl Table {
    fn new(blocks: &[Latencies]) -> Self {
        let of_block = |(place, block): (usize, &Latencies)| {
            block.recorded().map(move |(time, count)| (time, place, count)).collect::<Vec<_>>()
        };
        let mut entries: Vec<_> = blocks.iter().enumerate().flat_map(of_block).collect();
        entries.sort_unstable();
        Self { entries, counts: blocks.iter().map(Latencies::count).collect() }
    }

    fn quantiles(&self, weights: &[u64], quantiles: &[f64]) -> Vec<Option<u64>> {
        let all = self.counts.iter().zip(weights).map(|(count, weight)| count * weight).sum();
        let mut found = vec![None; quantiles.len()];
        let mut wanted: Vec<(u64, usize)> =
            quantiles.iter().enumerate().filter_map(|(place, q)| Some((rank(*q, all)?, place))).collect();
        wanted.sort_unstable();
        let mut wanted = wanted.into_iter().peekable();
        let mut seen = 0;
        for (time, block, count) in &self.entries {
            seen += count * weights.get(*block).copied().unwrap_or(0);
            while let Some((_, place)) = wanted.next_if(|(rank, _)| *rank <= seen) {
                if let Some(quantile) = found.get_mut(place) {
                    *quantile = Some(*time);
                }
            }
            if wanted.peek().is_none() {
                break;
            }
        }
        found
    }
}
