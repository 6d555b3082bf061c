//! A run: what it is to do, and what all that took part found, put together.

use std::sync::Arc;
use std::time::Duration;

use super::arrivals::Arrivals;
use super::block::Block;
use super::crew::{Crew, Worked};
use super::data::{Layout, Rows};
use super::ledger::Ledger;
use super::live::Listener;
use super::load::{IsCluster, LoadError, Writer};
use super::outage::Outages;
use super::popularity::Zipf;
use super::replay::{Prediction, predict};
use super::start::Start;
use super::target::{Http, HttpError, TargetSettings};
use super::verify::{Verified, Verify, verify};
use super::watch::Watched;
use super::worker::Pause;
use super::writer::{WriteSettings, Writing, Wrote};
use crate::lookup::{FeatureLookup, LookupSettings, SelectionError};
use crate::model::time::Timestamp;
use crate::store::online::redis::PatternError;
use crate::store::online::{OnlineSettings, OnlineStore, RedisSettings, RedisTopology, StoreError};

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
    /// What they do when nothing is to be done.
    pub pause: Pause,
    /// What a lookup may keep, and how long it may take.
    pub lookup: LookupSettings,
    /// By how much an answer may be older than the store: 0 where nothing is kept, L1's time to live where L1 is asked.
    pub allowed_age: Duration,
    /// What is checked besides every answer.
    pub verify: Verify,
    /// What is written meanwhile; `None` writes nothing.
    pub writes: Option<WriteSettings>,
    /// Seed of all that is drawn.
    pub seed: u64,
    /// Who is told of seconds while it runs.
    pub listener: Option<Listener>,
}

/// What a run found.
#[derive(Clone, Debug, Default)]
pub struct Run {
    /// When the first measured second began.
    pub measured_from: Option<Timestamp>,
    /// One block per second of the warm-up, all threads together; the last may be shorter.
    pub warmup: Vec<Block>,
    /// One block per measured second, all threads together.
    pub blocks: Vec<Block>,
    /// When requests failed in the measured seconds.
    pub outages: Outages,
    /// CPU that checking answers took.
    pub checking: Duration,
    /// Rows in L1 at the end.
    pub l1_rows: usize,
    /// Bytes in L1 at the end.
    pub l1_bytes: u64,
    /// CPU in the measured seconds.
    pub watched: Watched,
    /// What a look at every row found before; `None` if there was none.
    pub verified: Option<Verified>,
    /// What was written meanwhile; `None` if nothing was.
    pub wrote: Option<Wrote>,
    /// The hit rate that was to be expected; `None` without L1, and for requests of several entities.
    pub prediction: Option<Prediction>,
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
    /// The store cannot be written.
    #[error(transparent)]
    Write(#[from] LoadError),
    /// There is no such law.
    #[error("there must be at least one entity, and an exponent of 0 or more")]
    Popularity,
    /// Nobody tells when to begin.
    #[error("nobody said when the run begins")]
    Start(#[source] std::io::Error),
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
    run_from(settings, Start::Soon)
}

/// Runs it from a moment on; blocks until the end.
///
/// # Errors
/// When it cannot be begun, or a thread breaks off.
pub fn run_from(settings: &RunSettings, start: Start<'_>) -> Result<Run, RunError> {
    let popularity = Arc::new(Zipf::new(settings.entities, settings.exponent).ok_or(RunError::Popularity)?);
    let ledger = Ledger::new(settings.entities, settings.allowed_age);
    let rows = Rows::new(settings.features, settings.layout)?;
    let runtime = runtime()?;
    let first = runtime.block_on(async {
        match &settings.target {
            TargetSettings::Lookup => connect(settings, &rows, None).await.map(Some),
            TargetSettings::Http(http) => {
                Http::new(http, &rows, settings.lookup.deadline)?.probe(&rows).await?;
                Ok(None)
            }
        }
    })?;
    let verified = match settings.verify {
        Verify::Answers => None,
        Verify::All => {
            let store = runtime.block_on(open(settings))?;
            Some(runtime.block_on(verify(&store, &rows, settings.entities, &ledger)))
        }
    };
    let writing = settings.writes.map(|writes| writing(settings, writes)).transpose()?;
    let crew = Crew { settings, rows: &rows, ledger: &ledger, first: first.as_ref(), popularity: &popularity };
    let Worked { measured_from, senders, wrote, watched } =
        crew.work(start.wait().map_err(RunError::Start)?, writing)?;
    let l1 = first.as_ref();
    let mut run = Run {
        measured_from: Some(measured_from),
        blocks: vec![Block::default(); settings.seconds],
        l1_rows: l1.map_or(0, FeatureLookup::l1_rows),
        l1_bytes: l1.map_or(0, FeatureLookup::l1_bytes),
        watched,
        verified,
        wrote,
        prediction: (settings.batch == 1).then(|| predict(settings, &popularity)).flatten(),
        ..Run::default()
    };
    for sent in senders {
        run.warmup.resize_with(sent.warmup.len(), Block::default);
        run.warmup.iter_mut().zip(&sent.warmup).for_each(|(whole, part)| whole.merge(part));
        run.blocks.iter_mut().zip(&sent.blocks).for_each(|(whole, part)| whole.merge(part));
        run.outages.merge(&sent.outages);
        run.checking += sent.checking;
        if let Some(sending) = &mut run.watched.sending {
            sending.running = sending.running.saturating_sub(sent.idle);
        }
    }
    Ok(run)
}

/// A runtime on the thread that it is used on.
pub(super) fn runtime() -> std::io::Result<tokio::runtime::Runtime> {
    tokio::runtime::Builder::new_current_thread().enable_all().build()
}

/// A connection to the store that reads.
async fn open(settings: &RunSettings) -> Result<OnlineStore, RunError> {
    let named = settings.redis.clone().ok_or(RunError::NoStore)?;
    let redis = RedisSettings { layout: settings.layout.settings(), ..named };
    Ok(OnlineStore::connect(&OnlineSettings::Redis(Box::new(redis))).await?)
}

/// A connection to the store that writes.
pub(super) async fn connect_writer(settings: &RunSettings) -> Result<Writer, RunError> {
    let redis = settings.redis.as_ref().ok_or(RunError::NoStore)?;
    let addresses: Vec<String> = redis.nodes.iter().map(|node| format!("redis://{node}")).collect();
    let is_cluster = if redis.topology == RedisTopology::Cluster { IsCluster::Yes } else { IsCluster::No };
    Ok(Writer::connect(&addresses, is_cluster).await?)
}

fn writing(settings: &RunSettings, writes: WriteSettings) -> Result<Writing, RunError> {
    let popularity = Zipf::new(settings.entities, writes.exponent).ok_or(RunError::Popularity)?;
    let time = settings.warmup + Duration::from_secs(settings.seconds as u64);
    Ok(Writing { rate: writes.rate, popularity: Arc::new(popularity), seed: settings.seed, time })
}

/// A lookup over a connection of its own, with the L1 of another where there is one.
pub(super) async fn connect(
    settings: &RunSettings,
    rows: &Rows,
    beside: Option<&FeatureLookup>,
) -> Result<FeatureLookup, RunError> {
    let store = Arc::new(open(settings).await?);
    Ok(match beside {
        None => FeatureLookup::new(store, std::slice::from_ref(rows.view()), &settings.lookup),
        Some(first) => first.beside(store, &settings.lookup),
    })
}
