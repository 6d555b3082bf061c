//! Drift of two tables, column by column.
//!
//! A [`Source`] is a table of Parquet files or a profile of one. [`compare`] reads what both sides share and gives a
//! [`Comparison`]: figures and verdicts per column and per segment, and what could not be compared and why. How much
//! memory it takes is bounded by the [`Request`], not by the size of the tables.

mod budget;
mod column;
mod comparison;
mod entities;
mod keys;
mod labels;
mod large;
mod numbers;
mod order;
mod profiled;
mod profiling;
mod request;
mod run;
mod segments;
mod side;
mod survey;

pub use comparison::{ColumnDrift, Comparison, NotCompared, SegmentDrift, Unreadable};
pub use profiling::profile;
pub use request::{Request, Source, SourceError, Statistics};
pub use run::compare;
