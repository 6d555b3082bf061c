//! Values of one side of a column, pushed one at a time or as a whole.

use std::collections::BTreeMap;

use crate::model::value::Value;
use crate::stats::categories::Categories;
use crate::stats::rates::RowCounts;
use crate::stats::sample::Cleaned;

/// What a column holds, as far as distances care.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Integers and floats, compared by size.
    Numeric,
    /// Points in time, in seconds since 1970; they move on by themselves and have no verdict.
    Timestamp,
    /// Points in time as seconds before the time of their snapshot, which can be compared over time.
    Age,
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
            Self::Timestamp | Self::Age => "timestamp",
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
        let keys = Categories::of_counts(counts, nulls);
        let rows = keys.counts().rows;
        Self { kind: Some(ColumnKind::Categorical), numbers: Vec::new(), keys, rows, nulls }
    }

    /// A whole column of this kind in which every row is null.
    #[must_use]
    pub fn nulls(kind: ColumnKind, rows: u64) -> Self {
        let keys = Categories::of_counts(BTreeMap::new(), rows);
        Self { kind: Some(kind), numbers: Vec::new(), keys, rows, nulls: rows }
    }

    /// Takes in one value; a null is counted and nothing else.
    pub fn push(&mut self, value: &Value) {
        self.rows += 1;
        let Some(kind) = ColumnKind::of(value) else {
            self.nulls += 1;
            self.keys.observe(None);
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

    /// The numbers, sorted, with the counts of all rows.
    #[must_use]
    pub fn cleaned(&self) -> Cleaned {
        let nulls = std::iter::repeat_n(None, usize::try_from(self.nulls).unwrap_or(usize::MAX));
        Cleaned::new(self.numbers.iter().copied().map(Some).chain(nulls))
    }

    /// The keys with their counts; rows without one are counted as nulls.
    #[must_use]
    pub const fn keys(&self) -> &Categories {
        &self.keys
    }
}

impl<'a> Extend<&'a Value> for Observed {
    fn extend<I: IntoIterator<Item = &'a Value>>(&mut self, values: I) {
        values.into_iter().for_each(|value| self.push(value));
    }
}
