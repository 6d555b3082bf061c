//! The fault list: what can be wrong with an entity, and the verdicts that follow from it in each pairing.

use skewwatch::model::verdict::Verdict::{
    self, Absent, Ahead, Consistent, Expired, MissingOffline, MissingOnline, Phantom, Skewed, Stale, Undecodable,
};

/// How a round over the population pairs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rounds) enum Reading {
    /// With timestamps, pairing `version`.
    Version,
    /// Without timestamps, and nobody says where values come from.
    Value,
    /// Without timestamps, values written from the snapshot.
    ValueFromSnapshot,
}

impl Reading {
    pub(in crate::rounds) const ALL: [Self; 3] = [Self::Version, Self::Value, Self::ValueFromSnapshot];
}

/// How far a fault reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rounds) enum Reach {
    /// One feature; the others of the entity are consistent.
    Cell,
    /// Every feature.
    Row,
}

/// How the expired cells of a fault compare, where they are served.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rounds) enum Served {
    Consistent,
    Stale,
    Unverified,
    Nothing,
}

macro_rules! faults {
    ($($(#[doc = $doc:literal])+ $name:ident: $reach:ident $verdicts:tt,)+) => {
        /// What is wrong with an entity.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(in crate::rounds) enum Fault { $($(#[doc = $doc])+ $name,)+ }

        impl Fault {
            /// Every fault.
            pub(in crate::rounds) const ALL: &'static [Self] = &[$(Self::$name,)+];

            /// How far it reaches, and the verdict of the cells that it reaches, by the order of [`Reading::ALL`].
            fn listed(self) -> (Reach, [Verdict; 3]) {
                match self { $(Self::$name => (Reach::$reach, $verdicts),)+ }
            }
        }
    };
}

faults! {
    /// A value that no version ever had.
    WrongValue: Cell [Skewed, Ahead, Skewed],
    /// The value of the version before, under the timestamp of the newest.
    OlderValue: Cell [Skewed, Stale, Stale],
    /// The whole row of the version before.
    OlderRow: Row [Stale, Stale, Stale],
    /// The row of two versions before: past the time-to-live.
    OldestRow: Row [Expired, Stale, Stale],
    /// Nothing new offline for longer than the time-to-live, and the row is still served.
    Forgotten: Row [Expired, Consistent, Consistent],
    /// Nothing new offline for longer than the time-to-live, and the row is gone.
    RightlyGone: Row [Expired, Expired, Expired],
    /// A row that is older than all history and than the time-to-live.
    Ancient: Row [Expired, Ahead, Skewed],
    /// A row that is older than the only version held of its entity.
    BeforeHistory: Row [Stale, Ahead, Skewed],
    /// No key for one feature.
    MissingFeature: Cell [MissingOnline, MissingOnline, MissingOnline],
    /// No key at all.
    MissingRow: Row [MissingOnline, MissingOnline, MissingOnline],
    /// A timestamp and nothing else, which is no row.
    TimestampAlone: Row [MissingOnline, MissingOnline, MissingOnline],
    /// A JSON document of another type than declared.
    WrongType: Cell [Undecodable, Undecodable, Undecodable],
    /// Bytes that are no JSON.
    NoJson: Cell [Undecodable, Undecodable, Undecodable],
    /// A hash where a text should be, which the server answers by WRONGTYPE.
    WrongRedisType: Cell [Undecodable, Undecodable, Undecodable],
    /// A row without its timestamp.
    NoTimestamp: Row [Undecodable, Consistent, Consistent],
    /// A timestamp that is none.
    GarbageTimestamp: Row [Undecodable, Consistent, Consistent],
    /// A list where the timestamp should be.
    TimestampOfWrongRedisType: Row [Undecodable, Consistent, Consistent],
    /// Written after the snapshot was made.
    NewerThanSnapshot: Row [Ahead, Ahead, Skewed],
    /// The newest values under a timestamp that lies after the read time.
    FromTheFuture: Row [Ahead, Consistent, Consistent],
    /// The newest values under a timestamp between two versions.
    BetweenVersions: Row [Phantom, Consistent, Consistent],
    /// An entity that only the online store knows.
    Orphan: Row [MissingOffline, MissingOffline, MissingOffline],
    /// An entity that only the online store knows, written after the snapshot was made.
    NewOrphan: Row [Ahead, MissingOffline, MissingOffline],
    /// A null where the snapshot has a value.
    NullOnline: Cell [Skewed, Ahead, Skewed],
    /// A null where the snapshot has one: nothing is wrong.
    NullOnBothSides: Cell [Consistent, Consistent, Consistent],
    /// The newest version was corrected offline under its own timestamp, and online has what it was before.
    Superseded: Row [Skewed, Skewed, Skewed],
    /// A key that somebody asked for and neither side has.
    Nowhere: Row [Absent, Absent, Absent],
}

impl Fault {
    /// How far it reaches.
    pub(in crate::rounds) fn reach(self) -> Reach {
        self.listed().0
    }

    /// The verdict of the cells that it reaches.
    pub(in crate::rounds) fn verdict(self, reading: Reading) -> Verdict {
        let [version, value, from_snapshot] = self.listed().1;
        match reading {
            Reading::Version => version,
            Reading::Value => value,
            Reading::ValueFromSnapshot => from_snapshot,
        }
    }

    /// How its expired cells compare; `None` where they are not expired.
    pub(in crate::rounds) fn served(self, reading: Reading) -> Option<Served> {
        (self.verdict(reading) == Expired).then_some(match self {
            Self::OldestRow => Served::Stale,
            Self::Forgotten => Served::Consistent,
            Self::Ancient => Served::Unverified,
            _ => Served::Nothing,
        })
    }

    /// Whether the online store has a row.
    pub(in crate::rounds) fn is_online(self) -> bool {
        !matches!(self, Self::RightlyGone | Self::MissingRow | Self::TimestampAlone | Self::Nowhere)
    }

    /// Whether the snapshots have a version.
    pub(in crate::rounds) fn is_offline(self) -> bool {
        !matches!(self, Self::Orphan | Self::NewOrphan | Self::Nowhere)
    }
}
