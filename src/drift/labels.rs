//! What each row belongs to: its segment, by the values of some columns, and its group of entities.
//!
//! Both are read once, before any other column, and kept in two bytes and one byte a row. What does not fit the memory
//! is refused.

use std::collections::HashMap;
use std::hash::Hash;

use super::budget;
use super::request::Request;
use crate::store::snapshot::Table;

/// Groups that entities are spread over.
pub(super) const ENTITY_GROUPS: usize = 32;

/// Different values of the columns that split the rows, above which this is no way to split them.
const MOST_VALUES: usize = 1_000_000;

/// Bytes of a row while rows are split: the code of its values.
const SPLIT: u64 = 4;

/// Bytes of a row that is in a segment and a group of entities.
const KEPT: u64 = 3;

/// How often a value is held: as a key and by its number.
const COPIES: u64 = 2;

/// Why rows cannot be split by values that take too much memory.
const TOO_LARGE: &str = "its different values do not fit into memory: a larger `--memory` would do";

/// Stands for a null among the codes of values.
const NULL: u32 = u32::MAX;

/// The values of the columns that split the rows, in their order; `None` is null.
pub(super) type Values = Vec<Option<Box<str>>>;

/// A segment by its number; 0 is the rest.
pub(super) type Segment = u16;

/// The rest: rows whose values have too few rows on a side.
pub(super) const REST: Segment = 0;

/// The rows of both sides.
#[derive(Debug, Default)]
pub(super) struct Labels {
    /// The values of each segment; none for the rest.
    pub(super) values: Vec<Values>,
    /// Rows of each segment on both sides.
    pub(super) rows: Vec<[u64; 2]>,
    /// The segment of each row, by row group, on both sides; empty where rows are not split.
    segments: [Vec<Vec<Segment>>; 2],
    /// The group of each row's entity, likewise.
    entities: [Vec<Vec<u8>>; 2],
}

/// A column that tells rows apart could not be used: its name, and why not.
pub(super) type Unusable = (String, String);

impl Labels {
    /// Reads the columns of the request that tell rows apart.
    pub(super) fn read(sides: [&Table; 2], request: &Request) -> Result<Self, Unusable> {
        let (by, entity) = (&request.by, &request.entity);
        let mut labels = Self::default();
        let rows = sides.iter().map(|table| table.rows()).fold(0, u64::saturating_add);
        let of_segments = if by.is_empty() { 0 } else { rows.saturating_mul(SPLIT) };
        let of_entities = if entity.is_empty() { 0 } else { rows.saturating_mul(if by.is_empty() { 1 } else { KEPT }) };
        let bytes = of_segments.max(of_entities);
        if let Some(column) = by.first().or(entity.first()).filter(|_| bytes > request.memory) {
            let message = format!("telling {rows} rows apart takes {bytes} bytes, more than `--memory` allows");
            return Err((column.clone(), message));
        }
        if !by.is_empty() {
            let mut tuples = Tuples::within(request.memory - of_segments, by.len());
            let [ours, theirs] = sides;
            let codes = [tuples.read(ours, by)?, tuples.read(theirs, by)?];
            labels.split(&tuples, codes, request.segment_rows);
        }
        if !entity.is_empty() {
            let [ours, theirs] = sides;
            labels.entities = [entities(ours, entity)?, entities(theirs, entity)?];
        }
        Ok(labels)
    }

    /// The segments of the rows of a row group; empty where rows are not split.
    pub(super) fn segments(&self, side: usize, group: usize) -> &[Segment] {
        self.segments.get(side).and_then(|groups| groups.get(group)).map_or(&[], Vec::as_slice)
    }

    /// The groups of entities of the rows of a row group; empty where rows are taken to be independent.
    pub(super) fn entities(&self, side: usize, group: usize) -> &[u8] {
        self.entities.get(side).and_then(|groups| groups.get(group)).map_or(&[], Vec::as_slice)
    }

    /// Whether rows are dependent on each other.
    pub(super) fn has_entities(&self) -> bool {
        self.entities.iter().any(|groups| !groups.is_empty())
    }

    /// Bytes that the labels take.
    pub(super) fn bytes(&self) -> u64 {
        let segments = self.segments.iter().flatten().map(|rows| rows.len() * size_of::<Segment>());
        let entities = self.entities.iter().flatten().map(Vec::len);
        segments.chain(entities).map(|bytes| bytes as u64).sum()
    }

    fn split(&mut self, tuples: &Tuples, codes: [Vec<Vec<u32>>; 2], fewest: u64) {
        let mut rows = vec![[0_u64; 2]; tuples.last().len()];
        for (side, groups) in codes.iter().enumerate() {
            for code in groups.iter().flatten() {
                if let Some(count) = rows.get_mut(*code as usize).and_then(|counts| counts.get_mut(side)) {
                    *count += 1;
                }
            }
        }
        let mut kept: Vec<usize> = (0..rows.len())
            .filter(|code| rows.get(*code).is_some_and(|[ours, theirs]| *ours.min(theirs) >= fewest.max(1)))
            .collect();
        kept.sort_by_key(|code| std::cmp::Reverse(rows.get(*code).map(|[ours, theirs]| ours + theirs)));
        kept.truncate(usize::from(Segment::MAX));
        let mut numbers = vec![REST; rows.len()];
        self.values = vec![Vec::new()];
        self.rows = vec![[0; 2]];
        for (number, code) in (1..=Segment::MAX).zip(kept) {
            if let Some(place) = numbers.get_mut(code) {
                *place = number;
            }
            self.values.push(tuples.values(code));
            self.rows.extend(rows.get(code));
        }
        for (counts, number) in rows.iter().zip(&numbers) {
            if *number == REST
                && let Some(rest) = self.rows.first_mut()
            {
                rest.iter_mut().zip(counts).for_each(|(rest, count)| *rest += count);
            }
        }
        let number = |code: &u32| numbers.get(*code as usize).copied().unwrap_or(REST);
        // A row group's codes go as soon as its segments are there.
        self.segments =
            codes.map(|groups| groups.into_iter().map(|codes| codes.iter().map(number).collect()).collect());
    }
}

