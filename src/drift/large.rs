//! Columns of numbers that do not fit the memory.
//!
//! Both sides are read a few times instead: for a sample, for a survey of many buckets, then for the values of those
//! buckets alone that decide something (where the distribution functions may cross or lie farthest apart, and where
//! quantiles lie), and at last to count what the bins hold. All figures are those of all values, but two: the energy
//! distance is not told, and the number of different values is an estimate, unless every bucket had to be read.

use super::order::{Order, Run};
use super::side::{Cell, Side};
use super::survey::{SideSurvey, Survey, count, extent, only};
use crate::stats::bins::PairedCounts;
use crate::stats::drift::{ColumnKind, Distances, Exactness, Labels, Novelty, PairDigest, SideDigest};
use crate::stats::ecdf::{RunSummary, Sweep};
use crate::stats::ordered;
use crate::stats::psi::{Binning, MOST_LEVELS, MOST_REFERENCE_LEVELS};
use crate::stats::summary::Summary;

/// Bytes of a value that is kept.
const VALUE: u64 = 8;

/// Compares both sides within about `bytes` of memory.
pub(super) fn compare(kind: ColumnKind, sides: [Side<'_>; 2], bytes: u64) -> Result<PairDigest, String> {
    let mut survey = Survey::read(sides, bytes)?;
    let half = (bytes / 2).max(VALUE);
    let decided = loop {
        let plan = Plan::of(&survey, half);
        if plan.split.is_empty() {
            break plan;
        }
        let most = usize::try_from(bytes / 4 / size_of::<RunSummary>() as u64).unwrap_or(usize::MAX);
        survey.split(sides, &plan.split, most.max(16))?;
    };
    let [ours, theirs] = &survey.sides;
    let (n, m) = (ours.moments.n(), theirs.moments.n());
    let mut sweep = Sweep::new(n, m);
    foresee(&mut sweep, &survey.buckets);
    let mut orders = [Order::of_reference(n), Order::of_current(m)];
    let mut batch = Batch::default();
    for (position, run) in survey.buckets.iter().enumerate() {
        if let Some(value) = only(run) {
            let runs = [run.reference.count(), run.current.count()].map(|count| Run::Equal { value, count });
            sweep.feed_equal(value, (run.reference.count(), run.current.count()));
            take(&mut orders, runs);
        } else if decided.read.get(position).copied().unwrap_or(false) {
            if !batch.holds(position) {
                batch = Batch::read(sides, (&survey.buckets, &decided.read), (position, half))?;
            }
            let [ours, theirs] = batch.sorted(position);
            sweep.feed(&ours, &theirs);
            take(&mut orders, [Run::Sorted(&ours), Run::Sorted(&theirs)]);
        } else {
            sweep.skip(run);
            let runs = [run.reference.count(), run.current.count()].map(|count| Run::Unseen { count });
            take(&mut orders, runs);
        }
    }
    let gaps = sweep.finish();
    let [of_ours, of_theirs] = &orders;
    let side = |survey: &SideSurvey, order: &Order| SideDigest {
        counts: survey.counts,
        summary: summary(survey, order),
        distinct: order.distinct().unwrap_or_else(|| survey.distinct()),
        distinct_exactness: order.distinct().map_or(Exactness::Approximate, |_| Exactness::Exact),
    };
    let (reference, current) = (side(ours, of_ours), side(theirs, of_theirs));
    let Some(gaps) = gaps else { return Ok(PairDigest { kind, reference, current, distances: None }) };
    let tally = Tally::read(sides, of_ours)?;
    let (labels, bins) = match levels(&survey.buckets, &decided) {
        Some((labels, bins)) => (labels, bins),
        None => (Labels::Edges(tally.edges.clone()), tally.bins()),
    };
    let distances = PairedCounts::of(bins).map(|bins| Distances {
        binning: if let Labels::Edges(_) = labels { Binning::Deciles } else { Binning::Levels },
        labels,
        bins,
        rest: None,
        gaps: Some(gaps),
        novelty: tally.novelty(),
        entity_groups: None,
        exactness: Exactness::Exact,
    });
    Ok(PairDigest { kind, reference, current, distances })
}

fn take(orders: &mut [Order; 2], runs: [Run<'_>; 2]) {
    for (order, run) in orders.iter_mut().zip(runs) {
        order.pass(run);
    }
}

/// The counts of single values, where the reference has few enough of them.
fn levels(buckets: &[RunSummary], plan: &Plan) -> Option<(Labels, Vec<(u64, u64)>)> {
    if !plan.few {
        return None;
    }
    let levels = buckets.iter().map(only).collect::<Option<Vec<f64>>>()?;
    let counts = buckets.iter().map(|run| (run.reference.count(), run.current.count())).collect();
    Some((Labels::Levels(levels), counts))
}

fn summary(survey: &SideSurvey, order: &Order) -> Option<Summary> {
    let (min, max) = order.extent()?;
    Some(Summary {
        mean: survey.moments.mean()?,
        std_pop: survey.moments.std_pop()?,
        std_sample: survey.moments.std_sample(),
        min,
        max,
        zeros: survey.zeros,
        quantiles: order.quantiles()?,
    })
}

/// Tells the pass of the gaps at the ends of all buckets.
fn foresee(sweep: &mut Sweep, buckets: &[RunSummary]) {
    let (mut passed, mut others_passed) = (0, 0);
    for run in buckets {
        passed += run.reference.count();
        others_passed += run.current.count();
        sweep.foresee(passed, others_passed);
    }
}

/// Which buckets are to be read again, and which of them are too large for that.
struct Plan {
    read: Vec<bool>,
    split: Vec<usize>,
    few: bool,
}

impl Plan {
    fn of(survey: &Survey, bytes: u64) -> Self {
        let buckets = &survey.buckets;
        let [n, m] = survey.sides.each_ref().map(|side| side.moments.n());
        let mut sweep = Sweep::new(n, m);
        foresee(&mut sweep, buckets);
        let mut orders = [Order::of_reference(n), Order::of_current(m)];
        let mut read = Vec::with_capacity(buckets.len());
        for run in buckets {
            let wanted = [run.reference.count(), run.current.count()];
            let mut needed = n == 0 || m == 0 || !sweep.can_skip(run);
            for (order, count) in orders.iter_mut().zip(wanted) {
                needed |= order.wants(count);
                order.pass(Run::Unseen { count });
            }
            read.push(needed);
            sweep.skip(run);
        }
        let of_reference = buckets.iter().filter(|run| run.reference.count() > 0).count();
        let few = of_reference <= MOST_REFERENCE_LEVELS && buckets.len() <= MOST_LEVELS;
        let too_large = |(position, run): (usize, &RunSummary)| {
            let large = count(run).saturating_mul(VALUE) > bytes;
            let read = read.get(position).copied().unwrap_or(false);
            (only(run).is_none() && (few || (large && read))).then_some(position)
        };
        let split = buckets.iter().enumerate().filter_map(too_large).collect();
        Self { read, split, few }
    }
}

/// The values of some successive buckets that are read.
#[derive(Debug, Default)]
struct Batch {
    first: usize,
    values: Vec<Option<[Vec<f64>; 2]>>,
}

impl Batch {
    /// Reads the values of as many buckets from `first` on as fit into `bytes`.
    fn read(
        sides: [Side<'_>; 2],
        (buckets, read): (&[RunSummary], &[bool]),
        (first, bytes): (usize, u64),
    ) -> Result<Self, String> {
        let mut cells = Vec::new();
        let mut values = Vec::new();
        let mut taken = 0_u64;
        for (run, read) in buckets.iter().zip(read).skip(first) {
            let Some((smallest, largest)) = extent(run) else { continue };
            if !*read || only(run).is_some() {
                cells.push(Cell { last: largest, slot: None });
                values.push(None);
                continue;
            }
            taken = taken.saturating_add(count(run).saturating_mul(VALUE));
            if taken > bytes && !values.iter().all(Option::is_none) {
                break;
            }
            cells.push(Cell { last: smallest.next_down(), slot: None });
            cells.push(Cell { last: largest, slot: Some(values.len()) });
            let room = |count: u64| Vec::with_capacity(usize::try_from(count).unwrap_or(0));
            values.push(Some([room(run.reference.count()), room(run.current.count())]));
        }
        for (place, side) in sides.into_iter().enumerate() {
            side.values(&cells, |slot, value| {
                if let Some(Some(kept)) = values.get_mut(slot)
                    && let Some(kept) = kept.get_mut(place)
                {
                    kept.push(value);
                }
            })?;
        }
        Ok(Self { first, values })
    }

    fn holds(&self, position: usize) -> bool {
        position.checked_sub(self.first).and_then(|at| self.values.get(at)).is_some_and(Option::is_some)
    }

    /// The values of a bucket, which are let go.
    fn sorted(&mut self, position: usize) -> [Vec<f64>; 2] {
        let at = position.checked_sub(self.first);
        let found = at.and_then(|at| self.values.get_mut(at)).and_then(Option::take);
        found.unwrap_or_default().map(ordered::sorted)
    }
}

/// Counts of both sides up to the deciles of the reference and around the ends of its range.
struct Tally {
    ends: (f64, f64),
    edges: Vec<f64>,
    /// Largest values of stretches, ascending, and what is above the one before.
    stretches: Vec<(f64, [u64; 2])>,
}

impl Tally {
    fn read(sides: [Side<'_>; 2], reference: &Order) -> Result<Self, String> {
        let missing = || "its quantiles could not be found".to_owned();
        let edges = reference.deciles().ok_or_else(missing)?;
        let ends @ (low, high) = reference.extent().ok_or_else(missing)?;
        let around = [low.next_down(), low, high.next_down(), high, f64::MAX];
        let mut lasts: Vec<f64> = edges.iter().copied().chain(around).collect();
        lasts.sort_unstable_by(f64::total_cmp);
        lasts.dedup();
        let cell = |(slot, last): (usize, &f64)| Cell { last: *last, slot: Some(slot) };
        let cells: Vec<Cell> = lasts.iter().enumerate().map(cell).collect();
        let mut stretches: Vec<(f64, [u64; 2])> = lasts.iter().map(|last| (*last, [0; 2])).collect();
        for (place, side) in sides.into_iter().enumerate() {
            side.values(&cells, |slot, _| {
                if let Some(count) = stretches.get_mut(slot).and_then(|(_, counts)| counts.get_mut(place)) {
                    *count += 1;
                }
            })?;
        }
        Ok(Self { ends, edges, stretches })
    }

    fn bins(&self) -> Vec<(u64, u64)> {
        let mut bins = vec![(0, 0); self.edges.len() + 1];
        for (last, [ours, theirs]) in &self.stretches {
            let bin = self.edges.partition_point(|edge| edge < last);
            if let Some(counts) = bins.get_mut(bin) {
                *counts = (counts.0 + ours, counts.1 + theirs);
            }
        }
        bins
    }

    fn novelty(&self) -> Novelty {
        let (low, high) = self.ends;
        let outside = self.stretches.iter().filter(|(last, _)| *last < low || *last > high);
        // The stretch that ends with an extreme holds nothing else of the reference.
        let alone = self.stretches.iter().filter(|(last, counts)| (*last == low || *last == high) && counts[0] == 1);
        Novelty { current: outside.map(|(_, counts)| counts[1]).sum(), reference: alone.count() as u64 }
    }
}
