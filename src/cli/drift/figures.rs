//! The default statistics of a column under their public names, as programs read them.
//!
//! They are computed on the unmerged bins of the comparison: the levels or keys of both sides, or the reference's deciles.
//! A figure that does not exist is `null`.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::drift::ColumnDrift;
use crate::model::bars::{Bar, Bars};
use crate::model::check::DriftStatistic;
use crate::model::measurement::DriftMeasurement;
use crate::model::ratio::Ratio;
use crate::stats::bins::PairedCounts;
use crate::stats::contingency;
use crate::stats::divergence;
use crate::stats::drift::{Distances, Exactness, PairDigest, SideDigest, bars};
use crate::stats::psi::Binning;
use crate::stats::rates::RowCounts;
use crate::stats::summary::SHARES;

/// One figure of both sides.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Sides<T> {
    /// Of the reference.
    pub reference: T,
    /// Of the current side.
    pub current: T,
}

impl<T> Sides<T> {
    /// What `of` gives for each side.
    pub fn of(pair: &PairDigest, of: impl Fn(&SideDigest) -> T) -> Self {
        Self { reference: of(&pair.reference), current: of(&pair.current) }
    }
}

/// The default statistics of a column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Figures<'a> {
    psi: Option<Psi<'a>>,
    ks: Option<Ks<'a>>,
    wasserstein: Option<Wasserstein>,
    js: Option<JensenShannon>,
    chi2: Option<ChiSquared>,
    rates: Rates,
    distinct: Distinct,
    summary: Sides<Option<Summary>>,
    quantiles: Sides<Option<BTreeMap<String, f64>>>,
    novelty: Option<Novelty>,
    histogram: Option<Vec<Bin>>,
}

/// Population stability index: the check's measurement, and on which bins it was computed.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Psi<'a> {
    #[serde(flatten)]
    measurement: &'a DriftMeasurement,
    binning: Option<&'static str>,
    bins: Option<usize>,
}

/// Kolmogorov–Smirnov: the check's measurement, and where the gap lies.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Ks<'a> {
    #[serde(flatten)]
    measurement: &'a DriftMeasurement,
    statistic: Option<f64>,
    d_plus: Option<f64>,
    d_minus: Option<f64>,
    location: Option<f64>,
    p_kolmogorov: Option<f64>,
    /// How much larger the distance may be where not every value was seen.
    slack: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Wasserstein {
    raw: f64,
    /// In standard deviations of the reference; `null` where that is 0.
    normed: Option<f64>,
}

/// To base 2, from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct JensenShannon {
    divergence: f64,
    distance: f64,
}

/// Homogeneity of both sides. On deciles of the reference `p` comes out too small now and then: no verdict rests on it.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct ChiSquared {
    statistic: f64,
    dof: u64,
    p: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Rates {
    null: Sides<Option<Ratio>>,
    nan: Sides<Option<Ratio>>,
    infinity: Sides<Option<Ratio>>,
    missing: Sides<Option<Ratio>>,
    invalid: Sides<Option<Ratio>>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Summary {
    mean: f64,
    std_pop: f64,
    min: f64,
    max: f64,
    zeros: u64,
}

/// Different values; the sides whose number is an estimate are named.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Distinct {
    #[serde(flatten)]
    sides: Sides<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    estimated: Vec<&'static str>,
}

/// Current values of a kind that the reference does not have.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Novelty {
    current: u64,
    share: Option<Ratio>,
    /// The share that values of the reference's own would have if left out.
    expected: Option<Ratio>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Bin {
    label: String,
    reference: u64,
    current: u64,
}

