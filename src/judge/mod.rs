//! Figures held against limits.

mod book;

pub use book::{CheckBook, CheckOverride};
