//! A column of keys as a profile.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::cardinality::Cardinality;
use super::column::MergeError;
use super::key_sample::KeySample;
use crate::stats::categories::Categories;
use crate::stats::rates::RowCounts;

/// Keys that a profile lists; of columns with more, those that occur most often.
pub const MOST_KEYS: usize = 10_000;

/// How often keys occur: each of them, or the most frequent ones and the rest together.
#[derive(Clone, Debug, PartialEq)]
pub struct KeyProfile {
    pub(super) nulls: u64,
    /// With a tail, listed keys may have no rows.
    pub(super) listed: BTreeMap<Box<str>, u64>,
    pub(super) tail: Option<Tail>,
}

/// The keys that are not listed, and what can be said of all keys.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Tail {
    /// Rows with keys that are not listed.
    pub(super) rows: u64,
    /// Different keys, listed or not.
    pub(super) cardinality: Cardinality,
    /// Keys that occur once; `None` where that is an estimate, after merging.
    pub(super) once: Option<u64>,
    /// Some of all keys.
    pub(super) sample: KeySample,
}

impl KeyProfile {
    /// The profile of a column: every key, or the 10,000 most frequent ones, of equal ones the first by their bytes.
    #[must_use]
    pub fn of(column: &Categories) -> Self {
        if column.distinct() <= MOST_KEYS {
            return Self::complete(column);
        }
        let mut by_count: Vec<(&str, u64)> = column.iter().collect();
        by_count.sort_by_key(|(_, count)| Reverse(*count));
        by_count.truncate(MOST_KEYS);
        Self::listing(by_count.into_iter().map(|(key, _)| key.into()), column)
    }

    /// The profile of a column on the keys of a reference, which are listed whether or not the column has them.
    ///
    /// Where the reference lists all of its keys, and there are at most 10,000 here, all of these are listed instead.
    #[must_use]
    pub fn over(reference: &Self, column: &Categories) -> Self {
        if reference.tail.is_none() && column.distinct() <= MOST_KEYS {
            return Self::complete(column);
        }
        Self::listing(reference.listed.keys().cloned(), column)
    }

    fn complete(column: &Categories) -> Self {
        let listed = column.iter().map(|(key, count)| (key.into(), count)).collect();
        Self { nulls: column.counts().nulls, listed, tail: None }
    }

    fn listing(keys: impl Iterator<Item = Box<str>>, column: &Categories) -> Self {
        let listed: BTreeMap<Box<str>, u64> = keys.map(|key| (key.clone(), column.count(&key))).collect();
        let tail = Tail {
            rows: column.counts().valid() - listed.values().sum::<u64>(),
            cardinality: Cardinality::of(column.iter().map(|(key, _)| key)),
            once: Some(column.iter().filter(|(_, count)| *count == 1).count() as u64),
            sample: KeySample::of(column.iter()),
        };
        Self { nulls: column.counts().nulls, listed, tail: Some(tail) }
    }

    /// The listed keys in the order of their bytes, each with its count.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.listed.iter().map(|(key, count)| (&**key, *count))
    }

    /// Rows with keys that are not listed; `None` when every key is.
    #[must_use]
    pub fn rest(&self) -> Option<u64> {
        self.tail.as_ref().map(|tail| tail.rows)
    }

    /// Rows by what they hold.
    #[must_use]
    pub fn counts(&self) -> RowCounts {
        let valid = self.listed.values().sum::<u64>() + self.rest().unwrap_or(0);
        RowCounts { rows: valid + self.nulls, nulls: self.nulls, nans: 0, pos_inf: 0, neg_inf: 0 }
    }

    /// Different keys: exact when every key is listed or the column was profiled whole, else within about 1.6 %.
    #[must_use]
    pub fn distinct(&self) -> u64 {
        self.tail.as_ref().map_or(self.listed.len() as u64, |tail| tail.cardinality.number())
    }

    /// Whether [`distinct`](Self::distinct) is exact.
    #[must_use]
    pub fn counts_distinct(&self) -> bool {
        self.tail.as_ref().is_none_or(|tail| tail.cardinality.exact().is_some())
    }

    /// Keys that occur once, as [`distinct`](Self::distinct).
    #[must_use]
    pub fn once(&self) -> u64 {
        match &self.tail {
            None => self.listed.values().filter(|count| **count == 1).count() as u64,
            Some(tail) => tail.once.unwrap_or_else(|| tail.sample.once()),
        }
    }

    /// The counts of all keys; `None` when not every key is listed.
    #[must_use]
    pub fn categories(&self) -> Option<Categories> {
        self.tail.is_none().then(|| Categories::of_counts(self.listed.clone(), self.nulls))
    }

    /// The profile of the rows of both.
    ///
    /// # Errors
    /// When both list a part of their keys, and not the same ones.
    pub fn merge(&self, other: &Self) -> Result<Self, MergeError> {
        match (self.categories(), other.categories()) {
            (Some(mine), Some(theirs)) => Ok(Self::complete(&mine.merge(&theirs))),
            (Some(mine), None) => other.merge(&Self::over(other, &mine)),
            (None, Some(theirs)) => self.merge_listing(&Self::over(self, &theirs)),
            (None, None) => self.merge_listing(other),
        }
    }

    fn merge_listing(&self, other: &Self) -> Result<Self, MergeError> {
        let (Some(mine), Some(theirs)) = (&self.tail, &other.tail) else { return Err(MergeError::Keys) };
        if !self.listed.keys().eq(other.listed.keys()) {
            return Err(MergeError::Keys);
        }
        let counts = self.listed.values().zip(other.listed.values()).map(|(mine, theirs)| mine + theirs);
        Ok(Self {
            nulls: self.nulls + other.nulls,
            listed: self.listed.keys().cloned().zip(counts).collect(),
            tail: Some(Tail {
                rows: mine.rows + theirs.rows,
                cardinality: mine.cardinality.merge(&theirs.cardinality),
                once: None,
                sample: mine.sample.merge(&theirs.sample),
            }),
        })
    }
}