impl<'a> Figures<'a> {
    /// The figures of a column.
    #[must_use]
    pub fn of(column: &'a ColumnDrift) -> Self {
        let pair = &column.pair;
        let distances = pair.distances.as_ref();
        let rate = |of: fn(&RowCounts) -> Option<Ratio>| Sides::of(pair, |side| of(&side.counts));
        Self {
            psi: column.checks.get(&DriftStatistic::Psi).map(|measurement| psi(measurement, distances)),
            ks: column.checks.get(&DriftStatistic::Ks).map(|measurement| ks(measurement, distances)),
            wasserstein: wasserstein(pair),
            js: distances.map(|distances| JensenShannon {
                divergence: divergence::jensen_shannon(&distances.bins),
                distance: divergence::jensen_shannon_distance(&distances.bins),
            }),
            chi2: distances.map(|distances| chi2(&distances.bins)),
            rates: Rates {
                null: rate(RowCounts::null_rate),
                nan: rate(RowCounts::nan_rate),
                infinity: rate(RowCounts::infinity_rate),
                missing: rate(RowCounts::missing_rate),
                invalid: rate(RowCounts::invalid_rate),
            },
            distinct: Distinct::of(pair),
            summary: Sides::of(pair, summary),
            quantiles: Sides::of(pair, quantiles),
            novelty: distances.map(|distances| Novelty {
                current: distances.novelty.current,
                share: Ratio::of(distances.novelty.current, distances.bins.current_n()),
                expected: Ratio::of(distances.novelty.reference, distances.bins.reference_n()),
            }),
            histogram: bars(pair).as_ref().map(histogram),
        }
    }
}

impl Distinct {
    fn of(pair: &PairDigest) -> Self {
        let estimated = |side: &SideDigest| side.distinct_exactness == Exactness::Approximate;
        let estimated: Vec<&'static str> = [("reference", &pair.reference), ("current", &pair.current)]
            .into_iter()
            .filter_map(|(name, side)| estimated(side).then_some(name))
            .collect();
        Self { sides: Sides::of(pair, |side| side.distinct), estimated }
    }
}

fn psi<'a>(measurement: &'a DriftMeasurement, distances: Option<&Distances>) -> Psi<'a> {
    let binning = distances.map(|distances| match distances.binning {
        Binning::Levels => "levels",
        Binning::Deciles => "deciles",
    });
    Psi { measurement, binning, bins: distances.map(|distances| distances.bins.bins().len()) }
}

fn ks<'a>(measurement: &'a DriftMeasurement, distances: Option<&Distances>) -> Ks<'a> {
    let gaps = distances.and_then(|distances| distances.gaps);
    Ks {
        measurement,
        statistic: gaps.map(|gaps| gaps.ks.statistic),
        d_plus: gaps.map(|gaps| gaps.ks.d_plus),
        d_minus: gaps.map(|gaps| gaps.ks.d_minus),
        location: gaps.map(|gaps| gaps.ks.location),
        p_kolmogorov: gaps.map(|gaps| gaps.ks.p_kolmogorov()),
        slack: gaps.map(|gaps| gaps.ks_slack),
    }
}

fn wasserstein(pair: &PairDigest) -> Option<Wasserstein> {
    let raw = pair.distances.as_ref()?.gaps?.wasserstein;
    let spread = pair.reference.summary.map(|summary| summary.std_pop).filter(|spread| *spread > 0.0);
    Some(Wasserstein { raw, normed: spread.map(|spread| raw / spread) })
}

fn chi2(bins: &PairedCounts) -> ChiSquared {
    let found = contingency::of(bins);
    ChiSquared { statistic: found.chi2, dof: found.freedom, p: found.chi2_p }
}

fn summary(side: &SideDigest) -> Option<Summary> {
    side.summary.map(|summary| Summary {
        mean: summary.mean,
        std_pop: summary.std_pop,
        min: summary.min,
        max: summary.max,
        zeros: summary.zeros,
    })
}

fn quantiles(side: &SideDigest) -> Option<BTreeMap<String, f64>> {
    let summary = side.summary?;
    Some(SHARES.iter().zip(summary.quantiles).map(|(share, quantile)| (share.to_string(), quantile)).collect())
}

fn histogram(bars: &Bars) -> Vec<Bin> {
    let bin = |bar: &Bar| Bin { label: bar.label.clone(), reference: bar.reference, current: bar.current };
    bars.bars().iter().map(bin).collect()
}
