//! Who is due when: the appointments of every view and job, without a clock of its own.
//!
//! A view has several [`Job`]s, and each job appointments of its own. [`Ticker::poll`] is told the time and says which
//! jobs to start, which appointments are skipped because the same job of the view still runs (never made up for, always
//! counted), which are past their deadline, and how long to wait. [`drive`] does what it says.
//!
//! Every duty starts a little after its appointment, by a share of its interval that is drawn from its name: views with
//! one schedule do not read the store all at once, and the distances of one view's rounds stay even.
//!
//! The time of day may jump. Forward (or the machine slept): appointments passed over become one round, not many. Back:
//! the appointment ahead is kept while it is about as near as usual, else the next one by the new time is taken. Deadlines
//! are held by time elapsed, which does not jump.
//!
//! A duty can be started before its first appointment ([`Ticker::start_soon`]): what has not been looked at for long need
//! not wait for the next full hour.

mod drive;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::model::ratio::Ratio;
use crate::model::schedule::{Rhythm, Schedule};
use crate::model::time::Timestamp;

pub use drive::{Event, Means, Order, drive};

/// Most appointments that are counted as passed over at a time.
const MOST_COUNTED: u64 = 1_000;
/// Most that a duty that is started before its first appointment waits for it.
const SOON: Duration = Duration::from_secs(5);
/// Longest wait, after which it is looked whether the time of day has jumped.
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// An instant by both clocks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// The time of day, which may be set.
    pub time: Timestamp,
    /// Time elapsed since some start, which never goes back.
    pub elapsed: Duration,
}

/// What is done for a view again and again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Job {
    /// A round.
    Round,
    /// A reading of the tracked keys.
    Availability,
    /// A comparison of snapshots.
    Comparison,
    /// A capture of online rows.
    Capture,
}

impl Job {
    /// The name in logs.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Round => "round",
            Self::Availability => "availability",
            Self::Comparison => "comparison",
            Self::Capture => "capture",
        }
    }
}

/// A job of a view. It never runs twice at once; different ones of a view may run beside each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Duty {
    /// The view.
    pub feature_view: String,
    /// What is done for it.
    pub job: Job,
}

impl Duty {
    /// The job of a view.
    #[must_use]
    pub fn new(feature_view: &str, job: Job) -> Self {
        Self { feature_view: feature_view.to_owned(), job }
    }
}

impl fmt::Display for Duty {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} of {}", self.job.name(), self.feature_view)
    }
}

/// When a duty is due, and how long it may take.
#[derive(Clone, Debug, PartialEq)]
pub struct Timetable {
    /// Its appointments.
    pub schedule: Schedule,
    /// Time after its start at which it is abandoned.
    pub deadline: Duration,
}

/// How far behind their appointments duties start.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Jitter {
    /// Decides, with a duty's name, how far it does.
    pub seed: u64,
    /// At most this share of the shortest distance between two appointments.
    pub share: Ratio,
    /// At most this long.
    pub most: Duration,
}

impl Jitter {
    /// How far behind its appointments a duty starts: the same each time, from nothing up to but without the bound. A
    /// capture starts at once: its appointment is the snapshot's cut, after which rows are already other ones.
    fn lag(&self, duty: &Duty, shortest: Duration) -> Duration {
        let bound = match duty.job {
            Job::Round | Job::Availability | Job::Comparison => shortest.mul_f64(self.share.get()).min(self.most),
            Job::Capture => Duration::ZERO,
        };
        self.draw(duty, bound)
    }

    /// How long a duty that is to be started soon waits. Without jitter all start at once.
    fn start(&self, duty: &Duty) -> Duration {
        if self.share.get() > 0.0 { self.draw(duty, SOON) } else { Duration::ZERO }
    }

    fn draw(&self, duty: &Duty, bound: Duration) -> Duration {
        // Another place in the interval for each job of a view.
        let seed = self.seed.wrapping_add(duty.job as u64);
        // A hash is a number drawn from 0 up to 2^64; whole nanoseconds, so that tests compare exactly.
        let drawn = u128::from(xxh3_64_with_seed(duty.feature_view.as_bytes(), seed));
        let nanos = (bound.as_nanos().min(u128::from(u64::MAX)) * drawn) >> 64;
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

/// An appointment of a duty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tick {
    /// What is due.
    pub duty: Duty,
    /// The appointment, before jitter; of several that were passed over the last (of more than 1,000 the thousandth).
    pub due: Timestamp,
}

/// What is to be done now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Agenda {
    /// Duties to start, in their order.
    pub start: Vec<Tick>,
    /// Appointments that found the same duty still running.
    pub skipped: Vec<Tick>,
    /// Duties that run past their deadline and are to be abandoned; each is named once.
    pub overdue: Vec<Duty>,
    /// How long there is nothing to do, at most 10 s: the time of day may jump meanwhile.
    pub wait: Duration,
}

