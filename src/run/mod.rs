//! The five stages in order.

mod round;

pub use round::{RoundOptions, round};
