//! What a lookup answers: each feature's value, and how far it may be trusted.

use std::sync::Arc;
use std::time::Duration;

use super::lane::Fetched;
use super::row::Row;
use super::selection::Selection;
use crate::model::online::OnlineCell;
use crate::model::time::Timestamp;
use crate::model::value::Value;

/// What is known of a feature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FeatureStatus {
    /// It has a value.
    Present,
    /// Its value is null.
    Null,
    /// The store has no value for this entity.
    Absent,
    /// It has a value, and that is older than its view allows.
    Expired,
    /// The store did not answer in time, or with bytes that are no value of its type.
    Failed,
}

/// Where a feature was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// In the process.
    L1,
    /// In the online store.
    L2,
}

impl Tier {
    /// The label's text.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::L1 => "l1",
            Self::L2 => "l2",
        }
    }
}

/// Whether an answer has all that was asked for; the worst of its features decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Completeness {
    /// Every feature has a value that may be served, null included.
    Complete,
    /// Some have none, and all could be read.
    Incomplete,
    /// Some could not be read.
    Failed,
}

/// One feature of an answer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FeatureAnswer<'a> {
    /// Its value; `None` unless present, null or expired.
    pub value: Option<&'a Value>,
    /// When the value was true; `None` where the store does not say.
    pub event_timestamp: Option<Timestamp>,
    /// What is known of it.
    pub status: FeatureStatus,
    /// Where it was found.
    pub tier: Tier,
    /// Time since the store was asked for it.
    pub age: Duration,
}

/// The features of one entity, in the order of the selection.
#[derive(Clone, Debug)]
pub struct Answer {
    selection: Selection,
    rows: Rows,
    /// When it was put together; `None` where no view has a ttl.
    at: Option<Timestamp>,
}

/// A row, where it came from, and how old the knowledge is.
#[derive(Clone, Debug)]
pub(super) struct Served {
    pub(super) row: Fetched,
    pub(super) tier: Tier,
    pub(super) age: Duration,
}

/// One row per part of the selection; a single one needs no allocation.
#[derive(Clone, Debug)]
pub(super) enum Rows {
    One([Served; 1]),
    Several(Arc<[Served]>),
}

impl Rows {
    fn all(&self) -> &[Served] {
        match self {
            Self::One(row) => row,
            Self::Several(rows) => rows,
        }
    }
}

impl Answer {
    pub(super) fn new(selection: &Selection, rows: Rows, at: Option<Timestamp>) -> Self {
        Self { selection: selection.clone(), rows, at }
    }

    /// The features, in the order of the selection.
    #[must_use]
    pub fn features(&self) -> impl ExactSizeIterator<Item = FeatureAnswer<'_>> {
        self.selection.picks().iter().map(|pick| self.feature(pick.part, pick.column))
    }

    /// Whether every feature has a value that may be served, null included.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.features().all(|feature| matches!(feature.status, FeatureStatus::Present | FeatureStatus::Null))
    }

    /// Whether any feature could not be read.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.features().any(|feature| feature.status == FeatureStatus::Failed)
    }

    /// Whether nothing is missing, and if, why.
    pub(super) fn completeness(&self) -> Completeness {
        let is_whole = |(part, served): (usize, &Served)| {
            served.row.as_ref().is_ok_and(|row| row.is_whole && !self.is_expired(part, row))
        };
        if self.rows.all().iter().enumerate().all(is_whole) {
            return Completeness::Complete;
        }
        let of = |status| match status {
            FeatureStatus::Present | FeatureStatus::Null => Completeness::Complete,
            FeatureStatus::Absent | FeatureStatus::Expired => Completeness::Incomplete,
            FeatureStatus::Failed => Completeness::Failed,
        };
        self.features().map(|feature| of(feature.status)).max().unwrap_or(Completeness::Complete)
    }

    /// Whether the row of a part is older than its view allows.
    fn is_expired(&self, part: usize, row: &Row) -> bool {
        let ttl = self.selection.parts().get(part).and_then(|part| part.ttl());
        let age = || self.at?.since(row.event_timestamp?);
        ttl.is_some_and(|ttl| age().is_some_and(|age| age > ttl))
    }

    fn feature(&self, part: usize, column: usize) -> FeatureAnswer<'_> {
        let failed =
            |tier, age| FeatureAnswer { value: None, event_timestamp: None, status: FeatureStatus::Failed, tier, age };
        let Some(Served { row, tier, age }) = self.rows.all().get(part) else {
            return failed(Tier::L2, Duration::ZERO);
        };
        let (tier, age) = (*tier, *age);
        let Ok(row) = row else { return failed(tier, age) };
        let cell = row.cells.as_ref().map_or(Some(&OnlineCell::Absent), |cells| cells.get(column));
        let event_timestamp = row.event_timestamp;
        let (value, status) = match cell {
            None | Some(OnlineCell::Undecodable(_)) => (None, FeatureStatus::Failed),
            Some(_) if row.unread.contains(&column) => (None, FeatureStatus::Failed),
            Some(OnlineCell::Absent) => (None, FeatureStatus::Absent),
            Some(OnlineCell::Value(value)) => {
                let status = match value {
                    _ if self.is_expired(part, row) => FeatureStatus::Expired,
                    Value::Null => FeatureStatus::Null,
                    _ => FeatureStatus::Present,
                };
                (Some(value), status)
            }
        };
        FeatureAnswer { value, event_timestamp, status, tier, age }
    }
}
