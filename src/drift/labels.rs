//! What each row belongs to: its segment, by the values of some columns, and its group of entities.
//!
//! Both are read once, before any other column, and kept in three bytes a row.

use std::collections::HashMap;
use std::hash::Hash;

use crate::store::snapshot::Table;

/// Groups that entities are spread over.
pub(super) const ENTITY_GROUPS: usize = 32;

/// Different values of the columns that split the rows, above which this is no way to split them.
const MOST_VALUES: usize = 1_000_000;

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
    /// Reads the columns `by`, of which segments have at least `fewest` rows on both sides, and those of the `entity`.
    pub(super) fn read(
        sides: [&Table; 2],
        (by, fewest): (&[String], u64),
        entity: &[String],
    ) -> Result<Self, Unusable> {
        let mut labels = Self::default();
        if !by.is_empty() {
            let mut tuples = Tuples::new(by.len());
            let [ours, theirs] = sides;
            let codes = [tuples.read(ours, by)?, tuples.read(theirs, by)?];
            labels.split(&tuples, &codes, fewest);
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

    fn split(&mut self, tuples: &Tuples, codes: &[Vec<Vec<u32>>; 2], fewest: u64) {
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
        self.segments =
            codes.each_ref().map(|groups| groups.iter().map(|codes| codes.iter().map(number).collect()).collect());
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
}

impl Tuples {
    fn new(columns: usize) -> Self {
        let texts = (0..columns).map(|_| Numbered::new()).collect();
        Self { texts, steps: (0..columns).map(|_| Numbered::new()).collect() }
    }

    /// The number of each row's values, by row group.
    fn read(&mut self, table: &Table, by: &[String]) -> Result<Vec<Vec<u32>>, Unusable> {
        let mut rows: Vec<Vec<u32>> = Vec::new();
        for (column, (texts, steps)) in by.iter().zip(self.texts.iter_mut().zip(&mut self.steps)) {
            let read = table.walk(column, |chunk| {
                let mut codes = chunk.codes(|text| texts.number(text.into()), NULL)?;
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
    let mut hashes: Vec<Vec<u64>> = table.group_rows().iter().map(|_| Vec::new()).collect();
    for column in columns {
        let read = table.walk(column, |chunk| {
            let hashes = hashes.get_mut(chunk.group()).ok_or("it has more row groups than its footer says")?;
            hashes.resize(chunk.rows(), 0);
            chunk.hash(hashes)
        });
        read.map_err(|error| (column.clone(), error.to_string()))?;
    }
    let group = |hash: u64| u8::try_from(hash % ENTITY_GROUPS as u64).unwrap_or(0);
    Ok(hashes.into_iter().map(|hashes| hashes.into_iter().map(group).collect()).collect())
}
