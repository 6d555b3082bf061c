//! The benchmark: what a figure of it is worth, and whether it sees what it must.

mod arrivals;
mod command;
mod failover;
mod hit_rate;
mod latency;
mod ledger;
mod objective;
mod outage;
mod popularity;
pub mod scene;
mod search;
mod stall;
mod starved;
mod truth;
mod watch;
mod wrong;
