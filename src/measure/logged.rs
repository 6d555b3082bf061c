//! A log of requests, held against the snapshots: every request is a reading of its entity at the time of the request.
//!
//! The log is a table like a snapshot: its event timestamp is the time of the request, and each feature has three columns,
//! the value, its own event timestamp and its status, in the schema in which Feast logs feature services.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::model::counts::Share;
use crate::model::entity::EntityKey;
use crate::model::history::{History, Version};
use crate::model::logged::{LoggedFeature, LoggedMeasurement};
use crate::model::online::{Fidelity, OnlineCell, OnlineReading, OnlineRow, StoredRow, StoredTimestamp};
use crate::model::sample::{Origins, Readings, Sample, SampledKey};
use crate::model::time::{NANOS_PER_SECOND, Precision, Timestamp};
use crate::model::value::{ScalarKind, Value, ValueKind};
use crate::model::view::{Contains, Feature, FeatureView, SnapshotSource};

use super::rows::settled_rows;
use super::view::{coverage, differences, tally};

/// Columns of a feature in the log.
const COLUMNS: usize = 3;
/// What Feast's log says of a value: `NOT_FOUND`.
const NOT_FOUND: i64 = 3;

/// The log of requests for `view` as a view of its own; `columns` are those that it has. Gives beside it the view with
/// those features only that are logged; `None` where none is.
#[must_use]
pub fn log_view(
    view: &FeatureView,
    (location, columns): (&str, &BTreeSet<String>),
) -> Option<(FeatureView, FeatureView)> {
    let name = |feature: &Feature| format!("{}__{}", view.name, feature.name);
    let logged: Vec<Feature> =
        view.features.iter().filter(|feature| columns.contains(&name(feature))).cloned().collect();
    if logged.is_empty() || view.join_keys.iter().any(|key| !columns.contains(&key.name)) {
        return None;
    }
    let of_log = |feature: &Feature| {
        let name = name(feature);
        let scalar = |suffix: &str, kind| Feature { name: format!("{name}__{suffix}"), kind: ValueKind::Scalar(kind) };
        let stamp = scalar("timestamp", ScalarKind::UnixTimestamp);
        let status = scalar("status", ScalarKind::Int32);
        [Feature { name: name.clone(), kind: feature.kind }, stamp, status]
    };
    let log = FeatureView {
        join_keys: view.join_keys.clone(),
        features: logged.iter().flat_map(of_log).collect(),
        ..FeatureView::new(&view.name, SnapshotSource::new(location, "__log_timestamp"))
    };
    let mut view = FeatureView { features: logged, ..view.clone() };
    // Which dump was the newest at the time of a request is not known.
    view.source.contains = Contains::Changes;
    Some((log, view))
}

/// Settles what the requests for `keys` were given by the ordinary rules as of each request, and adds up the verdicts. `view`
/// has the features that are logged, `log` their columns, `history` the versions of the keys. Requests from more than
/// `window` before `now` are left out.
#[must_use]
pub fn measure_logged(
    view: &FeatureView,
    (log, keys): (&History, &[EntityKey]),
    history: History,
    (now, window): (Timestamp, Duration),
) -> LoggedMeasurement {
    let precision = precision(log, view.features.len());
    let mut sample = Sample { keys: Vec::new(), readings: Vec::new(), history, fidelity: Fidelity::NanAndEmptyAreNull };
    let (mut from, mut to, mut asked): (Option<Timestamp>, Option<Timestamp>, u64) = (None, None, 0);
    for key in keys {
        let before = sample.keys.len();
        for request in log.versions(key).iter() {
            let read_at = request.event_timestamp();
            if now.since(read_at).is_none_or(|age| age > window) {
                continue;
            }
            let row = Ok(given(&request, view.features.len(), precision));
            sample.readings.push(Readings::first(OnlineReading { read_at, row }));
            let origins = Origins { requested: true, ..Origins::default() };
            sample.keys.push(SampledKey { key: key.clone(), origins });
            from = Some(from.map_or(read_at, |from| from.min(read_at)));
            to = to.max(Some(read_at));
        }
        asked += u64::from(sample.keys.len() > before);
    }
    let rows = settled_rows(view, &sample, None);
    let (mut comparable, mut expected) = (0, 0);
    let mut features = BTreeMap::new();
    for (position, feature) in view.features.iter().enumerate() {
        let tally = tally(view, &sample, (&rows, position));
        comparable += tally.comparable();
        expected += tally.expected();
        let figures = tally.figures(view.expired, differences(view, &sample, (&rows, position)));
        let (verdicts, coverage) = (figures.verdicts, figures.coverage);
        let logged = LoggedFeature { verdicts, coverage, skew: figures.skew, difference: figures.difference };
        features.insert(feature.name.clone(), logged);
    }
    LoggedMeasurement {
        from,
        to,
        requests: sample.keys.len() as u64,
        keys: asked,
        coverage: coverage(view, &sample, &rows),
        comparable: Share::of(comparable, expected),
        features,
    }
}

/// Event timestamps in a log may be cut to seconds in a column of milliseconds.
fn precision(log: &History, features: usize) -> Precision {
    let stamps = (0..features).filter_map(|feature| log.column(feature * COLUMNS + 1));
    let mut stamps = stamps.flat_map(|column| (0..column.len()).filter_map(|row| instant(&column.value(row))));
    let is_whole = |stamp: Timestamp| stamp.nanos().rem_euclid(NANOS_PER_SECOND) == 0;
    if stamps.all(is_whole) { Precision::Seconds } else { Precision::Millis }
}

/// What a request was given, as a row of the store.
fn given(request: &Version<'_>, features: usize, precision: Precision) -> OnlineRow {
    let stamps = (0..features).filter_map(|feature| instant(&request.value(feature * COLUMNS + 1)));
    let Some(stamp) = stamps.filter(|stamp| stamp.nanos() > 0).max() else { return OnlineRow::Absent };
    let cell = |feature: usize| match request.value(feature * COLUMNS + 2) {
        Value::Int(NOT_FOUND) => OnlineCell::Absent,
        _ => OnlineCell::Value(request.value(feature * COLUMNS)),
    };
    let event_timestamp = StoredTimestamp::At(stamp, precision);
    OnlineRow::Found(StoredRow { event_timestamp, cells: (0..features).map(cell).collect(), remaining_ttl: None })
}

fn instant(value: &Value) -> Option<Timestamp> {
    match value {
        Value::UnixTimestamp(seconds) => Timestamp::from_seconds(*seconds, 0),
        Value::UnixNanos(nanos) => Some(Timestamp::from_nanos(*nanos)),
        Value::Null
        | Value::Bool(_)
        | Value::Int(_)
        | Value::UInt(_)
        | Value::Float32(_)
        | Value::Float64(_)
        | Value::String(_)
        | Value::Bytes(_)
        | Value::List(_)
        | Value::Map(_) => None,
    }
}
