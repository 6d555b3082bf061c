//! What each side is by itself, and how far simple figures moved.

use std::collections::BTreeMap;

use serde::Serialize;

use super::number::{Number, some};
use crate::stats::cardinality::Cardinality;
use crate::stats::rates::{RowCounts, ShareTest};
use crate::stats::sample::Cleaned;
use crate::stats::summary::{SHARES, Summary};

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Rows {
    rows: u64,
    nulls: u64,
    nans: u64,
    pos_inf: u64,
    neg_inf: u64,
    valid: u64,
}

impl From<RowCounts> for Rows {
    fn from(counts: RowCounts) -> Self {
        let RowCounts { rows, nulls, nans, pos_inf, neg_inf } = counts;
        Self { rows, nulls, nans, pos_inf, neg_inf, valid: counts.valid() }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct RateFigures {
    #[serde(rename = "ref")]
    reference: Number,
    cur: Number,
    diff: Number,
    z: Number,
    p: Number,
    newcombe_lo: Number,
    newcombe_hi: Number,
}

impl From<ShareTest> for RateFigures {
    fn from(test: ShareTest) -> Self {
        Self {
            reference: test.reference.into(),
            cur: test.current.into(),
            diff: test.difference.value.into(),
            z: test.z.into(),
            p: test.p_equal.into(),
            newcombe_lo: test.difference.lower.into(),
            newcombe_hi: test.difference.upper.into(),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct CardinalityFigures {
    #[serde(rename = "ref")]
    reference: u64,
    cur: u64,
    new: u64,
    gone: u64,
    unseen_rows: u64,
    unseen_share: Option<Number>,
    new_keys: Vec<Box<str>>,
}

impl From<Cardinality> for CardinalityFigures {
    fn from(keys: Cardinality) -> Self {
        Self {
            reference: keys.reference,
            cur: keys.current,
            new: keys.new,
            gone: keys.gone,
            unseen_rows: keys.unseen_rows,
            unseen_share: some(keys.unseen_share),
            new_keys: keys.new_keys,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct SummaryFigures {
    mean: Number,
    std_pop: Number,
    std_sample: Option<Number>,
    min: Number,
    max: Number,
    distinct: u64,
    zeros: u64,
    quantiles: BTreeMap<String, Number>,
}

impl SummaryFigures {
    pub(super) fn of(summary: &Summary, column: &Cleaned) -> Self {
        Self {
            mean: summary.mean.into(),
            std_pop: summary.std_pop.into(),
            std_sample: some(summary.std_sample),
            min: summary.min.into(),
            max: summary.max.into(),
            distinct: column.distinct() as u64,
            zeros: summary.zeros,
            quantiles: by_share(summary.quantiles),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct ShiftFigures {
    mean: Number,
    std_ratio: Option<Number>,
    mean_in_ref_std: Option<Number>,
    quantiles: BTreeMap<String, Number>,
}

impl ShiftFigures {
    pub(super) fn of(reference: &Summary, current: &Summary) -> Self {
        let mean = current.mean - reference.mean;
        let in_spread = |figure: f64| (reference.std_pop > 0.0).then(|| Number::from(figure / reference.std_pop));
        let mut moved = current.quantiles;
        moved.iter_mut().zip(reference.quantiles).for_each(|(current, reference)| *current -= reference);
        Self {
            mean: mean.into(),
            std_ratio: in_spread(current.std_pop),
            mean_in_ref_std: in_spread(mean),
            quantiles: by_share(moved),
        }
    }
}

fn by_share(figures: [f64; SHARES.len()]) -> BTreeMap<String, Number> {
    SHARES.iter().map(f64::to_string).zip(figures.map(Number::from)).collect()
}
