//! The hit rate that a run must have: L1's own code over the same entities in the same order, and formulas around it.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

use super::arrivals::IntendedStarts;
use super::arrivals::Share;
use super::data::Rows;
use super::hit_rate::{least_recently_used, most_popular, with_ttl};
use super::popularity::Zipf;
use super::run::RunSettings;
use super::worker::{draws, nanos};
use crate::lookup::{L1Settings, Rehearsal};
use crate::model::online::{OnlineCell, StoredRow, StoredTimestamp};
use crate::model::value::Value;
use crate::stats::real;

/// Most lookups that are replayed; of a longer run the first so many.
const MOST: u64 = 40_000_000;
/// By so much a measured hit rate may lie outside of what is possible before it is taken for an error.
const TOLERANCE: f64 = 0.01;
/// Standard errors by which a share may be off by chance.
const SURE: f64 = 4.0;
/// How near calibration comes to the wanted hit rate.
const NEAR: f64 = 0.001;
/// Most replays of one calibration.
const TRIES: usize = 12;

/// What hit rate was to be expected.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prediction {
    /// Of L1's own code, replayed.
    pub replayed: f64,
    /// Rows that it holds at the end.
    pub rows: usize,
    /// Of a cache of so many rows under the least-recently-used rule, after a long time.
    pub least_recently_used: f64,
    /// Of a cache of so many rows that knows who is popular: no rule does better.
    pub most_popular: f64,
    /// The most that rows allow which are dropped after L1's time to live.
    pub with_ttl: f64,
}

impl Prediction {
    /// Why a hit rate measured over so many lookups cannot be right; `None` if it can.
    #[must_use]
    pub fn contradicts(&self, measured: f64, lookups: u64) -> Option<String> {
        let least = self.least_recently_used.min(self.replayed);
        let most = self.most_popular.max(self.replayed);
        // Whether a row is there when it is asked for again so soon is chance, as each of few lookups is.
        let chance = SURE * (0.25 / real(lookups.max(1))).sqrt();
        let tolerance = TOLERANCE + chance;
        let outside = measured < least - tolerance || measured > most + tolerance;
        let percent = |share: f64| share * 100.0;
        outside.then(|| {
            format!(
                "L1 hit rate {:.2} % is not possible: replayed {:.2} %, bounds {:.2} to {:.2} %",
                percent(measured),
                percent(self.replayed),
                percent(least),
                percent(most)
            )
        })
    }
}

/// Replays the entities that a run asks for; `None` where nothing is kept, or the run is too short to be measured.
#[must_use]
pub fn predict(settings: &RunSettings, popularity: &Arc<Zipf>) -> Option<Prediction> {
    let replayed = replay(settings, popularity, &settings.lookup.l1)?;
    let shares = popularity.shares();
    let ttl = settings.lookup.l1.ttl.as_secs_f64();
    Some(Prediction {
        replayed: replayed.hit_rate,
        rows: replayed.rows,
        least_recently_used: least_recently_used(shares, real(replayed.rows as u64)),
        most_popular: most_popular(shares, replayed.rows),
        with_ttl: with_ttl(shares, real(settings.rate), ttl),
    })
}

/// The bytes that L1 must hold for a run to have the hit rate `wanted` (above 0, below 1), by replay; `None` where no
/// capacity leads there: the run is too short, or time to live too short.
#[must_use]
pub fn calibrate(settings: &RunSettings, popularity: &Arc<Zipf>, wanted: f64) -> Option<u64> {
    let row = {
        let one =
            Rehearsal::new(&L1Settings { capacity: u64::from(u32::MAX), ..settings.lookup.l1 }, row(settings.features));
        let _ = one.look_up(&Rows::key(0), Duration::ZERO);
        real(one.bytes().max(1))
    };
    // What a cache that knows who is popular would need, and all rows.
    let mut sum = 0.0;
    let enough = |share: &f64| {
        sum += share;
        sum >= wanted
    };
    let fewest = popularity.shares().iter().position(enough).unwrap_or(0).max(1);
    let (mut low, mut high) = (real(fewest as u64) * row * 0.5, real(popularity.shares().len() as u64) * row * 1.5);
    let mut capacity = real(fewest as u64) * row * 1.5;
    let mut best: Option<(f64, u64)> = None;
    let mut last: Option<(f64, f64)> = None;
    for _ in 0..TRIES {
        let bytes = whole(capacity);
        let found = replay(settings, popularity, &L1Settings { capacity: bytes, ..settings.lookup.l1 })?.hit_rate;
        let off = found - wanted;
        if best.is_none_or(|(before, _)| off.abs() < before) {
            best = Some((off.abs(), bytes));
        }
        if off.abs() <= NEAR {
            break;
        }
        if off < 0.0 {
            low = capacity;
        } else {
            high = capacity;
        }
        // Hits grow about evenly with the logarithm of the capacity.
        let middle = f64::midpoint(low.ln(), high.ln());
        let next = match last {
            Some((known, was)) if (was - found).abs() > f64::EPSILON => {
                capacity.ln() - off * (capacity.ln() - known) / (found - was)
            }
            Some(_) | None => capacity.ln() - off / 0.08,
        };
        last = Some((capacity.ln(), found));
        let is_inside = next > low.ln() && next < high.ln();
        capacity = if is_inside { next.exp() } else { middle.exp() };
    }
    best.filter(|(off, _)| *off <= TOLERANCE).map(|(_, bytes)| bytes)
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "bytes in memory, positive")]
const fn whole(bytes: f64) -> u64 {
    bytes as u64
}

/// A row as the store has it.
fn row(features: u32) -> StoredRow {
    let cells = (0..features).map(|_| OnlineCell::Value(Value::Int(0))).collect();
    StoredRow { event_timestamp: StoredTimestamp::NotKept, cells, remaining_ttl: None }
}

struct Replayed {
    hit_rate: f64,
    rows: usize,
}

fn replay(settings: &RunSettings, popularity: &Arc<Zipf>, l1: &L1Settings) -> Option<Replayed> {
    if l1.capacity == 0 {
        return None;
    }
    let warmup = nanos(settings.warmup);
    let end = warmup + nanos(Duration::from_secs(settings.seconds as u64));
    let mut workers: Vec<Worker> = (0..settings.threads).map(|worker| Worker::new(settings, worker)).collect();
    let cache = Rehearsal::new(l1, row(settings.features));
    let (mut hits, mut lookups) = (0_u64, 0_u64);
    for _ in 0..MOST {
        let Some(next) = workers.iter_mut().min_by_key(|worker| worker.due).filter(|worker| worker.due < end) else {
            break;
        };
        let due = next.due;
        let entity = popularity.draw(&mut next.draws);
        next.step();
        let is_hit = cache.look_up(&Rows::key(entity), Duration::from_nanos(due));
        if due >= warmup {
            lookups += 1;
            hits += u64::from(is_hit);
        }
    }
    (lookups > 0).then(|| Replayed { hit_rate: real(hits) / real(lookups), rows: cache.rows() })
}

/// What one thread of the generator asks for.
struct Worker {
    due: u64,
    starts: IntendedStarts,
    draws: StdRng,
}

impl Worker {
    fn new(settings: &RunSettings, worker: u64) -> Self {
        let share = Share { worker, of: settings.threads };
        let starts = IntendedStarts::new(settings.arrivals, settings.rate, share, settings.seed);
        let mut worker = Self { due: 0, starts, draws: draws(settings.seed, share) };
        worker.step();
        worker
    }

    fn step(&mut self) {
        self.due = self.starts.next().unwrap_or(u64::MAX);
    }
}
