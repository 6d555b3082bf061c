//! One column within each segment, and what each segment has to do with the drift of the whole.

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashMap};

use super::budget;
use super::column::{Column, Tables};
use super::comparison::{ColumnDrift, SegmentDrift};
use super::labels::{Labels, Segment};
use super::numbers::Numbers;
use crate::stats::bins::PairedCounts;
use crate::stats::categories::Categories;
use crate::stats::drift::{self, ColumnKind, Distances, Exactness, Labels as BinLabels, PairDigest, checks};
use crate::stats::psi;
use crate::stats::real;
use crate::stats::sample::Cleaned;
use crate::store::snapshot::Chunk;

/// Bytes of a value that is kept.
const VALUE: u64 = 8;

/// Why keys that could be compared as a whole have no segments.
const TOO_LARGE: &str = "its keys within the segments do not fit into memory: a larger `--memory` would do";

/// A segment that was compared, and its counts over the bins of the whole column.
struct Part {
    segment: Segment,
    pair: PairDigest,
    counts: Vec<(u64, u64)>,
}

impl Tables {
    /// The column within every segment, those that carry most of the drift first.
    pub(super) fn segments(
        &self,
        column: &Column,
        (labels, whole): (&Labels, &ColumnDrift),
    ) -> Result<Vec<SegmentDrift>, String> {
        let bins = whole.pair.distances.as_ref();
        if column.kind == ColumnKind::Categorical && bins.is_some_and(|bins| bins.exactness == Exactness::Approximate) {
            return Err("its keys do not fit into memory, so that it has no segments".to_owned());
        }
        let parts = match column.kind {
            ColumnKind::Categorical => self.parts_of_keys(column, (labels, bins))?,
            ColumnKind::Numeric | ColumnKind::Timestamp | ColumnKind::Age | ColumnKind::Opaque => {
                self.parts_of_numbers(column, (labels, bins))?
            }
        };
        let mut segments: Vec<SegmentDrift> = parts
            .into_iter()
            .map(|part| SegmentDrift {
                segment: labels.values.get(usize::from(part.segment)).cloned().unwrap_or_default(),
                checks: checks(&part.pair, &self.request.limits),
                contribution: bins.and_then(|bins| contribution(&bins.bins, &part.counts)),
                pair: part.pair,
            })
            .collect();
        let greater = |a: &SegmentDrift, b: &SegmentDrift| match (a.contribution, b.contribution) {
            (Some(a), Some(b)) => b.total_cmp(&a),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        segments.sort_by(|a, b| greater(a, b).then_with(|| a.segment.cmp(&b.segment)));
        Ok(segments)
    }

    /// Reads the values of as many segments at a time as fit the memory.
    fn parts_of_numbers(
        &self,
        column: &Column,
        (labels, bins): (&Labels, Option<&Distances>),
    ) -> Result<Vec<Part>, String> {
        let mut parts = Vec::new();
        let mut next = 0;
        while next < labels.rows.len() {
            let first = next;
            let mut bytes = 0_u64;
            for [ours, theirs] in labels.rows.iter().skip(first) {
                let more = (ours + theirs).saturating_mul(VALUE);
                if next > first && bytes.saturating_add(more) > self.bytes {
                    break;
                }
                bytes = bytes.saturating_add(more);
                next += 1;
            }
            if bytes > self.bytes {
                let needed = bytes.saturating_mul(self.workers as u64).saturating_add(labels.bytes()).div_ceil(1 << 20);
                return Err(format!("a segment does not fit into memory: `--memory {needed}MB` would do"));
            }
            let [ours, theirs] = [0, 1].map(|side| self.numbers_of(column, (labels, side), first..next));
            for ((segment, ours), theirs) in (first..next).zip(ours?).zip(theirs?) {
                if ours.counts().rows == 0 && theirs.counts().rows == 0 {
                    continue;
                }
                let counts = bins.map(|bins| within(&bins.labels, [&ours, &theirs])).unwrap_or_default();
                let pair = drift::numeric(column.kind, &ours, &theirs);
                parts.push(Part { segment: Segment::try_from(segment).unwrap_or(0), pair, counts });
            }
        }
        Ok(parts)
    }

    fn numbers_of(
        &self,
        column: &Column,
        (labels, side): (&Labels, usize),
        segments: std::ops::Range<usize>,
    ) -> Result<Vec<Cleaned>, String> {
        let (Some(table), Some(reading)) = (self.sides.get(side), column.readings.get(side)) else {
            return Ok(Vec::new());
        };
        let rows = |segment: usize| labels.rows.get(segment).and_then(|rows| rows.get(side)).copied().unwrap_or(0);
        let mut found: Vec<Numbers> =
            segments.clone().map(|segment| Numbers::within(Vec::new(), rows(segment))).collect();
        let read = table.walk(&column.name, |chunk| {
            let of_rows = labels.segments(side, chunk.group());
            let place = |segment: Segment| usize::from(segment).checked_sub(segments.start);
            for segment in of_rows {
                if let Some(numbers) = place(*segment).and_then(|place| found.get_mut(place)) {
                    numbers.push_null();
                }
            }
            let mut present = present_segments(chunk, of_rows);
            chunk.numbers(|block| {
                for (number, segment) in block.iter().zip(present.by_ref()) {
                    if let Some(numbers) = place(segment).and_then(|place| found.get_mut(place)) {
                        numbers.replace_null(reading.of(*number));
                    }
                }
            })
        });
        read.map_err(|error| error.to_string())?;
        Ok(found.into_iter().map(Numbers::cleaned).collect())
    }

    fn parts_of_keys(
        &self,
        column: &Column,
        (labels, bins): (&Labels, Option<&Distances>),
    ) -> Result<Vec<Part>, String> {
        let mut sides = Vec::new();
        for (side, table) in self.sides.iter().enumerate() {
            let mut codes: HashMap<Box<str>, u32> = HashMap::new();
            let mut counts: HashMap<(Segment, u32), u64> = HashMap::new();
            let (mut lengths, mut bytes) = (Vec::new(), 0_u64);
            let read = table.walk(&column.name, |chunk| {
                let next = |text: &str| {
                    let next = u32::try_from(codes.len()).unwrap_or(u32::MAX - 1);
                    *codes.entry(text.into()).or_insert_with(|| {
                        lengths.push(text.len() as u64);
                        next
                    })
                };
                let of_chunk = chunk.codes(next, u32::MAX)?;
                for (segment, code) in labels.segments(side, chunk.group()).iter().zip(of_chunk) {
                    *counts.entry((*segment, code)).or_insert_with(|| {
                        let length = usize::try_from(code).ok().and_then(|code| lengths.get(code));
                        bytes = bytes.saturating_add(budget::of_keys(1, length.copied().unwrap_or(0)));
                        0
                    }) += 1;
                }
                if bytes > self.bytes / 2 { Err(TOO_LARGE.to_owned()) } else { Ok(()) }
            });
            if bytes > self.bytes / 2 {
                return Err(TOO_LARGE.to_owned());
            }
            read.map_err(|error| error.to_string())?;
            let texts: HashMap<u32, Box<str>> = codes.into_iter().map(|(text, code)| (code, text)).collect();
            let mut keys: BTreeMap<Segment, (BTreeMap<Box<str>, u64>, u64)> = BTreeMap::new();
            for ((segment, code), count) in counts {
                let (known, nulls) = keys.entry(segment).or_default();
                match texts.get(&code) {
                    Some(text) => *known.entry(text.clone()).or_default() += count,
                    None => *nulls += count,
                }
            }
            let categories = |(keys, nulls)| Categories::of_counts(keys, nulls);
            sides.push(keys.into_iter().map(|(segment, found)| (segment, categories(found))).collect());
        }
        let none = Categories::default();
        let [ours, theirs]: [BTreeMap<Segment, Categories>; 2] =
            sides.try_into().map_err(|_| "one side could not be read".to_owned())?;
        let mut segments: Vec<Segment> = ours.keys().chain(theirs.keys()).copied().collect();
        segments.sort_unstable();
        segments.dedup();
        let part = |segment: Segment| {
            let (ours, theirs) = (ours.get(&segment).unwrap_or(&none), theirs.get(&segment).unwrap_or(&none));
            let counts = match bins.map(|bins| &bins.labels) {
                Some(BinLabels::Keys(keys)) => over_keys((keys, bins.and_then(|bins| bins.rest)), ours, theirs),
                Some(BinLabels::Edges(_) | BinLabels::Levels(_)) | None => Vec::new(),
            };
            Part { segment, pair: drift::categorical(ours, theirs), counts }
        };
        Ok(segments.into_iter().map(part).collect())
    }
}

/// Counts of a segment over the keys of its column's bins; what has none of its own is in the bin of the rest.
fn over_keys(
    (keys, rest): (&[Box<str>], Option<usize>),
    reference: &Categories,
    current: &Categories,
) -> Vec<(u64, u64)> {
    let listed = |bin: usize, key: &str| {
        if rest == Some(bin) { (0, 0) } else { (reference.count(key), current.count(key)) }
    };
    let mut counts: Vec<(u64, u64)> = keys.iter().enumerate().map(|(bin, key)| listed(bin, key)).collect();
    let told = counts.iter().fold((0, 0), |told, here| (told.0 + here.0, told.1 + here.1));
    if let Some(others) = rest.and_then(|bin| counts.get_mut(bin)) {
        *others = (reference.counts().valid() - told.0, current.counts().valid() - told.1);
    }
    counts
}

/// The segments of the rows that hold a value.
fn present_segments<'a>(chunk: &'a Chunk, segments: &'a [Segment]) -> impl Iterator<Item = Segment> + 'a {
    chunk.present_rows().filter_map(|row| segments.get(row).copied())
}

/// How many values of both sides lie in each bin.
fn within(labels: &BinLabels, sides: [&Cleaned; 2]) -> Vec<(u64, u64)> {
    let [ours, theirs] = sides.map(|side| {
        let up_to = |edge: f64| side.values().partition_point(|value| *value <= edge);
        let below = |level: f64| side.values().partition_point(|value| *value < level);
        match labels {
            BinLabels::Edges(edges) => {
                let ends = edges.iter().map(|edge| up_to(*edge)).chain([side.values().len()]);
                let mut before = 0;
                ends.map(|end| (end - std::mem::replace(&mut before, end)) as u64).collect()
            }
            BinLabels::Levels(levels) => levels.iter().map(|level| (up_to(*level) - below(*level)) as u64).collect(),
            BinLabels::Keys(_) => Vec::new(),
        }
    });
    ours.into_iter().zip(theirs).collect()
}

/// Share of the index that goes away when the segment's current counts become those of its reference, as many as it has;
/// `None` where there is no index, or the segment has no value of the reference.
fn contribution(whole: &PairedCounts, segment: &[(u64, u64)]) -> Option<f64> {
    let (n, m) = segment.iter().fold((0, 0), |(n, m), (ours, theirs)| (n + ours, m + theirs));
    if n == 0 || segment.len() != whole.bins().len() {
        return None;
    }
    let half = real(whole.bins().len() as u64) / 2.0;
    let (all, others) = (real(whole.reference_n()) + half, real(whole.current_n()) + half);
    let without: f64 = whole
        .bins()
        .iter()
        .zip(segment)
        .map(|((reference, current), (ours, theirs))| {
            let undrifted = real(current - theirs) + real(*ours) / real(n) * real(m);
            let (p, q) = ((real(*reference) + 0.5) / all, (undrifted + 0.5) / others);
            (q - p) * (q / p).ln()
        })
        .sum();
    let index = psi::jeffreys(whole);
    (index > 0.0).then(|| 1.0 - without / index)
}
