//! A report as a JSON document, and back.
//!
//! It holds every second's histograms, so that nothing is lost. What follows from them stands beside (`result`), for those
//! who only look, and is not read back. Reading checks that the counts fit together: a document that was cut off or damaged
//! is refused.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Report;
use super::conditions::{Conditions, Part, Point};
use super::histogram::{self, HistogramError};
use super::judged::Judged;
use crate::bench::block::{Block, Faults, KeyLookups};
use crate::bench::latency::Latencies;
use crate::bench::objective::{Objective, Percentile, Verdict};

/// What a document says that it is.
const FORMAT: &str = "skewwatch-bench";
/// Version of the form; it changes when a reader of the old one would be wrong.
pub const VERSION: u32 = 1;
/// Percentiles that stand in the result.
const TOLD: [&str; 5] = ["p50", "p90", "p99", "p99.9", "p99.99"];

/// Why a text is no report.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// It is empty.
    #[error("it is empty: the run that was to write it may not have ended")]
    Empty,
    /// It is no JSON, or not of our form.
    #[error("it is no document of `skewwatch bench --json`, or a damaged one")]
    Form(#[from] serde_json::Error),
    /// It is something else.
    #[error("it is no document of `skewwatch bench --json`")]
    Foreign,
    /// It is of a version that is not known here.
    #[error("it is of version {0}, and this program reads version {VERSION}")]
    Version(u32),
    /// A histogram is damaged.
    #[error("it is damaged: `{name}` of second {second}")]
    Histogram {
        /// Which.
        name: &'static str,
        /// Of which second, since 1970.
        second: i64,
        /// Why.
        source: HistogramError,
    },
    /// Its counts contradict each other.
    #[error("it is damaged: {0}")]
    Contradiction(String),
}

#[derive(Deserialize)]
struct Head {
    format: Option<String>,
    version: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct Document {
    format: String,
    version: u32,
    objective: String,
    #[serde(skip_deserializing)]
    result: Option<Told>,
    conditions: Conditions,
    processes: Vec<Part>,
    #[serde(default)]
    curve: Vec<Point>,
    seconds: Vec<Second>,
}

/// The requests that were due in a second.
#[derive(Serialize, Deserialize)]
struct Second {
    second: i64,
    incomplete: u64,
    failed: u64,
    unsent: u64,
    faults: Faults,
    response: Times,
    service: Times,
    hits: Times,
    misses: Times,
    slip: Times,
    /// The entities of requests of several; left out where a request is of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    keys: Option<Keys>,
}

/// The lookups of single entities within requests of several.
#[derive(Serialize, Deserialize)]
struct Keys {
    response: Times,
    hits: Times,
    misses: Times,
}

/// A histogram of nanoseconds, with those that never had an answer beside it.
#[derive(Serialize, Deserialize)]
struct Times {
    answered: u64,
    never: u64,
    histogram: String,
}

/// What follows, for those who only look.
#[derive(Serialize)]
struct Told {
    verdict: Option<&'static str>,
    reasons: Vec<String>,
    rate: u64,
    seconds: usize,
    due: u64,
    answered: u64,
    incomplete: u64,
    failed: u64,
    unsent: u64,
    wrong: u64,
    hit_rate: Option<f64>,
    generator_cpu_seconds_per_million: Option<f64>,
    store_cpu_seconds_per_million: Option<f64>,
    upper_limits_nanos: BTreeMap<String, Option<u64>>,
    response_nanos: Percentiles,
    service_nanos: Percentiles,
    hits_nanos: Percentiles,
    misses_nanos: Percentiles,
    slip_nanos: Percentiles,
    notes: Vec<String>,
}

/// Times by their percentiles' names; `None` where too many requests had no answer.
type Percentiles = BTreeMap<&'static str, Option<u64>>;

/// The document of a report.
///
/// # Errors
/// When it cannot be written as JSON, which nothing in it prevents.
pub fn write(judged: &Judged<'_>) -> Result<Vec<u8>, serde_json::Error> {
    let report = judged.report;
    let document = Document {
        format: FORMAT.to_owned(),
        version: VERSION,
        objective: report.objective.to_string(),
        result: Some(told(judged)),
        conditions: report.conditions.clone(),
        processes: report.parts.clone(),
        curve: report.curve.clone(),
        seconds: report.seconds.iter().map(|(second, block)| Second::of(*second, block)).collect(),
    };
    let mut bytes = serde_json::to_vec_pretty(&document)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// The report of a document.
///
/// # Errors
/// When it is something else, of another version, cut off or damaged.
pub fn read(bytes: &[u8]) -> Result<Report, DocumentError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(DocumentError::Empty);
    }
    let head: Head = serde_json::from_slice(bytes)?;
    match (head.format.as_deref(), head.version) {
        (Some(FORMAT), Some(VERSION)) => {}
        (Some(FORMAT), Some(version)) => return Err(DocumentError::Version(version)),
        (Some(_) | None, _) => return Err(DocumentError::Foreign),
    }
    let document: Document = serde_json::from_slice(bytes)?;
    let mut seconds = BTreeMap::new();
    for told in &document.seconds {
        if seconds.insert(told.second, told.block()?).is_some() {
            return Err(DocumentError::Contradiction(format!("second {} is there twice", told.second)));
        }
    }
    let objective = match document.objective.as_str() {
        "" => Objective::default(),
        text => text.parse().map_err(|error| DocumentError::Contradiction(format!("{error}")))?,
    };
    let Document { conditions, processes: mut parts, curve, .. } = document;
    parts.sort_by(|one, other| order(one).cmp(&order(other)));
    let report = Report { objective, conditions, parts, seconds, curve };
    covered(&report)?;
    Ok(report)
}

