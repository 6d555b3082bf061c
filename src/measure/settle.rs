//! The verdict of a cell.
//!
//! [`Cell::settle`] takes one feature of one entity, with what both sides hold of it, and gives exactly one verdict. The
//! rules apply in the order of [`Verdict::ALL`]; the first that applies decides. How an online row finds the offline
//! version that it is held against lies in [`super::pair`].

use std::time::Duration;

use crate::model::online::{Fidelity, OnlineCell, OnlineReading, OnlineRow, StoredRow, StoredTimestamp};
use crate::model::time::{Precision, Timestamp};
use crate::model::value::Value;
use crate::model::verdict::{ExpiredOutcome, Remark, Settled, Verdict};
use crate::model::view::FeatureView;

use super::equal::Comparison;
use super::pair::Paired;

/// One version of one feature, as pairing sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct CellVersion {
    /// When the fact was true.
    pub event_timestamp: Timestamp,
    /// When it was written, where the snapshot says so.
    pub created: Option<Timestamp>,
    /// When a copier can first have seen it.
    pub available: Timestamp,
    /// The value.
    pub value: Value,
}

/// What the offline side knows about one cell.
#[derive(Clone, Debug)]
pub struct OfflineCell<'a> {
    /// Every version held, ascending by (event timestamp, created).
    pub versions: &'a [CellVersion],
    /// Up to which event time the snapshot is complete.
    pub watermark: Option<Timestamp>,
    /// The earliest event timestamp of the whole snapshot, for entities that it does not know.
    pub horizon: Option<Timestamp>,
    /// Precision of the file's timestamps.
    pub precision: Precision,
    /// Whether a newer full snapshot no longer holds the entity.
    pub life: Life,
}

/// Whether an entity still exists offline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// It is in the newest snapshot, or snapshots hold changes only.
    Living,
    /// The newest full snapshot no longer holds it.
    Deleted,
}

/// Whether a cell held still over the readings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stillness {
    /// The last two readings agree, or there was one.
    Still,
    /// It was different in each reading.
    Moving,
}

/// One cell, ready to be settled.
#[derive(Clone, Debug)]
pub struct Cell<'a> {
    /// The view.
    pub view: &'a FeatureView,
    /// Position of the feature in the view.
    pub feature: usize,
    /// What the layout can tell apart.
    pub fidelity: Fidelity,
    /// The last reading of the row.
    pub reading: &'a OnlineReading,
    /// Whether it held still.
    pub stillness: Stillness,
    /// The offline side.
    pub offline: OfflineCell<'a>,
}

/// What was served of the cell, once it is known to decode.
#[derive(Clone, Copy, Debug)]
pub(super) struct Served<'a> {
    /// The value.
    pub(super) value: &'a Value,
    /// Its event timestamp and precision; `None` where the layout keeps none.
    pub(super) stamp: Option<(Timestamp, Precision)>,
}

enum Online<'a> {
    Nothing { row_stamp: Option<(Timestamp, Precision)> },
    Served(Served<'a>),
    Undecodable,
}

