//! The bins that verdicts go by: those that both sides fill, and one for all the rest.
//!
//! A bin is kept when samples of both sizes have at least [`FEWEST_EXPECTED`] values there. The others, all keys that the
//! reference does not have and those that were not told apart form one bin, so that neither many rare keys nor a floor for
//! empty bins decide.

use super::design::DesignEffect;
use super::digest::Distances;
use crate::stats::bins::{BinCounts, PairedCounts};
use crate::stats::psi::Binning;
use crate::stats::real;

/// Values that a bin must be expected to have on either side.
pub const FEWEST_EXPECTED: u64 = 20;

/// Counts over merged bins.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Merged {
    /// The counts; no bin is empty on both sides.
    pub counts: PairedCounts,
    /// How many rows count for one.
    pub design: DesignEffect,
    /// The smallest share of a kept bin; of the bins that would be kept first where none is.
    pub least_share: f64,
    /// How many bins there are, or would be once the first can be kept.
    pub foreseen: usize,
    /// Share of the values that are not in a bin of several keys or ranges, above 0: what happens among these is not seen.
    pub visible: f64,
    /// Whether all values of both sides are one and the same, which leaves nothing to be told apart.
    pub single: bool,
}

impl Merged {
    /// The bins of a pair, merged.
    pub fn of(distances: &Distances) -> Option<Self> {
        Self::keeping(distances, usize::MAX)
    }

    /// The same with at most `most` bins: of the kept ones, those with the most values.
    pub fn keeping(distances: &Distances, most: usize) -> Option<Self> {
        let shares = Shares::of(distances);
        let bins = distances.bins.bins();
        let mut kept: Vec<usize> = (0..bins.len()).filter(|bin| shares.suffices(*bin)).collect();
        if kept.len() >= most {
            kept.sort_by_key(|bin| std::cmp::Reverse(shares.part(*bin)));
            kept.truncate(most.saturating_sub(1));
            kept.sort_unstable();
        }
        let places = places(bins.len(), &kept);
        let gather = |side: fn(&(u64, u64)) -> u64| gathered(bins.iter().map(side), &places, kept.len() + 1);
        let (mut reference, mut current) = (gather(|bin| bin.0), gather(|bin| bin.1));
        if reference.last() == Some(&0) && current.last() == Some(&0) {
            reference.pop();
            current.pop();
        }
        let foreseen = if reference.len() > 1 { Foreseen::of(&shares, &kept) } else { Foreseen::first(&shares) };
        let design = distances.entity_groups.as_ref().map_or(DesignEffect::NONE, |groups| {
            let merged = |side: &[Vec<u64>]| -> Vec<Vec<u64>> {
                side.iter().map(|counts| gathered(counts.iter().copied(), &places, kept.len() + 1)).collect()
            };
            DesignEffect::of(&merged(&groups.reference), &merged(&groups.current))
        });
        Some(Self {
            single: !shares.hide_some() && bins.iter().filter(|bin| **bin != (0, 0)).count() == 1,
            least_share: foreseen.least_share,
            foreseen: foreseen.bins,
            visible: foreseen.visible,
            counts: PairedCounts::new(&BinCounts::from(reference), &BinCounts::from(current))?,
            design,
        })
    }

    /// How many bins there are.
    pub fn bins(&self) -> usize {
        self.counts.bins().len()
    }

    /// Whether samples of these sizes, no smaller than those seen, would keep at least one bin.
    pub fn fills(&self, n: u64, m: u64) -> bool {
        self.bins() > 1 || self.least_share * real(n.min(m)) >= real(FEWEST_EXPECTED)
    }

    /// δ ÷ n of the reference plus δ ÷ n of the current side: the scale of every distance between such samples.
    pub fn sampling_variance(&self) -> f64 {
        self.design.sampling_variance(self.counts.reference_n(), self.counts.current_n())
    }
}

