//! Requests to local disks and S3-compatible stores, counted and pinned.
//!
//! [`Objects`] makes one client per endpoint and bucket when it is first needed. Every read of a listed file carries the
//! ETag that was listed, so a file that was replaced in between is a fault of its own and never a mixture.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::TryStreamExt;
use object_store::path::Path;
use object_store::{GetOptions, GetRange, ObjectMeta, ObjectStore, ObjectStoreExt, coalesce_ranges};
use tokio::sync::Semaphore;

use super::address::Address;
use super::client;
use super::error::{SnapshotError, SnapshotFault};
use super::refusal::refusal;
use super::settings::SnapshotSettings;
use crate::model::time::Timestamp;

/// What reading has cost so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Requests to local disks and object stores; a listing counts once for each thousand names.
    pub requests: u64,
    /// Bytes of content that they returned.
    pub bytes: u64,
}

/// Clients by endpoint and bucket, and what they have cost.
#[derive(Debug)]
pub(super) struct Objects {
    settings: SnapshotSettings,
    clients: Mutex<BTreeMap<(String, String), Arc<dyn ObjectStore>>>,
    permits: Semaphore,
    requests: AtomicU64,
    bytes: AtomicU64,
    /// Small files that are asked for each round, by address, as they were when they were read.
    read: Mutex<BTreeMap<String, (ObjectMeta, Bytes)>>,
    /// What is known of the files of a view without reading them again.
    pub(super) spans: Mutex<BTreeMap<String, KnownSpans>>,
}

/// A file as it was listed.
#[derive(Clone, Debug)]
pub(super) struct StoredFile {
    /// Its full address.
    pub(super) location: String,
    /// What the listing said of it.
    pub(super) meta: ObjectMeta,
    client: Arc<dyn ObjectStore>,
}

/// Earliest and latest event timestamp of files by what their footers say, by address: `None` where they do not say it, and
/// inside where the file has no rows.
pub(super) type KnownSpans = BTreeMap<String, (ObjectMeta, Option<Option<(Timestamp, Timestamp)>>)>;

/// Ranges with a gap smaller than this are read in one request; it costs less than another round trip.
pub(super) const GAP: u64 = 256 * 1024;

/// Larger files are not remembered.
const REMEMBERED: usize = 8 * 1024 * 1024;

const NAMES_PER_PAGE: u64 = 1000;

impl Objects {
    pub(super) fn new(settings: SnapshotSettings) -> Self {
        let permits = Semaphore::new(settings.concurrency.max(1));
        Self {
            settings,
            clients: Mutex::default(),
            permits,
            requests: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            read: Mutex::default(),
            spans: Mutex::default(),
        }
    }

    pub(super) const fn settings(&self) -> &SnapshotSettings {
        &self.settings
    }

    pub(super) fn traffic(&self) -> Traffic {
        Traffic { requests: self.requests.load(Ordering::Relaxed), bytes: self.bytes.load(Ordering::Relaxed) }
    }

    /// The client of an address; `endpoint` goes before the configured one.
    pub(super) fn client(
        &self,
        address: &Address,
        endpoint: Option<&str>,
    ) -> Result<Arc<dyn ObjectStore>, SnapshotError> {
        let key = (endpoint.unwrap_or_default().to_owned(), address.bucket.clone().unwrap_or_default());
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = clients.get(&key) {
            return Ok(Arc::clone(client));
        }
        let client = client::connect(&self.settings.s3, address, endpoint)?;
        clients.insert(key, Arc::clone(&client));
        Ok(client)
    }

    /// Every file below the folder of `address`, in no particular order.
    pub(super) async fn list(
        &self,
        client: &Arc<dyn ObjectStore>,
        address: &Address,
    ) -> Result<Vec<StoredFile>, SnapshotError> {
        let folder = address.folder();
        let failed = |error: &object_store::Error| {
            let (fault, cause) = refusal(error);
            SnapshotError { attempt: format!("could not list {}", address.with_path(folder).text()), cause, fault }
        };
        let prefix = Path::parse(folder).map_err(|error| failed(&error.into()))?;
        let _permit = self.permits.acquire().await;
        let listed: Result<Vec<ObjectMeta>, _> = client.list(Some(&prefix)).try_collect().await;
        let pages = listed.as_ref().map_or(0, Vec::len) as u64 / NAMES_PER_PAGE;
        self.requests.fetch_add(1 + pages, Ordering::Relaxed);
        let listed = listed.map_err(|error| failed(&error))?;
        let file = |meta: ObjectMeta| StoredFile {
            location: address.with_path(meta.location.as_ref()).text(),
            client: Arc::clone(client),
            meta,
        };
        Ok(listed.into_iter().map(file).collect())
    }

