//! What came of holding two tables against each other.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::check::DriftStatistic;
use crate::model::measurement::{DriftMeasurement, DriftVerdict};
use crate::stats::drift::{ColumnKind, FEWEST_VALUES, Observed, compare};
use crate::stats::rates::{self, RowCounts};
use crate::store::snapshot::{ColumnData, TableColumn, TableKind};

/// Largest distances that pass.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DriftLimits {
    /// Of the population stability index.
    pub psi: f64,
    /// Of the Kolmogorov–Smirnov distance.
    pub ks: f64,
    /// Of the share of rows without a value.
    pub missing: f64,
}

/// Two tables, compared as far as they could be.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    reference: String,
    current: String,
    columns: BTreeMap<String, ColumnComparison>,
    not_compared: Vec<NotCompared>,
    unreadable: Vec<Unreadable>,
}

/// One column of both sides.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnComparison {
    /// What it holds.
    pub kind: ColumnKind,
    /// Rows of the reference.
    pub reference: RowCounts,
    /// Rows of the current side.
    pub current: RowCounts,
    /// Distances, those that the kind has.
    pub distances: BTreeMap<DriftStatistic, DriftMeasurement>,
    /// How the share of rows without a value moved; `None` when a side has no row.
    pub missing: Option<MissingShift>,
}

/// A move of the share of rows without a value: nulls, NaNs and infinities.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct MissingShift {
    /// Current share − reference share.
    pub difference: f64,
    /// Lower end of its 95 % interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// The verdict against the limit.
    pub verdict: DriftVerdict,
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

impl ColumnComparison {
    /// The worst verdict of distances and missing values: drifted before unknown before stable; unknown without a
    /// distance.
    #[must_use]
    pub fn verdict(&self) -> DriftVerdict {
        let verdicts = || self.distances.values().map(|distance| distance.verdict);
        let has = |wanted| verdicts().chain(self.missing.map(|missing| missing.verdict)).any(|found| found == wanted);
        if has(DriftVerdict::Drifted) {
            DriftVerdict::Drifted
        } else if has(DriftVerdict::Unknown) || self.distances.is_empty() {
            DriftVerdict::Unknown
        } else {
            DriftVerdict::Stable
        }
    }

    /// Why there is no verdict, as a clause; `None` where there is one.
    #[must_use]
    pub fn unjudged(&self) -> Option<String> {
        if self.verdict() != DriftVerdict::Unknown {
            return None;
        }
        let fewest = self.reference.valid().min(self.current.valid());
        Some(match self.kind {
            ColumnKind::Timestamp => "points in time move on by themselves".to_owned(),
            ColumnKind::Opaque => "there is no distance between such values".to_owned(),
            ColumnKind::Numeric | ColumnKind::Categorical if fewest < FEWEST_VALUES => {
                let noun = if fewest == 1 { "value" } else { "values" };
                format!("{fewest} {noun} on the smaller side, a verdict needs {FEWEST_VALUES}")
            }
            ColumnKind::Numeric | ColumnKind::Categorical => {
                "beyond the limit, but by no more than equal distributions of these sizes may show".to_owned()
            }
        })
    }

    /// The distance by one statistic.
    #[must_use]
    pub fn distance(&self, statistic: DriftStatistic) -> Option<f64> {
        self.distances.get(&statistic).and_then(|measured| measured.distance)
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

    /// Takes in one column of both sides.
    pub fn add(
        &mut self,
        name: &str,
        (kind, limits): (ColumnKind, DriftLimits),
        (reference, current): (ColumnData, ColumnData),
    ) {
        let (reference, current) = (observed(kind, reference), observed(kind, current));
        let limit = |statistic| match statistic {
            DriftStatistic::Psi => limits.psi,
            DriftStatistic::Ks => limits.ks,
        };
        let distances = compare(&reference, &current)
            .into_iter()
            .map(|(statistic, distance)| (statistic, distance.measurement(Some(limit(statistic)))))
            .collect();
        let (reference, current) = (reference.counts(), current.counts());
        let missing = rates::invalid_shift(reference, current).map(|shift| MissingShift {
            difference: shift.value,
            lower: shift.lower,
            upper: shift.upper,
            verdict: rates::verdict(&shift, limits.missing, (reference.rows, current.rows)),
        });
        self.columns.insert(name.to_owned(), ColumnComparison { kind, reference, current, distances, missing });
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
    pub const fn columns(&self) -> &BTreeMap<String, ColumnComparison> {
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
        TableKind::Other(_) => ColumnKind::Opaque,
    }
}

const fn word(kind: &TableKind) -> &str {
    match kind {
        TableKind::Integer => "integers",
        TableKind::Float => "floats",
        TableKind::Boolean => "booleans",
        TableKind::Text => "texts",
        TableKind::Timestamp => "timestamps",
        TableKind::Other(name) => name.as_str(),
    }
}

fn observed(kind: ColumnKind, data: ColumnData) -> Observed {
    match (data, kind) {
        (ColumnData::Numbers { values, nulls }, ColumnKind::Timestamp) => Observed::timestamps(values, nulls),
        (ColumnData::Numbers { values, nulls }, ColumnKind::Numeric | ColumnKind::Categorical | ColumnKind::Opaque) => {
            Observed::numeric(values, nulls)
        }
        (ColumnData::Categories { counts, nulls }, _) => Observed::categorical(counts, nulls),
    }
}