/// The merged bin of each bin: its place among the kept ones, or the one after the last.
fn places(bins: usize, kept: &[usize]) -> Vec<usize> {
    let mut places = vec![kept.len(); bins];
    for (place, bin) in kept.iter().enumerate() {
        if let Some(at) = places.get_mut(*bin) {
            *at = place;
        }
    }
    places
}

fn gathered(counts: impl Iterator<Item = u64>, places: &[usize], bins: usize) -> Vec<u64> {
    let mut gathered = vec![0; bins];
    for (count, place) in counts.zip(places) {
        if let Some(bin) = gathered.get_mut(*place) {
            *bin += count;
        }
    }
    gathered
}

/// The shares by which bins are kept, as parts of a whole.
///
/// They must not know which side has more of a bin: keeping the keys of which the reference happens to have many leaves
/// too few for the rest, and equal samples of a thousand keys differ in 31 % of draws instead of 5 %. So keys and values go
/// by both sides together, and deciles, of which the reference has as many as they were made to have, by the reference.
struct Shares<'a> {
    distances: &'a Distances,
    whole: u64,
}

impl<'a> Shares<'a> {
    fn of(distances: &'a Distances) -> Self {
        let (n, m) = (distances.bins.reference_n(), distances.bins.current_n());
        let whole = match distances.binning {
            Binning::Deciles => n,
            Binning::Levels => n + m,
        };
        Self { distances, whole }
    }

    fn part(&self, bin: usize) -> u64 {
        if self.distances.rest == Some(bin) {
            return 0;
        }
        match (self.distances.bins.bins().get(bin), self.distances.binning) {
            (None | Some((0, _)), _) => 0,
            (Some((reference, _)), Binning::Deciles) => *reference,
            (Some((reference, current)), Binning::Levels) => reference + current,
        }
    }

    /// Whether keys of the reference share a bin, so that what happens among them is not seen.
    fn hide_some(&self) -> bool {
        let rest = self.distances.rest.and_then(|bin| self.distances.bins.bins().get(bin));
        rest.is_some_and(|(reference, _)| *reference > 0)
    }

    fn share(&self, bin: usize) -> f64 {
        real(self.part(bin)) / real(self.whole)
    }

    fn suffices(&self, bin: usize) -> bool {
        let fewest = self.distances.bins.reference_n().min(self.distances.bins.current_n());
        u128::from(self.part(bin)) * u128::from(fewest) >= u128::from(FEWEST_EXPECTED) * u128::from(self.whole)
    }
}

/// Bins that are kept, or would be with more values.
struct Foreseen {
    bins: usize,
    least_share: f64,
    visible: f64,
}

impl Foreseen {
    /// These bins and one for the others, if there are any.
    fn of(shares: &Shares<'_>, kept: &[usize]) -> Self {
        let all = shares.distances.bins.bins();
        let known = (0..all.len()).filter(|bin| shares.part(*bin) > 0).count();
        let held = all.iter().filter(|bin| **bin != (0, 0)).count();
        let seen: f64 = kept.iter().map(|bin| shares.share(*bin)).sum();
        // A single bin that is not kept is seen as what it is; keys without a like in the reference have their own check.
        let is_whole = !shares.hide_some() && known <= kept.len() + 1;
        let visible = if is_whole { 1.0 } else { seen };
        let least_share = kept.iter().map(|bin| shares.share(*bin)).fold(1.0, f64::min);
        Self { bins: kept.len() + usize::from(held > kept.len()), least_share, visible }
    }

    /// Bins of about the same size are kept together: those with at least half of the largest share.
    fn first(shares: &Shares<'_>) -> Self {
        let all = || 0..shares.distances.bins.bins().len();
        let largest = all().map(|bin| shares.share(bin)).fold(0.0, f64::max);
        let first: Vec<usize> =
            all().filter(|bin| shares.part(*bin) > 0 && 2.0 * shares.share(*bin) >= largest).collect();
        let foreseen = Self::of(shares, &first);
        Self { bins: foreseen.bins.max(2), ..foreseen }
    }
}