/// By what processes are put in order.
pub(super) fn order(part: &Part) -> (i64, Option<&str>, u32, u64) {
    (part.measured_from.nanos(), part.machine.host.as_deref(), part.process, part.seed)
}

/// Each second is one of a process, and each process has all of its seconds.
fn covered(report: &Report) -> Result<(), DocumentError> {
    let Report { parts, seconds, .. } = report;
    let contradiction = |what: String| Err(DocumentError::Contradiction(what));
    if parts.is_empty() {
        return contradiction("it names no process".to_owned());
    }
    for part in parts {
        let end = i64::try_from(part.seconds).ok().and_then(|length| part.first_second().checked_add(length));
        let held = end.map_or(0, |end| seconds.range(part.first_second()..end).count());
        if held as u64 != part.seconds {
            return contradiction(format!("it has {held} of the {} seconds of a process", part.seconds));
        }
    }
    match seconds.keys().find(|second| !parts.iter().any(|part| part.covers(**second))) {
        Some(second) => contradiction(format!("second {second} belongs to no process")),
        None => Ok(()),
    }
}

impl Second {
    fn of(second: i64, block: &Block) -> Self {
        let keys = &block.keys;
        let keys = (*keys != KeyLookups::default()).then(|| Keys {
            response: Times::of(&keys.response),
            hits: Times::of(&keys.hits),
            misses: Times::of(&keys.misses),
        });
        Self {
            second,
            incomplete: block.incomplete,
            failed: block.failed,
            unsent: block.unsent,
            faults: block.faults,
            response: Times::of(&block.response),
            service: Times::of(&block.service),
            hits: Times::of(&block.hits),
            misses: Times::of(&block.misses),
            slip: Times::of(&block.slip),
            keys,
        }
    }

