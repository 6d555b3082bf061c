//! Profiles: what statistics need of a column, without its values.
//!
//! A [`ColumnProfile`] counts a column in bins that the reference fixed once ([`Ruler`]), or per key. Profiles over the same
//! bins or keys can be merged, in any order and split, and give the same counts as the whole. A [`TableProfile`] holds the
//! profiles of a snapshot's columns and knows which snapshot that was; [`TableProfile::to_json`] and
//! [`TableProfile::from_json`] are its form outside.
//!
//! [`numeric_pair`] and [`categorical_pair`] hold profiles against data or each other. On equal bins the index and all
//! other count statistics are exact; distances between distribution functions are bounds or estimates, and say so.

mod cardinality;
mod column;
mod distribution;
mod document;
mod key_sample;
mod keys;
mod numbers;
mod pair;
mod ruler;
mod steps;
mod table;

pub use column::{ColumnProfile, MergeError};
pub use document::{DocumentError, MARKER, VERSION, is_document};
pub use keys::{KeyProfile, MOST_KEYS};
pub use numbers::NumberProfile;
pub use pair::{KeySide, NumberSide, categorical_pair, numeric_pair};
pub use ruler::Ruler;
pub use table::{ColumnType, Known, NULL, ProfiledColumn, Settings, TableProfile};
