//! Profiles held against data, or against each other.

use std::collections::BTreeSet;

use super::distribution::{Count, Distribution};
use super::key_sample;
use super::keys::KeyProfile;
use super::numbers::NumberProfile;
use super::steps;
use crate::stats::bins::{BinEdges, PairedCounts};
use crate::stats::categories::Categories;
use crate::stats::drift::{
    ColumnKind, Distances, Exactness, Labels, Novelty, PairDigest, SideDigest, categorical, numeric,
};
use crate::stats::psi::{Binning, MOST_LEVELS, MOST_REFERENCE_LEVELS};
use crate::stats::real;
use crate::stats::sample::Cleaned;
use crate::stats::summary::Summary;

/// What the bin of all keys that are not counted one by one is called.
const REST: &str = "(other keys)";

/// One side of a column of numbers, points in time or ages.
#[derive(Clone, Copy, Debug)]
pub enum NumberSide<'a> {
    /// Its values.
    Data(&'a Cleaned),
    /// A profile of them.
    Profile(&'a NumberProfile),
}

/// One side of a column of keys.
#[derive(Clone, Copy, Debug)]
pub enum KeySide<'a> {
    /// Its keys.
    Data(&'a Categories),
    /// A profile of them.
    Profile(&'a KeyProfile),
}

impl<'a> NumberSide<'a> {
    fn distribution(self) -> Distribution<'a> {
        match self {
            Self::Data(column) => Distribution::Values(column.values()),
            Self::Profile(profile) => profile.distribution(),
        }
    }

    fn digest(self) -> SideDigest {
        match self {
            Self::Data(column) => SideDigest {
                counts: column.counts(),
                summary: Summary::of(column),
                distinct: column.distinct() as u64,
                distinct_exactness: Exactness::Exact,
            },
            Self::Profile(profile) => SideDigest {
                counts: profile.counts(),
                summary: profile.summary(),
                distinct: profile.distinct(),
                distinct_exactness: if profile.counts_distinct() { Exactness::Exact } else { Exactness::Approximate },
            },
        }
    }

    fn deciles(self) -> Option<Vec<f64>> {
        match self {
            Self::Data(column) => BinEdges::deciles(column).map(|edges| edges.edges().to_vec()),
            Self::Profile(profile) => Some(profile.ruler().deciles().to_vec()),
        }
    }
}

/// The pair of two columns of numbers, points in time or ages.
///
/// Count statistics are on the deciles of the reference, or on the ruler that its profile was made over. They are exact
/// when the current side is data or a profile over the same ruler.
#[must_use]
pub fn numeric_pair(kind: ColumnKind, reference: NumberSide<'_>, current: NumberSide<'_>) -> PairDigest {
    if let (NumberSide::Data(reference), NumberSide::Data(current)) = (reference, current) {
        return numeric(kind, reference, current);
    }
    let sides = (reference.digest(), current.digest());
    let distances = distances(reference, current, (&sides.0, &sides.1));
    PairDigest { kind, reference: sides.0, current: sides.1, distances }
}

fn distances(
    reference: NumberSide<'_>,
    current: NumberSide<'_>,
    (ours, theirs): (&SideDigest, &SideDigest),
) -> Option<Distances> {
    let (left, right) = (reference.distribution(), current.distribution());
    let gaps = steps::gaps(left.steps()?, right.steps()?);
    let (binning, labels, counts) = level_counts(&left, &right)
        .map(|(levels, counts)| (Binning::Levels, Labels::Levels(levels), counts))
        .or_else(|| {
            let edges = reference.deciles()?;
            let counts = bin_counts(&left, (&right, theirs.counts.valid()), &edges, ours.counts.valid());
            Some((Binning::Deciles, Labels::Edges(edges), counts))
        })?;
    let (low, high) = ours.summary.map(|summary| (summary.min, summary.max))?;
    let below = right.up_to(low.next_down());
    let within = right.up_to(high);
    let whole = |distribution: &Distribution<'_>| match distribution {
        Distribution::Values(_) | Distribution::Levels(_) => true,
        Distribution::Bins(_) => false,
    };
    let novelty = Novelty {
        current: below.number() + (theirs.counts.valid() - within.number()),
        reference: lone_extremes(&left, (low, high), ours.counts.valid()),
    };
    let exact = whole(&left) && whole(&right);
    Some(Distances {
        binning,
        labels,
        bins: PairedCounts::of(counts)?,
        rest: None,
        gaps: Some(gaps),
        novelty,
        entity_groups: None,
        exactness: if exact { Exactness::Exact } else { Exactness::Approximate },
    })
}

