//! The metrics of a feature server: what lookups found, and how long they took.
//!
//! Counts are atomics, so that lookups on all threads add to them without waiting; a scrape reads them one by one.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::board::Page;
use super::family;
use super::lookup_family as names;
use super::row::real;
use super::{exposition, hold};
use crate::model::lag::LagHistogram;

/// Bounds of the times of lookups, in microseconds; those of the usual objectives are among them.
const MICROSECONDS: [u64; 20] = [
    5, 10, 20, 50, 100, 200, 300, 600, 1_200, 2_400, 4_800, 9_600, 20_000, 50_000, 100_000, 200_000, 500_000,
    1_000_000, 2_000_000, 5_000_000,
];

/// What L1 had of a lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum L1Result {
    /// All of it.
    Hit,
    /// Nothing.
    Miss,
    /// A part.
    Partial,
}

/// What came of a lookup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LookupResult {
    /// Every feature has a value that may be served, null included.
    Complete,
    /// Some have none.
    Incomplete,
    /// Something could not be read.
    Error,
}

/// Statuses of features, in the order of [`ViewServed::statuses`].
pub const STATUSES: [&str; 5] = ["present", "null", "absent", "expired", "failed"];

/// What a lookup found in one view.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewServed {
    /// Features by status, in the order of [`STATUSES`].
    pub statuses: [u64; 5],
    /// Age of the row; `None` where there is no row, or its time is not known or in the future.
    pub age: Option<Duration>,
}

/// What of the metrics is fixed for the life of the process.
#[derive(Clone, Debug)]
pub struct LookupOrigin {
    /// Version of the program.
    pub version: String,
    /// Revision of its source.
    pub revision: String,
    /// Objectives of answer times, by the name of the statistic.
    pub objectives: Vec<(&'static str, Duration)>,
    /// Least share of lookups that L1 should answer.
    pub hit_objective: Option<f64>,
    /// Names of the views, with the age that their rows may have.
    pub views: Vec<(String, Option<Duration>)>,
    /// Most bytes in L1.
    pub l1_capacity: u64,
}

/// How full L1 is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct L1Fill {
    /// Bytes.
    pub bytes: u64,
    /// Rows.
    pub rows: u64,
}

/// The metrics of a feature server.
#[derive(Debug)]
pub struct LookupMetrics {
    origin: LookupOrigin,
    views: Vec<ViewCounts>,
    l1: [AtomicU64; 3],
    results: [AtomicU64; 3],
    times: [Spans; 2],
    answers: Mutex<BTreeMap<u16, u64>>,
}

#[derive(Debug)]
struct ViewCounts {
    requests: AtomicU64,
    complete: AtomicU64,
    statuses: [AtomicU64; 5],
    ages: Spans,
}

/// A histogram to which many threads add.
#[derive(Debug)]
struct Spans {
    bounds: Vec<Duration>,
    counts: Vec<AtomicU64>,
    seconds: AtomicU64,
    nanos: AtomicU64,
}

/// Nanoseconds that are moved to the seconds, a whole number of them, before there are too many to count.
const CARRY: u64 = 1_000_000_000_000_000_000;

impl Spans {
    fn new(bounds: Vec<Duration>) -> Self {
        let counts = bounds.iter().map(|_| AtomicU64::new(0)).chain([AtomicU64::new(0)]).collect();
        Self { bounds, counts, seconds: AtomicU64::new(0), nanos: AtomicU64::new(0) }
    }

    fn record(&self, span: Duration) {
        let bucket = self.bounds.partition_point(|bound| *bound < span);
        if let Some(count) = self.counts.get(bucket) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        let nanos = u64::from(span.subsec_nanos());
        self.seconds.fetch_add(span.as_secs(), Ordering::Relaxed);
        let before = self.nanos.fetch_add(nanos, Ordering::Relaxed);
        // Only who crosses the line carries.
        if before < CARRY && before + nanos >= CARRY {
            self.seconds.fetch_add(CARRY / 1_000_000_000, Ordering::Relaxed);
            self.nanos.fetch_sub(CARRY, Ordering::Relaxed);
        }
    }

    fn read(&self) -> LagHistogram {
        let counts = self.counts.iter().map(|count| count.load(Ordering::Relaxed)).collect();
        let nanos = Duration::from_nanos(self.nanos.load(Ordering::Relaxed));
        let sum = Duration::from_secs(self.seconds.load(Ordering::Relaxed)).saturating_add(nanos);
        LagHistogram::from_parts(self.bounds.clone(), counts, sum).unwrap_or_default()
    }
}

fn count(counters: &[AtomicU64], place: usize, by: u64) {
    if let Some(counter) = counters.get(place)
        && by > 0
    {
        counter.fetch_add(by, Ordering::Relaxed);
    }
}