impl Cell<'_> {
    /// Settles the cell: exactly one verdict, with what it rests on.
    #[must_use]
    pub fn settle(&self) -> Settled {
        let Ok(row) = &self.reading.row else {
            return Settled::plain(Verdict::Unread);
        };
        let online = match row {
            OnlineRow::Absent => Online::Nothing { row_stamp: None },
            OnlineRow::Found(row) => self.online(row),
        };
        if matches!(online, Online::Undecodable) {
            return Settled::plain(Verdict::Undecodable);
        }
        if self.stillness == Stillness::Moving {
            return Settled::plain(Verdict::InFlight);
        }
        match online {
            Online::Nothing { row_stamp } => self.settle_nothing(row_stamp),
            Online::Served(served) => self.settle_served(&served),
            Online::Undecodable => Settled::plain(Verdict::Undecodable),
        }
    }

    /// The rules of comparison for this cell.
    pub(super) fn comparison(&self) -> Comparison {
        Comparison {
            kind: self.view.features[self.feature].kind,
            tolerance: self.view.tolerance,
            fidelity: self.fidelity,
        }
    }

    /// The instant that stands for "now".
    pub(super) fn read_at(&self) -> Timestamp {
        self.reading.read_at
    }

    fn online<'a>(&self, row: &'a StoredRow) -> Online<'a> {
        let stamp = match &row.event_timestamp {
            StoredTimestamp::At(instant, precision) => Some((*instant, *precision)),
            StoredTimestamp::NotKept | StoredTimestamp::Missing | StoredTimestamp::Undecodable(_) => None,
        };
        match row.cells.get(self.feature) {
            None | Some(OnlineCell::Absent) => Online::Nothing { row_stamp: stamp },
            Some(OnlineCell::Undecodable(_)) => Online::Undecodable,
            Some(OnlineCell::Value(value)) => match row.event_timestamp {
                StoredTimestamp::At(..) | StoredTimestamp::NotKept => Online::Served(Served { value, stamp }),
                StoredTimestamp::Missing | StoredTimestamp::Undecodable(_) => Online::Undecodable,
            },
        }
    }

    fn settle_nothing(&self, row_stamp: Option<(Timestamp, Precision)>) -> Settled {
        let newest = match self.offline.life {
            Life::Living => self.offline.versions.last(),
            Life::Deleted => None,
        };
        let Some(newest) = newest else {
            let remark = match self.offline.life {
                Life::Living => Remark::Plain,
                Life::Deleted => Remark::Deleted,
            };
            return Settled { remark, ..Settled::plain(Verdict::Absent) };
        };
        if self.is_pending(newest) {
            return Settled::plain(Verdict::Pending);
        }
        let row_expired = row_stamp.is_some_and(|stamp| self.past_ttl(stamp));
        if self.past_ttl((newest.event_timestamp, self.offline.precision)) && (row_stamp.is_none() || row_expired) {
            return Settled { expired: Some(ExpiredOutcome::Absent), ..Settled::plain(Verdict::Expired) };
        }
        Settled::plain(Verdict::MissingOnline)
    }

    fn settle_served(&self, served: &Served<'_>) -> Settled {
        let paired = match self.offline.life {
            Life::Living => self.pair(served),
            Life::Deleted => self.unpaired(served),
        };
        if let (Some(newest), true) = (self.offline.versions.last(), paired.is_version_before())
            && self.is_pending(newest)
        {
            return Settled::plain(Verdict::Pending);
        }
        if served.stamp.is_some_and(|stamp| self.past_ttl(stamp)) {
            return Settled {
                verdict: Verdict::Expired,
                expired: Some(paired.outcome()),
                ..paired.settled(self.offline.life)
            };
        }
        paired.settled(self.offline.life)
    }

    /// Whether the newest version is too young to be expected online.
    fn is_pending(&self, newest: &CellVersion) -> bool {
        !self.view.write_delay.is_zero() && newest.available.plus(self.view.write_delay) > self.read_at()
    }

    fn past_ttl(&self, stamp: (Timestamp, Precision)) -> bool {
        is_past_ttl(self.view.ttl, stamp, self.read_at())
    }
}

/// Whether a row is past the time-to-live. A stamp that was cut to its precision is up to one unit older than the fact, so
/// the read time is cut likewise: the copy does not expire before its original.
pub(super) fn is_past_ttl(
    ttl: Option<Duration>,
    (stamp, precision): (Timestamp, Precision),
    read_at: Timestamp,
) -> bool {
    ttl.is_some_and(|ttl| read_at.floor(precision).since(stamp).is_some_and(|age| age > ttl))
}

impl Paired {
    /// How a served expired cell compares.
    fn outcome(&self) -> ExpiredOutcome {
        match self {
            Self::Newest { .. } => ExpiredOutcome::Consistent,
            Self::Older { .. } => ExpiredOutcome::Stale,
            Self::Differs { .. } => ExpiredOutcome::Skewed,
            Self::BeforeHistory | Self::Ahead | Self::NoEntity | Self::NoVersion => ExpiredOutcome::Unverified,
        }
    }

    fn settled(&self, life: Life) -> Settled {
        match *self {
            Self::Ahead => Settled::plain(Verdict::Ahead),
            Self::NoVersion => Settled::plain(Verdict::Phantom),
            Self::BeforeHistory => Settled { remark: Remark::Unverified, ..Settled::plain(Verdict::Stale) },
            Self::NoEntity => Settled {
                remark: match life {
                    Life::Living => Remark::Plain,
                    Life::Deleted => Remark::Deleted,
                },
                ..Settled::plain(Verdict::MissingOffline)
            },
            Self::Differs { at, superseded, .. } => Settled {
                version: Some(at),
                remark: if superseded { Remark::SupersededByCorrection } else { Remark::Plain },
                ..Settled::plain(Verdict::Skewed)
            },
            Self::Older { at, behind, layer, verified } => Settled {
                version: Some(at),
                behind: Some(behind),
                layer: Some(layer),
                remark: if verified { Remark::Plain } else { Remark::Unverified },
                ..Settled::plain(Verdict::Stale)
            },
            Self::Newest { at, layer } => {
                Settled { version: Some(at), layer: Some(layer), ..Settled::plain(Verdict::Consistent) }
            }
        }
    }
}
