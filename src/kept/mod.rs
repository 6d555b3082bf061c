//! What is kept on disk between rounds, to save the stores from being asked twice.
//!
//! Everything kept can be made anew: whoever deletes a file makes the next round dearer and no figure different. A
//! [`Shelf`] holds the files of one place, each replaced in one step and the oldest removed; [`pack`] writes keys, times
//! and values as bytes that tell whether they are whole.
//!
//! Nothing here knows what a round is.

pub mod file;
pub mod pack;
mod shelf;

pub use shelf::{KeepError, Shelf, ShelfKind};
