//! One thread of the generator: sends what is due, whatever became of the requests before, and checks what comes back.
//!
//! It has a runtime of its own, over which its own connection to the store runs, and never waits for an answer before it
//! sends the next request. With nothing to do it looks again at once where it has a CPU of its own, which sleeping and
//! waking would slow down, and else sleeps for some microseconds, so that others get their share.

use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use futures_util::poll;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use rand::SeedableRng as _;
use rand::rngs::StdRng;

use super::arrivals::{Arrivals, IntendedStarts, Share};
use super::block::{Block, Ending, Faults, Times};
use super::ledger::{Found, Ledger};
use super::live::{Listener, Told};
use super::outage::Outages;
use super::popularity::Zipf;
use super::target::{Asked, Cell, Entities, Reply, Target};
use super::truth::{Reader, Row};
use crate::lookup::Tier;

/// Sleep of a thread that shares its CPU, when all that is due was sent.
const NAP: Duration = Duration::from_micros(20);
/// Entities drawn at once.
const DRAWN_AHEAD: usize = 64;
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
    /// Entities in a request, at least 1.
    pub batch: usize,
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
    /// What it does when nothing is to be done.
    pub pause: Pause,
}

/// What a thread does when nothing is to be done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pause {
    /// It looks again.
    Spin,
    /// It sleeps.
    #[default]
    Sleep,
}

impl Pause {
    /// For one of `threads` threads that are always busy: there should be a CPU for each, and one for all else.
    #[must_use]
    pub fn of(threads: u64) -> Self {
        let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
        if threads < cpus { Self::Spin } else { Self::Sleep }
    }
}

/// What a worker did.
#[derive(Clone, Debug)]
pub struct Worked {
    /// One block per second of the warm-up.
    pub warmup: Vec<Block>,
    /// One block per measured second.
    pub blocks: Vec<Block>,
    /// When requests failed in the measured seconds.
    pub outages: Outages,
    /// CPU that checking took, from a sample of the requests.
    pub checking: Duration,
    /// Time in the measured seconds in which it looked for something to do in vain, where it does not sleep instead.
    pub idle: Duration,
}

/// The state of a worker.
struct Worker<'a> {
    begun: Instant,
    warmup: u64,
    /// Of the warm-up first, then of the measured seconds.
    blocks: Vec<Block>,
    outages: Outages,
    ledger: &'a Ledger,
    /// Answers taken in.
    taken: u64,
    checking: Duration,
    /// Measured seconds told of.
    told: usize,
}

