//! Training sets held against the snapshots: against a join by brute force, against Feast's own, and with known faults.

mod command;
mod feast;
mod joined;
