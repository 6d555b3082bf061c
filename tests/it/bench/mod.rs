//! The benchmark's own arithmetic: what a figure of it is worth.

mod arrivals;
mod latency;
mod objective;
mod popularity;
mod truth;
