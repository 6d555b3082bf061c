//! One thread of the generator: sends what is due, whatever became of the requests before, and checks what comes back.
//!
//! It has a runtime of its own, over which its own connection to the store runs, and never waits for an answer before it
//! sends the next request. Between two looks at the clock it sleeps for some microseconds at most, so that a store on the
//! same machine gets its share of the CPU.

use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::poll;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::arrivals::{Arrivals, IntendedStarts, Share};
use super::block::{Block, Ending, Faults, Times};
use super::live::{Listener, Told};
use super::popularity::Zipf;
use super::truth::{self, Found, Ledger, Row};
use crate::lookup::{Answer, FeatureLookup, FeatureStatus, Selection};
use crate::model::entity::{EntityKey, KeyValue};
use crate::model::value::Value;

/// Sleep when there is nothing to do.
const NAP: Duration = Duration::from_micros(20);
/// Most requests sent between two looks at what came back.
const BURST: usize = 64;
/// Of so many checks one is timed.
const TIMED: u64 = 64;
/// Nanoseconds in a second.
const SECOND: u64 = 1_000_000_000;
/// Spreads the workers' seeds.
const SCATTER: u64 = 0x9e37_79b9_7f4a_7c15;

/// What a worker sends.
#[derive(Clone, Debug)]
pub struct Work {
    /// How its requests are spread.
    pub arrivals: Arrivals,
    /// Requests a second, of all workers together.
    pub rate: u64,
    /// Which of the workers it is.
    pub share: Share,
    /// Who is asked for how often.
    pub popularity: Arc<Zipf>,
    /// Seed of arrivals and of the choice of entities.
    pub seed: u64,
    /// Time before the first measured second.
    pub warmup: Duration,
    /// Measured seconds.
    pub seconds: usize,
    /// How long after the last request was due one may still be sent.
    pub drain: Duration,
    /// Who is told of seconds that are over.
    pub listener: Option<Listener>,
}

/// What answers are held against.
#[derive(Clone, Debug)]
pub struct Truth {
    /// When versions were written.
    pub ledger: Arc<Ledger>,
    /// How much older than the store an answer may be.
    pub allowed_age: Duration,
}

/// What a worker did.
#[derive(Clone, Debug)]
pub struct Worked {
    /// One block per measured second.
    pub blocks: Vec<Block>,
    /// CPU that checking took, from a sample of the requests.
    pub checking: Duration,
}

/// The state of a worker.
struct Worker<'a> {
    begun: Instant,
    warmup: u64,
    blocks: Vec<Block>,
    truth: &'a Truth,
    /// Answers taken in.
    taken: u64,
    checking: Duration,
    /// Seconds told of.
    told: usize,
}

/// Sends until all that was due is answered; what could not even be sent by the end and the time to drain is never sent.
/// `begun` is the beginning of the run, the same for all workers.
pub async fn work(
    work: &Work,
    (lookup, selection): (&FeatureLookup, &Selection),
    truth: &Truth,
    begun: Instant,
) -> Worked {
    let warmup = nanos(work.warmup);
    let end = warmup.saturating_add(nanos(Duration::from_secs(work.seconds as u64)));
    let last = end.saturating_add(nanos(work.drain));
    let mut starts = IntendedStarts::new(work.arrivals, work.rate, work.share, work.seed).peekable();
    let mut random = StdRng::seed_from_u64(work.seed ^ (work.share.worker + 1).wrapping_mul(SCATTER));
    let blocks = vec![Block::default(); work.seconds];
    let mut worker = Worker { begun, warmup, blocks, truth, taken: 0, checking: Duration::ZERO, told: 0 };
    let mut under_way = FuturesUnordered::new();
    loop {
        let mut sent = 0;
        let mut now = worker.now();
        while sent < BURST
            && let Some(due) = starts.next_if(|due| *due < end && *due <= now)
        {
            sent += 1;
            let entity = work.popularity.draw(&mut random);
            let key = EntityKey::new([KeyValue::Int64(i64::from(entity))]);
            match lookup.recall(selection, &key) {
                Ok(answer) => {
                    let times = Times { due, sent: now, ended: worker.now() };
                    worker.take(entity, (Ending::Hit, times), &answer);
                }
                Err(missed) => {
                    let at = now;
                    under_way.push(async move { (entity, due, at, lookup.fetch(missed).await) });
                }
            }
            now = worker.now();
        }
        let mut came = 0;
        while let Poll::Ready(Some((entity, due, at, answer))) = poll!(under_way.next()) {
            came += 1;
            let times = Times { due, sent: at, ended: worker.now() };
            worker.take(entity, (Ending::Miss, times), &answer);
        }
        if let Some(listener) = &work.listener {
            worker.tell(listener, worker.now().saturating_sub(nanos(work.drain)));
        }
        let is_late = worker.now() > last;
        let is_all_sent = is_late || starts.peek().is_none_or(|due| *due >= end);
        if is_all_sent && under_way.is_empty() {
            break;
        }
        if is_late {
            while let Some(due) = starts.next_if(|due| *due < end) {
                worker.record(Ending::Unsent, Times { due, sent: due, ended: due });
            }
        }
        tokio::task::yield_now().await;
        if sent == 0 && came == 0 {
            std::thread::sleep(NAP);
        }
    }
    if let Some(listener) = &work.listener {
        worker.tell(listener, u64::MAX);
    }
    Worked { blocks: worker.blocks, checking: worker.checking }
}

fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

impl Worker<'_> {
    /// Nanoseconds since the beginning of the run.
    fn now(&self) -> u64 {
        nanos(self.begun.elapsed())
    }

    /// The measured second in which a request was due; `None` in the warm-up.
    fn block(&mut self, due: u64) -> Option<&mut Block> {
        let second = due.checked_sub(self.warmup)? / SECOND;
        self.blocks.get_mut(usize::try_from(second).ok()?)
    }

    /// Tells of the measured seconds that were over at `until`.
    fn tell(&mut self, listener: &Listener, until: u64) {
        let over = usize::try_from(until.saturating_sub(self.warmup) / SECOND).unwrap_or(usize::MAX);
        while self.told < over
            && let Some(block) = self.blocks.get(self.told)
        {
            // Whoever listened may have gone.
            let _ = listener.send(Told { second: self.told, block: block.clone() });
            self.told += 1;
        }
    }

    fn record(&mut self, ending: Ending, times: Times) {
        if let Some(block) = self.block(times.due) {
            block.record(ending, times);
        }
    }

    /// Takes in an answer, whose time is over: checking it costs nobody's.
    fn take(&mut self, entity: u32, (ending, times): (Ending, Times), answer: &Answer) {
        self.taken += 1;
        let begun = self.taken.is_multiple_of(TIMED).then(Instant::now);
        let ending = if answer.is_complete() {
            ending
        } else if answer.has_failed() {
            Ending::Failed
        } else {
            Ending::Incomplete
        };
        self.record(ending, times);
        if matches!(ending, Ending::Hit | Ending::Miss) {
            let faults = self.check(entity, times, answer);
            if faults != Faults::default() {
                // Also in the warm-up: a wrong value is wrong at any time.
                let second = times.due.max(self.warmup);
                if let Some(block) = self.block(second) {
                    block.faults.add(&faults);
                }
            }
        }
        if let Some(begun) = begun {
            self.checking += begun.elapsed() * u32::try_from(TIMED).unwrap_or(u32::MAX);
        }
    }

    fn check(&self, entity: u32, times: Times, answer: &Answer) -> Faults {
        let values = answer.features().map(|feature| match (feature.status, feature.value) {
            (FeatureStatus::Present, Some(Value::Int(value))) => Some(*value),
            _ => None,
        });
        let mut faults = Faults::default();
        match values.collect::<Option<Vec<i64>>>().map_or(Row::Wrong, |values| truth::row(entity, values)) {
            Row::Wrong => faults.wrong += 1,
            Row::Torn => faults.torn += 1,
            Row::Version(version) => {
                let found = Found { entity, version, during: times.sent..=times.ended };
                faults.count(self.truth.ledger.check(&found, self.truth.allowed_age));
            }
        }
        faults
    }
}