/// What became of a duty's appointments.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Appointments kept.
    pub started: u64,
    /// Appointments skipped because the one before was still being kept.
    pub skipped: u64,
    /// Appointments that nobody kept because the time of day jumped or the machine slept.
    pub passed_over: u64,
}

/// The next appointment of a duty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Appointment {
    /// The one before, or when it was looked up.
    after: Timestamp,
    due: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Running {
    expires: Duration,
    is_told: bool,
}

#[derive(Clone, Debug)]
struct Lane {
    /// `None` for a duty that is gone while it still runs.
    timetable: Option<Timetable>,
    lag: Duration,
    next: Option<Appointment>,
    /// When it is to be started before that, by time elapsed.
    soon: Option<Duration>,
    running: Option<Running>,
    tally: Tally,
}

/// What is due when from now on.
#[derive(Clone, Debug, PartialEq)]
pub struct Calendar {
    /// The duties, with their appointments.
    pub timetables: BTreeMap<Duty, Timetable>,
    /// How far behind their appointments they start.
    pub jitter: Jitter,
    /// Those of them that are to be started before their first appointment.
    pub soon: BTreeSet<Duty>,
    /// How long what runs may go on after the order to stop.
    pub grace: Duration,
}

/// The appointments of all duties.
#[derive(Clone, Debug)]
pub struct Ticker {
    lanes: BTreeMap<Duty, Lane>,
    jitter: Jitter,
    /// Whether the lanes still go by another jitter.
    is_new_jitter: bool,
}

impl Ticker {
    /// A ticker that knows no duty yet.
    #[must_use]
    pub const fn new(jitter: Jitter) -> Self {
        Self { lanes: BTreeMap::new(), jitter, is_new_jitter: false }
    }

    /// Takes on a calendar; see [`Self::replan`] and [`Self::start_soon`].
    pub fn take_on(&mut self, calendar: Calendar, now: Moment) {
        self.is_new_jitter = self.jitter != calendar.jitter;
        self.jitter = calendar.jitter;
        self.replan(calendar.timetables, now);
        self.start_soon(&calendar.soon, now);
    }

    /// Starts duties before their first appointment: at once, or with jitter within some seconds. One that runs, or whose
    /// appointment comes sooner, is not started twice.
    pub fn start_soon(&mut self, duties: &BTreeSet<Duty>, now: Moment) {
        for (duty, lane) in &mut self.lanes {
            if duties.contains(duty) && lane.timetable.is_some() && lane.running.is_none() {
                lane.soon = Some(now.elapsed.saturating_add(self.jitter.start(duty)));
            }
        }
    }

    /// Replaces the duties. What runs goes on, and the duties that stay as they were keep their next appointment.
    pub fn replan(&mut self, timetables: BTreeMap<Duty, Timetable>, now: Moment) {
        let mut before = std::mem::take(&mut self.lanes);
        let is_new_jitter = std::mem::take(&mut self.is_new_jitter);
        // Duties share schedules, and a rhythm takes long to find.
        let mut rhythms: Vec<(Schedule, Option<Rhythm>)> = Vec::new();
        for (duty, timetable) in timetables {
            let schedule = &timetable.schedule;
            let lane = before.remove(&duty);
            let is_kept = |lane: &&Lane| !is_new_jitter && lane.timetable.as_ref() == Some(&timetable);
            let (lag, next) = match lane.as_ref().filter(is_kept) {
                Some(kept) => (kept.lag, kept.next),
                None => {
                    let known = rhythms.iter().find(|(known, _)| known == schedule).map(|(_, rhythm)| *rhythm);
                    let rhythm = known.unwrap_or_else(|| {
                        let rhythm = schedule.rhythm(now.time);
                        rhythms.push((schedule.clone(), rhythm));
                        rhythm
                    });
                    let lag = rhythm.map_or(Duration::ZERO, |rhythm| self.jitter.lag(&duty, rhythm.shortest));
                    (lag, first(schedule, lag, now.time))
                }
            };
            let (soon, running, tally) =
                lane.map_or((None, None, Tally::default()), |lane| (lane.soon, lane.running, lane.tally));
            self.lanes.insert(duty, Lane { timetable: Some(timetable), lag, next, soon, running, tally });
        }
        let leaving = before.into_iter().filter(|(_, lane)| lane.running.is_some());
        self.lanes.extend(leaving.map(|(duty, lane)| (duty, Lane { timetable: None, next: None, soon: None, ..lane })));
    }

