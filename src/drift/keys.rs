//! Keys of one side, counted chunk by chunk, and keys of both sides that do not fit the memory.
//!
//! Those are counted in several readings, each of which looks at the keys of one part of all hashes. So every key is
//! counted exactly, and how many differ and are new is exact; but only the most frequent keys keep a bin of their own.

use std::cmp::Reverse;
use std::collections::HashMap;

use xxhash_rust::xxh3::xxh3_64;

use super::budget;
use crate::stats::bins::PairedCounts;
use crate::stats::categories::Categories;
use crate::stats::drift::{ColumnKind, Distances, Exactness, Labels, Novelty, PairDigest, SideDigest};
use crate::stats::psi::Binning;
use crate::stats::rates::RowCounts;
use crate::store::snapshot::{Chunk, Table};

/// Most keys with a bin of their own, of those that do not fit the memory.
const MOST_KEYS: u64 = 10_000;

/// Most parts that the keys are read in.
const MOST_PARTS: u64 = 4096;

/// What the bin of all other keys is called.
pub(super) const REST: &str = "(other keys)";

/// How often each key occurs in the rows seen so far.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    counts: HashMap<Box<str>, u64>,
    texts: u64,
    valid: u64,
    nulls: u64,
    limit: u64,
    part: (u64, u64),
    is_full: bool,
}

impl Keys {
    /// No rows yet; all keys, which may take so many bytes.
    pub(super) fn whole(limit: u64) -> Self {
        Self::within(limit, (0, 1))
    }

    /// No rows yet; the keys of a part of all hashes may take so many bytes.
    fn within(limit: u64, part: (u64, u64)) -> Self {
        Self { counts: HashMap::new(), texts: 0, valid: 0, nulls: 0, limit, part, is_full: false }
    }

    /// Takes in a whole chunk, as far as there is room.
    pub(super) fn take(&mut self, chunk: &Chunk) -> Result<(), String> {
        self.nulls += (chunk.rows() - chunk.present()) as u64;
        self.valid += chunk.present() as u64;
        let (which, parts) = self.part;
        chunk.keys(|key, count| {
            if parts > 1 && xxh3_64(key.as_bytes()) % parts != which {
                return;
            }
            if let Some(known) = self.counts.get_mut(key) {
                *known += count;
            } else if self.bytes() <= self.limit {
                self.texts += key.len() as u64;
                self.counts.insert(key.into(), count);
            } else {
                self.is_full = true;
            }
        })?;
        if self.is_full { Err("its keys do not fit into memory".to_owned()) } else { Ok(()) }
    }

    fn bytes(&self) -> u64 {
        budget::of_keys(self.counts.len() as u64, self.texts)
    }

    const fn row_counts(&self) -> RowCounts {
        RowCounts { rows: self.valid + self.nulls, nulls: self.nulls, nans: 0, pos_inf: 0, neg_inf: 0 }
    }

    /// The keys in the order of their bytes.
    pub(super) fn categories(self) -> Categories {
        Categories::of_counts(self.counts.into_iter().collect(), self.nulls)
    }
}

/// The keys of both sides, or of the given part of them; `None` if they do not fit into `bytes`.
fn read(sides: [&Table; 2], column: &str, (bytes, part): (u64, (u64, u64))) -> Result<Option<[Keys; 2]>, String> {
    let count = |table: &Table, limit: u64| {
        let mut keys = Keys::within(limit, part);
        let read = table.walk(column, |chunk| keys.take(chunk));
        if keys.is_full {
            return Ok(None);
        }
        read.map(|()| Some(keys)).map_err(|error| error.to_string())
    };
    let [reference, current] = sides;
    let Some(ours) = count(reference, bytes)? else { return Ok(None) };
    let left = bytes.saturating_sub(ours.bytes());
    Ok(count(current, left)?.map(|theirs| [ours, theirs]))
}

