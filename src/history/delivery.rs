//! A report on its way: who is to have it, and how things stand with that.

use crate::model::time::Timestamp;

/// Who is to have reports, and how.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Recipient {
    /// Whose report it is.
    pub audience: String,
    /// The channel of the audience.
    pub channel: String,
}

/// What deliveries are told apart by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeliveryKey {
    /// The name of the period.
    pub period: String,
    /// Who is to have it.
    pub recipient: Recipient,
}

/// How things stand with a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryState {
    /// It is to be sent.
    Waiting,
    /// Somebody sends it, or did so when the process ended.
    Sending,
    /// It arrived.
    Delivered,
    /// The other side will never take it.
    Rejected,
    /// It was given up.
    GivenUp,
}

impl DeliveryState {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Sending, Self::Delivered, Self::Rejected, Self::GivenUp];

    /// The name, also in the file.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sending => "sending",
            Self::Delivered => "delivered",
            Self::Rejected => "rejected",
            Self::GivenUp => "given_up",
        }
    }
}

/// A delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// What it is told apart by.
    pub key: DeliveryKey,
    /// How things stand.
    pub state: DeliveryState,
    /// When it was planned.
    pub planned_at: Timestamp,
    /// Times that it was sent.
    pub attempts: u32,
    /// While it waits, when it is sent next; while it is sent, when it is free again.
    pub next_at: Timestamp,
    /// When it ended; `None` before.
    pub ended_at: Option<Timestamp>,
    /// Why it did not arrive the last time; of one that arrived, for whom it did not.
    pub error: Option<String>,
    /// Whether its report is there.
    pub is_made: bool,
}

/// A delivery that is ours to send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// What it is told apart by.
    pub key: DeliveryKey,
    /// Drawn once for this delivery and the same with each attempt: a receiver knows by it what it has already.
    pub token: String,
    /// Which attempt it is, from 1 up.
    pub attempt: u32,
    /// The report, as it was kept.
    pub content: Vec<u8>,
}

/// What became of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Settlement {
    /// It arrived.
    Delivered,
    /// It arrived, but for some whom the other side will never take it for.
    Partly {
        /// Whom, and why not.
        error: String,
    },
    /// It did not, and is sent again then.
    Again {
        /// Why not.
        error: String,
        /// When.
        next_at: Timestamp,
    },
    /// The other side will never take it.
    Rejected {
        /// Why not.
        error: String,
    },
}

/// Since when a recipient is known, up to when its appointments are planned, and when it had a report last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Since when.
    pub since: Timestamp,
    /// Every appointment up to this has been planned.
    pub planned_until: Timestamp,
    /// When it had a report last; `None` before the first.
    pub delivered_at: Option<Timestamp>,
}
