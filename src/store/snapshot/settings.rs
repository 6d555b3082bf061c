//! What must be known to reach snapshots.

use crate::model::secret::Secret;

/// How to reach snapshots, and what reading them may take.
#[derive(Clone, Debug, PartialEq)]
pub struct SnapshotSettings {
    /// Access to `s3://` addresses; unset parts come from the usual `AWS_…` variables.
    pub s3: S3Settings,
    /// Object requests under way at once.
    pub concurrency: usize,
}

impl Default for SnapshotSettings {
    fn default() -> Self {
        Self { s3: S3Settings::default(), concurrency: 8 }
    }
}

/// Access to an S3-compatible store.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct S3Settings {
    /// Base address of a server other than AWS.
    pub endpoint: Option<String>,
    /// Region.
    pub region: Option<String>,
    /// `http://host/bucket/key` rather than `http://bucket.host/key`; `None`: path style where an endpoint is set.
    pub path_style: Option<bool>,
    /// Access key.
    pub access_key_id: Option<String>,
    /// Secret key.
    pub secret_access_key: Option<Secret>,
    /// Token of temporary credentials.
    pub session_token: Option<Secret>,
}
