//! Choosing entity keys and reading both sides.
//!
//! [`draw`] takes keys from the sources that the settings name (the union, each key tagged with where it came from),
//! reads the online rows and the offline history of all of them, and gives a [`Sample`](crate::model::sample::Sample).
//! [`read_again`] reads rows once more that look wrong, because a wrong look may be a write in progress.

mod draw;
mod key_file;
mod offline;
mod online;
mod settings;

pub use draw::{Bytes, Drawn, SampleError, Sides, add_readings, draw, of_key, read, read_again};
pub use key_file::KeyFileError;
pub use settings::{Cache, KeySource, SampleSettings};
