//! A run: threads that share a rate and an L1, and what they found put together.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::arrivals::{Arrivals, Share};
use super::block::Block;
use super::data::{Layout, Rows};
use super::live::Listener;
use super::popularity::Zipf;
use super::truth::Ledger;
use super::worker::{Truth, Work, Worked, work};
use crate::lookup::{FeatureLookup, LookupSettings, SelectionError};
use crate::model::time::{Clock, Timestamp};
use crate::store::online::redis::PatternError;
use crate::store::online::{OnlineSettings, OnlineStore, RedisSettings, StoreError};

/// What is looked up, how often, and by whom.
#[derive(Clone, Debug)]
pub struct RunSettings {
    /// The store.
    pub redis: RedisSettings,
    /// How rows lie in it.
    pub layout: Layout,
    /// Entities that it holds.
    pub entities: u32,
    /// Features of a row.
    pub features: u32,
    /// Exponent of Zipf's law.
    pub exponent: f64,
    /// Lookups a second.
    pub rate: u64,
    /// How they are spread.
    pub arrivals: Arrivals,
    /// Time before the first measured second.
    pub warmup: Duration,
    /// Measured seconds.
    pub seconds: usize,
    /// Threads that send.
    pub threads: u64,
    /// What a lookup may keep, and how long it may take.
    pub lookup: LookupSettings,
    /// Seed of all that is drawn.
    pub seed: u64,
    /// Who is told of seconds while it runs.
    pub listener: Option<Listener>,
}

/// What a run found.
#[derive(Clone, Debug)]
pub struct Run {
    /// When the first measured second began.
    pub measured_from: Timestamp,
    /// One block per measured second, all threads together.
    pub blocks: Vec<Block>,
    /// CPU that checking answers took.
    pub checking: Duration,
    /// Rows in L1 at the end.
    pub l1_rows: usize,
    /// Bytes in L1 at the end.
    pub l1_bytes: u64,
}

/// Why there was no run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The store cannot be reached.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What is asked for cannot be looked up.
    #[error(transparent)]
    Selection(#[from] SelectionError),
    /// The layout does not fit.
    #[error(transparent)]
    Pattern(#[from] PatternError),
    /// There is no such law.
    #[error("there must be at least one entity, and an exponent of 0 or more")]
    Popularity,
    /// A thread cannot be started, or has no runtime.
    #[error("could not start a thread of the generator")]
    Thread(#[from] std::io::Error),
    /// A thread broke off.
    #[error("a thread of the generator broke off")]
    Broken,
}

/// Runs it; blocks until the end.
///
/// # Errors
/// When it cannot be begun, or a thread breaks off.
pub fn run(settings: &RunSettings) -> Result<Run, RunError> {
    let popularity = Arc::new(Zipf::new(settings.entities, settings.exponent).ok_or(RunError::Popularity)?);
    let truth = Truth { ledger: Arc::new(Ledger::default()), allowed_age: settings.lookup.l1.ttl };
    let rows = Rows::new(settings.features, settings.layout)?;
    let (lookup, _) = runtime()?.block_on(connect(settings, &rows, None))?;
    let workers: Vec<Work> = (0..settings.threads)
        .map(|worker| Work {
            arrivals: settings.arrivals,
            rate: settings.rate,
            share: Share { worker, of: settings.threads },
            popularity: Arc::clone(&popularity),
            seed: settings.seed,
            warmup: settings.warmup,
            seconds: settings.seconds,
            drain: settings.lookup.deadline,
            listener: settings.listener.clone(),
        })
        .collect();
    let ahead = Duration::from_millis(200);
    let (begun, measured_from) = (Instant::now() + ahead, Clock::System.now().plus(ahead).plus(settings.warmup));
    let worked: Vec<Result<Worked, RunError>> = thread::scope(|scope| {
        let one = |worker: Work| {
            let (first, rows, truth) = (&lookup, &rows, &truth);
            thread::Builder::new().name(format!("bench-{}", worker.share.worker)).spawn_scoped(scope, move || {
                runtime()?.block_on(async {
                    let (lookup, _) = connect(settings, rows, Some(first)).await?;
                    let names = rows.names();
                    let selection = lookup.select(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
                    tokio::time::sleep_until(begun.into()).await;
                    Ok(work(&worker, (&lookup, &selection), truth, begun).await)
                })
            })
        };
        let threads: Vec<_> = workers.into_iter().map(one).collect();
        let join = |thread: std::io::Result<thread::ScopedJoinHandle<'_, Result<Worked, RunError>>>| {
            thread?.join().map_err(|_| RunError::Broken)?
        };
        threads.into_iter().map(join).collect()
    });
    let mut run = Run {
        measured_from,
        blocks: vec![Block::default(); settings.seconds],
        checking: Duration::ZERO,
        l1_rows: lookup.l1_rows(),
        l1_bytes: lookup.l1_bytes(),
    };
    for worked in worked {
        let worked = worked?;
        run.blocks.iter_mut().zip(&worked.blocks).for_each(|(whole, part)| whole.merge(part));
        run.checking += worked.checking;
    }
    Ok(run)
}

fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// A lookup over a connection of its own, with the L1 of another where there is one.
async fn connect(
    settings: &RunSettings,
    rows: &Rows,
    beside: Option<&FeatureLookup>,
) -> Result<(FeatureLookup, Arc<OnlineStore>), RunError> {
    let redis = RedisSettings { layout: settings.layout.settings(), ..settings.redis.clone() };
    let store = Arc::new(OnlineStore::connect(&OnlineSettings::Redis(Box::new(redis))).await?);
    let lookup = match beside {
        None => FeatureLookup::new(Arc::clone(&store), std::slice::from_ref(rows.view()), &settings.lookup),
        Some(first) => first.beside(Arc::clone(&store), &settings.lookup),
    };
    Ok((lookup, store))
}
