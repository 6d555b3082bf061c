//! Rows under keys by pattern: a text per feature, or a hash per entity with a field per feature.
//!
//! Absent is a key or field that does not exist. What counts as null depends on the encoding, see [`value`].

mod json;
mod look_up;
mod msgpack;
mod pattern;
mod recognizer;
mod rows;
mod shape;
mod text;
mod timestamp;
mod value;

pub(in crate::store) use json::decode as decode_json;
pub(super) use look_up::look_up;
pub use pattern::{KeyPattern, PatternError};
pub(super) use recognizer::{KeyRecognizer, Recognized};
pub(super) use rows::{Plan, read};
