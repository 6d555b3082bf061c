//! What counts over the same bins say: one block per choice of bins.

use serde::Serialize;

use super::number::{Number, some};
use crate::stats::bins::{BinEdges, PairedCounts};
use crate::stats::categories::Categories;
use crate::stats::contingency::{self, Contingency};
use crate::stats::divergence;
use crate::stats::psi::{self, MOST_LEVELS, MOST_REFERENCE_LEVELS, SHARE_FLOOR};
use crate::stats::sample::Cleaned;

/// Up to so many keys, each is listed with its counts.
const MOST_KEYS_LISTED: usize = 64;

/// A floor of shares that leaves rare bins more weight than [`SHARE_FLOOR`].
const LOW_FLOOR: f64 = 1e-6;

/// The blocks of a numeric column.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Blocks {
    q10: DecileBlock,
    #[serde(skip_serializing_if = "Option::is_none")]
    discrete: Option<DiscreteBlock>,
    auto_mode: &'static str,
    psi_auto: Number,
}

impl Blocks {
    /// The blocks of two samples; `None` when a side has no value.
    pub(super) fn of(reference: &Cleaned, current: &Cleaned) -> Option<Self> {
        let q10 = DecileBlock::of(reference, current)?;
        let discrete = DiscreteBlock::of_levels(reference, current);
        let (auto_mode, chosen) = match &discrete {
            Some(discrete) if reference.distinct() <= MOST_REFERENCE_LEVELS => ("discrete", &discrete.counted),
            Some(_) | None => ("q10", &q10.counted),
        };
        let psi_auto = chosen.psi_eps1e4;
        Some(Self { auto_mode, psi_auto, q10, discrete })
    }
}

/// Bins between the deciles of the reference.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct DecileBlock {
    #[serde(flatten)]
    counted: Counted,
    edges: Vec<Number>,
    ref_counts: Vec<u64>,
    cur_counts: Vec<u64>,
    oor_below: u64,
    oor_above: u64,
}

impl DecileBlock {
    fn of(reference: &Cleaned, current: &Cleaned) -> Option<Self> {
        let edges = BinEdges::deciles(reference)?;
        let (ours, theirs) = (edges.count(reference), edges.count(current));
        let counts = PairedCounts::new(&ours, &theirs)?;
        let (low, high) = (*reference.values().first()?, *reference.values().last()?);
        let values = current.values();
        Some(Self {
            counted: Counted::of(&counts),
            edges: edges.edges().iter().copied().map(Number::from).collect(),
            ref_counts: ours.counts().to_vec(),
            cur_counts: theirs.counts().to_vec(),
            oor_below: values.partition_point(|value| *value < low) as u64,
            oor_above: (values.len() - values.partition_point(|value| *value <= high)) as u64,
        })
    }
}

/// One bin per key, or per different value.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct DiscreteBlock {
    #[serde(flatten)]
    counted: Counted,
    #[serde(skip_serializing_if = "Option::is_none")]
    keys_n: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    l_infinity_key: Option<Box<str>>,
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    listed: Option<Listed>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
struct Listed {
    keys: Vec<Box<str>>,
    ref_counts: Vec<u64>,
    cur_counts: Vec<u64>,
}

impl DiscreteBlock {
    /// The block of two columns of keys; `None` when a side has no key.
    pub(super) fn of_keys(reference: &Categories, current: &Categories) -> Option<Self> {
        let counts = PairedCounts::categories(reference, current)?;
        let mut keys: Vec<&str> = reference.iter().chain(current.iter()).map(|(key, _)| key).collect();
        keys.sort_unstable();
        keys.dedup();
        let counted = Counted::of(&counts);
        let l_infinity_key = keys.get(counted.l_infinity_bin).map(|key| Box::from(*key));
        let listed = (keys.len() <= MOST_KEYS_LISTED).then(|| Listed {
            keys: keys.iter().map(|key| Box::from(*key)).collect(),
            ref_counts: counts.bins().iter().map(|(reference, _)| *reference).collect(),
            cur_counts: counts.bins().iter().map(|(_, current)| *current).collect(),
        });
        Some(Self { counted, keys_n: None, l_infinity_key, listed })
    }

    /// The block of two samples; `None` when a side has no value, or both together more than [`MOST_LEVELS`].
    fn of_levels(reference: &Cleaned, current: &Cleaned) -> Option<Self> {
        if reference.distinct().max(current.distinct()) > MOST_LEVELS {
            return None;
        }
        let counts = PairedCounts::levels(reference, current).filter(|counts| counts.bins().len() <= MOST_LEVELS)?;
        let keys_n = Some(counts.bins().len() as u64);
        Some(Self { counted: Counted::of(&counts), keys_n, l_infinity_key: None, listed: None })
    }
}

/// Every statistic of counts.
#[derive(Clone, Debug, PartialEq, Serialize)]
struct Counted {
    bins: usize,
    psi_eps1e4: Number,
    psi_eps1e6: Number,
    psi_jeffreys: Number,
    psi_h0_mean: Number,
    psi_h0_q95: Number,
    js_divergence_base2: Number,
    js_distance_base2: Number,
    kl_ref_cur_eps: Number,
    kl_cur_ref_eps: Number,
    hellinger: Number,
    tvd: Number,
    l_infinity: Number,
    l_infinity_bin: usize,
    chi2: Number,
    dof: u64,
    chi2_p: Number,
    chi2_min_expected: Option<Number>,
    g: Number,
    g_p: Number,
    cramers_v: Number,
    cramers_v_corrected: Option<Number>,
}

impl Counted {
    fn of(counts: &PairedCounts) -> Self {
        let [kl_ref_cur, kl_cur_ref] = divergence::kullback_leibler(counts);
        let largest = divergence::largest_difference(counts);
        let Contingency { chi2, freedom, chi2_p, least_expected, g, g_p, cramers_v, cramers_v_corrected } =
            contingency::of(counts);
        Self {
            bins: counts.bins().len(),
            psi_eps1e4: psi::floored(counts, SHARE_FLOOR).into(),
            psi_eps1e6: psi::floored(counts, LOW_FLOOR).into(),
            psi_jeffreys: psi::jeffreys(counts).into(),
            psi_h0_mean: psi::null_mean(counts).into(),
            psi_h0_q95: psi::noise_floor(counts).into(),
            js_divergence_base2: divergence::jensen_shannon(counts).into(),
            js_distance_base2: divergence::jensen_shannon_distance(counts).into(),
            kl_ref_cur_eps: kl_ref_cur.into(),
            kl_cur_ref_eps: kl_cur_ref.into(),
            hellinger: divergence::hellinger(counts).into(),
            tvd: divergence::total_variation(counts).into(),
            l_infinity: largest.value.into(),
            l_infinity_bin: largest.bin,
            chi2: chi2.into(),
            dof: freedom,
            chi2_p: chi2_p.into(),
            chi2_min_expected: some(least_expected),
            g: g.into(),
            g_p: g_p.into(),
            cramers_v: cramers_v.into(),
            cramers_v_corrected: some(cramers_v_corrected),
        }
    }
}
