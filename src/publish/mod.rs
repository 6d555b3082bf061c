//! A round's result for its readers: people at a terminal, programs, continuous integration, Prometheus.
//!
//! Every writer of a round takes a finished [`RoundReport`](crate::model::measurement::RoundReport) and one output. None judges,
//! rounds away or leaves out what could not be judged: a figure that does not exist is shown as missing, never as 0.

pub mod alert_name;
pub mod alertmanager;
pub mod api;
pub mod archive;
pub mod dashboards;
pub mod delivery;
pub mod github;
mod http;
pub mod json;
pub mod junit;
mod key_column;
pub mod metrics;
pub mod page;
pub mod plain;
pub mod repair;
pub mod report;
pub mod rules;
mod tally;
pub mod terminal;
pub mod textfile;
pub mod training;
