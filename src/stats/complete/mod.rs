//! Every statistic of a pair of columns, under the names of the reference results in `tests/fixtures/oracle`.
//!
//! The types here only name and nest: what they hold is computed elsewhere in [`stats`](super). A figure that does not
//! exist is `null`, an infinite one the text `inf` or `-inf`; a part that a kind of column does not have is left out.

mod blocks;
mod number;
mod sides;
mod two_samples;

use serde::Serialize;

use self::blocks::{Blocks, DiscreteBlock};
use self::number::Number;
use self::sides::{CardinalityFigures, RateFigures, Rows, ShiftFigures, SummaryFigures};
use self::two_samples::SampleFigures;
use super::categories::Categories;
use super::drift::ColumnKind;
use super::evidently::{self, EvidentlyOwn, Grain};
use super::moments::Moments;
use super::sample::Cleaned;
use super::summary::Summary;
use super::{cardinality, rates};

/// Stands for the distances when a side has no valid value.
const EMPTY: &str = "empty after cleaning";

/// Every statistic of one pair of columns.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Complete {
    /// What the column holds.
    pub kind: &'static str,
    type_ref: String,
    type_cur: String,
    #[serde(rename = "ref")]
    reference: Rows,
    #[serde(rename = "cur")]
    current: Rows,
    null_rate: Option<RateFigures>,
    missing_rate: Option<RateFigures>,
    #[serde(flatten)]
    values: Values,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
enum Values {
    Numbers(Box<NumberFigures>),
    Keys(Box<KeyFigures>),
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct NumberFigures {
    summary_ref: Option<SummaryFigures>,
    summary_cur: Option<SummaryFigures>,
    #[serde(flatten)]
    distances: Defined<NumberDistances>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct NumberDistances {
    shift: ShiftFigures,
    #[serde(flatten)]
    blocks: Blocks,
    evidently_own: Option<EvidentlyFigures>,
    #[serde(flatten)]
    samples: SampleFigures,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct KeyFigures {
    cardinality: CardinalityFigures,
    #[serde(flatten)]
    distances: Defined<KeyDistances>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct KeyDistances {
    discrete: DiscreteBlock,
    evidently_own: Option<EvidentlyFigures>,
}

/// Distances, or why there are none.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(untagged)]
enum Defined<T> {
    Distances(Box<T>),
    Not { undefined: &'static str },
}

impl<T> Defined<T> {
    fn of(distances: Option<T>) -> Self {
        distances.map_or(Self::Not { undefined: EMPTY }, |distances| Self::Distances(Box::new(distances)))
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct EvidentlyFigures {
    bins: u64,
    psi: Number,
    js_distance_natural: Number,
    kl_div: Number,
}

impl From<EvidentlyOwn> for EvidentlyFigures {
    fn from(own: EvidentlyOwn) -> Self {
        Self { bins: own.bins, psi: own.psi.into(), js_distance_natural: own.js_distance.into(), kl_div: own.kl.into() }
    }
}

/// What a column's type says beyond its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnType {
    /// The type's name as Arrow's C++ library writes it, such as `double` or `timestamp[us]`.
    pub name: String,
    /// Whether it holds whole numbers.
    pub is_integer: bool,
}

/// Every statistic of two columns of numbers, or of points in time as seconds since 1970.
#[must_use]
pub fn numeric(kind: ColumnKind, types: [&ColumnType; 2], reference: &Cleaned, current: &Cleaned) -> Complete {
    let moments = [Moments::of(reference.values()), Moments::of(current.values())];
    let [of_reference, of_current] = &moments;
    let summaries = [Summary::with(reference, of_reference), Summary::with(current, of_current)];
    let whole =
        [reference, current].iter().zip(types).all(|(column, kind)| kind.is_integer && column.counts().nulls == 0);
    let grain = if whole { Grain::Whole } else { Grain::Fractional };
    let distances = || {
        let [Some(ours), Some(theirs)] = &summaries else { return None };
        Some(NumberDistances {
            shift: ShiftFigures::of(ours, theirs),
            blocks: Blocks::of(reference, current)?,
            evidently_own: evidently::numeric(reference, current, grain).map(Into::into),
            samples: SampleFigures::of(reference, current, &moments)?,
        })
    };
    let figures = |summary: Option<&Summary>, column| summary.map(|summary| SummaryFigures::of(summary, column));
    let [ours, theirs] = &summaries;
    Complete::new(
        kind,
        types,
        [reference.counts(), current.counts()],
        Values::Numbers(Box::new(NumberFigures {
            summary_ref: figures(ours.as_ref(), reference),
            summary_cur: figures(theirs.as_ref(), current),
            distances: Defined::of(distances()),
        })),
    )
}

/// Every statistic of two columns of keys.
#[must_use]
pub fn categorical(types: [&ColumnType; 2], reference: &Categories, current: &Categories) -> Complete {
    let distances = DiscreteBlock::of_keys(reference, current).map(|discrete| KeyDistances {
        discrete,
        evidently_own: evidently::categorical(reference, current).map(Into::into),
    });
    Complete::new(
        ColumnKind::Categorical,
        types,
        [reference.counts(), current.counts()],
        Values::Keys(Box::new(KeyFigures {
            cardinality: cardinality::of(reference, current).into(),
            distances: Defined::of(distances),
        })),
    )
}

impl Complete {
    fn new(kind: ColumnKind, types: [&ColumnType; 2], counts: [rates::RowCounts; 2], values: Values) -> Self {
        let [type_ref, type_cur] = types.map(|kind| kind.name.clone());
        let [reference, current] = counts;
        Self {
            kind: kind.name(),
            type_ref,
            type_cur,
            reference: reference.into(),
            current: current.into(),
            null_rate: rates::null_test(reference, current).map(Into::into),
            missing_rate: rates::missing_test(reference, current).map(Into::into),
            values,
        }
    }
}
