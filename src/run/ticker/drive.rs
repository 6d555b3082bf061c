//! Rounds as tasks, started and abandoned as the ticker says, until told to stop.
//!
//! It has no clock and no timer of its own: [`Means`] has them, so that a test runs hours in no time.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc::Receiver;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use super::{Moment, Tick, Ticker, Timetable};

/// What [`drive`] needs from outside.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// Tells the time.
    pub now: &'a (dyn Fn() -> Moment + Sync),
    /// Waits.
    pub wait: &'a (dyn Fn(Duration) -> BoxFuture<'static, ()> + Sync),
    /// Runs a round; when it is dropped in between, the round is abandoned.
    pub round: &'a (dyn Fn(Tick) -> BoxFuture<'static, ()> + Sync),
    /// Takes notice.
    pub tell: &'a (dyn Fn(Event) + Sync),
    /// How long running rounds may go on after the order to stop.
    pub grace: Duration,
}

/// What happened to a round.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It started.
    Started(Tick),
    /// It did not start, because the one before still runs.
    Skipped(Tick),
    /// It ended by itself.
    Finished(String),
    /// It was past its deadline and is abandoned.
    Overdue(String),
    /// It was abandoned because of the order to stop.
    Abandoned(String),
    /// It panicked.
    Broken(String),
}

/// What a ticker may be told while it runs.
#[derive(Clone, Debug)]
pub enum Order {
    /// Go on with these views.
    Replan(BTreeMap<String, Timetable>),
    /// Start no more rounds, and end when those that run have ended or the grace is over.
    Stop,
}

/// Keeps the appointments of `ticker` until told to stop, or until nobody is left who could tell.
pub async fn drive(mut ticker: Ticker, means: Means<'_>, mut orders: Receiver<Order>) {
    let mut rounds = Rounds::default();
    loop {
        let agenda = ticker.poll((means.now)());
        for view in agenda.overdue {
            rounds.abandon(&view);
            (means.tell)(Event::Overdue(view));
        }
        agenda.skipped.into_iter().for_each(|tick| (means.tell)(Event::Skipped(tick)));
        for tick in agenda.start {
            (means.tell)(Event::Started(tick.clone()));
            rounds.start(tick, &means);
        }
        tokio::select! {
            biased;
            Some(ended) = rounds.next() => {
                let view = ended.view().to_owned();
                ended.tell(&means);
                ticker.finished(&view);
            }
            order = orders.recv() => match order {
                Some(Order::Replan(timetables)) => ticker.replan(timetables, (means.now)()),
                Some(Order::Stop) | None => break,
            },
            () = (means.wait)(agenda.wait) => {}
        }
    }
    let mut grace = (means.wait)(means.grace);
    while !rounds.is_empty() {
        tokio::select! {
            biased;
            Some(ended) = rounds.next() => ended.tell(&means),
            () = &mut grace => break,
        }
    }
    for view in rounds.abandon_all() {
        (means.tell)(Event::Abandoned(view));
    }
    while rounds.next().await.is_some() {}
}

/// The rounds that run.
#[derive(Default)]
struct Rounds {
    tasks: JoinSet<()>,
    views: BTreeMap<Id, (String, AbortHandle)>,
}

/// How a round ended.
enum Ended {
    ByItself(String),
    ByForce(String),
    Broken(String),
}

impl Ended {
    fn view(&self) -> &str {
        match self {
            Self::ByItself(view) | Self::ByForce(view) | Self::Broken(view) => view,
        }
    }

    fn tell(self, means: &Means<'_>) {
        match self {
            Self::ByItself(view) => (means.tell)(Event::Finished(view)),
            Self::Broken(view) => (means.tell)(Event::Broken(view)),
            // Told when it was abandoned.
            Self::ByForce(_) => {}
        }
    }
}

impl Rounds {
    fn is_empty(&self) -> bool {
        self.views.is_empty()
    }

    fn start(&mut self, tick: Tick, means: &Means<'_>) {
        let view = tick.feature_view.clone();
        let handle = self.tasks.spawn((means.round)(tick));
        self.views.insert(handle.id(), (view, handle));
    }

    /// The next round that ends; `None` if none runs.
    async fn next(&mut self) -> Option<Ended> {
        let (id, error) = match self.tasks.join_next_with_id().await? {
            Ok((id, ())) => (id, None),
            Err(error) => (error.id(), Some(error)),
        };
        let (view, _) = self.views.remove(&id)?;
        Some(match error.as_ref().map(JoinError::is_cancelled) {
            None => Ended::ByItself(view),
            Some(true) => Ended::ByForce(view),
            Some(false) => Ended::Broken(view),
        })
    }

    fn abandon(&self, view: &str) {
        self.views.values().filter(|(running, _)| running == view).for_each(|(_, handle)| handle.abort());
    }

    /// Abandons what still runs, and names it.
    fn abandon_all(&mut self) -> Vec<String> {
        self.tasks.abort_all();
        self.views.values().map(|(view, _)| view.clone()).collect()
    }
}
