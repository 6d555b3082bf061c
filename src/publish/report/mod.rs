//! The skew report of a period, for the teams that own features: which of them lied to their models, since when, how badly,
//! and what to do.
//!
//! From the history alone (hourly sums, findings, the newest rounds) to one model ([`Report`]), and from that to HTML, Markdown,
//! JSON and a message for Slack. No store is asked. A figure that nobody measured is left out or said to be missing; it is
//! never 0.
//!
//! Entity keys, and values of features in examples and as labels of bars, stand in a report only where the configuration allows it.

mod budgets;
mod causes;
mod changes;
mod curve;
mod examples;
mod files;
mod findings;
mod found;
mod html;
mod incidents;
mod judged;
mod made;
mod markdown;
mod model;
mod pairs;
mod period;
mod slack;
mod unjudged;
mod views;
mod weeks;
mod words;

pub use causes::LikelyCause;
pub use examples::{BarOfPeriod, BarsOfPeriod, ExampleCell};
pub use files::{PutError, file_name};
pub use found::{FindingOfPeriod, JoinedOfPeriod};
pub use html::html;
pub use made::{ReportError, ReportRequest};
pub use markdown::markdown;
pub use model::{
    Budget, Change, ChangeKind, DriftOfPeriod, FeatureOfPeriod, FreshnessOfPeriod, LagSplit, NotJudged, Report,
    RoundsOfPeriod, Sampled, ShareOfPeriod, Timeline, ViewOfPeriod, ViewVerdict,
};
pub use period::ReportPeriod;
pub use slack::slack;
pub use words::headline;