    /// The file at `address`; `None` when there is none.
    pub(super) async fn look(
        &self,
        client: &Arc<dyn ObjectStore>,
        address: &Address,
    ) -> Result<Option<StoredFile>, SnapshotError> {
        let location = address.text();
        let path = key(address)?;
        let _permit = self.permits.acquire().await;
        self.requests.fetch_add(1, Ordering::Relaxed);
        match client.head(&path).await {
            Ok(meta) => Ok(Some(StoredFile { location, meta, client: Arc::clone(client) })),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(failed_read(&location, &error)),
        }
    }

    /// The whole content at `address`.
    pub(super) async fn fetch(&self, client: &Arc<dyn ObjectStore>, address: &Address) -> Result<Bytes, SnapshotError> {
        let location = address.text();
        let path = key(address)?;
        let _permit = self.permits.acquire().await;
        self.requests.fetch_add(1, Ordering::Relaxed);
        let content = async { client.get(&path).await?.bytes().await }.await;
        let content = content.map_err(|error| failed_read(&location, &error))?;
        self.bytes.fetch_add(content.len() as u64, Ordering::Relaxed);
        Ok(content)
    }

    /// The whole content at `address`; if it is small, read only when it is another than it was when it was last asked for.
    pub(super) async fn fetch_if_new(
        &self,
        client: &Arc<dyn ObjectStore>,
        address: &Address,
    ) -> Result<Bytes, SnapshotError> {
        // Who is not there says so when it is fetched.
        let Some(found) = self.look(client, address).await? else { return self.fetch(client, address).await };
        let known = self.read.lock().unwrap_or_else(PoisonError::into_inner).get(&found.location).cloned();
        if let Some((_, content)) = known.filter(|(meta, _)| *meta == found.meta) {
            return Ok(content);
        }
        let content = self.fetch(client, address).await?;
        // What was written between the two requests would be taken for what was there before.
        let same = self.look(client, address).await?.is_some_and(|now| now.meta == found.meta);
        if same && content.len() <= REMEMBERED {
            let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
            read.insert(found.location, (found.meta, content.clone()));
        }
        Ok(content)
    }

    /// Reads ranges of a listed file, adjacent ones together; one buffer per range, in their order.
    pub(super) async fn ranges(&self, file: &StoredFile, ranges: &[Range<u64>]) -> Result<Vec<Bytes>, SnapshotError> {
        if let Some(beyond) = ranges.iter().find(|range| range.end > file.meta.size || range.start >= range.end) {
            let cause = format!("its footer points to bytes {beyond:?} of {} bytes", file.meta.size);
            return Err(SnapshotError::reading(&file.location, SnapshotFault::Corrupt, cause));
        }
        coalesce_ranges(ranges, |range| self.range(file, range), GAP).await
    }

    async fn range(&self, file: &StoredFile, range: Range<u64>) -> Result<Bytes, SnapshotError> {
        let asked = range.end - range.start;
        let options = GetOptions {
            if_match: file.meta.e_tag.clone(),
            range: Some(GetRange::Bounded(range)),
            ..GetOptions::default()
        };
        let _permit = self.permits.acquire().await;
        self.requests.fetch_add(1, Ordering::Relaxed);
        let answer = file.client.get_opts(&file.meta.location, options).await;
        let answer = answer.map_err(|error| failed_range(file, &error))?;
        let same_tag = match (&answer.meta.e_tag, &file.meta.e_tag) {
            (Some(now), Some(listed)) => now == listed,
            (None, None) => answer.meta.last_modified == file.meta.last_modified,
            (Some(_), None) | (None, Some(_)) => true,
        };
        if !same_tag || answer.meta.size != file.meta.size {
            return Err(changed(file));
        }
        let content = answer.bytes().await.map_err(|error| failed_range(file, &error))?;
        if content.len() as u64 != asked {
            return Err(changed(file));
        }
        self.bytes.fetch_add(asked, Ordering::Relaxed);
        Ok(content)
    }
}

fn key(address: &Address) -> Result<Path, SnapshotError> {
    Path::parse(&address.path)
        .map_err(|error| SnapshotError::reading(&address.text(), SnapshotFault::Address, error.to_string()))
}

fn changed(file: &StoredFile) -> SnapshotError {
    SnapshotError::reading(&file.location, SnapshotFault::Changed, "it changed while it was read")
}

fn failed_read(location: &str, error: &object_store::Error) -> SnapshotError {
    let (fault, cause) = refusal(error);
    SnapshotError::reading(location, fault, cause)
}

/// A listed file that is gone has changed; it was there a moment ago.
fn failed_range(file: &StoredFile, error: &object_store::Error) -> SnapshotError {
    match refusal(error) {
        (SnapshotFault::NotFound, _) => {
            SnapshotError::reading(&file.location, SnapshotFault::Changed, "it was removed while it was read")
        }
        (SnapshotFault::Changed, _) => changed(file),
        (fault, cause) => SnapshotError::reading(&file.location, fault, cause),
    }
}
