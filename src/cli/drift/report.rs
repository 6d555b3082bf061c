//! A finished comparison and what was asked for: what every form prints.

use std::cmp::Ordering;
use std::fmt;

use crate::drift::{ColumnDrift, Comparison, SegmentDrift};
use crate::model::drift::governing;
use crate::model::figure;
use crate::model::measurement::DriftVerdict;
use crate::stats::drift::Exactness;

/// What figures are that do not rest on every value.
pub const INEXACT: &str = "estimates or bounds: not every value was at hand at once";

/// A comparison with the names of the columns that split its rows.
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The figures.
    pub comparison: &'a Comparison,
    /// The columns whose values tell segments apart; none without segments.
    pub by: &'a [String],
}

impl<'a> Report<'a> {
    /// The columns that were compared, gravest first: drifted, not judged, stable; then by name.
    #[must_use]
    pub fn columns(&self) -> Vec<(&'a str, &'a ColumnDrift)> {
        let mut columns: Vec<(&str, &ColumnDrift)> =
            self.comparison.columns().iter().map(|(name, column)| (name.as_str(), column)).collect();
        columns.sort_by(|(_, a), (_, b)| graver(a, b));
        columns
    }

    /// Those of [`columns`](Self::columns) with this verdict.
    #[must_use]
    pub fn with(&self, verdict: DriftVerdict) -> Vec<(&'a str, &'a ColumnDrift)> {
        self.columns().into_iter().filter(|(_, column)| column.verdict() == verdict).collect()
    }

    /// Columns whose figures are bounds or estimates, by name.
    #[must_use]
    pub fn approximate(&self) -> Vec<&'a str> {
        let columns = self.comparison.columns().iter();
        columns.filter(|(_, column)| !is_exact(column)).map(|(name, _)| name.as_str()).collect()
    }

    /// The same in one line; `None` where all figures are exact.
    #[must_use]
    pub fn inexact(&self) -> Option<String> {
        let names = self.approximate();
        (!names.is_empty()).then(|| names.join(", "))
    }

    /// A segment as `country=DE, platform=null`; text from the data, not yet made harmless. Without values it is
    /// the rest: all segments with too few rows.
    #[must_use]
    pub fn segment(&self, values: &[Option<Box<str>>]) -> String {
        let part = |(name, value): (&String, &Option<Box<str>>)| match value {
            Some(value) => format!("{name}={value}"),
            None => format!("{name} is null"),
        };
        if values.is_empty() {
            return "all smaller segments together".to_owned();
        }
        self.by.iter().zip(values).map(part).collect::<Vec<String>>().join(", ")
    }

    /// How many columns came out how.
    #[must_use]
    pub fn tally(&self) -> Tally {
        let (drifted, stable) = (self.comparison.drifted(), self.comparison.stable());
        Tally { drifted, stable, not_judged: self.comparison.not_judged() }
    }
}

/// The graver of two columns first: by verdict, then by how far the check that decides goes beyond its limit.
fn graver(a: &ColumnDrift, b: &ColumnDrift) -> Ordering {
    let rank = |column: &ColumnDrift| match column.verdict() {
        DriftVerdict::Drifted => 0,
        DriftVerdict::Unknown => 1,
        DriftVerdict::Stable => 2,
    };
    let excess = |column: &ColumnDrift| governing(&column.checks).map_or(0.0, |(_, measured)| measured.excess());
    rank(a).cmp(&rank(b)).then_with(|| excess(b).total_cmp(&excess(a)))
}

/// Whether the figures of a column are those of all values.
#[must_use]
pub fn is_exact(column: &ColumnDrift) -> bool {
    column.pair.distances.as_ref().is_none_or(|distances| match distances.exactness {
        Exactness::Exact => true,
        Exactness::Approximate => false,
    })
}

/// The verdict in a word.
#[must_use]
pub const fn word(verdict: DriftVerdict) -> &'static str {
    match verdict {
        DriftVerdict::Drifted => "drifted",
        DriftVerdict::Stable => "stable",
        DriftVerdict::Unknown => "not judged",
    }
}

/// The verdict of a segment: that of the check that decides, unknown without one.
#[must_use]
pub fn verdict(segment: &SegmentDrift) -> DriftVerdict {
    governing(&segment.checks).map_or(DriftVerdict::Unknown, |(_, measured)| measured.verdict)
}

/// How many columns came out how; those that could not be compared or read are not judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tally {
    /// Beyond a limit.
    pub drifted: usize,
    /// Within every limit.
    pub stable: usize,
    /// Neither.
    pub not_judged: usize,
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |number: usize| figure::count(number as u64);
        let columns = self.drifted + self.stable + self.not_judged;
        let noun = if columns == 1 { "column" } else { "columns" };
        let (drifted, stable, rest) = (count(self.drifted), count(self.stable), count(self.not_judged));
        write!(formatter, "{} {noun}: {drifted} drifted, {stable} stable, {rest} not judged", count(columns))
    }
}
