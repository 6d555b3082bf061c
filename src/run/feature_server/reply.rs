//! The answer to a request, in the form of Feast's server: one column per join key and feature.
//!
//! Values and statuses are told as they are: `PRESENT`, `NULL_VALUE`, `NOT_FOUND`, and `OUTSIDE_MAX_AGE` with the value
//! that was found. What could not be read is `INVALID`, for Feast's protocol has no better word: a status that is not set.

use std::time::Duration;

use super::asked::{Asked, AskedView};
use super::entities::Entities;
use super::json::{self, NULL_INSTANT, separated};
use super::request::ViewNames;
use crate::lookup::{Answer, FeatureAnswer, FeatureStatus, Tier};
use crate::model::time::{Clock, Timestamp};
use crate::model::value::Value;
use crate::publish::metrics::lookup::{L1Result, LookupMetrics, LookupResult, ViewServed};

/// Event timestamp of what has none, as Feast has it.
const NO_TIME: &str = "1970-01-01T00:00:00Z";

/// An answer of one group for one entity, and how long it took.
#[derive(Debug)]
pub(super) struct LookedUp {
    pub(super) answer: Answer,
    pub(super) took: Duration,
}

/// The values of an answer, entity by entity, each with the features in the order of the answer.
#[derive(Debug)]
pub(super) struct Cells<'a> {
    cells: Vec<FeatureAnswer<'a>>,
    /// Features of an entity.
    width: usize,
}

/// How much of an answer could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unread {
    /// Values that could not be read.
    pub(super) failed: usize,
    /// All values.
    pub(super) all: usize,
}

impl<'a> Cells<'a> {
    /// Lines up what was found: the answers of each entity's groups, entity by entity.
    pub(super) fn new(asked: &Asked, found: &'a [LookedUp]) -> Self {
        let cells = found.iter().flat_map(|found| found.answer.features()).collect();
        Self { cells, width: asked.names.len() }
    }

    /// How much could not be read.
    pub(super) fn unread(&self) -> Unread {
        let failed = self.cells.iter().filter(|cell| cell.status == FeatureStatus::Failed).count();
        Unread { failed, all: self.cells.len() }
    }

    fn entities(&self) -> impl Iterator<Item = &[FeatureAnswer<'a>]> {
        self.cells.chunks_exact(self.width.max(1))
    }

    /// The values of a feature, entity by entity.
    fn feature(&self, place: usize) -> impl Iterator<Item = &FeatureAnswer<'a>> {
        self.entities().filter_map(move |entity| entity.get(place))
    }

    /// Counts every entity as a lookup.
    pub(super) fn count(&self, (asked, found): (&Asked, &[LookedUp]), metrics: &LookupMetrics) {
        let groups = found.chunks_exact(asked.groups.len().max(1));
        let now = Clock::System.now();
        for (cells, groups) in self.entities().zip(groups) {
            let took = groups.iter().map(|group| group.took).max().unwrap_or_default();
            metrics.looked_up(l1(cells), result(cells), took);
            for view in &asked.views {
                metrics.served(view.view, &served(view, cells, now));
            }
        }
    }

    /// The body of the answer.
    pub(super) fn body(&self, (asked, entities): (&Asked, &Entities), views: Option<&[&str]>) -> Vec<u8> {
        let mut out = Vec::with_capacity(64 * (self.cells.len() + entities.count + asked.names.len()) + 256);
        out.extend(b"{\"results\":[");
        let columns = entities.shown.len();
        for (place, (_, column)) in entities.shown.iter().enumerate() {
            if place > 0 {
                out.push(b',');
            }
            out.extend(b"{\"values\":[");
            separated(entities.columns.get(*column).into_iter().flatten(), &mut out, json::key);
            let all = 0..entities.count;
            out.extend(b"],\"statuses\":[");
            separated(all.clone(), &mut out, |_, out| out.extend(b"\"PRESENT\""));
            out.extend(b"],\"event_timestamps\":[");
            separated(all, &mut out, |_, out| time(None, out));
            out.extend(b"]}");
        }
        for place in 0..asked.names.len() {
            if columns + place > 0 {
                out.push(b',');
            }
            self.column(place, &mut out);
        }
        out.extend(b"],\"metadata\":{\"feature_names\":[");
        let keys = entities.shown.iter().map(|(name, _)| name);
        separated(keys.chain(&asked.names), &mut out, |name, out| json::text(name, out));
        out.push(b']');
        if let Some(views) = views {
            out.extend(b",\"feature_view_metadata\":[");
            separated(views.iter(), &mut out, |view, out| {
                out.extend(b"{\"name\":");
                json::text(view, out);
                out.push(b'}');
            });
            out.push(b']');
        }
        out.extend(b"}}");
        out
    }

    fn column(&self, place: usize, out: &mut Vec<u8>) {
        out.extend(b"{\"values\":[");
        separated(self.feature(place), out, |cell, out| match cell.value {
            Some(value) => json::value(value, out),
            None => out.extend(b"null"),
        });
        out.extend(b"],\"statuses\":[");
        separated(self.feature(place), out, |cell, out| json::text(status(cell), out));
        out.extend(b"],\"event_timestamps\":[");
        separated(self.feature(place), out, |cell, out| time(cell.event_timestamp, out));
        out.extend(b"]}");
    }
}