    /// What is to be done at `now`.
    pub fn poll(&mut self, now: Moment) -> Agenda {
        let mut agenda = Agenda { wait: LONGEST_WAIT, ..Agenda::default() };
        for (duty, lane) in &mut self.lanes {
            lane.poll(duty, now, &mut agenda);
        }
        agenda
    }

    /// Notes that a duty has ended, however it did.
    pub fn finished(&mut self, duty: &Duty) {
        let Some(lane) = self.lanes.get_mut(duty) else { return };
        lane.running = None;
        if lane.timetable.is_none() {
            self.lanes.remove(duty);
        }
    }

    /// What became of a duty's appointments; `None` for one that is not known.
    #[must_use]
    pub fn tally(&self, duty: &Duty) -> Option<Tally> {
        self.lanes.get(duty).map(|lane| lane.tally)
    }

    /// The next appointment of a duty, before jitter; `None` for one that is not known or has none left.
    #[must_use]
    pub fn next_due(&self, duty: &Duty) -> Option<Timestamp> {
        self.lanes.get(duty)?.next.map(|next| next.due)
    }
}

/// The first appointment whose start is still ahead.
fn first(schedule: &Schedule, lag: Duration, now: Timestamp) -> Option<Appointment> {
    schedule.next_after(now.minus(lag)).map(|due| Appointment { after: now, due })
}

impl Lane {
    fn poll(&mut self, duty: &Duty, now: Moment, agenda: &mut Agenda) {
        self.abandon(duty, now, agenda);
        let Some(timetable) = self.timetable.take() else { return };
        self.keep_next((duty, &timetable), now, agenda);
        if self.soon.is_some_and(|soon| soon <= now.elapsed) {
            self.start(Tick { duty: duty.clone(), due: now.time }, (timetable.deadline, now), agenda);
        }
        self.timetable = Some(timetable);
        let start = self.next.and_then(|next| next.due.plus(self.lag).since(now.time));
        let soon = self.soon.map(|soon| soon.saturating_sub(now.elapsed));
        let expiry = self.running.filter(|running| !running.is_told);
        let expiry = expiry.map(|running| running.expires.saturating_sub(now.elapsed));
        agenda.wait = start.into_iter().chain(soon).chain(expiry).fold(agenda.wait, Duration::min);
    }

    fn keep_next(&mut self, (duty, timetable): (&Duty, &Timetable), now: Moment, agenda: &mut Agenda) {
        let schedule = &timetable.schedule;
        let Some(next) = self.next else { return };
        if next.due.plus(self.lag) > now.time {
            if self.is_far(next, now.time) {
                self.next = first(schedule, self.lag, now.time);
            }
        } else {
            // What is due now, or became so while nobody looked.
            let passed = now.time.minus(self.lag);
            let mut tick = Tick { duty: duty.clone(), due: next.due };
            for _ in 0..MOST_COUNTED {
                let Some(later) = schedule.next_after(tick.due).filter(|later| *later <= passed) else { break };
                tick.due = later;
                self.tally.passed_over += 1;
            }
            self.next = schedule.next_after(passed).map(|due| {
                // Of too many to count, the last counted says nothing about the distance to the next.
                let is_last = schedule.next_after(tick.due) == Some(due);
                Appointment { after: if is_last { tick.due } else { passed }, due }
            });
            if self.running.is_some() {
                self.tally.skipped += 1;
                agenda.skipped.push(tick);
            } else {
                self.start(tick, (timetable.deadline, now), agenda);
            }
        }
    }

    fn start(&mut self, tick: Tick, (deadline, now): (Duration, Moment), agenda: &mut Agenda) {
        self.soon = None;
        self.running = Some(Running { expires: now.elapsed.saturating_add(deadline), is_told: false });
        self.tally.started += 1;
        agenda.start.push(tick);
    }

    /// Names the duty if it runs past its deadline and that was not said yet.
    fn abandon(&mut self, duty: &Duty, now: Moment, agenda: &mut Agenda) {
        if let Some(running) = &mut self.running
            && !running.is_told
            && running.expires <= now.elapsed
        {
            running.is_told = true;
            agenda.overdue.push(duty.clone());
        }
    }

    /// Whether the appointment is so much further than it was from the one before that the time was set back.
    fn is_far(&self, next: Appointment, now: Timestamp) -> bool {
        let usual = next.due.since(next.after).unwrap_or_default();
        let left = next.due.since(now).unwrap_or_default();
        left > usual.saturating_add(usual / 2)
    }
}
