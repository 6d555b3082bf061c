//! The metrics of a service, for Prometheus to scrape.
//!
//! [`Metrics`] is told of plans, rounds and failures, and gives the text. Gauges show the last round of each view, and a
//! figure that it does not have has no series; counters begin with the process. Names and labels are those of
//! [`textfile`](super::textfile), and none of them comes from an entity key, a value or an error's text.
//!
//! The text is kept until something changes. Over the budget of series whole families are left out, and how many series
//! that were is a series of its own; what alerts rest on is always there.

mod board;
mod channel;
pub(in crate::publish) mod exposition;
pub(in crate::publish) mod family;
pub mod lookup;
mod lookup_family;
pub(in crate::publish) mod plan;
pub(in crate::publish) mod round;
pub(in crate::publish) mod row;
mod side;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use crate::history::RoundRecord;
use crate::model::captured::{CaptureCounts, CapturedMeasurement};
use crate::model::check::{Severity, Stage};
use crate::model::lag::AvailabilityLags;
use crate::model::time::Timestamp;
use board::{Page, ViewBoard};
use channel::ChannelBoard;
pub use channel::{Channel, DeliveryResult, ReportAge};
use exposition::Sheet;
use family::Family;
pub use plan::{Spot, Surroundings, WatchedView, is_unlimited};
pub use round::cells;
use row::real;

/// Most series, unless told otherwise.
pub const USUAL_BUDGET: u64 = 150_000;

/// What of the metrics is fixed for the life of the process.
#[derive(Clone, Debug)]
pub struct Origin {
    /// Version of the program.
    pub version: String,
    /// Revision of its source.
    pub revision: String,
    /// When the process started.
    pub started_at: Timestamp,
    /// Most series.
    pub budget: u64,
}

/// Whether the online store answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It answered at least one key.
    Up,
    /// It was asked and answered none.
    Down,
    /// It was not asked.
    Unknown,
}

/// What became of the last reading of the configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reload {
    /// It is used.
    Taken,
    /// It is no good, and the one before is used.
    Refused,
}

/// The metrics of a service.
///
/// Whoever tells of a change writes the text of what changed; a scrape puts the texts of all views together and waits for
/// nobody, and nobody waits for it.
#[derive(Debug)]
pub struct Metrics {
    origin: Origin,
    views: RwLock<BTreeMap<String, Arc<View>>>,
    process: Mutex<Process>,
    /// Changes so far, each counted when it can be seen.
    changes: AtomicU64,
    text: Mutex<Option<(u64, Arc<str>)>>,
}

/// A text of families, or what is wrong with them.
type Written = Arc<Result<Sheet, prometheus::Error>>;

/// The series of a view, and their text.
#[derive(Debug)]
struct View {
    board: Mutex<ViewBoard>,
    sheet: Mutex<Written>,
}

impl View {
    fn new(started_at: Timestamp) -> Self {
        Self { board: Mutex::new(ViewBoard::new(started_at)), sheet: Mutex::new(Arc::new(Ok(Sheet::default()))) }
    }

    /// Changes the series, and writes them anew if that made a difference.
    fn change(&self, name: &str, change: impl FnOnce(&mut ViewBoard) -> Change) -> Change {
        let mut board = hold(&self.board);
        let outcome = change(&mut board);
        if outcome == Change::Made {
            let mut page = Page::default();
            board.expose(name, &mut page);
            *hold(&self.sheet) = Arc::new(page.write());
        }
        outcome
    }
}

/// Whether something is not as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Made,
    None,
}

/// What is of no single view.
#[derive(Debug)]
struct Process {
    store: String,
    reach: Reach,
    failures: BTreeMap<(Stage, String), u64>,
    bytes_read: u64,
    dropped: u64,
    reload: Reload,
    channels: BTreeMap<Channel, ChannelBoard>,
    reports: BTreeMap<String, ReportAge>,
}

fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Metrics {
    /// Metrics that know no view yet.
    #[must_use]
    pub fn new(origin: Origin) -> Self {
        let process = Process {
            store: String::new(),
            reach: Reach::Unknown,
            failures: BTreeMap::new(),
            bytes_read: 0,
            dropped: 0,
            reload: Reload::Taken,
            channels: BTreeMap::new(),
            reports: BTreeMap::new(),
        };
        Self {
            origin,
            views: RwLock::default(),
            process: Mutex::new(process),
            changes: AtomicU64::new(0),
            text: Mutex::new(None),
        }
    }

    fn views(&self) -> BTreeMap<String, Arc<View>> {
        self.views.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn changed(&self) {
        self.changes.fetch_add(1, Ordering::Release);
    }

    fn change_process(&self, change: impl FnOnce(&mut Process)) {
        change(&mut hold(&self.process));
        self.changed();
    }

    fn change_view(&self, name: &str, change: impl FnOnce(&mut ViewBoard) -> Change) {
        let view = self.views.read().unwrap_or_else(PoisonError::into_inner).get(name).map(Arc::clone);
        if view.map(|view| view.change(name, change)) == Some(Change::Made) {
            self.changed();
        }
    }

    /// Watches these views from now on; the series of all others go. `intervals` are the usual times between rounds.
    pub fn watch(&self, surroundings: &Surroundings<'_>, intervals: &BTreeMap<String, Duration>) {
        let mut before = self.views();
        let mut views = BTreeMap::new();
        for watched in &surroundings.views {
            let name = &watched.view.name;
            let alone = Surroundings { store: surroundings.store, views: vec![watched.clone()] };
            let view = before.remove(name).unwrap_or_else(|| Arc::new(View::new(self.origin.started_at)));
            view.change(name, |board| {
                board.replan(plan::of_plan(&alone), (watched, intervals.get(name).copied()));
                Change::Made
            });
            views.insert(name.clone(), view);
        }
        *self.views.write().unwrap_or_else(PoisonError::into_inner) = views;
        self.change_process(|process| {
            if process.store != surroundings.store {
                surroundings.store.clone_into(&mut process.store);
                process.reach = Reach::Unknown;
            }
        });
    }

    /// Shows the last round of before the process started. Counters do not move.
    pub fn restore(&self, record: &RoundRecord, completed_at: Option<Timestamp>) {
        self.change_view(&record.round.view, |board| {
            board.restore(record, completed_at);
            Change::Made
        });
    }

    /// Takes in a round of a view that has ended, and whether the store answered in it.
    pub fn record(&self, record: &RoundRecord, reach: Reach) {
        self.change_process(|process| {
            for failure in &record.round.failures {
                *process.failures.entry((failure.stage, failure.reason.clone())).or_default() += 1;
            }
            match reach {
                Reach::Up | Reach::Down => process.reach = reach,
                Reach::Unknown => {}
            }
        });
        self.change_view(&record.round.view, |board| {
            board.record(record);
            Change::Made
        });
    }

    /// Adds what readings of a view said of the availability lag since the last time.
    pub fn observe(&self, view: &str, observed: AvailabilityLags) {
        self.change_view(view, |board| if board.observe(observed) { Change::Made } else { Change::None });
    }

    /// Shows what the rows captured of a view say; `None` where there is nothing to say.
    pub fn show_captured(&self, view: &str, captured: Option<&CapturedMeasurement>) {
        self.change_view(view, |board| {
            board.show_captured(view, captured);
            Change::Made
        });
    }

    /// Counts what became of captured rows.
    pub fn count_captured(&self, view: &str, counts: &CaptureCounts) {
        self.change_view(view, |board| {
            board.count_captured(counts);
            Change::Made
        });
    }

    /// Says which findings of a view fire.
    pub fn fire(&self, view: &str, firing: BTreeMap<Spot, Severity>) {
        self.change_view(view, |board| if board.fire(firing) { Change::Made } else { Change::None });
    }

    /// Counts a round that was due and left out.
    pub fn skip(&self, view: &str) {
        self.change_view(view, |board| {
            board.skip();
            Change::Made
        });
    }

    /// Counts what a stage could not do outside of rounds.
    pub fn fail(&self, stage: Stage, reason: &str) {
        self.change_process(|process| *process.failures.entry((stage, reason.to_owned())).or_default() += 1);
    }

    /// Counts bytes of snapshots that were read.
    pub fn add_bytes_read(&self, bytes: u64) {
        if bytes > 0 {
            self.change_process(|process| process.bytes_read += bytes);
        }
    }

    /// Says what became of the configuration.
    pub fn reload(&self, outcome: Reload) {
        self.change_process(|process| process.reload = outcome);
    }

    /// The text in Prometheus' format.
    ///
    /// # Errors
    /// When a family has no name: a fault of this module.
    pub fn text(&self) -> Result<Arc<str>, prometheus::Error> {
        let mut kept = hold(&self.text);
        // Looked up before the texts are: what changes meanwhile is seen by the next one.
        let changes = self.changes.load(Ordering::Acquire);
        if let Some((of, text)) = &*kept
            && *of == changes
        {
            return Ok(Arc::clone(text));
        }
        let views = self.views();
        let written: Vec<Written> = views.values().map(|view| Arc::clone(&hold(&view.sheet))).collect();
        let mut process = hold(&self.process);
        let own = self.page(&process).write()?;
        let mut sheets = Vec::with_capacity(written.len() + 2);
        for sheet in &written {
            sheets.push(sheet.as_ref().as_ref().map_err(|error| prometheus::Error::Msg(error.to_string()))?);
        }
        sheets.push(&own);
        let (left_out, dropped) = self.over_budget(&sheets);
        process.dropped += dropped;
        let mut page = Page::default();
        page.family(&family::SERIES_DROPPED).push::<&str>(&[], real(process.dropped));
        drop(process);
        let of_budget = page.write()?;
        sheets.push(&of_budget);
        let text: Arc<str> = exposition::bind(&sheets, &left_out).into();
        *kept = Some((changes, Arc::clone(&text)));
        Ok(text)
    }

    /// The whole families to leave out so that at most the budget is left, or nothing dispensable, and their series.
    fn over_budget(&self, sheets: &[&Sheet]) -> (Vec<&'static Family>, u64) {
        let all: u64 = sheets.iter().map(|sheet| sheet.all_series()).sum();
        let (mut left_out, mut dropped) = (Vec::new(), 0);
        for family in family::DISPENSABLE {
            if all - dropped <= self.origin.budget {
                break;
            }
            dropped += sheets.iter().map(|sheet| sheet.series(family.name)).sum::<u64>();
            left_out.push(family);
        }
        (left_out, dropped)
    }

    fn page(&self, process: &Process) -> Page {
        let mut page = Page::default();
        page.family(&family::BUILD_INFO).push(&[&self.origin.version, &self.origin.revision], 1.0);
        for ((stage, reason), count) in &process.failures {
            page.family(&family::STAGE_FAILURES).push(&[stage.name(), reason], real(*count));
        }
        let up = match process.reach {
            Reach::Up => Some(1.0),
            Reach::Down => Some(0.0),
            Reach::Unknown => None,
        };
        if let Some(up) = up {
            page.family(&family::STORE_UP).push(&[&process.store], up);
        }
        for (channel, board) in &process.channels {
            board.expose(*channel, &mut page);
        }
        for (report, age) in &process.reports {
            page.family(&family::REPORT_DELIVERED).push(&[report], age.delivered_at.seconds());
            page.family(&family::REPORT_PERIOD).push(&[report], age.period.as_secs_f64());
        }
        page.family(&family::BYTES_READ).push::<&str>(&[], real(process.bytes_read));
        let taken = match process.reload {
            Reload::Taken => 1.0,
            Reload::Refused => 0.0,
        };
        page.family(&family::RELOAD_SUCCESS).push::<&str>(&[], taken);
        page
    }
}