type LevelCounts = (Vec<f64>, Vec<(u64, u64)>);

/// Counts per different value, where the index is computed on these.
fn level_counts(reference: &Distribution<'_>, current: &Distribution<'_>) -> Option<LevelCounts> {
    let ours = reference.levels(MOST_REFERENCE_LEVELS)?;
    let theirs = current.levels(MOST_LEVELS)?;
    let mut union: Vec<f64> = ours.iter().chain(&theirs).map(|(level, _)| *level).collect();
    union.sort_by(f64::total_cmp);
    union.dedup();
    let of = |levels: &[(f64, u64)], level: f64| {
        let place = levels.binary_search_by(|(known, _)| known.total_cmp(&level)).ok();
        place.and_then(|place| levels.get(place)).map_or(0, |(_, count)| *count)
    };
    let counts = union.iter().map(|level| (of(&ours, *level), of(&theirs, *level))).collect();
    (union.len() <= MOST_LEVELS).then_some((union, counts))
}

fn bin_counts(
    reference: &Distribution<'_>,
    (current, m): (&Distribution<'_>, u64),
    edges: &[f64],
    n: u64,
) -> Vec<(u64, u64)> {
    let mut counts = Vec::with_capacity(edges.len() + 1);
    let mut before = (0, 0);
    for edge in edges {
        let here = (reference.up_to(*edge).number(), current.up_to(*edge).number());
        counts.push((here.0.saturating_sub(before.0), here.1.saturating_sub(before.1)));
        before = here;
    }
    counts.push((n.saturating_sub(before.0), m.saturating_sub(before.1)));
    counts
}

/// How many of the extremes occur once.
fn lone_extremes(column: &Distribution<'_>, (low, high): (f64, f64), n: u64) -> u64 {
    let at_low = column.up_to(low);
    let at_high = n - column.up_to(high.next_down()).number();
    let alone = |count: Count| u64::from(count == Count::Exact(1));
    if low == high { alone(at_low) } else { alone(at_low) + alone(Count::Exact(at_high)) }
}

impl KeySide<'_> {
    fn digest(self) -> SideDigest {
        match self {
            Self::Data(column) => SideDigest {
                counts: column.counts(),
                summary: None,
                distinct: column.distinct() as u64,
                distinct_exactness: Exactness::Exact,
            },
            Self::Profile(profile) => SideDigest {
                counts: profile.counts(),
                summary: None,
                distinct: profile.distinct(),
                distinct_exactness: if profile.counts_distinct() { Exactness::Exact } else { Exactness::Approximate },
            },
        }
    }

    /// The profile of this side; of data, on the keys that the other side lists.
    fn on(self, other: Self) -> KeyProfile {
        match (self, other) {
            (Self::Profile(profile), _) => profile.clone(),
            (Self::Data(column), Self::Profile(other)) => KeyProfile::over(other, column),
            (Self::Data(column), Self::Data(_)) => KeyProfile::of(column),
        }
    }

    fn categories(self) -> Option<Categories> {
        match self {
            Self::Data(column) => Some(column.clone()),
            Self::Profile(profile) => profile.categories(),
        }
    }
}

