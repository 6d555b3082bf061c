//! The five stages in order: a whole round, or one entity key in full.

mod explain;
mod kept;
mod round;
mod snapshots;
pub mod ticker;
mod view;

pub use explain::{Answers, Explanation, explain};
pub(crate) use round::chain;
pub use round::{RoundOptions, Stores, round, round_on, view_round};
