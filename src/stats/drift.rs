//! Distances between two columns of feature values, whatever their type.
//!
//! From model values pushed one at a time to a distance per statistic: numbers have a stability index and a
//! Kolmogorov–Smirnov distance, texts and booleans an index over their keys, points in time the distances of numbers but
//! no verdict (they move on by themselves), bytes, lists and maps nothing.

use std::collections::BTreeMap;

use super::categories::Categories;
use super::rates::RowCounts;
use super::sample::Cleaned;
use super::{ks, psi};
use crate::model::check::DriftStatistic;
use crate::model::measurement::{DriftMeasurement, DriftVerdict};
use crate::model::value::Value;

/// Fewest values on either side for a verdict.
pub const FEWEST_VALUES: u64 = 30;

/// What a column holds, as far as distances care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Integers and floats, compared by size.
    Numeric,
    /// Points in time, in seconds since 1970.
    Timestamp,
    /// Texts and booleans, compared as keys.
    Categorical,
    /// Bytes, lists, maps, or a mixture: no statistic.
    Opaque,
}

impl ColumnKind {
    /// The name used in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Numeric => "numeric",
            Self::Timestamp => "timestamp",
            Self::Categorical => "categorical",
            Self::Opaque => "opaque",
        }
    }

    fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Null => None,
            Value::Int(_) | Value::UInt(_) | Value::Float32(_) | Value::Float64(_) => Some(Self::Numeric),
            Value::UnixTimestamp(_) | Value::UnixNanos(_) => Some(Self::Timestamp),
            Value::Bool(_) | Value::String(_) => Some(Self::Categorical),
            Value::Bytes(_) | Value::List(_) | Value::Map(_) => Some(Self::Opaque),
        }
    }
}

/// The values of one side, as pushed.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    kind: Option<ColumnKind>,
    numbers: Vec<f64>,
    keys: Categories,
    rows: u64,
    nulls: u64,
}

impl Observed {
    /// A side without values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A whole column of numbers.
    #[must_use]
    pub fn numeric(numbers: Vec<f64>, nulls: u64) -> Self {
        Self::of_numbers(ColumnKind::Numeric, numbers, nulls)
    }

    /// A whole column of points in time, in seconds since 1970.
    #[must_use]
    pub fn timestamps(seconds: Vec<f64>, nulls: u64) -> Self {
        Self::of_numbers(ColumnKind::Timestamp, seconds, nulls)
    }

    fn of_numbers(kind: ColumnKind, numbers: Vec<f64>, nulls: u64) -> Self {
        let rows = numbers.len() as u64 + nulls;
        Self { kind: Some(kind), numbers, keys: Categories::default(), rows, nulls }
    }

    /// A whole column of keys, each with how often it occurs.
    #[must_use]
    pub fn categorical(counts: BTreeMap<Box<str>, u64>, nulls: u64) -> Self {
        let keys = Categories::of_counts(counts);
        let rows = keys.counts().rows + nulls;
        Self { kind: Some(ColumnKind::Categorical), numbers: Vec::new(), keys, rows, nulls }
    }

    /// Takes in one value; a null is counted and nothing else.
    pub fn push(&mut self, value: &Value) {
        self.rows += 1;
        let Some(kind) = ColumnKind::of(value) else {
            self.nulls += 1;
            return;
        };
        match self.kind {
            None => self.kind = Some(kind),
            Some(known) if known == kind => {}
            Some(_) => self.kind = Some(ColumnKind::Opaque),
        }
        match value {
            Value::Bool(flag) => self.keys.observe(Some(if *flag { "true" } else { "false" })),
            Value::String(text) => self.keys.observe(Some(text)),
            Value::Int(_)
            | Value::UInt(_)
            | Value::Float32(_)
            | Value::Float64(_)
            | Value::UnixTimestamp(_)
            | Value::UnixNanos(_) => self.numbers.extend(value.as_number()),
            Value::Null | Value::Bytes(_) | Value::List(_) | Value::Map(_) => {}
        }
    }

    /// What the values are; `None` while all are null.
    #[must_use]
    pub const fn kind(&self) -> Option<ColumnKind> {
        self.kind
    }

    /// Rows by what they hold.
    #[must_use]
    pub fn counts(&self) -> RowCounts {
        let number_of = |is: fn(&f64) -> bool| self.numbers.iter().filter(|number| is(number)).count() as u64;
        RowCounts {
            rows: self.rows,
            nulls: self.nulls,
            nans: number_of(|number| number.is_nan()),
            pos_inf: number_of(|number| *number == f64::INFINITY),
            neg_inf: number_of(|number| *number == f64::NEG_INFINITY),
        }
    }

