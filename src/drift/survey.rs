//! What is known of a column too large for the memory after it was read once: counts, sums and ends of many buckets.
//!
//! The buckets hold about equally many values, by a sample. Those that must be looked at and would not fit the memory are
//! split once more, in equal steps from their smallest value to their largest, until they fit or hold a single value.

use datasketches::hll::{HllSketch, HllType};

use super::side::{Cell, Side, share_out};
use crate::stats::ecdf::{RunSide, RunSummary};
use crate::stats::moments::Moments;
use crate::stats::ordered;
use crate::stats::rates::RowCounts;
use crate::store::snapshot::Chunk;

/// Values of the sample for each bucket.
const SAMPLED: usize = 8;

/// Most buckets of the first reading.
const MOST_BUCKETS: u64 = 1 << 16;

/// Registers of the sketch that counts different values, as a power of two: a standard error of 0.8 %.
const LG_REGISTERS: u8 = 14;

/// One side by itself.
#[derive(Clone, Debug)]
pub(super) struct SideSurvey {
    /// Rows by what they hold.
    pub(super) counts: RowCounts,
    /// Mean and spread.
    pub(super) moments: Moments,
    /// Values that are 0.
    pub(super) zeros: u64,
    distinct: Option<HllSketch>,
}

/// Both sides.
#[derive(Clone, Debug)]
pub(super) struct Survey {
    /// The reference and the current side.
    pub(super) sides: [SideSurvey; 2],
    /// Buckets with values, ascending; every value of one is greater than those before.
    pub(super) buckets: Vec<RunSummary>,
}

impl SideSurvey {
    fn new() -> Self {
        // The constructor refuses only numbers of registers that are not asked for here.
        let distinct = HllSketch::new(LG_REGISTERS, HllType::Hll8).ok();
        Self { counts: RowCounts::default(), moments: Moments::new(), zeros: 0, distinct }
    }

    fn take_rows(&mut self, chunk: &Chunk) {
        self.counts.rows += chunk.rows() as u64;
        self.counts.nulls += (chunk.rows() - chunk.present()) as u64;
        let odd = |block: &[f64]| {
            for number in block.iter().filter(|number| !number.is_finite()) {
                if number.is_nan() {
                    self.counts.nans += 1;
                } else if *number > 0.0 {
                    self.counts.pos_inf += 1;
                } else {
                    self.counts.neg_inf += 1;
                }
            }
        };
        // A column without numbers is refused where its values are read.
        let _ = chunk.numbers(odd);
    }

    fn take_values(&mut self, sorted: &[f64]) {
        self.moments = self.moments.merge(&Moments::of(sorted));
        let below = sorted.partition_point(|value| *value < 0.0);
        self.zeros += (sorted.partition_point(|value| *value <= 0.0) - below) as u64;
        if let Some(sketch) = &mut self.distinct {
            sorted.chunk_by(|a, b| a == b).filter_map(|run| run.first()).for_each(|value| {
                sketch.update(value.to_bits());
            });
        }
    }

    /// About how many different values there are.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "an estimate is positive and far below 2^53"
    )]
    pub(super) fn distinct(&self) -> u64 {
        self.distinct.as_ref().map_or(0, |sketch| sketch.composite_estimate().round() as u64)
    }
}

