//! A run: threads that share a rate and an L1, and what they found put together.

use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::arrivals::{Arrivals, Share};
use super::block::Block;
use super::data::{Layout, Rows};
use super::popularity::Zipf;
use super::target::{Http, HttpError, Lookups, TargetSettings};
use super::truth::Ledger;
use super::worker::{Truth, Work, Worked, work};
use crate::lookup::{FeatureLookup, LookupSettings, SelectionError};
use crate::store::online::redis::PatternError;
use crate::store::online::{OnlineSettings, OnlineStore, RedisSettings, StoreError};

/// What is looked up, how often, and by whom.
#[derive(Clone, Debug)]
pub struct RunSettings {
    /// Who is asked.
    pub target: TargetSettings,
    /// The store; a feature server can be asked without it.
    pub redis: Option<RedisSettings>,
    /// How rows lie in it.
    pub layout: Layout,
    /// Entities that it holds.
    pub entities: u32,
    /// Features of a row.
    pub features: u32,
    /// Exponent of Zipf's law.
    pub exponent: f64,
    /// Requests a second.
    pub rate: u64,
    /// Entities in a request.
    pub batch: usize,
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
}

/// What a run found.
#[derive(Clone, Debug)]
pub struct Run {
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
    /// The feature server cannot be asked.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// Nobody says where the store is.
    #[error("no Redis is named\n  hint: `--redis redis://host:port`")]
    NoStore,
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
    let first = runtime()?.block_on(async {
        match &settings.target {
            TargetSettings::Lookup => connect(settings, &rows, None).await.map(Some),
            TargetSettings::Http(http) => {
                Http::new(http, &rows, settings.lookup.deadline)?.probe(&rows).await?;
                Ok(None)
            }
        }
    })?;
    let workers: Vec<Work> = (0..settings.threads)
        .map(|worker| Work {
            arrivals: settings.arrivals,
            rate: settings.rate,
            batch: settings.batch,
            share: Share { worker, of: settings.threads },
            popularity: Arc::clone(&popularity),
            seed: settings.seed,
            warmup: settings.warmup,
            seconds: settings.seconds,
            drain: settings.lookup.deadline,
        })
        .collect();
    let begun = Instant::now() + Duration::from_millis(200);
    let worked: Vec<Result<Worked, RunError>> = thread::scope(|scope| {
        let one = |worker: Work| {
            let (first, rows, truth) = (&first, &rows, &truth);
            thread::Builder::new().name(format!("bench-{}", worker.share.worker)).spawn_scoped(scope, move || {
                runtime()?.block_on(async {
                    if let TargetSettings::Http(http) = &settings.target {
                        let target = Http::new(http, rows, settings.lookup.deadline)?;
                        tokio::time::sleep_until(begun.into()).await;
                        return Ok(work(&worker, &target, truth, begun).await);
                    }
                    let lookup = connect(settings, rows, first.as_ref()).await?;
                    let names = rows.names();
                    let selection = lookup.select(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
                    let target = Lookups::new(lookup, selection);
                    tokio::time::sleep_until(begun.into()).await;
                    Ok(work(&worker, &target, truth, begun).await)
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
        blocks: vec![Block::default(); settings.seconds],
        checking: Duration::ZERO,
        l1_rows: first.as_ref().map_or(0, FeatureLookup::l1_rows),
        l1_bytes: first.as_ref().map_or(0, FeatureLookup::l1_bytes),
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
) -> Result<FeatureLookup, RunError> {
    let named = settings.redis.clone().ok_or(RunError::NoStore)?;
    let redis = RedisSettings { layout: settings.layout.settings(), ..named };
    let store = Arc::new(OnlineStore::connect(&OnlineSettings::Redis(Box::new(redis))).await?);
    Ok(match beside {
        None => FeatureLookup::new(store, std::slice::from_ref(rows.view()), &settings.lookup),
        Some(first) => first.beside(store, &settings.lookup),
    })
}
