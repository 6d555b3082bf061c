//! Training snapshots: Parquet files on a local disk or an object store.

mod settings;

pub use settings::{S3Settings, SnapshotSettings};
