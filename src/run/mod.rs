//! The five stages in order: a whole round, one entity key in full, or rounds on a schedule.

mod callers;
mod captures;
mod comparison;
pub mod delivery;
mod estimate;
mod explain;
pub mod feature_server;
pub(crate) mod logged;
mod origin;
mod past;
mod profiles;
mod report;
mod round;
pub mod serve;
mod served;
mod snapshots;
pub mod ticker;
mod token;
mod training;
mod view;

pub use callers::CallersCost;
pub use estimate::{Estimate, estimates};
pub use explain::{Answers, Explanation, explain};
pub use past::{Lived, PastError, live_through};
pub use report::{WantedReport, report, report_as_of};
pub(crate) use round::chain;
pub use round::{NotedRound, RoundOptions, Stores, noted_round, replay, round, round_on, view_round};
pub(crate) use snapshots::given;
pub use training::{HeldSet, TrainingError, TrainingSet, training};
