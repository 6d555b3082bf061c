//! The verdict of a cell: one feature of one sampled entity key.
//!
//! Every cell gets exactly one [`Verdict`], and the verdicts of a sample add up to its size, so that lag, skew, missing
//! data and unreadable data are never mixed up. [`Verdict::ALL`] lists them in the order in which they are decided.

use std::time::Duration;

use serde::Serialize;

/// How a cell was settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The store did not answer.
    Unread,
    /// Bytes are there and do not decode as the declared type.
    Undecodable,
    /// It changed in each of the readings.
    InFlight,
    /// Neither side has it.
    Absent,
    /// The newest offline version is too young to be expected online.
    Pending,
    /// Nothing online, and the newest offline version is within the time-to-live.
    MissingOnline,
    /// The row read, or the newest offline version of an absent one, is past the time-to-live.
    Expired,
    /// Newer than the snapshot can know.
    Ahead,
    /// The offline side has no version of the entity.
    MissingOffline,
    /// No such offline version.
    Phantom,
    /// The paired version has another value.
    Skewed,
    /// Equal to the paired version, which is not the newest.
    Stale,
    /// Equal to the newest version.
    Consistent,
}

impl Verdict {
    /// How many verdicts there are.
    pub const COUNT: usize = 13;

    /// Every verdict, in the order in which they are decided.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Unread,
        Self::Undecodable,
        Self::InFlight,
        Self::Absent,
        Self::Pending,
        Self::MissingOnline,
        Self::Expired,
        Self::Ahead,
        Self::MissingOffline,
        Self::Phantom,
        Self::Skewed,
        Self::Stale,
        Self::Consistent,
    ];

    /// The name used in reports and as a label.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Unread => "unread",
            Self::Undecodable => "undecodable",
            Self::InFlight => "in_flight",
            Self::Absent => "absent",
            Self::Pending => "pending",
            Self::MissingOnline => "missing_online",
            Self::Expired => "expired",
            Self::Ahead => "ahead",
            Self::MissingOffline => "missing_offline",
            Self::Phantom => "phantom",
            Self::Skewed => "skewed",
            Self::Stale => "stale",
            Self::Consistent => "consistent",
        }
    }
}

/// Which layer of equality matched, from strict to lenient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Layer {
    /// The same value.
    Identical,
    /// The same after rounding to the declared type.
    Rounded,
    /// Within the configured units in the last place.
    Ulps,
    /// Within the configured absolute and relative tolerance.
    Tolerance,
    /// The layout cannot tell them apart, as NaN and null in Feast's bytes.
    Indistinguishable,
}

impl Layer {
    /// How many layers there are.
    pub const COUNT: usize = 5;

    /// Every layer, from strict to lenient.
    pub const ALL: [Self; Self::COUNT] =
        [Self::Identical, Self::Rounded, Self::Ulps, Self::Tolerance, Self::Indistinguishable];

    /// The name used in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Identical => "identical",
            Self::Rounded => "rounded",
            Self::Ulps => "ulps",
            Self::Tolerance => "tolerance",
            Self::Indistinguishable => "indistinguishable",
        }
    }
}

/// How far an equal but outdated cell lies behind the newest version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behind {
    /// Versions newer than the paired one.
    pub versions: u32,
    /// Event time between the paired and the newest version.
    pub time: Duration,
}

/// How a served expired cell compares, beside its verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExpiredOutcome {
    /// Equal to the newest version.
    Consistent,
    /// Equal to an older version.
    Stale,
    /// Another value than the paired version.
    Skewed,
    /// No offline version to hold it against.
    Unverified,
    /// Nothing was served: rightly gone.
    Absent,
}

/// The verdict of a cell with what it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settled {
    /// The verdict.
    pub verdict: Verdict,
    /// Position, among the entity's versions, of the one that the value was held against.
    pub version: Option<usize>,
    /// The layer of equality that matched, where a comparison matched.
    pub layer: Option<Layer>,
    /// How far behind, for `stale` (and served expired stale) cells whose version is held.
    pub behind: Option<Behind>,
    /// How an `expired` cell compares; `None` for every other verdict.
    pub expired: Option<ExpiredOutcome>,
    /// What qualifies the verdict.
    pub remark: Remark,
}

/// What qualifies a verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Remark {
    /// Nothing.
    Plain,
    /// The version that it must have come from is no longer held.
    Unverified,
    /// An earlier `created` of the same event timestamp has the value read.
    SupersededByCorrection,
    /// The entity is missing from the newest full snapshot.
    Deleted,
}

impl Settled {
    /// A verdict with nothing to add.
    #[must_use]
    pub const fn plain(verdict: Verdict) -> Self {
        Self { verdict, version: None, layer: None, behind: None, expired: None, remark: Remark::Plain }
    }
}
