//! Files that are put where others fetch them: into a folder, or below an `s3://` address.
//!
//! A file is there whole or not at all: on a disk it is renamed when it is complete, in a bucket it is one object, and a
//! large one becomes an object when all of its parts have arrived. This is the one place that writes objects.

pub mod history;

use std::fs;
use std::io;
use std::path::PathBuf;

use object_store::path::Path;
use object_store::{ObjectStoreExt as _, PutPayload, WriteMultipart};

use crate::kept::file;
use crate::store::snapshot::{Place, S3Settings, SnapshotError};

/// Objects larger than this are sent in parts of this size.
const PART: usize = 8 << 20;

/// Why a file could not be put where it belongs.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// The address is none.
    #[error("could not open `{location}` to write")]
    Place {
        /// The address.
        location: String,
        /// Why not.
        source: SnapshotError,
    },
    /// The disk did not take it.
    #[error("could not write `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The bucket did not take it.
    #[error("could not write {address}")]
    Object {
        /// The object.
        address: String,
        /// Why not.
        source: object_store::Error,
    },
}

/// A folder or a part of a bucket that files are put into.
#[derive(Clone, Debug)]
pub struct Archive {
    place: Place,
}

impl Archive {
    /// The archive at an address, with the access that snapshots have; opens no connection.
    ///
    /// # Errors
    /// When the address makes no sense.
    pub fn open(location: &str, settings: &S3Settings) -> Result<Self, ArchiveError> {
        let place = Place::of(location, settings);
        let place = place.map_err(|source| ArchiveError::Place { location: location.to_owned(), source })?;
        Ok(Self { place })
    }

    /// Its address, without a slash at its end.
    #[must_use]
    pub fn address(&self) -> &str {
        match &self.place {
            Place::Folder(path) => path,
            Place::Bucket { address, .. } => address,
        }
    }

    /// Puts a file below it, in place of one of this name; `name` may have folders in it.
    ///
    /// # Errors
    /// When it cannot be written; then what was there before still is.
    pub async fn put(&self, name: &str, content: Vec<u8>) -> Result<(), ArchiveError> {
        match &self.place {
            Place::Folder(folder) => {
                let path = PathBuf::from(folder).join(name);
                let made = path.parent().map_or(Ok(()), fs::create_dir_all);
                made.and_then(|()| file::replace(&path, &content)).map_err(|source| ArchiveError::File { path, source })
            }
            Place::Bucket { client, prefix, address } => {
                let failed = |source| ArchiveError::Object { address: format!("{address}/{name}"), source };
                let key = [prefix.as_str(), name].join("/");
                let key = Path::parse(key.trim_start_matches('/')).map_err(|source| failed(source.into()))?;
                if content.len() <= PART {
                    client.put(&key, PutPayload::from(content)).await.map_err(failed)?;
                    return Ok(());
                }
                let upload = client.put_multipart(&key).await.map_err(failed)?;
                let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
                upload.put(content.into());
                // A failure gives the parts back that were sent.
                upload.finish().await.map_err(failed)?;
                Ok(())
            }
        }
    }
}
