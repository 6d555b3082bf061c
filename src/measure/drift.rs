//! Drift of the values served against the values that models were trained on.
//!
//! Without a reference of its own, a view is held against the newest offline values of the same sampled entities, so that
//! a difference is a change of values and not of the sample. Intervals take the two sides to be independent, which they
//! are not: served values that are copies lie closer together than chance has it, so that this errs on the quiet side.
//!
//! A point in time moves on by itself and is compared by its age: against newest values at the event timestamp of its row,
//! against a reference at the time of reading.

use std::collections::BTreeMap;

use crate::model::bars::Bars;
use crate::model::check::DriftStatistic;
use crate::model::drift::DriftChecks;
use crate::model::measurement::{DriftMeasurement, DriftReason};
use crate::model::sample::{Readings, Sample};
use crate::model::time::Timestamp;
use crate::model::value::{ScalarKind, Value, ValueKind};
use crate::model::view::FeatureView;
use crate::stats::drift::{
    ColumnKind, DriftLimits, Exactness, Observed, PairDigest, SideDigest, bars_of_frequent, checks, numeric, observed,
};
use crate::stats::profile::{
    ColumnProfile, ColumnType, KeySide, Known, NumberSide, ProfiledColumn, TableProfile, categorical_pair, numeric_pair,
};
use crate::stats::rates::RowCounts;
use crate::stats::real;
use crate::stats::sample::Cleaned;

use super::difference::online_value;
use super::freshness::stamp;
use super::view::DriftRules;

/// Values that a key has at least to be named in a plot: rarer ones, as the address of a mail, may tell who has them.
const FEWEST_OF_KEY: u64 = 10;

/// What served values are held against.
#[derive(Clone, Copy, Debug)]
pub enum Reference<'a> {
    /// The newest offline values of the same entities.
    NewestVersions,
    /// What models were trained on, by the columns' names.
    Profile(&'a TableProfile),
    /// A reference that is named and could not be read.
    Unreadable,
}

/// The limits that a feature's rules give to the statistics.
pub(super) fn drift_limits(limits: DriftRules<'_>) -> DriftLimits {
    DriftLimits::new(limits.iter().filter_map(|(of, limits)| Some((*of, limits.least()?))))
}

/// One entry that says why there are no figures; none where nothing would be judged.
pub(super) fn unmeasured(reason: DriftReason, limits: &DriftLimits) -> DriftChecks {
    let named = DriftStatistic::ALL.into_iter().find_map(|statistic| Some((statistic, limits.of(statistic)?)));
    let told = named.map(|(statistic, limit)| (statistic, DriftMeasurement::unmeasured(reason, Some(limit))));
    told.into_iter().collect()
}

/// A feature by the position in its view, with what it is held against.
pub(super) struct Subject<'a> {
    pub(super) feature: usize,
    pub(super) limits: DriftRules<'a>,
    pub(super) reference: Reference<'a>,
    /// The instant that stands for the read time; `None` takes each row's own.
    pub(super) now: Option<Timestamp>,
}

/// The checks of one feature, not yet settled, and what both sides hold.
pub(super) fn measure(view: &FeatureView, sample: &Sample, subject: &Subject<'_>) -> (DriftChecks, Option<Bars>) {
    let limits = drift_limits(subject.limits);
    let (pair, losses) = match subject.reference {
        Reference::NewestVersions => {
            let (pair, losses) = against_newest_versions(sample, subject.feature);
            (pair, losses.pair())
        }
        Reference::Profile(profile) => (against_profile(view, (sample, subject), profile), None),
        Reference::Unreadable => (Err(DriftReason::NoReference), None),
    };
    let mut measured = match pair {
        Ok(Some(pair)) => (checks(&pair, &limits), bars_of_frequent(&pair, FEWEST_OF_KEY)),
        Ok(None) => return (BTreeMap::new(), None),
        Err(reason) => return (unmeasured(reason, &limits), None),
    };
    if let Some(losses) = losses {
        measured.0.extend(checks(&losses, &limits).remove_entry(&DriftStatistic::Missing));
    }
    measured
}

