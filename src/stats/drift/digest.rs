//! All that the default statistics and the checks of one column rest on.

use super::observed::{ColumnKind, Observed};
use crate::stats::bins::{BinEdges, PairedCounts};
use crate::stats::categories::Categories;
use crate::stats::ecdf::{self, Gaps};
use crate::stats::psi::{self, Binning};
use crate::stats::rates::RowCounts;
use crate::stats::sample::Cleaned;
use crate::stats::summary::Summary;

/// Two sides of one column.
#[derive(Clone, Debug, PartialEq)]
pub struct PairDigest {
    /// What the column holds; never [`ColumnKind::Opaque`].
    pub kind: ColumnKind,
    /// The reference.
    pub reference: SideDigest,
    /// The current side.
    pub current: SideDigest,
    /// The distributions held against each other; `None` when a side has no valid value.
    pub distances: Option<Distances>,
}

/// One side by itself.
#[derive(Clone, Debug, PartialEq)]
pub struct SideDigest {
    /// Rows by what they hold.
    pub counts: RowCounts,
    /// Mean, spread and quantiles of the valid values; `None` without one and for keys.
    pub summary: Option<Summary>,
    /// Different valid values or keys.
    pub distinct: u64,
    /// Whether these were all counted, or estimated, as of numbers that did not fit the memory and in profiles.
    pub distinct_exactness: Exactness,
}

/// Two distributions held against each other; both have valid values.
#[derive(Clone, Debug, PartialEq)]
pub struct Distances {
    /// Which bins were chosen.
    pub binning: Binning,
    /// What each bin holds.
    pub labels: Labels,
    /// Values of both sides in each bin.
    pub bins: PairedCounts,
    /// The bin of all keys that are not told apart; `None` where each has its own.
    pub rest: Option<usize>,
    /// Gaps between the distribution functions; `None` for keys.
    pub gaps: Option<Gaps>,
    /// Current values of a kind that the reference does not have: keys unseen there, numbers outside its range.
    pub novelty: Novelty,
    /// The counts of [`bins`](Self::bins) by group of entities; `None` where rows are taken to be independent.
    pub entity_groups: Option<EntityGroups>,
    /// Whether the figures are those of all values.
    pub exactness: Exactness,
}

/// What the bins hold, in their order.
#[derive(Clone, Debug, PartialEq)]
pub enum Labels {
    /// Inner edges of ranges, one fewer than there are bins.
    Edges(Vec<f64>),
    /// One number each.
    Levels(Vec<f64>),
    /// One key each.
    Keys(Vec<Box<str>>),
}

/// Values that the other side does not have.
///
/// Without drift there are some: of the reference's own values, those are as new that would be without their like if left
/// out: keys that occur once (Good & Turing's estimate), and the extremes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Novelty {
    /// Current values that the reference does not have.
    pub current: u64,
    /// Values of the reference that the rest of it does not have.
    pub reference: u64,
}

/// Counts over the same bins, one vector per group of entities; rows of one entity are all in one group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntityGroups {
    /// Counts of the reference, per group and bin.
    pub reference: Vec<Vec<u64>>,
    /// Counts of the current side, per group and bin.
    pub current: Vec<Vec<u64>>,
}

/// Whether figures are those of all values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exactness {
    /// They are.
    Exact,
    /// Some are bounds or estimates, as with a profile on one side.
    Approximate,
}

/// The pair that two pushed sides make; `None` when they hold different types, a type without statistics, or nothing but
/// nulls.
#[must_use]
pub fn observed(reference: &Observed, current: &Observed) -> Option<PairDigest> {
    let kind = match (reference.kind(), current.kind()) {
        (Some(ours), Some(theirs)) if ours != theirs => return None,
        (ours, theirs) => ours.or(theirs),
    };
    match kind? {
        ColumnKind::Opaque => None,
        ColumnKind::Categorical => Some(categorical(reference.keys(), current.keys())),
        kind @ (ColumnKind::Numeric | ColumnKind::Timestamp | ColumnKind::Age) => {
            Some(numeric(kind, &reference.cleaned(), &current.cleaned()))
        }
    }
}

