//! What the HTTP API says, as plain shapes: their fields are the JSON's, and the OpenAPI document is made from them.
//!
//! Figures are those of the newest round of a view; where it has none there are none, as in the metrics. A figure that does
//! not exist is `null`. Ratios are shares from 0 to 1, spans are seconds, times are RFC 3339 in UTC. No shape can hold an
//! entity key: findings are sentences about counts, and failures name places and not what lies there.

mod checks;
mod feature;
mod finding;
pub mod openapi;
mod problem;
mod round;
mod schema;
mod state;
mod view;

pub use checks::{CheckState, CheckTally, CheckWord};
pub use feature::{DriftState, DriftWord, FeatureSkew, FeatureState, Proportion};
pub use finding::{
    FindingFilter, FindingList, FindingStanding, FindingState, FindingTally, JoinedFeature, ToldFinding,
};
pub use problem::{Problem, ProblemBody};
pub use round::{Round, RoundFailure, RoundPage, RoundWord};
pub use state::{Appointments, LatestRound, ViewState};
pub use view::{UnwatchedView, ViewDetail, ViewList, ViewStatus, ViewSummary, WorstDrift, WorstSkew};