/// `None` where there is nothing to hold against each other, or no statistic for it.
type Paired = Result<Option<PairDigest>, DriftReason>;

fn against_newest_versions(sample: &Sample, feature: usize) -> (Paired, Losses) {
    let (mut reference, mut current, mut losses) = (Side::default(), Side::default(), Losses::default());
    // What was not read is no random part of the entities, and would be missed on one side only. Where nothing was read, the
    // side that is served is empty, which is said.
    let is_read = |readings: &Readings| readings.last.row.is_ok();
    let anything_read = sample.readings.iter().any(is_read);
    for (key, readings) in sample.keys.iter().zip(&sample.readings) {
        if anything_read && !is_read(readings) {
            continue;
        }
        let newest = sample.history.versions(&key.key).newest();
        let offline = newest.map(|newest| (newest.value(feature), newest.event_timestamp()));
        let online = online_value(readings, feature);
        if let Some((value, event_timestamp)) = &offline {
            reference.push(value, Some(*event_timestamp));
        }
        if let Some(value) = online {
            current.push(value, stamp(readings).map(|(instant, _)| instant));
        }
        if let (Some((offline, _)), Some(online)) = (&offline, online) {
            losses.add(offline, online);
        }
    }
    (paired(reference, current), losses)
}

fn paired(reference: Side, current: Side) -> Paired {
    let kind = match (reference.values.kind(), current.values.kind()) {
        (Some(ours), Some(theirs)) if ours != theirs => return Err(DriftReason::DifferentKinds),
        (ours, theirs) => ours.or(theirs),
    };
    Ok(match (kind, reference.ages, current.ages) {
        (Some(ColumnKind::Timestamp), Some(ours), Some(theirs)) => {
            Some(numeric(ColumnKind::Age, &Cleaned::new(ours), &Cleaned::new(theirs)))
        }
        (_, _, _) => observed(&reference.values, &current.values),
    })
}

/// Entities with both a newest offline value and an online one, by which of the two is none: null, NaN or infinite.
///
/// What neither side has says nothing of a move, and the move is the share lost − the share gained. Held against each other
/// as two shares of all entities, these two tell of it with as few entities as paired samples need; the shares of all rows
/// without a value would need as many as independent samples do.
#[derive(Clone, Copy, Debug, Default)]
struct Losses {
    entities: u64,
    lost: u64,
    gained: u64,
}

impl Losses {
    fn add(&mut self, offline: &Value, online: &Value) {
        let (had, has) = (is_value(offline), is_value(online));
        self.entities += 1;
        self.lost += u64::from(had && !has);
        self.gained += u64::from(!had && has);
    }

    /// The pair whose check of missing values is that of the entities; `None` where so many were lost and gained that the
    /// two shares could not be taken for independent: their covariance would change the variance by over a twentieth.
    fn pair(self) -> Option<PairDigest> {
        let (lost, gained) = (real(self.lost) / real(self.entities), real(self.gained) / real(self.entities));
        let side = |nulls| SideDigest {
            counts: RowCounts { rows: self.entities, nulls, ..RowCounts::default() },
            summary: None,
            distinct: 0,
            distinct_exactness: Exactness::Exact,
        };
        let variance = lost * (1.0 - lost) + gained * (1.0 - gained);
        let are_few = self.entities > 0 && 2.0 * lost * gained <= variance / 20.0;
        are_few.then(|| PairDigest {
            kind: ColumnKind::Numeric,
            reference: side(self.gained),
            current: side(self.lost),
            distances: None,
        })
    }
}

fn is_value(value: &Value) -> bool {
    !value.is_null() && value.as_number().is_none_or(f64::is_finite)
}

