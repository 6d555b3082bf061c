//! Duties as tasks, started and abandoned as the ticker says, until told to stop.
//!
//! It has no clock and no timer of its own: [`Means`] has them, so that a test runs hours in no time.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::BoxFuture;
use tokio::sync::mpsc::Receiver;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};

use super::{Calendar, Duty, Moment, Tick, Ticker};

/// What [`drive`] needs from outside.
#[derive(Clone, Copy)]
pub struct Means<'a> {
    /// Tells the time.
    pub now: &'a (dyn Fn() -> Moment + Sync),
    /// Waits.
    pub wait: &'a (dyn Fn(Duration) -> BoxFuture<'static, ()> + Sync),
    /// Keeps an appointment; when it is dropped in between, that is abandoned.
    pub keep: &'a (dyn Fn(Tick) -> BoxFuture<'static, ()> + Sync),
    /// Takes notice.
    pub tell: &'a (dyn Fn(Event) + Sync),
    /// How long what runs may go on after the order to stop, unless a later calendar says otherwise.
    pub grace: Duration,
}

/// What happened to an appointment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// It started.
    Started(Tick),
    /// It did not start, because the one before still runs.
    Skipped(Tick),
    /// It ended by itself.
    Finished(Duty),
    /// It was past its deadline and is abandoned.
    Overdue(Duty),
    /// It was abandoned because of the order to stop.
    Abandoned(Duty),
    /// It panicked.
    Broken(Duty),
}

impl Event {
    /// What it happened to.
    #[must_use]
    pub const fn duty(&self) -> &Duty {
        match self {
            Self::Started(tick) | Self::Skipped(tick) => &tick.duty,
            Self::Finished(duty) | Self::Overdue(duty) | Self::Abandoned(duty) | Self::Broken(duty) => duty,
        }
    }
}

/// What a ticker may be told while it runs.
#[derive(Clone, Debug)]
pub enum Order {
    /// Go on with these duties.
    Replan(Box<Calendar>),
    /// Start nothing more, and end when what runs has ended or the grace is over.
    Stop,
}

/// Keeps the appointments of `ticker` until told to stop, or until nobody is left who could tell.
pub async fn drive(mut ticker: Ticker, means: Means<'_>, mut orders: Receiver<Order>) {
    let mut running = Running::default();
    let mut grace = means.grace;
    loop {
        let agenda = ticker.poll((means.now)());
        for duty in agenda.overdue {
            running.abandon(&duty);
            (means.tell)(Event::Overdue(duty));
        }
        agenda.skipped.into_iter().for_each(|tick| (means.tell)(Event::Skipped(tick)));
        for tick in agenda.start {
            (means.tell)(Event::Started(tick.clone()));
            running.start(tick, &means);
        }
        tokio::select! {
            biased;
            Some(ended) = running.next() => {
                ticker.finished(ended.duty());
                ended.tell(&means);
            }
            order = orders.recv() => match order {
                Some(Order::Replan(calendar)) => {
                    grace = calendar.grace;
                    ticker.take_on(*calendar, (means.now)());
                }
                Some(Order::Stop) | None => break,
            },
            () = (means.wait)(agenda.wait) => {}
        }
    }
    let mut grace = (means.wait)(grace);
    while !running.is_empty() {
        tokio::select! {
            biased;
            Some(ended) = running.next() => ended.tell(&means),
            () = &mut grace => break,
        }
    }
    for duty in running.abandon_all() {
        (means.tell)(Event::Abandoned(duty));
    }
    while running.next().await.is_some() {}
}

/// What runs.
#[derive(Default)]
struct Running {
    tasks: JoinSet<()>,
    duties: BTreeMap<Id, (Duty, AbortHandle)>,
}

/// How a task ended.
enum Ended {
    ByItself(Duty),
    ByForce(Duty),
    Broken(Duty),
}

impl Ended {
    const fn duty(&self) -> &Duty {
        match self {
            Self::ByItself(duty) | Self::ByForce(duty) | Self::Broken(duty) => duty,
        }
    }

    fn tell(self, means: &Means<'_>) {
        match self {
            Self::ByItself(duty) => (means.tell)(Event::Finished(duty)),
            Self::Broken(duty) => (means.tell)(Event::Broken(duty)),
            // Told when it was abandoned.
            Self::ByForce(_) => {}
        }
    }
}

impl Running {
    fn is_empty(&self) -> bool {
        self.duties.is_empty()
    }

    fn start(&mut self, tick: Tick, means: &Means<'_>) {
        let duty = tick.duty.clone();
        let handle = self.tasks.spawn((means.keep)(tick));
        self.duties.insert(handle.id(), (duty, handle));
    }

    /// The next one that ends; `None` if none runs.
    async fn next(&mut self) -> Option<Ended> {
        let (id, error) = match self.tasks.join_next_with_id().await? {
            Ok((id, ())) => (id, None),
            Err(error) => (error.id(), Some(error)),
        };
        let (duty, _) = self.duties.remove(&id)?;
        Some(match error.as_ref().map(JoinError::is_cancelled) {
            None => Ended::ByItself(duty),
            Some(true) => Ended::ByForce(duty),
            Some(false) => Ended::Broken(duty),
        })
    }

    fn abandon(&self, duty: &Duty) {
        self.duties.values().filter(|(running, _)| running == duty).for_each(|(_, handle)| handle.abort());
    }

    /// Abandons what still runs, and names it.
    fn abandon_all(&mut self) -> Vec<Duty> {
        self.tasks.abort_all();
        self.duties.values().map(|(duty, _)| duty.clone()).collect()
    }
}
