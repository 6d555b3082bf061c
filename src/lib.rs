//! skewwatch watches a machine-learning feature store from outside.
//!
//! It reads the same entity keys from the online store and from the training snapshots and says, per feature, how fresh,
//! how complete, how equal and how drifted the served values are. One sentence names everything:
//! **config → sample → measure → judge → publish**.
//!
//! | layer | modules | what they give |
//! |---|---|---|
//! | 0 | [`model`] | the nouns |
//! | 1 | [`stats`], [`feast`] | arithmetic; what Feast writes |
//! | 1 | [`kept`] | files that outlive a run and may be lost |
//! | 2 | [`store`] | the outside world, read only |
//! | 2 | [`history`] | what rounds found, on disk |
//! | 3 | [`sample`], [`measure`], [`judge`], [`publish`] | the stages |
//! | 3 | [`drift`] | two tables, column by column |
//! | 3 | [`lookup`] | features from memory, and from the online store else |
//! | 4 | [`config`], [`demo`] | text to plan; a whole shop to try it on |
//! | 4 | [`evidence`] | what verdicts rest on, in a folder |
//! | 4 | [`bench`](mod@bench) | the benchmark of lookups |
//! | 5 | [`run`] | the stages in order |
//! | 6 | [`cli`] | one file a subcommand |
//!
//! A file names its own module and lower layers only; equal layers do not know each other.

pub mod bench;
pub mod cli;
pub mod config;
pub mod demo;
pub mod drift;
pub mod evidence;
pub mod feast;
pub mod history;
pub mod judge;
pub mod kept;
pub mod lookup;
pub mod measure;
pub mod model;
pub mod publish;
pub mod run;
pub mod sample;
pub mod stats;
pub mod store;