/// The names of the views of an answer, where it is to tell them.
pub(super) fn told<'a>(
    asked: &Asked,
    names: ViewNames,
    name: impl Fn(usize) -> Option<&'a str>,
) -> Option<Vec<&'a str>> {
    match names {
        ViewNames::Untold => None,
        ViewNames::Told => {
            let mut told: Vec<&str> = asked.views.iter().filter_map(|view| name(view.view)).collect();
            told.dedup();
            Some(told)
        }
    }
}

fn time(at: Option<Timestamp>, out: &mut Vec<u8>) {
    out.push(b'"');
    match at {
        Some(at) => json::shown(&at, out),
        None => out.extend(NO_TIME.bytes()),
    }
    out.push(b'"');
}

/// Whether a value is the one that Feast writes for the null of an instant.
fn is_null_instant(cell: &FeatureAnswer<'_>) -> bool {
    matches!(cell.value, Some(Value::UnixTimestamp(NULL_INSTANT)))
}

fn status(cell: &FeatureAnswer<'_>) -> &'static str {
    match cell.status {
        FeatureStatus::Present if is_null_instant(cell) => "NULL_VALUE",
        FeatureStatus::Present => "PRESENT",
        FeatureStatus::Null => "NULL_VALUE",
        FeatureStatus::Absent => "NOT_FOUND",
        FeatureStatus::Expired => "OUTSIDE_MAX_AGE",
        FeatureStatus::Failed => "INVALID",
    }
}

fn l1(cells: &[FeatureAnswer<'_>]) -> L1Result {
    match cells.iter().filter(|cell| cell.tier == Tier::L1).count() {
        0 => L1Result::Miss,
        known if known == cells.len() => L1Result::Hit,
        _ => L1Result::Partial,
    }
}

fn result(cells: &[FeatureAnswer<'_>]) -> LookupResult {
    let has_value = |cell: &FeatureAnswer<'_>| matches!(cell.status, FeatureStatus::Present | FeatureStatus::Null);
    if cells.iter().any(|cell| cell.status == FeatureStatus::Failed) {
        LookupResult::Error
    } else if cells.iter().all(has_value) {
        LookupResult::Complete
    } else {
        LookupResult::Incomplete
    }
}

fn served(view: &AskedView, cells: &[FeatureAnswer<'_>], at: Timestamp) -> ViewServed {
    let mut statuses = [0; 5];
    let mut written = None;
    for cell in view.cells.iter().filter_map(|place| cells.get(*place)) {
        let [present, null, absent, expired, failed] = &mut statuses;
        *match cell.status {
            FeatureStatus::Present if is_null_instant(cell) => null,
            FeatureStatus::Present => present,
            FeatureStatus::Null => null,
            FeatureStatus::Absent => absent,
            FeatureStatus::Expired => expired,
            FeatureStatus::Failed => failed,
        } += 1;
        if cell.value.is_some() {
            written = written.or(cell.event_timestamp);
        }
    }
    ViewServed { statuses, age: written.and_then(|written| at.since(written)) }
}
