//! What came of holding two tables against each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::check::DriftStatistic;
use crate::model::measurement::{DriftMeasurement, DriftVerdict};
use crate::stats::complete::Complete;
use crate::stats::drift::{ColumnKind, DriftLimits, PairDigest, checks, settle};
use crate::store::snapshot::{TableColumn, TableKind};

/// Two tables, compared as far as they could be.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    reference: String,
    current: String,
    columns: BTreeMap<String, ColumnDrift>,
    not_compared: Vec<NotCompared>,
    unreadable: Vec<Unreadable>,
}

/// One column of both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnDrift {
    /// Its figures.
    pub pair: PairDigest,
    /// Its checks, those that its kind has.
    pub checks: BTreeMap<DriftStatistic, DriftMeasurement>,
    /// Every statistic there is; `None` where they were not asked for.
    pub complete: Option<Complete>,
    /// Its segments, those that carry most of the drift first; empty where none were asked for.
    pub segments: Vec<SegmentDrift>,
}

/// One column within the rows of one segment.
#[derive(Clone, Debug, PartialEq)]
pub struct SegmentDrift {
    /// The values of the columns that split the rows, in their order; `None` is null. Empty for the rest: all values
    /// that have too few rows on a side.
    pub segment: Vec<Option<Box<str>>>,
    /// Its figures.
    pub pair: PairDigest,
    /// Its checks.
    pub checks: BTreeMap<DriftStatistic, DriftMeasurement>,
    /// Share of the column's index that goes away if this segment had not drifted; `None` where the column has none.
    pub contribution: Option<f64>,
}

/// A column that has nothing to be held against.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct NotCompared {
    /// The column.
    pub column: String,
    /// Why not, as a clause.
    pub reason: String,
}

/// A column that should have been compared and could not be read.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Unreadable {
    /// The column.
    pub column: String,
    /// What went wrong.
    pub message: String,
}

impl ColumnDrift {
    /// A column by its figures, without segments.
    #[must_use]
    pub fn new(pair: PairDigest, limits: &DriftLimits) -> Self {
        let checks = checks(&pair, limits);
        Self { pair, checks, complete: None, segments: Vec::new() }
    }

    /// The worst verdict of the checks: drifted before unknown before stable; unknown without a check.
    #[must_use]
    pub fn verdict(&self) -> DriftVerdict {
        let has = |wanted| self.checks.values().any(|check| check.verdict == wanted);
        if has(DriftVerdict::Drifted) {
            DriftVerdict::Drifted
        } else if has(DriftVerdict::Unknown) || self.checks.is_empty() {
            DriftVerdict::Unknown
        } else {
            DriftVerdict::Stable
        }
    }

    /// The distance by one statistic.
    #[must_use]
    pub fn distance(&self, statistic: DriftStatistic) -> Option<f64> {
        self.checks.get(&statistic).and_then(|measured| measured.distance)
    }
}

impl Comparison {
    /// A comparison of two addresses that has not begun.
    #[must_use]
    pub fn new(reference: &str, current: &str) -> Self {
        Self {
            reference: reference.to_owned(),
            current: current.to_owned(),
            columns: BTreeMap::new(),
            not_compared: Vec::new(),
            unreadable: Vec::new(),
        }
    }

    /// The columns to read, with what they hold on both sides, by name; notes those that cannot be compared.
    ///
    /// `asked` limits the choice; a column asked for that neither side has is noted as unreadable.
    pub fn choose(
        &mut self,
        (reference, current): (&[TableColumn], &[TableColumn]),
        asked: &[String],
    ) -> Vec<(String, ColumnKind)> {
        let by_name = |columns: &[TableColumn]| -> BTreeMap<String, TableKind> {
            columns.iter().map(|column| (column.name.clone(), column.kind.clone())).collect()
        };
        let (ours, theirs) = (by_name(reference), by_name(current));
        let names: BTreeSet<&String> =
            if asked.is_empty() { ours.keys().chain(theirs.keys()).collect() } else { asked.iter().collect() };
        let mut shared = Vec::new();
        for name in names {
            match pair(ours.get(name), theirs.get(name)) {
                Pair::Comparable(kind) => shared.push((name.clone(), kind)),
                Pair::NotComparable(reason) => self.not_compared.push(NotCompared { column: name.clone(), reason }),
                Pair::Nowhere => self.add_unreadable(name, "neither side has this column"),
            }
        }
        shared
    }

    /// Takes the columns that identify the entity out of the chosen ones: they grow with the entities, which is no drift.
    pub fn pass_over(
        &mut self,
        chosen: Vec<(String, ColumnKind)>,
        identifying: &[String],
    ) -> Vec<(String, ColumnKind)> {
        let (passed, compared): (Vec<_>, Vec<_>) = chosen.into_iter().partition(|(name, _)| identifying.contains(name));
        let noted = |(column, _)| NotCompared { column, reason: "it identifies the entity".to_owned() };
        self.not_compared.extend(passed.into_iter().map(noted));
        self.not_compared.sort_by(|a, b| a.column.cmp(&b.column));
        compared
    }

