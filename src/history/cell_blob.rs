//! The counts of cells that rounds and hours both have, as few bytes.
//!
//! Coverage, skew and equal cells follow from the verdicts, but for the view's rules on expired and requested keys. So
//! what is kept of them is how far they lie off what the verdicts alone would give: mostly nothing.

use super::pack::{Packer, Unpacker};
use crate::model::measurement::{ExpiredServed, LayerCounts, Share, VerdictCounts};
use crate::model::verdict::{Layer, Verdict};

/// The counts of a feature's cells.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cells {
    pub(super) verdicts: VerdictCounts,
    pub(super) layers: LayerCounts,
    pub(super) expired_served: ExpiredServed,
    pub(super) expired_absent: u64,
    pub(super) coverage: Share,
    pub(super) nulls: u64,
    pub(super) skew: Share,
}

/// Usable, counted, skewed, comparable and identical cells, if nothing but the verdicts decided.
fn expected(verdicts: &VerdictCounts) -> [u64; 5] {
    let sum = |of: &[Verdict]| of.iter().map(|verdict| verdicts.count(*verdict)).sum::<u64>();
    let equal = sum(&[Verdict::Consistent, Verdict::Stale]);
    let comparable = equal + sum(&[Verdict::Skewed]);
    let usable = comparable + sum(&[Verdict::Ahead, Verdict::Phantom, Verdict::MissingOffline]);
    let counted = usable + sum(&[Verdict::MissingOnline, Verdict::Undecodable]);
    [usable, counted, verdicts.count(Verdict::Skewed), comparable, equal]
}

pub(super) fn pack_cells(cells: &Cells, packer: &mut Packer) {
    let served = &cells.expired_served;
    let [identical, others @ ..] = cells.layers.counts();
    let found = [cells.coverage.part(), cells.coverage.n, cells.skew.part(), cells.skew.n, *identical];
    packer.counts(cells.verdicts.counts());
    let mut off = [0; 15];
    for ((off, found), expected) in off.iter_mut().zip(found).zip(expected(&cells.verdicts)) {
        *off = fold(found.wrapping_sub(expected).cast_signed());
    }
    let rest = [cells.nulls, served.consistent, served.stale, served.skewed, served.unverified, cells.expired_absent];
    off.iter_mut().skip(found.len()).zip(rest.iter().chain(others)).for_each(|(off, count)| *off = *count);
    packer.counts(&off);
}

pub(super) fn unpack_cells(unpacker: &mut Unpacker<'_>) -> Option<Cells> {
    let verdicts = VerdictCounts::of(unpacker.counts()?);
    let [off @ .., nulls, consistent, stale, skewed, unverified, expired_absent, rounded, ulps, tolerance, alike] =
        unpacker.counts::<15>()?;
    let off: [u64; 5] = off;
    let mut found = expected(&verdicts);
    for (found, off) in found.iter_mut().zip(off) {
        *found = found.wrapping_add(unfold(off).cast_unsigned());
    }
    let [usable, counted, different, comparable, identical] = found;
    let layers: [u64; Layer::COUNT] = [identical, rounded, ulps, tolerance, alike];
    Some(Cells {
        verdicts,
        layers: LayerCounts::of(layers),
        expired_served: ExpiredServed { consistent, stale, skewed, unverified },
        expired_absent,
        coverage: Share::of(usable, counted),
        nulls,
        skew: Share::of(different, comparable),
    })
}

/// A signed count as an unsigned one that is small where the count is near 0.
pub(super) const fn fold(count: i64) -> u64 {
    (count << 1 ^ count >> 63).cast_unsigned()
}

/// The signed count.
pub(super) const fn unfold(folded: u64) -> i64 {
    (folded >> 1).cast_signed() ^ -(folded & 1).cast_signed()
}