    /// The side with the values of both.
    #[must_use]
    pub fn merge(mut self, other: &Self) -> Self {
        self.kind = match (self.kind, other.kind) {
            (Some(mine), Some(theirs)) if mine != theirs => Some(ColumnKind::Opaque),
            (mine, theirs) => mine.or(theirs),
        };
        self.numbers.extend_from_slice(&other.numbers);
        self.keys = self.keys.merge(&other.keys);
        self.rows += other.rows;
        self.nulls += other.nulls;
        self
    }

    fn cleaned(&self) -> Cleaned {
        Cleaned::new(self.numbers.iter().copied().map(Some))
    }
}

impl<'a> Extend<&'a Value> for Observed {
    fn extend<I: IntoIterator<Item = &'a Value>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.push(value));
    }
}

/// A distance with what is needed to judge it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DriftDistance {
    /// The distance; `None` when a side has no value.
    pub distance: Option<f64>,
    /// What samples of these sizes from one distribution exceed in 5 % of draws.
    pub noise_floor: Option<f64>,
    /// The distance in the form whose noise the floor describes; `None` where no verdict is possible.
    pub evidence: Option<f64>,
    /// Values of the reference.
    pub reference_n: u64,
    /// Values of the current side.
    pub current_n: u64,
}

impl DriftDistance {
    /// The verdict against a limit.
    ///
    /// Unknown with fewer than [`FEWEST_VALUES`] values on a side; stable up to the limit; drifted when the evidence is
    /// beyond both the limit and the noise; unknown in between.
    #[must_use]
    pub fn verdict(&self, limit: f64) -> DriftVerdict {
        let (Some(distance), Some(evidence), Some(floor)) = (self.distance, self.evidence, self.noise_floor) else {
            return DriftVerdict::Unknown;
        };
        if self.reference_n.min(self.current_n) < FEWEST_VALUES {
            DriftVerdict::Unknown
        } else if distance <= limit {
            DriftVerdict::Stable
        } else if evidence > limit && evidence > floor {
            DriftVerdict::Drifted
        } else {
            DriftVerdict::Unknown
        }
    }

    /// The figure to publish, judged against `limit`; without a limit the verdict is unknown.
    #[must_use]
    pub fn measurement(&self, limit: Option<f64>) -> DriftMeasurement {
        DriftMeasurement {
            distance: self.distance,
            noise_floor: self.noise_floor,
            verdict: limit.map_or(DriftVerdict::Unknown, |limit| self.verdict(limit)),
            reference_n: self.reference_n,
            current_n: self.current_n,
        }
    }
}

/// The distances that the type of the two sides has, in the order of [`DriftStatistic`].
///
/// Empty when the sides hold different types, or a type without statistics, or nothing but nulls.
#[must_use]
pub fn compare(reference: &Observed, current: &Observed) -> Vec<(DriftStatistic, DriftDistance)> {
    let kind = match (reference.kind, current.kind) {
        (Some(ours), Some(theirs)) if ours != theirs => return Vec::new(),
        (ours, theirs) => ours.or(theirs),
    };
    match kind {
        None | Some(ColumnKind::Opaque) => Vec::new(),
        Some(ColumnKind::Categorical) => {
            let index = psi::categorical(&reference.keys, &current.keys);
            let sizes = (reference.keys.counts().valid(), current.keys.counts().valid());
            vec![(DriftStatistic::Psi, index_distance(index, sizes))]
        }
        Some(ColumnKind::Numeric) => numeric(&reference.cleaned(), &current.cleaned()).into(),
        Some(ColumnKind::Timestamp) => {
            let mut distances = numeric(&reference.cleaned(), &current.cleaned());
            distances.iter_mut().for_each(|(_, distance)| distance.evidence = None);
            distances.into()
        }
    }
}

fn numeric(reference: &Cleaned, current: &Cleaned) -> [(DriftStatistic, DriftDistance); 2] {
    let (reference_n, current_n) = (reference.counts().valid(), current.counts().valid());
    let gap = ks::distance(reference, current);
    let gap = DriftDistance {
        distance: gap.map(|gap| gap.statistic),
        noise_floor: gap.map(|gap| gap.noise_floor()),
        evidence: gap.map(|gap| gap.statistic),
        reference_n,
        current_n,
    };
    let index = index_distance(psi::numeric(reference, current), (reference_n, current_n));
    [(DriftStatistic::Psi, index), (DriftStatistic::Ks, gap)]
}

fn index_distance(index: Option<psi::Psi>, (reference_n, current_n): (u64, u64)) -> DriftDistance {
    DriftDistance {
        distance: index.map(|index| index.floored),
        noise_floor: index.map(|index| index.noise_floor),
        evidence: index.map(|index| index.jeffreys),
        reference_n,
        current_n,
    }
}