    /// Takes in one column of both sides.
    pub fn add(&mut self, name: &str, column: ColumnDrift) {
        self.columns.insert(name.to_owned(), column);
    }

    /// Gives every check its verdict, once all columns are in.
    pub fn settle(&mut self) {
        self.unreadable.sort_by(|a, b| a.column.cmp(&b.column));
        settle(self.columns.values_mut().flat_map(|column| {
            let segments = column.segments.iter_mut().flat_map(|segment| segment.checks.values_mut());
            column.checks.values_mut().chain(segments)
        }));
    }

    /// Takes in a column that could not be read.
    pub fn add_unreadable(&mut self, name: &str, message: &str) {
        self.unreadable.push(Unreadable { column: name.to_owned(), message: message.to_owned() });
    }

    /// Address of the reference.
    #[must_use]
    pub fn reference(&self) -> &str {
        &self.reference
    }

    /// Address of the current side.
    #[must_use]
    pub fn current(&self) -> &str {
        &self.current
    }

    /// The columns that were compared, by name.
    #[must_use]
    pub const fn columns(&self) -> &BTreeMap<String, ColumnDrift> {
        &self.columns
    }

    /// Columns that have nothing to be held against, by name.
    #[must_use]
    pub fn not_compared(&self) -> &[NotCompared] {
        &self.not_compared
    }

    /// Columns that could not be read.
    #[must_use]
    pub fn unreadable(&self) -> &[Unreadable] {
        &self.unreadable
    }

    /// How many columns drifted.
    #[must_use]
    pub fn drifted(&self) -> usize {
        self.with(DriftVerdict::Drifted)
    }

    /// How many columns are within their limits.
    #[must_use]
    pub fn stable(&self) -> usize {
        self.with(DriftVerdict::Stable)
    }

    /// How many columns have no verdict, for whatever reason.
    #[must_use]
    pub fn not_judged(&self) -> usize {
        self.with(DriftVerdict::Unknown) + self.not_compared.len() + self.unreadable.len()
    }

    fn with(&self, verdict: DriftVerdict) -> usize {
        self.columns.values().filter(|column| column.verdict() == verdict).count()
    }
}

enum Pair {
    Comparable(ColumnKind),
    NotComparable(String),
    Nowhere,
}

fn pair(reference: Option<&TableKind>, current: Option<&TableKind>) -> Pair {
    match (reference, current) {
        (None, None) => Pair::Nowhere,
        (Some(_), None) => Pair::NotComparable("only the reference has it".to_owned()),
        (None, Some(_)) => Pair::NotComparable("only the current side has it".to_owned()),
        (Some(TableKind::Other(name)), _) | (_, Some(TableKind::Other(name))) => {
            Pair::NotComparable(format!("there is no distance between values of type {name}"))
        }
        (Some(TableKind::Null), Some(TableKind::Null)) => {
            Pair::NotComparable("both sides hold nothing but nulls, of an unknown type".to_owned())
        }
        // What a side of nothing but nulls would have held, the other side tells; the missing rate decides.
        (Some(TableKind::Null), Some(known)) | (Some(known), Some(TableKind::Null)) => {
            Pair::Comparable(statistical(known))
        }
        (Some(ours), Some(theirs)) => match (statistical(ours), statistical(theirs)) {
            // Booleans and texts are both counted as keys and still mean different things.
            (kind, other) if kind == other && (is_boolean(ours) == is_boolean(theirs)) => Pair::Comparable(kind),
            _ => Pair::NotComparable(format!("the reference holds {}, the current side {}", word(ours), word(theirs))),
        },
    }
}

const fn is_boolean(kind: &TableKind) -> bool {
    matches!(kind, TableKind::Boolean)
}

const fn statistical(kind: &TableKind) -> ColumnKind {
    match kind {
        TableKind::Integer | TableKind::Float => ColumnKind::Numeric,
        TableKind::Boolean | TableKind::Text => ColumnKind::Categorical,
        TableKind::Timestamp => ColumnKind::Timestamp,
        TableKind::Null | TableKind::Other(_) => ColumnKind::Opaque,
    }
}

const fn word(kind: &TableKind) -> &str {
    match kind {
        TableKind::Integer => "integers",
        TableKind::Float => "floats",
        TableKind::Boolean => "booleans",
        TableKind::Text => "texts",
        TableKind::Timestamp => "timestamps",
        TableKind::Null => "nulls",
        TableKind::Other(name) => name.as_str(),
    }
}
