//! What Feast writes: entity keys, values, timestamps, field names, the registry and `feature_store.yaml`.
//!
//! Everything here turns bytes or text into the nouns of `model` and back; nothing here opens a connection, except that a
//! SQL registry is read from its SQLite file. Facts about the formats were checked against bytes that Feast 0.67 wrote.
//!
//! Decoders take bytes from a store that others write to: they never panic, never allocate more than a small multiple of
//! what they are given, and answer with a reason that a person understands.

pub mod entity_key;
mod error;
pub mod field;
pub mod registry;
pub mod repository;
pub mod timestamp;
mod type_number;
pub mod value;

pub use error::FeastError;