    fn block(&self) -> Result<Block, DocumentError> {
        let second = self.second;
        let read = |name: &'static str, times: &Times| {
            times.latencies().map_err(|source| DocumentError::Histogram { name, second, source })?.ok_or_else(|| {
                DocumentError::Contradiction(format!("`{name}` of second {second} does not hold what it says"))
            })
        };
        let block = Block {
            response: read("response", &self.response)?,
            service: read("service", &self.service)?,
            hits: read("hits", &self.hits)?,
            misses: read("misses", &self.misses)?,
            slip: read("slip", &self.slip)?,
            keys: match &self.keys {
                None => KeyLookups::default(),
                Some(keys) => KeyLookups {
                    response: read("response of keys", &keys.response)?,
                    hits: read("hits of keys", &keys.hits)?,
                    misses: read("misses of keys", &keys.misses)?,
                },
            },
            incomplete: self.incomplete,
            failed: self.failed,
            unsent: self.unsent,
            faults: self.faults,
        };
        let ended = |times: &Times| u128::from(times.answered);
        let never = u128::from(self.incomplete) + u128::from(self.failed) + u128::from(self.unsent);
        let fits = u128::from(self.response.never) == never
            && u128::from(self.service.never) + u128::from(self.unsent) == never
            && self.hits.never + self.misses.never + self.slip.never == 0
            && ended(&self.response) == ended(&self.service)
            && ended(&self.response) == ended(&self.hits) + ended(&self.misses)
            && self.keys.as_ref().is_none_or(|keys| {
                keys.hits.never + keys.misses.never == 0
                    && ended(&keys.response) == ended(&keys.hits) + ended(&keys.misses)
            })
            && ended(&self.slip) + u128::from(self.unsent) == ended(&self.response) + never;
        if fits {
            Ok(block)
        } else {
            Err(DocumentError::Contradiction(format!("the counts of second {second} do not add up")))
        }
    }
}

impl Times {
    fn of(latencies: &Latencies) -> Self {
        let never = latencies.without_answer();
        Self { answered: latencies.count() - never, never, histogram: histogram::encode(latencies) }
    }

    /// `None` where it holds other counts than it says.
    fn latencies(&self) -> Result<Option<Latencies>, HistogramError> {
        let mut latencies = histogram::decode(&self.histogram)?;
        let holds = latencies.count() == self.answered && self.never < 1 << 56;
        latencies.record_many_never(self.never);
        Ok(holds.then_some(latencies))
    }
}

fn told(judged: &Judged<'_>) -> Told {
    let Judged { report, whole, evidence, verdict } = judged;
    let nanos = |time: std::time::Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let percentiles = |latencies: &Latencies| {
        let known = TOLD.iter().filter_map(|name| Some((*name, Percentile::parse(name)?)));
        let mut times: Percentiles =
            known.map(|(name, percentile)| (name, latencies.quantile(percentile.share()).map(nanos))).collect();
        times.insert("largest", latencies.largest().map(nanos));
        times
    };
    let limits = evidence.achieved.iter().map(|achieved| (achieved.percentile.to_string(), achieved.limit.map(nanos)));
    let (generator, store) = judged.cpu_per_million();
    let (name, reasons) = match verdict {
        None => (None, Vec::new()),
        Some(Verdict::Proven) => (Some("PROVEN"), Vec::new()),
        Some(Verdict::Missed(reasons)) => (Some("MISSED"), reasons.clone()),
        Some(Verdict::Invalid(reasons)) => (Some("INVALID"), reasons.clone()),
    };
    Told {
        verdict: name,
        reasons,
        rate: report.offered().rate,
        seconds: report.seconds.len(),
        due: whole.due(),
        answered: judged.answered(),
        incomplete: whole.incomplete,
        failed: whole.failed,
        unsent: whole.unsent,
        wrong: report.faults().all(),
        hit_rate: report.hit_rate(whole),
        generator_cpu_seconds_per_million: generator,
        store_cpu_seconds_per_million: store,
        upper_limits_nanos: limits.collect(),
        response_nanos: percentiles(&whole.response),
        service_nanos: percentiles(&whole.service),
        hits_nanos: percentiles(&whole.hits),
        misses_nanos: percentiles(&whole.misses),
        slip_nanos: percentiles(&whole.slip),
        notes: report.notes(),
    }
}
