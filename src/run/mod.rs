//! The five stages in order: a whole round, or one entity key in full.

mod explain;
mod round;
pub mod ticker;

pub use explain::{Answers, Explanation, explain};
pub(crate) use round::chain;
pub use round::{RoundOptions, round};
