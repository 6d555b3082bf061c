//! What rounds found, kept on disk: rounds, findings, profiles, and hourly rollups that outlive the rounds.
//!
//! [`History`] is the one writer of a SQLite file (write-ahead log; a lock beside the file names its process), and
//! [`HistoryReader`] reads it, also from other processes and while it is being written. Only what becomes of reports is written
//! beside it, by a [`DeliveryLedger`]. What [`History::record`]
//! acknowledged is there whole after a crash at any moment; what it refused is not there at all. SQL is written in this
//! module only.
//!
//! A round counts at the time when it finished. Figures are kept as counts (part and n), so that they add up: the rollup
//! of an hour is the sum of its rounds, whenever [`History::roll_up`] ran. Counts of one feature and round are packed
//! into one blob of variable-length integers (see `pack`), because there are millions of them.

mod bars;
mod capture;
mod captured_blob;
mod cell_blob;
mod deliveries;
mod delivery;
mod effect;
mod error;
mod exhibit;
pub mod export;
mod figures;
mod file;
mod finding;
mod hour;
mod hour_blob;
mod listed;
mod lock;
mod names;
mod outline;
mod pack;
mod profile;
mod read;
mod record;
mod retain;
mod roll_up;
mod rollups;
mod round_blob;
mod schema;
mod settings;
mod side;

pub use bars::KeptBars;
pub use capture::{CaptureEnd, CaptureOutcome, MOST_WAITING, WaitingCapture};
pub use deliveries::DeliveryLedger;
pub use delivery::{Claim, Delivery, DeliveryKey, DeliveryState, Recipient, Settlement, Standing};
pub use effect::DecisiveEffect;
pub use error::HistoryError;
pub use figures::{
    CheckStatus, DriftFigure, DriftSubject, FeatureFigures, HistoryRound, Period, RoundFailure, RoundRecord,
    RoundResult, ViewFigures,
};
pub use file::{History, HistoryReader};
pub use finding::{FindingEpisode, SeenFinding};
pub use hour::{DriftHour, FeatureHour, FreshnessHour, SideHour, Span, ViewHour};
pub use listed::{ListedRound, RoundQuery};
pub use outline::{HourOutcomes, OutcomesByView};
pub use read::{LastRound, NewestDrift};
pub use retain::Retained;
pub use rollups::{FeatureRollup, ViewRollup, ViewRollups};
pub use settings::{HistorySettings, Retention};
pub use side::{LoggedFigures, ServedFigures, SideFigures};