impl LookupMetrics {
    /// Metrics that have counted nothing yet.
    #[must_use]
    pub fn new(origin: LookupOrigin) -> Self {
        let times = || {
            let mut bounds: Vec<Duration> = MICROSECONDS.into_iter().map(Duration::from_micros).collect();
            bounds.extend(origin.objectives.iter().map(|(_, objective)| *objective));
            bounds.sort_unstable();
            bounds.dedup();
            Spans::new(bounds)
        };
        let of_view = |(_, ttl): &(String, Option<Duration>)| ViewCounts {
            requests: AtomicU64::new(0),
            complete: AtomicU64::new(0),
            statuses: Default::default(),
            ages: Spans::new(LagHistogram::new(ttl.as_slice()).bounds().to_vec()),
        };
        Self {
            views: origin.views.iter().map(of_view).collect(),
            l1: Default::default(),
            results: Default::default(),
            times: [times(), times()],
            answers: Mutex::default(),
            origin,
        }
    }

    /// Counts a lookup of one entity.
    pub fn looked_up(&self, l1: L1Result, result: LookupResult, took: Duration) {
        let (place, [in_memory, in_store]) = (l1 as usize, &self.times);
        count(&self.l1, place, 1);
        count(&self.results, result as usize, 1);
        match l1 {
            L1Result::Hit => in_memory.record(took),
            L1Result::Miss | L1Result::Partial => in_store.record(took),
        }
    }

    /// Counts what a lookup found in the view at position `view` of [`LookupOrigin::views`].
    pub fn served(&self, view: usize, served: &ViewServed) {
        let Some(counts) = self.views.get(view) else { return };
        let [_, _, absent, expired, failed] = served.statuses;
        counts.requests.fetch_add(1, Ordering::Relaxed);
        counts.complete.fetch_add(u64::from(absent + expired + failed == 0), Ordering::Relaxed);
        for (place, number) in served.statuses.into_iter().enumerate() {
            count(&counts.statuses, place, number);
        }
        if let Some(age) = served.age {
            counts.ages.record(age);
        }
    }

    /// Counts an answer over HTTP by its status code.
    pub fn answered(&self, code: u16) {
        *hold(&self.answers).entry(code).or_default() += 1;
    }

    /// The text in Prometheus' format.
    ///
    /// # Errors
    /// When a family has no name: a fault of this module.
    pub fn text(&self, l1: L1Fill) -> Result<String, prometheus::Error> {
        let mut page = Page::default();
        let origin = &self.origin;
        page.family(&family::BUILD_INFO).push(&[&origin.version, &origin.revision], 1.0);
        for (stat, objective) in &origin.objectives {
            page.family(&names::OBJECTIVE).push(&[stat], objective.as_secs_f64());
        }
        if let Some(least) = origin.hit_objective {
            page.family(&names::HIT_OBJECTIVE).push::<&str>(&[], least);
        }
        for (tier, times) in ["l1", "l2"].iter().zip(&self.times) {
            page.family(&names::DURATION).push_lags(&[tier], &times.read());
        }
        let mut counters = |family, labels: [&str; 3], counters: &[AtomicU64]| {
            for (label, counter) in labels.iter().zip(counters) {
                page.family(family).push(&[label], real(counter.load(Ordering::Relaxed)));
            }
        };
        counters(&names::L1, ["hit", "miss", "partial"], &self.l1);
        counters(&names::RESULTS, ["complete", "incomplete", "error"], &self.results);
        for ((view, _), counts) in origin.views.iter().zip(&self.views) {
            let view = view.as_str();
            page.family(&names::VIEW_REQUESTS).push(&[view], real(counts.requests.load(Ordering::Relaxed)));
            page.family(&names::COMPLETE).push(&[view], real(counts.complete.load(Ordering::Relaxed)));
            for (status, counter) in STATUSES.iter().zip(&counts.statuses) {
                page.family(&names::FEATURES).push(&[view, status], real(counter.load(Ordering::Relaxed)));
            }
            page.family(&names::AGE).push_lags(&[view], &counts.ages.read());
        }
        for (code, number) in hold(&self.answers).iter() {
            page.family(&names::HTTP).push(&[code.to_string()], real(*number));
        }
        page.family(&names::L1_BYTES).push::<&str>(&[], real(l1.bytes));
        page.family(&names::L1_CAPACITY).push::<&str>(&[], real(origin.l1_capacity));
        page.family(&names::L1_ROWS).push::<&str>(&[], real(l1.rows));
        let sheet = page.write()?;
        Ok(exposition::bind(&[&sheet], &[]))
    }
}