/// All keys of both sides; `None` if they do not fit into `bytes`.
pub(super) fn all(sides: [&Table; 2], column: &str, bytes: u64) -> Result<Option<[Categories; 2]>, String> {
    Ok(read(sides, column, (bytes, (0, 1)))?.map(|keys| keys.map(Keys::categories)))
}

/// The pair of two columns whose keys do not fit into `bytes`.
pub(super) fn in_parts(sides: [&Table; 2], column: &str, bytes: u64) -> Result<PairDigest, String> {
    let mut parts = 4;
    while parts <= MOST_PARTS {
        if let Some(counted) = Counted::read(sides, column, (bytes, parts))? {
            return Ok(counted.digest());
        }
        parts *= 4;
    }
    Err("its keys do not fit into memory, not even in parts".to_owned())
}

/// What is kept of all keys.
struct Counted {
    counts: [RowCounts; 2],
    distinct: [u64; 2],
    novelty: Novelty,
    most: usize,
    top: Vec<(Box<str>, (u64, u64))>,
}

impl Counted {
    fn read(sides: [&Table; 2], column: &str, (bytes, parts): (u64, u64)) -> Result<Option<Self>, String> {
        let most = (bytes / 4 / budget::of_keys(1, 16)).clamp(16, MOST_KEYS);
        let mut counted = Self {
            counts: [RowCounts::default(); 2],
            distinct: [0; 2],
            novelty: Novelty::default(),
            most: usize::try_from(most).unwrap_or(16),
            top: Vec::new(),
        };
        for which in 0..parts {
            let Some([ours, mut theirs]) = read(sides, column, (bytes / 2, (which, parts)))? else { return Ok(None) };
            counted.counts = [ours.row_counts(), theirs.row_counts()];
            counted.distinct[0] += ours.counts.len() as u64;
            counted.distinct[1] += theirs.counts.len() as u64;
            for (key, count) in ours.counts {
                counted.novelty.reference += u64::from(count == 1);
                let other = theirs.counts.remove(&key).unwrap_or(0);
                counted.keep(key, (count, other));
            }
            for (key, count) in theirs.counts {
                counted.novelty.current += count;
                counted.keep(key, (0, count));
            }
        }
        counted.cut();
        Ok(Some(counted))
    }

    fn keep(&mut self, key: Box<str>, counts: (u64, u64)) {
        self.top.push((key, counts));
        if self.top.len() >= 2 * self.most {
            self.cut();
        }
    }

    /// Leaves the keys that occur most often, of equal ones the first by their bytes.
    fn cut(&mut self) {
        self.top.sort_unstable_by(|a, b| {
            let rank = |(ours, theirs): (u64, u64)| Reverse((ours.max(theirs), ours));
            rank(a.1).cmp(&rank(b.1)).then_with(|| a.0.cmp(&b.0))
        });
        self.top.truncate(self.most);
    }

    fn digest(mut self) -> PairDigest {
        self.top.sort_unstable();
        let [ours, theirs] = self.counts.map(|counts| counts.valid());
        let (mut keys, mut bins): (Vec<Box<str>>, Vec<(u64, u64)>) = self.top.into_iter().unzip();
        let others = bins.iter().fold((ours, theirs), |rest, here| (rest.0 - here.0, rest.1 - here.1));
        let rest = (others != (0, 0)).then_some(bins.len());
        if rest.is_some() {
            keys.push(REST.into());
            bins.push(others);
        }
        let [reference, current] = [0, 1].map(|side: usize| SideDigest {
            counts: self.counts.get(side).copied().unwrap_or_default(),
            summary: None,
            distinct: self.distinct.get(side).copied().unwrap_or_default(),
            distinct_exactness: Exactness::Exact,
        });
        let distances = PairedCounts::of(bins).map(|bins| Distances {
            binning: Binning::Levels,
            labels: Labels::Keys(keys),
            bins,
            rest,
            gaps: None,
            novelty: self.novelty,
            entity_groups: None,
            exactness: Exactness::Approximate,
        });
        PairDigest { kind: ColumnKind::Categorical, reference, current, distances }
    }
}
