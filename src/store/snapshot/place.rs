//! A folder or bucket that others write to, reached as snapshots are. Nothing here does.

use std::sync::Arc;

use object_store::ObjectStore;

use super::address::Address;
use super::client;
use super::error::SnapshotError;
use super::settings::S3Settings;

/// Where an address lies.
#[derive(Clone, Debug)]
pub enum Place {
    /// A folder of the local disk: its absolute path.
    Folder(String),
    /// A part of a bucket.
    Bucket {
        /// The bucket; it asks nothing yet.
        client: Arc<dyn ObjectStore>,
        /// What all keys begin with, without a slash at its end.
        prefix: String,
        /// The address as text, without a slash at its end.
        address: String,
    },
}

impl Place {
    /// The place of an address, with the access that snapshots have; opens no connection.
    ///
    /// # Errors
    /// When the address makes no sense, or its bucket's settings do not.
    pub fn of(location: &str, settings: &S3Settings) -> Result<Self, SnapshotError> {
        let address = Address::parse(location)?;
        let trimmed = address.with_path(address.path.trim_end_matches('/'));
        let text = trimmed.text();
        if trimmed.bucket.is_none() {
            return Ok(Self::Folder(text));
        }
        let client = client::connect(settings, &trimmed, None)?;
        Ok(Self::Bucket { client, prefix: trimmed.path, address: text.trim_end_matches('/').to_owned() })
    }
}