/// Sends until all that was due is answered; what could not even be sent by the end and the time to drain is never sent.
/// `begun` is the beginning of the run, the same for all workers.
pub async fn work<T: Target>(work: &Work, target: &T, ledger: &Ledger, begun: Instant) -> Worked {
    let warmup = nanos(work.warmup);
    let end = warmup.saturating_add(nanos(Duration::from_secs(work.seconds as u64)));
    let last = end.saturating_add(nanos(work.drain));
    let mut starts = IntendedStarts::new(work.arrivals, work.rate, work.share, work.seed).peekable();
    let mut draws = Draws::new(&work.popularity, draws(work.seed, work.share));
    let blocks = vec![Block::default(); warm_blocks(warmup) + work.seconds];
    let outages = Outages::default();
    let mut worker = Worker { begun, warmup, blocks, outages, ledger, taken: 0, checking: Duration::ZERO, told: 0 };
    let mut under_way = FuturesUnordered::new();
    let mut idle = 0;
    let mut now = worker.now();
    loop {
        let turned = now;
        let mut sent = 0;
        while sent < BURST
            && let Some(due) = starts.next_if(|due| *due < end && *due <= now)
        {
            sent += 1;
            let entities = Entities::draw(work.batch, || draws.next());
            match target.ask(entities.clone()) {
                Asked::Now(mut reply) => {
                    let times = Times { due, sent: now, ended: worker.now() };
                    worker.take(&entities, (Ending::Hit, times), &mut reply);
                }
                Asked::Later(later) => {
                    let at = now;
                    under_way.push(async move { (entities, due, at, later.await) });
                }
            }
            now = worker.now();
        }
        tokio::task::yield_now().await;
        let mut came = 0;
        while let Poll::Ready(Some((entities, due, at, mut reply))) = poll!(under_way.next()) {
            came += 1;
            let times = Times { due, sent: at, ended: worker.now() };
            worker.take(&entities, (Ending::Miss, times), &mut reply);
        }
        now = worker.now();
        if let Some(listener) = &work.listener {
            worker.tell(listener, now.saturating_sub(nanos(work.drain)));
        }
        let is_late = now > last;
        let is_all_sent = is_late || starts.peek().is_none_or(|due| *due >= end);
        if is_all_sent && under_way.is_empty() {
            break;
        }
        if is_late {
            while let Some(due) = starts.next_if(|due| *due < end) {
                worker.record(Ending::Unsent, Times { due, sent: due, ended: due });
                worker.leave(work.batch, due);
            }
        }
        if work.pause == Pause::Spin && sent == 0 && came == 0 && (warmup..end).contains(&now) {
            idle += now - turned;
        }
        if work.pause == Pause::Sleep && starts.peek().is_none_or(|due| *due > now) {
            std::thread::sleep(NAP);
            now = worker.now();
        }
    }
    if let Some(listener) = &work.listener {
        worker.tell(listener, u64::MAX);
    }
    let mut warm = worker.blocks;
    let blocks = warm.split_off(warm_blocks(warmup));
    Worked {
        warmup: warm,
        blocks,
        outages: worker.outages,
        checking: worker.checking,
        idle: Duration::from_nanos(idle),
    }
}

/// What a worker draws entities with.
pub(super) fn draws(seed: u64, share: Share) -> StdRng {
    StdRng::seed_from_u64(seed ^ (share.worker + 1).wrapping_mul(SCATTER))
}

/// Who is asked next. Entities are drawn some at a time, so that the reads of the large table overlap.
struct Draws<'a> {
    popularity: &'a Zipf,
    random: StdRng,
    ahead: [u32; DRAWN_AHEAD],
    taken: usize,
}

impl<'a> Draws<'a> {
    const fn new(popularity: &'a Zipf, random: StdRng) -> Self {
        Self { popularity, random, ahead: [0; DRAWN_AHEAD], taken: DRAWN_AHEAD }
    }

    fn next(&mut self) -> u32 {
        if self.taken == DRAWN_AHEAD {
            self.ahead.fill_with(|| self.popularity.draw(&mut self.random));
            self.taken = 0;
        }
        let drawn = self.ahead[self.taken];
        self.taken += 1;
        drawn
    }
}

/// Seconds of a warm-up of so many nanoseconds, the last of them perhaps shorter.
fn warm_blocks(warmup: u64) -> usize {
    usize::try_from(warmup.div_ceil(SECOND)).unwrap_or(usize::MAX)
}

/// A span in nanoseconds.
pub(super) fn nanos(span: Duration) -> u64 {
    u64::try_from(span.as_nanos()).unwrap_or(u64::MAX)
}