/// Different things by number, in the order in which they were met.
#[derive(Debug)]
struct Numbered<T> {
    known: HashMap<T, u32>,
    things: Vec<T>,
}

impl<T: Clone + Eq + Hash> Numbered<T> {
    fn new() -> Self {
        Self { known: HashMap::new(), things: Vec::new() }
    }

    fn len(&self) -> usize {
        self.things.len()
    }

    fn number(&mut self, thing: T) -> u32 {
        let next = u32::try_from(self.things.len()).unwrap_or(NULL - 1);
        let (known, things) = (&mut self.known, &mut self.things);
        *known.entry(thing).or_insert_with_key(|thing| {
            things.push(thing.clone());
            next
        })
    }
}

/// Values of several columns at once: each is the values of the columns before, and one more.
struct Tuples {
    texts: Vec<Numbered<Box<str>>>,
    steps: Vec<Numbered<(u32, u32)>>,
    /// Bytes that the values may take.
    limit: u64,
    /// Bytes that they take.
    bytes: u64,
}

impl Tuples {
    fn within(limit: u64, columns: usize) -> Self {
        let texts = (0..columns).map(|_| Numbered::new()).collect();
        Self { texts, steps: (0..columns).map(|_| Numbered::new()).collect(), limit, bytes: 0 }
    }

    /// The number of each row's values, by row group.
    fn read(&mut self, table: &Table, by: &[String]) -> Result<Vec<Vec<u32>>, Unusable> {
        let mut rows: Vec<Vec<u32>> = Vec::new();
        let (limit, bytes) = (self.limit, &mut self.bytes);
        for (column, (texts, steps)) in by.iter().zip(self.texts.iter_mut().zip(&mut self.steps)) {
            let read = table.walk(column, |chunk| {
                let mut number = |text: &str| {
                    if let Some(known) = texts.known.get(text) {
                        return *known;
                    }
                    *bytes = bytes.saturating_add(COPIES * budget::of_keys(1, text.len() as u64));
                    // Its number matters no more once the values are too large.
                    if *bytes > limit { NULL } else { texts.number(text.into()) }
                };
                let mut codes = chunk.codes(&mut number, NULL)?;
                if *bytes > limit {
                    return Err(TOO_LARGE.to_owned());
                }
                let before = rows.get(chunk.group());
                for (row, code) in codes.iter_mut().enumerate() {
                    let before = before.and_then(|before| before.get(row)).copied().unwrap_or(0);
                    *code = steps.number((before, *code));
                }
                match rows.get_mut(chunk.group()) {
                    Some(before) => *before = codes,
                    None => rows.push(codes),
                }
                if steps.len() > MOST_VALUES {
                    return Err(format!("rows cannot be split by more than {MOST_VALUES} different values"));
                }
                Ok(())
            });
            if *bytes > limit {
                return Err((column.clone(), TOO_LARGE.to_owned()));
            }
            read.map_err(|error| (column.clone(), error.to_string()))?;
        }
        Ok(rows)
    }

    fn last(&self) -> &[(u32, u32)] {
        self.steps.last().map_or(&[], |steps| &steps.things)
    }

    fn values(&self, code: usize) -> Values {
        let mut values = Vec::with_capacity(self.texts.len());
        let mut at = code;
        for (steps, texts) in self.steps.iter().zip(&self.texts).rev() {
            let Some((before, text)) = steps.things.get(at) else { break };
            values.push(texts.things.get(*text as usize).cloned());
            at = *before as usize;
        }
        values.reverse();
        values
    }
}

/// The group of each row's entity, by row group.
fn entities(table: &Table, columns: &[String]) -> Result<Vec<Vec<u8>>, Unusable> {
    let mut groups: Vec<Vec<u8>> = table.group_rows().iter().map(|_| Vec::new()).collect();
    let group = |hash: u64| u8::try_from(hash % ENTITY_GROUPS as u64).unwrap_or(0);
    for column in columns {
        let read = table.walk(column, |chunk| {
            let groups = groups.get_mut(chunk.group()).ok_or("it has more row groups than its footer says")?;
            groups.resize(chunk.rows(), 0);
            // The group of the columns before is all of their hash that is kept.
            let mut hashes: Vec<u64> = groups.iter().map(|group| u64::from(*group)).collect();
            chunk.hash(&mut hashes)?;
            groups.iter_mut().zip(hashes).for_each(|(place, hash)| *place = group(hash));
            Ok(())
        });
        read.map_err(|error| (column.clone(), error.to_string()))?;
    }
    Ok(groups)
}