/// The pair of two columns of numbers, points in time or ages.
#[must_use]
pub fn numeric(kind: ColumnKind, reference: &Cleaned, current: &Cleaned) -> PairDigest {
    let side = |column: &Cleaned| SideDigest {
        counts: column.counts(),
        summary: Summary::of(column),
        distinct: column.distinct() as u64,
        distinct_exactness: Exactness::Exact,
    };
    let (ours, theirs) = (side(reference), side(current));
    let distances = || {
        let (labels, bins) = bins((reference, ours.distinct), (current, theirs.distinct))?;
        Some(Distances {
            binning: if let Labels::Edges(_) = labels { Binning::Deciles } else { Binning::Levels },
            labels,
            bins,
            rest: None,
            gaps: ecdf::gaps(reference, current),
            novelty: out_of_range(reference, current),
            entity_groups: None,
            exactness: Exactness::Exact,
        })
    };
    PairDigest { kind, distances: distances(), reference: ours, current: theirs }
}

/// The bins of [`psi::bins`] with what they hold, from columns whose different values were counted.
fn bins(reference: (&Cleaned, u64), current: (&Cleaned, u64)) -> Option<(Labels, PairedCounts)> {
    let fits = |distinct: u64, most: usize| distinct <= most as u64;
    let ((reference, ours), (current, theirs)) = (reference, current);
    if fits(ours, psi::MOST_REFERENCE_LEVELS) && fits(theirs, psi::MOST_LEVELS) {
        let levels = levels(reference, current);
        if levels.len() <= psi::MOST_LEVELS {
            return Some((Labels::Levels(levels), PairedCounts::levels(reference, current)?));
        }
    }
    let edges = BinEdges::deciles(reference)?;
    let bins = PairedCounts::new(&edges.count(reference), &edges.count(current))?;
    Some((Labels::Edges(edges.edges().to_vec()), bins))
}

/// The pair of two columns of keys.
#[must_use]
pub fn categorical(reference: &Categories, current: &Categories) -> PairDigest {
    let side = |keys: &Categories| SideDigest {
        counts: keys.counts(),
        summary: None,
        distinct: keys.distinct() as u64,
        distinct_exactness: Exactness::Exact,
    };
    let distances = PairedCounts::categories(reference, current).map(|bins| Distances {
        binning: Binning::Levels,
        labels: Labels::Keys(union(reference, current)),
        novelty: Novelty {
            current: current.iter().filter(|(key, _)| reference.count(key) == 0).map(|(_, count)| count).sum(),
            reference: reference.iter().filter(|(_, count)| *count == 1).count() as u64,
        },
        bins,
        rest: None,
        gaps: None,
        entity_groups: None,
        exactness: Exactness::Exact,
    });
    PairDigest { kind: ColumnKind::Categorical, reference: side(reference), current: side(current), distances }
}

fn levels(reference: &Cleaned, current: &Cleaned) -> Vec<f64> {
    let mut levels: Vec<f64> =
        reference.values().chunk_by(|a, b| a == b).filter_map(|run| run.first().copied()).collect();
    levels.extend(current.values().chunk_by(|a, b| a == b).filter_map(|run| run.first()));
    levels.sort_unstable_by(f64::total_cmp);
    levels.dedup();
    levels
}

fn union(reference: &Categories, current: &Categories) -> Vec<Box<str>> {
    let mut keys: Vec<Box<str>> = reference.iter().chain(current.iter()).map(|(key, _)| key.into()).collect();
    // Two ascending runs: the stable sort merges them in one pass.
    keys.sort();
    keys.dedup();
    keys
}

fn out_of_range(reference: &Cleaned, current: &Cleaned) -> Novelty {
    let values = reference.values();
    let (Some(low), Some(high)) = (values.first(), values.last()) else { return Novelty::default() };
    let below = current.values().partition_point(|value| value < low);
    let above = current.values().len() - current.values().partition_point(|value| value <= high);
    let alone = |extreme: &f64| values.iter().filter(|value| *value == extreme).take(2).count() == 1;
    let extremes = if low == high { u64::from(alone(low)) } else { u64::from(alone(low)) + u64::from(alone(high)) };
    Novelty { current: (below + above) as u64, reference: extremes }
}
