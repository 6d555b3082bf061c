//! The nouns: entity, feature, value, time, history, verdict, measurement, check, finding, failure.
//!
//! Plain data without input or output. Every other module speaks in these types; none of them knows a store, a file
//! format or a screen.

pub mod bars;
pub mod captured;
pub mod cause;
pub mod check;
pub mod choice;
pub mod column;
pub mod counts;
pub mod drift;
pub mod entity;
pub mod exhibit;
pub mod figure;
pub mod history;
mod incident;
pub mod lag;
pub mod lag_profile;
pub mod logged;
pub mod measurement;
pub mod online;
pub mod ratio;
pub mod sample;
pub mod schedule;
pub mod secret;
pub mod served;
pub mod service;
pub mod time;
pub mod value;
pub mod verdict;
pub mod view;