fn against_profile(view: &FeatureView, (sample, subject): (&Sample, &Subject<'_>), profile: &TableProfile) -> Paired {
    let Some(feature) = view.features.get(subject.feature).filter(|feature| has_statistics(&feature.kind)) else {
        return Ok(None);
    };
    let known = view.names_in_reference(&feature.name).iter().find_map(|name| profile.known(name));
    let known = known.ok_or(DriftReason::NotInReference)?;
    let mut current = Side::default();
    for readings in &sample.readings {
        if let Some(value) = online_value(readings, subject.feature) {
            current.push(value, Some(subject.now.unwrap_or(readings.last.read_at)));
        }
    }
    let reference = match known {
        Known::Profiled(reference) => reference,
        Known::Nulls => {
            let nulls = current.values.kind().map(|kind| Observed::nulls(kind, profile.rows));
            return Ok(nulls.and_then(|nulls| observed(&nulls, &current.values)));
        }
        Known::Unprofiled => return Err(DriftReason::DifferentKinds),
    };
    if !are_comparable(reference, &feature.kind, current.values.kind()) {
        return Err(DriftReason::DifferentKinds);
    }
    let kind = reference.profile.kind();
    let values = || current.values.cleaned();
    Ok(Some(match &reference.profile {
        ColumnProfile::Numeric(numbers) | ColumnProfile::Timestamp(numbers) => {
            numeric_pair(kind, NumberSide::Profile(numbers), NumberSide::Data(&values()))
        }
        ColumnProfile::Age(numbers) => {
            let ages = current.ages.map_or_else(values, Cleaned::new);
            numeric_pair(kind, NumberSide::Profile(numbers), NumberSide::Data(&ages))
        }
        ColumnProfile::Categorical(keys) => {
            categorical_pair(KeySide::Profile(keys), KeySide::Data(current.values.keys()))
        }
    }))
}

/// Whether there is a statistic for values of a declared type.
pub(super) const fn has_statistics(declared: &ValueKind) -> bool {
    match declared {
        ValueKind::Scalar(ScalarKind::Bytes)
        | ValueKind::List(_)
        | ValueKind::Set(_)
        | ValueKind::Map
        | ValueKind::MapList => false,
        ValueKind::Scalar(
            ScalarKind::Bool
            | ScalarKind::Int32
            | ScalarKind::Int64
            | ScalarKind::Float32
            | ScalarKind::Float64
            | ScalarKind::String
            | ScalarKind::UnixTimestamp
            | ScalarKind::Json
            | ScalarKind::Uuid
            | ScalarKind::Decimal,
        ) => true,
    }
}

/// Whether both sides hold one kind of values; `None` are nulls, which are of any kind.
fn are_comparable(reference: &ProfiledColumn, declared: &ValueKind, current: Option<ColumnKind>) -> bool {
    let is_boolean = *declared == ValueKind::Scalar(ScalarKind::Bool);
    let wanted = match &reference.profile {
        ColumnProfile::Numeric(_) => ColumnKind::Numeric,
        ColumnProfile::Timestamp(_) | ColumnProfile::Age(_) => ColumnKind::Timestamp,
        ColumnProfile::Categorical(_) => ColumnKind::Categorical,
    };
    is_boolean == (reference.column_type == ColumnType::Boolean) && current.is_none_or(|kind| kind == wanted)
}

/// The values of one side; points in time also as ages.
struct Side {
    values: Observed,
    /// Seconds from the value to the instant that it was pushed with; `None` once there was no such instant.
    ages: Option<Vec<Option<f64>>>,
}

impl Default for Side {
    fn default() -> Self {
        Self { values: Observed::new(), ages: Some(Vec::new()) }
    }
}

impl Side {
    fn push(&mut self, value: &Value, instant: Option<Timestamp>) {
        self.values.push(value);
        self.ages = self.ages.take().and_then(|mut ages| {
            match (value, instant) {
                (Value::Null, _) => ages.push(None),
                (value, Some(instant)) => ages.push(value.as_number().map(|number| instant.seconds() - number)),
                (_, None) => return None,
            }
            Some(ages)
        });
    }
}
