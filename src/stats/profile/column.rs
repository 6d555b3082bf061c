//! A column as a profile, whatever it holds.

use super::keys::KeyProfile;
use super::numbers::NumberProfile;
use crate::stats::drift::ColumnKind;
use crate::stats::rates::RowCounts;

/// What statistics need of a column, without its values.
#[derive(Clone, Debug, PartialEq)]
pub enum ColumnProfile {
    /// Integers and floats.
    Numeric(NumberProfile),
    /// Points in time, in seconds since 1970.
    Timestamp(NumberProfile),
    /// Points in time as seconds before the time of their snapshot.
    Age(NumberProfile),
    /// Texts and booleans.
    Categorical(KeyProfile),
}

/// Two profiles cannot be merged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// Their bins differ.
    #[error("the profiles count over different bins; make one over the edges of the other")]
    Edges,
    /// Their keys differ.
    #[error("the profiles count different keys; make one over the keys of the other")]
    Keys,
    /// One holds numbers, the other keys, or one ages and the other points in time.
    #[error("the profiles are of different kinds of columns")]
    Kind,
}

impl ColumnProfile {
    /// What the column holds.
    #[must_use]
    pub const fn kind(&self) -> ColumnKind {
        match self {
            Self::Numeric(_) => ColumnKind::Numeric,
            Self::Timestamp(_) => ColumnKind::Timestamp,
            Self::Age(_) => ColumnKind::Age,
            Self::Categorical(_) => ColumnKind::Categorical,
        }
    }

    /// The profile of numbers, points in time or ages; `None` for keys.
    #[must_use]
    pub const fn numbers(&self) -> Option<&NumberProfile> {
        match self {
            Self::Numeric(numbers) | Self::Timestamp(numbers) | Self::Age(numbers) => Some(numbers),
            Self::Categorical(_) => None,
        }
    }

    /// The profile of keys; `None` for numbers.
    #[must_use]
    pub const fn keys(&self) -> Option<&KeyProfile> {
        match self {
            Self::Categorical(keys) => Some(keys),
            Self::Numeric(_) | Self::Timestamp(_) | Self::Age(_) => None,
        }
    }

    /// Rows by what they hold.
    #[must_use]
    pub fn counts(&self) -> RowCounts {
        match self {
            Self::Numeric(numbers) | Self::Timestamp(numbers) | Self::Age(numbers) => numbers.counts(),
            Self::Categorical(keys) => keys.counts(),
        }
    }

    /// Different values or keys, as [`NumberProfile::distinct`] and [`KeyProfile::distinct`].
    #[must_use]
    pub fn distinct(&self) -> u64 {
        match self {
            Self::Numeric(numbers) | Self::Timestamp(numbers) | Self::Age(numbers) => numbers.distinct(),
            Self::Categorical(keys) => keys.distinct(),
        }
    }

    /// The profile of the rows of both; counts are those of the whole in any order and split.
    ///
    /// # Errors
    /// When they are of different kinds, or count over different bins or keys.
    pub fn merge(&self, other: &Self) -> Result<Self, MergeError> {
        match (self, other) {
            (Self::Numeric(mine), Self::Numeric(theirs)) => mine.merge(theirs).map(Self::Numeric),
            (Self::Timestamp(mine), Self::Timestamp(theirs)) => mine.merge(theirs).map(Self::Timestamp),
            (Self::Age(mine), Self::Age(theirs)) => mine.merge(theirs).map(Self::Age),
            (Self::Categorical(mine), Self::Categorical(theirs)) => mine.merge(theirs).map(Self::Categorical),
            (Self::Numeric(_) | Self::Timestamp(_) | Self::Age(_) | Self::Categorical(_), _) => Err(MergeError::Kind),
        }
    }
}