/// The pair of two columns of keys.
///
/// Where a profile lists only its most frequent keys, the others of both sides share a bin, and how many rows have keys that
/// the reference does not have is an estimate.
#[must_use]
pub fn categorical_pair(reference: KeySide<'_>, current: KeySide<'_>) -> PairDigest {
    if let (Some(ours), Some(theirs)) = (reference.categories(), current.categories()) {
        return categorical(&ours, &theirs);
    }
    let (ours, theirs) = (reference.on(current), current.on(reference));
    PairDigest {
        kind: ColumnKind::Categorical,
        distances: key_distances(&ours, &theirs),
        reference: reference.digest(),
        current: current.digest(),
    }
}

fn key_distances(reference: &KeyProfile, current: &KeyProfile) -> Option<Distances> {
    // A key can be told apart where both sides count it: where it is listed, or every key is.
    let counted = |profile: &KeyProfile, key: &str| profile.tail.is_none() || profile.listed.contains_key(key);
    let both: BTreeSet<&Box<str>> = reference.listed.keys().chain(current.listed.keys()).collect();
    let count = |profile: &KeyProfile, key: &str| profile.listed.get(key).copied().unwrap_or(0);
    let (mut keys, mut counts) = (Vec::new(), Vec::new());
    let mut left = (reference.counts().valid(), current.counts().valid());
    for key in both.into_iter().filter(|key| counted(reference, key) && counted(current, key)) {
        let here = (count(reference, key), count(current, key));
        left = (left.0 - here.0, left.1 - here.1);
        keys.push(key.clone());
        counts.push(here);
    }
    let rest = (left != (0, 0)).then_some(keys.len());
    if rest.is_some() {
        keys.push(REST.into());
        counts.push(left);
    }
    Some(Distances {
        binning: Binning::Levels,
        labels: Labels::Keys(keys),
        bins: PairedCounts::of(counts)?,
        rest,
        gaps: None,
        novelty: Novelty { current: unseen(reference, current), reference: reference.once() },
        entity_groups: None,
        exactness: Exactness::Approximate,
    })
}

/// Rows of the current side whose keys the reference does not have, as far as the samples of keys tell.
fn unseen(reference: &KeyProfile, current: &KeyProfile) -> u64 {
    let hashes = |profile: &KeyProfile| -> BTreeSet<u64> {
        profile.iter().filter(|(_, count)| *count > 0).map(|(key, _)| key_sample::hash(key)).collect()
    };
    let seen = hashes(reference);
    let add = |rows: &mut Unlisted, hash: u64, count: u64| match &reference.tail {
        _ if seen.contains(&hash) => rows.old += count,
        None => rows.new += count,
        Some(tail) => match tail.sample.holds(hash) {
            Some(true) => rows.old += count,
            Some(false) => rows.new += count,
            None => rows.open += count,
        },
    };
    let mut of_listed = Unlisted::default();
    for (key, count) in current.iter().filter(|(key, _)| !seen.contains(&key_sample::hash(key))) {
        add(&mut of_listed, key_sample::hash(key), count);
    }
    let Some(tail) = &current.tail else { return of_listed.likely_new() };
    let own = hashes(current);
    let mut sampled = Unlisted::default();
    for (hash, count) in tail.sample.below().filter(|(hash, _)| !own.contains(hash)) {
        add(&mut sampled, hash, count);
    }
    of_listed.likely_new() + sampled.share_of(tail.rows)
}

/// Rows by whether the reference has their keys.
#[derive(Default)]
struct Unlisted {
    new: u64,
    old: u64,
    /// The reference does not tell.
    open: u64,
}

impl Unlisted {
    /// The new ones and, of those that the reference does not tell, the same share.
    fn likely_new(&self) -> u64 {
        self.new + self.share_of(self.open)
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
    fn share_of(&self, rows: u64) -> u64 {
        match self.new + self.old {
            0 => 0,
            told => (real(rows) * (real(self.new) / real(told))).round() as u64,
        }
    }
}
