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
pub(in crate::publish) mod plan;
pub(in crate::publish) mod round;
pub(in crate::publish) mod row;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::history::RoundRecord;
use crate::model::check::{Severity, Stage};
use crate::model::time::Timestamp;
use board::{Page, ViewBoard};
use channel::ChannelBoard;
pub use channel::{Channel, DeliveryResult};
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
#[derive(Debug)]
pub struct Metrics {
    origin: Origin,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    views: BTreeMap<String, ViewBoard>,
    store: String,
    reach: Reach,
    failures: BTreeMap<(Stage, String), u64>,
    bytes_read: u64,
    dropped: u64,
    reload: Reload,
    channels: BTreeMap<Channel, ChannelBoard>,
    text: Option<Arc<str>>,
}

impl Metrics {
    /// Metrics that know no view yet.
    #[must_use]
    pub fn new(origin: Origin) -> Self {
        let state = State {
            views: BTreeMap::new(),
            store: String::new(),
            reach: Reach::Unknown,
            failures: BTreeMap::new(),
            bytes_read: 0,
            dropped: 0,
            reload: Reload::Taken,
            channels: BTreeMap::new(),
            text: None,
        };
        Self { origin, state: Mutex::new(state) }
    }

    fn change(&self) -> MutexGuard<'_, State> {
        let mut state = self.state();
        state.text = None;
        state
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Watches these views from now on; the series of all others go. `intervals` are the usual times between rounds.
    pub fn watch(&self, surroundings: &Surroundings<'_>, intervals: &BTreeMap<String, Duration>) {
        let mut state = self.change();
        let mut before = std::mem::take(&mut state.views);
        for watched in &surroundings.views {
            let name = &watched.view.name;
            let alone = Surroundings { store: surroundings.store, views: vec![watched.clone()] };
            let mut board = before.remove(name).unwrap_or_else(|| ViewBoard::new(self.origin.started_at));
            board.replan(plan::of_plan(&alone), (watched, intervals.get(name).copied()));
            state.views.insert(name.clone(), board);
        }
        if state.store != surroundings.store {
            surroundings.store.clone_into(&mut state.store);
            state.reach = Reach::Unknown;
        }
    }

    /// Shows the last round of before the process started. Counters do not move.
    pub fn restore(&self, record: &RoundRecord, completed_at: Option<Timestamp>) {
        if let Some(board) = self.change().views.get_mut(&record.round.view) {
            board.restore(record, completed_at);
        }
    }

    /// Takes in a round of a view that has ended, and whether the store answered in it.
    pub fn record(&self, record: &RoundRecord, reach: Reach) {
        let mut state = self.change();
        for failure in &record.round.failures {
            *state.failures.entry((failure.stage, failure.reason.clone())).or_default() += 1;
        }
        match reach {
            Reach::Up | Reach::Down => state.reach = reach,
            Reach::Unknown => {}
        }
        if let Some(board) = state.views.get_mut(&record.round.view) {
            board.record(record);
        }
    }

    /// Says which findings of a view fire.
    pub fn fire(&self, view: &str, firing: BTreeMap<Spot, Severity>) {
        let mut state = self.state();
        if state.views.get_mut(view).is_some_and(|board| board.fire(firing)) {
            state.text = None;
        }
    }

    /// Counts a round that was due and left out.
    pub fn skip(&self, view: &str) {
        if let Some(board) = self.change().views.get_mut(view) {
            board.skip();
        }
    }

    /// Counts what a stage could not do outside of rounds.
    pub fn fail(&self, stage: Stage, reason: &str) {
        *self.change().failures.entry((stage, reason.to_owned())).or_default() += 1;
    }

    /// Counts bytes of snapshots that were read.
    pub fn add_bytes_read(&self, bytes: u64) {
        if bytes > 0 {
            self.change().bytes_read += bytes;
        }
    }

    /// Shows a channel from now on; what it counted before stays.
    pub fn open_channel(&self, channel: Channel) {
        self.change().channels.entry(channel).or_default();
    }

    /// Shows a channel no more.
    pub fn close_channel(&self, channel: Channel) {
        self.change().channels.remove(&channel);
    }

    /// Counts what became of things sent through a channel; a channel that is not shown counts nothing.
    pub fn deliver(&self, channel: Channel, result: DeliveryResult, count: u64) {
        if count > 0
            && let Some(board) = self.change().channels.get_mut(&channel)
        {
            board.count(result, count);
        }
    }

    /// Says how much waits to be sent through a channel.
    pub fn queue(&self, channel: Channel, waiting: u64) {
        let mut state = self.state();
        if state.channels.get_mut(&channel).is_some_and(|board| board.wait(waiting)) {
            state.text = None;
        }
    }

    /// Says what became of the configuration.
    pub fn reload(&self, outcome: Reload) {
        self.change().reload = outcome;
    }

    /// The text in Prometheus' format.
    ///
    /// # Errors
    /// When a name or label is not valid: a fault of this module.
    pub fn text(&self) -> Result<Arc<str>, prometheus::Error> {
        let mut state = self.state();
        if let Some(text) = &state.text {
            return Ok(Arc::clone(text));
        }
        let mut page = self.page(&state);
        state.dropped += page.shorten(self.origin.budget);
        page.family(&family::SERIES_DROPPED).push::<&str>(&[], real(state.dropped));
        let text: Arc<str> = exposition::encode(page.into_families())?.into();
        state.text = Some(Arc::clone(&text));
        Ok(text)
    }

    fn page(&self, state: &State) -> Page {
        let mut page = Page::default();
        state.views.iter().for_each(|(view, board)| board.expose(view, &mut page));
        page.family(&family::BUILD_INFO).push(&[&self.origin.version, &self.origin.revision], 1.0);
        for ((stage, reason), count) in &state.failures {
            page.family(&family::STAGE_FAILURES).push(&[stage.name(), reason], real(*count));
        }
        let up = match state.reach {
            Reach::Up => Some(1.0),
            Reach::Down => Some(0.0),
            Reach::Unknown => None,
        };
        if let Some(up) = up {
            page.family(&family::STORE_UP).push(&[&state.store], up);
        }
        for (channel, board) in &state.channels {
            board.expose(*channel, &mut page);
        }
        page.family(&family::BYTES_READ).push::<&str>(&[], real(state.bytes_read));
        let taken = match state.reload {
            Reload::Taken => 1.0,
            Reload::Refused => 0.0,
        };
        page.family(&family::RELOAD_SUCCESS).push::<&str>(&[], taken);
        page
    }
}
