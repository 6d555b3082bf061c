//! Choosing entity keys and reading both sides.

mod settings;

pub use settings::{KeySource, SampleSettings};