impl Survey {
    /// Reads both sides, after a sample of them, within about a quarter of `bytes`.
    pub(super) fn read(sides: [Side<'_>; 2], bytes: u64) -> Result<Self, String> {
        let most = bytes / 4 / size_of::<RunSummary>() as u64;
        let most = usize::try_from(most.clamp(16, MOST_BUCKETS)).unwrap_or(16);
        let ends = sample(sides, most)?;
        let cell = |(slot, last): (usize, &f64)| Cell { last: *last, slot: Some(slot) };
        let cells: Vec<Cell> = ends.iter().enumerate().map(cell).collect();
        let mut buckets = vec![RunSummary::default(); cells.len()];
        let mut surveys = [SideSurvey::new(), SideSurvey::new()];
        let places: [fn(&mut RunSummary) -> &mut RunSide; 2] = [|run| &mut run.reference, |run| &mut run.current];
        for ((side, survey), place) in sides.into_iter().zip(&mut surveys).zip(places) {
            let mut rows = survey.clone();
            side.pieces(
                |chunk| rows.take_rows(chunk),
                |sorted| {
                    survey.take_values(sorted);
                    share_out(sorted, &cells, &mut |slot, value| {
                        if let Some(run) = buckets.get_mut(slot) {
                            place(run).observe(value);
                        }
                    });
                },
            )?;
            survey.counts = rows.counts;
        }
        buckets.retain(|run| count(run) > 0);
        Ok(Self { sides: surveys, buckets })
    }

    /// Splits the buckets at these positions, ascending, into at most `most` together, by reading both sides once more.
    pub(super) fn split(&mut self, sides: [Side<'_>; 2], which: &[usize], most: usize) -> Result<(), String> {
        let steps = (most / which.len().max(1)).max(2) as u64;
        let mut cells = Vec::new();
        let mut owners = Vec::new();
        for (position, run) in which.iter().filter_map(|at| Some((*at, self.buckets.get(*at)?))) {
            let Some((first, last)) = extent(run) else { continue };
            let (from, to) = (ordered::key(first), ordered::key(last));
            // What lies between this bucket and the one before is of no interest.
            cells.push(Cell { last: first.next_down(), slot: None });
            // Both ends are among the doubles that are shared out: two neighbours must come apart.
            let width = (to - from).saturating_add(1).div_ceil(steps);
            let mut next = from;
            while next <= to {
                let end = next.saturating_add(width - 1).min(to);
                // Values have no negative zero, which would take the zeros of the next part with it.
                let last = Some(ordered::value(end)).filter(|last| last.to_bits() != (-0.0_f64).to_bits());
                cells.push(Cell { last: last.unwrap_or((-0.0_f64).next_down()), slot: Some(owners.len()) });
                owners.push(position);
                next = end + 1;
            }
        }
        let mut parts = vec![RunSummary::default(); owners.len()];
        let places: [fn(&mut RunSummary) -> &mut RunSide; 2] = [|run| &mut run.reference, |run| &mut run.current];
        for (side, place) in sides.into_iter().zip(places) {
            side.values(&cells, |slot, value| {
                if let Some(run) = parts.get_mut(slot) {
                    place(run).observe(value);
                }
            })?;
        }
        let mut parts = owners.into_iter().zip(parts).filter(|(_, run)| count(run) > 0).peekable();
        let mut buckets = Vec::with_capacity(self.buckets.len());
        for (position, run) in self.buckets.drain(..).enumerate() {
            if parts.peek().is_some_and(|(owner, _)| *owner == position) {
                while let Some((_, part)) = parts.next_if(|(owner, _)| *owner == position) {
                    buckets.push(part);
                }
            } else {
                buckets.push(run);
            }
        }
        self.buckets = buckets;
        Ok(())
    }
}

/// Values of both sides in a bucket.
pub(super) const fn count(run: &RunSummary) -> u64 {
    run.reference.count() + run.current.count()
}

/// The smallest and the largest value of a bucket; `None` for an empty one.
pub(super) fn extent(run: &RunSummary) -> Option<(f64, f64)> {
    match (run.reference.extent(), run.current.extent()) {
        (Some(ours), Some(theirs)) => Some((ours.0.min(theirs.0), ours.1.max(theirs.1))),
        (ours, theirs) => ours.or(theirs),
    }
}

/// The one value that a bucket holds; `None` if there are several.
pub(super) fn only(run: &RunSummary) -> Option<f64> {
    extent(run).filter(|(first, last)| first == last).map(|(first, _)| first)
}

/// Ends of at most `most` stretches with about equally many values of both sides; the last one is the largest double.
fn sample(sides: [Side<'_>; 2], most: usize) -> Result<Vec<f64>, String> {
    let wanted = most * SAMPLED / 2;
    let mut sampled = Vec::with_capacity(most * SAMPLED);
    for side in sides {
        let rows = side.table.weight(side.column).rows;
        let step = usize::try_from(rows / wanted as u64).unwrap_or(usize::MAX).max(1);
        let mut next = 0;
        side.pieces(
            |_| (),
            |sorted| {
                sampled.extend(sorted.iter().skip(next).step_by(step));
                let passed = sorted.len().saturating_sub(next).div_ceil(step);
                next = next + passed * step - sorted.len();
            },
        )?;
    }
    let sampled = ordered::sorted(sampled);
    let mut ends: Vec<f64> = sampled.chunks(SAMPLED).filter_map(|part| part.last().copied()).collect();
    ends.push(f64::MAX);
    ends.dedup();
    Ok(ends)
}