impl Worker<'_> {
    /// Nanoseconds since the beginning of the run.
    fn now(&self) -> u64 {
        nanos(self.begun.elapsed())
    }

    /// The second in which a request was due.
    fn block(&mut self, due: u64) -> Option<&mut Block> {
        let place = match due.checked_sub(self.warmup) {
            None => usize::try_from(due / SECOND).ok()?,
            Some(measured) => warm_blocks(self.warmup).checked_add(usize::try_from(measured / SECOND).ok()?)?,
        };
        self.blocks.get_mut(place)
    }

    /// Tells of the measured seconds that were over at `until`.
    fn tell(&mut self, listener: &Listener, until: u64) {
        let over = usize::try_from(until.saturating_sub(self.warmup) / SECOND).unwrap_or(usize::MAX);
        while self.told < over
            && let Some(block) = self.blocks.get(warm_blocks(self.warmup) + self.told)
        {
            // Whoever listened may have gone.
            let _ = listener.send(Told { second: self.told, block: block.clone() });
            self.told += 1;
        }
    }

    fn record(&mut self, ending: Ending, times: Times) {
        let measured = times.due.checked_sub(self.warmup);
        if let (Ending::Failed | Ending::Unsent, Some(at)) = (ending, measured) {
            self.outages.note(Duration::from_nanos(at));
        }
        if let Some(block) = self.block(times.due) {
            block.record(ending, times);
        }
    }

    /// Counts the entities of a request of several that was never sent.
    fn leave(&mut self, batch: usize, due: u64) {
        if let Some(block) = self.block(due).filter(|_| batch > 1) {
            (0..batch).for_each(|_| block.keys.record(Ending::Unsent, 0));
        }
    }

    /// Takes in a reply, whose time is over: checking it costs nobody's. `whole` is how it ended if it has every value.
    fn take(&mut self, entities: &Entities, (whole, times): (Ending, Times), reply: &mut impl Reply) {
        self.taken += 1;
        let begun = self.taken.is_multiple_of(TIMED).then(Instant::now);
        reply.open();
        let mut ending = whole;
        let mut faults = Faults::default();
        for (position, entity) in entities.iter().enumerate() {
            let of_entity = known(*entity, reply.cells(position));
            match of_entity {
                Known::Whole(version) => {
                    faults.count(self.ledger.check(&Found {
                        entity: *entity,
                        version,
                        during: times.sent..=times.ended,
                    }));
                }
                Known::Torn => faults.torn += 1,
                Known::Unwritten => faults.wrong += 1,
                Known::Incomplete if ending != Ending::Failed => ending = Ending::Incomplete,
                Known::Incomplete => {}
                Known::Failed => ending = Ending::Failed,
            }
            if let Some(served) = reply.served(position) {
                let ended = nanos(served.ended.saturating_duration_since(self.begun));
                let of_key = match (of_entity, served.tier) {
                    (Known::Whole(_) | Known::Torn | Known::Unwritten, Tier::L1) => Ending::Hit,
                    (Known::Whole(_) | Known::Torn | Known::Unwritten, Tier::L2) => Ending::Miss,
                    (Known::Incomplete, _) => Ending::Incomplete,
                    (Known::Failed, _) => Ending::Failed,
                };
                if let Some(block) = self.block(times.due) {
                    block.keys.record(of_key, ended.saturating_sub(times.due));
                }
            }
        }
        self.record(ending, times);
        if faults != Faults::default()
            && let Some(block) = self.block(times.due)
        {
            block.faults.add(&faults);
        }
        if let Some(begun) = begun {
            self.checking += begun.elapsed() * u32::try_from(TIMED).unwrap_or(u32::MAX);
        }
    }
}

/// What is known of an entity; the worst of its features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Known {
    /// The right number for each feature, all of this version.
    Whole(u32),
    /// A right number for each feature, of several versions.
    Torn,
    /// A value for each, and one is nothing that was written.
    Unwritten,
    /// Something is absent.
    Incomplete,
    /// Something could not be read.
    Failed,
}

/// What the cells of an entity come to, at least one.
fn known(entity: u32, cells: impl Iterator<Item = Cell>) -> Known {
    let (mut is_incomplete, mut is_unwritten, mut has_cells) = (false, false, false);
    let mut row = Reader::new(entity);
    for cell in cells {
        has_cells = true;
        match cell {
            Cell::Number(value) => row.read(value),
            Cell::Other => is_unwritten = true,
            Cell::Absent => is_incomplete = true,
            Cell::Failed => return Known::Failed,
        }
    }
    if !has_cells {
        return Known::Failed;
    }
    if is_incomplete {
        return Known::Incomplete;
    }
    match row.row() {
        Row::Version(version) if !is_unwritten => Known::Whole(version),
        Row::Torn if !is_unwritten => Known::Torn,
        Row::Version(_) | Row::Torn | Row::Wrong => Known::Unwritten,
    }
}
