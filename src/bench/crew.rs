//! Who takes part in a run: threads that send and share a rate and an L1, one that writes, and one that watches them all.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use super::arrivals::Share;
use super::data::Rows;
use super::ledger::Ledger;
use super::popularity::Zipf;
use super::run::{RunError, RunSettings, connect, connect_writer, runtime};
use super::start::Begun;
use super::target::{Http, Lookups, TargetSettings};
use super::watch::{Look, Watched, Watchlist, own_thread};
use super::worker::{Work, Worked as Sent, work};
use super::writer::{Writing, Wrote, restore, write};
use crate::lookup::FeatureLookup;
use crate::model::time::Timestamp;

/// Longest wait of a thread that has sent all for the last look at its CPU.
const LAST_LOOK: Duration = Duration::from_secs(5);
/// Time between two looks at whether a thread broke off.
const NAP: Duration = Duration::from_millis(20);

/// What all of them need.
#[derive(Clone, Copy, Debug)]
pub(super) struct Crew<'a> {
    pub(super) settings: &'a RunSettings,
    pub(super) rows: &'a Rows,
    pub(super) ledger: &'a Ledger,
    /// Who holds L1; `None` for a target that has its own.
    pub(super) first: Option<&'a FeatureLookup>,
    pub(super) popularity: &'a Arc<Zipf>,
}

/// What they did.
#[derive(Debug)]
pub(super) struct Worked {
    /// When the first measured second began.
    pub(super) measured_from: Timestamp,
    pub(super) senders: Vec<Sent>,
    pub(super) wrote: Option<Wrote>,
    pub(super) watched: Watched,
}

type Thread<'scope, T> = ScopedJoinHandle<'scope, Result<T, RunError>>;

impl Crew<'_> {
    /// Works until the end of the run.
    pub(super) fn work(self, begun: Begun, writing: Option<Writing>) -> Result<Worked, RunError> {
        let measured_from = begun.clock.plus(self.settings.warmup);
        let begun = begun.at;
        let servers = self.settings.redis.iter().filter(|redis| redis.tls.is_none() && redis.password.is_none());
        let servers = servers.flat_map(|redis| redis.nodes.clone()).collect();
        let list = Mutex::new(Watchlist { servers, ..Watchlist::default() });
        let measured = begun + self.settings.warmup;
        let ended = measured + Duration::from_secs(self.settings.seconds as u64);
        let has_looked = AtomicBool::new(false);
        thread::scope(|scope| {
            let (list, has_looked) = (&list, &has_looked);
            let sender = |worker| {
                let name = format!("bench-{worker}");
                thread::Builder::new().name(name).spawn_scoped(scope, move || {
                    list.lock().unwrap_or_else(PoisonError::into_inner).senders.extend(own_thread());
                    let sent = self.send(worker, begun)?;
                    // What Linux knows of a thread is gone with it.
                    wait(ended + LAST_LOOK, &|| has_looked.load(Ordering::Acquire));
                    Ok(sent)
                })
            };
            let senders = (0..self.settings.threads).map(sender).collect::<Result<Vec<Thread<'_, Sent>>, _>>()?;
            let writer = |writing: Writing| {
                thread::Builder::new().name("bench-writer".to_owned()).spawn_scoped(scope, move || {
                    list.lock().unwrap_or_else(PoisonError::into_inner).writers.extend(own_thread());
                    self.write(&writing, begun)
                })
            };
            let writer: Option<Thread<'_, Wrote>> = writing.map(writer).transpose()?;
            let has_ended = || senders.iter().any(ScopedJoinHandle::is_finished);
            wait(measured, &has_ended);
            let list = list.lock().unwrap_or_else(PoisonError::into_inner).clone();
            let before = Look::now(&list);
            wait(ended, &has_ended);
            let watched = before.until(&Look::now(&list), &list);
            has_looked.store(true, Ordering::Release);
            let senders = senders.into_iter().map(join).collect::<Result<_, _>>()?;
            Ok(Worked { measured_from, senders, wrote: writer.map(join).transpose()?, watched })
        })
    }

    fn send(self, worker: u64, begun: Instant) -> Result<Sent, RunError> {
        let Crew { settings, rows, ledger, first, popularity } = self;
        let to_do = Work {
            arrivals: settings.arrivals,
            rate: settings.rate,
            batch: settings.batch,
            share: Share { worker, of: settings.threads },
            popularity: Arc::clone(popularity),
            seed: settings.seed,
            warmup: settings.warmup,
            seconds: settings.seconds,
            drain: settings.lookup.deadline,
            listener: settings.listener.clone(),
            pause: settings.pause,
        };
        runtime()?.block_on(async {
            if let TargetSettings::Http(http) = &settings.target {
                let target = Http::new(http, rows, settings.lookup.deadline)?;
                tokio::time::sleep_until(begun.into()).await;
                return Ok(work(&to_do, &target, ledger, begun).await);
            }
            let lookup = connect(settings, rows, first).await?;
            let names = rows.names();
            let selection = lookup.select(&names.iter().map(String::as_str).collect::<Vec<_>>())?;
            let target = Lookups::new(lookup, selection);
            tokio::time::sleep_until(begun.into()).await;
            Ok(work(&to_do, &target, ledger, begun).await)
        })
    }

    /// Writes, and puts back what was there when all reads are over.
    fn write(self, writing: &Writing, begun: Instant) -> Result<Wrote, RunError> {
        runtime()?.block_on(async {
            let mut writer = connect_writer(self.settings).await?;
            tokio::time::sleep_until(begun.into()).await;
            let mut wrote = write(writing, (self.rows, &mut writer), self.ledger, begun).await?;
            tokio::time::sleep(self.settings.lookup.deadline * 2).await;
            wrote.left = restore(self.rows, &mut writer, self.ledger).await?;
            Ok(wrote)
        })
    }
}

/// Waits for a time, or until somebody has ended before it.
fn wait(until: Instant, has_ended: &dyn Fn() -> bool) {
    while !has_ended()
        && let Some(left) = until.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    {
        thread::sleep(left.min(NAP));
    }
}

fn join<T>(thread: Thread<'_, T>) -> Result<T, RunError> {
    thread.join().map_err(|_| RunError::Broken)?
}
