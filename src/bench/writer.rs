//! Writers beside the lookups: next versions of rows, at a rate, noted in the ledger before they are sent and after the
//! store has said that they are done.

use std::collections::HashSet;
use std::iter::Peekable;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::arrivals::{Arrivals, IntendedStarts, Share};
use super::data::Rows;
use super::latency::Latencies;
use super::ledger::Ledger;
use super::load::{LoadError, Writer};
use super::popularity::Zipf;
use super::worker::nanos;
use crate::model::time::Clock;

/// Most rows that are written at once.
const BATCH: usize = 256;
/// Sleep when nothing is due.
const NAP: Duration = Duration::from_millis(1);
/// Keeps the draws of writers apart from those of readers.
const SCATTER: u64 = 0x5851_f42d_4c95_7f2d;

/// How much is written, and what.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WriteSettings {
    /// Rows a second.
    pub rate: u64,
    /// Exponent of Zipf's law, by which rows are chosen; 0 is evenly.
    pub exponent: f64,
}

/// What a writer is to do.
#[derive(Clone, Debug)]
pub struct Writing {
    /// Rows a second.
    pub rate: u64,
    /// Which row how often.
    pub popularity: Arc<Zipf>,
    /// Seed of the choice.
    pub seed: u64,
    /// Time from the beginning of the run to its end.
    pub time: Duration,
}

/// What was written.
#[derive(Clone, Debug, Default)]
pub struct Wrote {
    /// Versions that the store has acknowledged.
    pub acknowledged: u64,
    /// Versions of which nobody knows whether they were written. Their entities are not written again.
    pub failed: u64,
    /// Rows that could not be put back to the version that was there before.
    pub left: u64,
    /// From when a write was due to its acknowledgement.
    pub response: Latencies,
}

impl Wrote {
    /// Adds what another wrote.
    pub fn merge(&mut self, other: &Self) {
        self.acknowledged += other.acknowledged;
        self.failed += other.failed;
        self.left += other.left;
        self.response.merge(&other.response);
    }
}

/// Writes until the end of the run. Rows that are due while others are under way wait, and go together next; no row is
/// written twice at once.
///
/// # Errors
/// When a value cannot be encoded, which no whole number is.
pub async fn write(
    writing: &Writing,
    (rows, writer): (&Rows, &mut Writer),
    ledger: &Ledger,
    begun: Instant,
) -> Result<Wrote, LoadError> {
    let end = nanos(writing.time);
    let share = Share { worker: 0, of: 1 };
    let mut starts = IntendedStarts::new(Arrivals::Constant, writing.rate, share, writing.seed).peekable();
    let mut random = StdRng::seed_from_u64(writing.seed ^ SCATTER);
    let mut draw = || writing.popularity.draw(&mut random);
    let mut wrote = Wrote::default();
    let mut retired = HashSet::new();
    // Drawn, and due while its row was being written.
    let mut held = None;
    loop {
        let now = nanos(begun.elapsed());
        let mut batch = Batch::default();
        while batch.writes.len() < BATCH
            && let Some((due, entity)) = held.take().or_else(|| due(&mut starts, now.min(end), &mut draw))
        {
            if batch.entities.contains(&entity) {
                held = Some((due, entity));
                break;
            }
            if !retired.contains(&entity)
                && let Some(version) = ledger.begin(entity, nanos(begun.elapsed()))
            {
                batch.entities.insert(entity);
                batch.writes.push((due, entity, version));
            }
        }
        if batch.writes.is_empty() {
            if now >= end && held.is_none() {
                return Ok(wrote);
            }
            tokio::time::sleep(NAP).await;
            continue;
        }
        let at = Clock::System.now();
        let mut commands = Vec::with_capacity(batch.writes.len());
        for (_, entity, version) in &batch.writes {
            commands.push(rows.write((*entity, *version), at).map_err(LoadError::Value)?);
        }
        let is_done = writer.send(commands).await.is_ok();
        let now = nanos(begun.elapsed());
        for (due, entity, _) in batch.writes {
            if is_done {
                ledger.acknowledge(entity, now);
                wrote.acknowledged += 1;
                wrote.response.record(now.saturating_sub(due));
            } else {
                retired.insert(entity);
                wrote.failed += 1;
                wrote.response.record_never();
            }
        }
    }
}

/// Rows that are written at once: when each was due, its entity and its version.
#[derive(Default)]
struct Batch {
    writes: Vec<(u64, u32, u32)>,
    entities: HashSet<u32>,
}

fn due(starts: &mut Peekable<IntendedStarts>, now: u64, draw: &mut dyn FnMut() -> u32) -> Option<(u64, u32)> {
    starts.next_if(|due| *due < now).map(|due| (due, draw()))
}

/// Puts every row that was written back to the version that was there before, and gives how many could not be.
///
/// # Errors
/// When a value cannot be encoded, which no whole number is.
pub async fn restore(rows: &Rows, writer: &mut Writer, ledger: &Ledger) -> Result<u64, LoadError> {
    let mut left = 0;
    for written in ledger.written().chunks(BATCH) {
        let at = Clock::System.now();
        let commands: Result<Vec<_>, _> = written.iter().map(|write| rows.write(*write, at)).collect();
        if writer.send(commands.map_err(LoadError::Value)?).await.is_err() {
            left += written.len() as u64;
        }
    }
    Ok(left)
}
