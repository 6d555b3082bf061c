//! The benchmark of lookups: what a store and its path really serve, measured so that the figures can be believed.
//!
//! Requests are due at times that were fixed before the run (an open loop), and what a request took counts from then on,
//! so that a stall is felt by all that it delays. Every answer is checked against what was written. The result is a
//! verdict with its reasons, not only figures.

pub mod arrivals;
pub mod block;
mod crew;
pub mod data;
pub mod evidence;
pub mod hit_rate;
pub mod latency;
pub mod ledger;
pub mod limit;
pub mod live;
pub mod load;
pub mod objective;
pub mod outage;
pub mod popularity;
pub mod replay;
pub mod report;
pub mod run;
pub mod search;
pub mod start;
pub mod target;
pub mod truth;
pub mod verify;
pub mod watch;
pub mod worker;
pub mod writer;
pub mod yardstick;
