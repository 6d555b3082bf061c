//! Feast's SQLite file as an online store.
//!
//! One table per feature view, one row per entity key and feature. The file is opened anew for each request: a file that
//! was replaced is seen, and no lock, no handle and no file beside it outlives the request. Nothing is ever created in
//! its folder, not even the shared-memory file that SQLite makes for a reader of a write-ahead log.
//!
//! A locked or damaged file makes readings that say so, never readings that say "absent".

use std::collections::HashMap;
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::NaiveDateTime;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode, OpenFlags, params_from_iter};

use super::ScanCoverage;
use super::error::StoreError;
use super::raw::{CellRef, RawCell, RawReading, RawRow, RowRef};
use super::settings::{KeySerialization, SqliteSettings};
use crate::feast::{entity_key, value};
use crate::model::choice::KeyCollector;
use crate::model::entity::EntityKey;
use crate::model::online::{OnlineCell, OnlineRow, StoredRow, StoredTimestamp, Unread, UnreadReason};
use crate::model::time::{Clock, Precision, Timestamp};
use crate::model::view::FeatureView;

/// Entity keys in one statement, well under SQLite's limit on parameters.
const BATCH: usize = 500;
/// After so many batches in a row that failed, the rest fails unasked: a file that is locked now would cost a wait each.
const MOST_FAILURES: u32 = 2;
/// Longest wait for a writer to let go of the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(1);

/// A SQLite file that could be opened.
#[derive(Debug)]
pub struct SqliteStore {
    name: String,
    path: PathBuf,
    keys: KeySerialization,
}

/// What went wrong with one request.
struct Failure {
    reason: UnreadReason,
    cause: String,
}

impl SqliteStore {
    /// Opens the file, to see whether it is there and is a SQLite database.
    ///
    /// # Errors
    /// When there is no such file, it may not be read, or it is no database.
    pub fn open(settings: &SqliteSettings) -> Result<Self, StoreError> {
        let store = Self {
            name: format!("sqlite:{}", settings.path.display()),
            path: settings.path.clone(),
            keys: settings.keys,
        };
        let attempt = || format!("could not open {}", store.name);
        store.connect().map_err(|failure| failure.into_error(attempt()))?;
        Ok(store)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn read(&self, view: &FeatureView, keys: &[EntityKey], clock: Clock) -> Vec<RawReading> {
        let mut readings = Vec::with_capacity(keys.len());
        let mut rest = keys;
        let mut failures = 0;
        while !rest.is_empty() {
            let (batch, others) = rest.split_at(rest.len().min(BATCH));
            rest = others;
            let rows = self.rows(view, batch);
            let read_at = clock.now();
            match rows {
                Ok(rows) => {
                    failures = 0;
                    readings.extend(rows.into_iter().map(|row| RawReading { read_at, row: Ok(row) }));
                }
                Err(failure) => {
                    failures += 1;
                    let unread = self.unread(view, batch.len(), &failure);
                    readings.extend(batch.iter().map(|_| RawReading { read_at, row: Err(unread.clone()) }));
                    if failures == MOST_FAILURES {
                        let unread = self.unread(view, rest.len(), &failure);
                        readings.extend(rest.iter().map(|_| RawReading { read_at, row: Err(unread.clone()) }));
                        break;
                    }
                }
            }
        }
        readings
    }

    fn unread(&self, view: &FeatureView, keys: usize, Failure { reason, cause }: &Failure) -> Unread {
        let message = format!("could not read {keys} keys of view `{}` from {}: {cause}", view.name, self.name);
        Unread { reason: *reason, message: message.into() }
    }

    pub(super) fn scan(&self, view: &FeatureView, collector: &mut KeyCollector) -> Result<ScanCoverage, StoreError> {
        self.enumerate(view, collector).map_err(|failure| {
            failure.into_error(format!("could not enumerate the keys of view `{}` in {}", view.name, self.name))
        })
    }

    fn enumerate(&self, view: &FeatureView, collector: &mut KeyCollector) -> Result<ScanCoverage, Failure> {
        match self.keys {
            KeySerialization::V3 => {}
            KeySerialization::V2 => {
                return Err(Failure::protocol(
                    "entity keys of serialization version 2 cannot be taken apart; use the key source `offline`",
                ));
            }
        }
        let mut coverage = ScanCoverage::default();
        let connection = self.connect()?;
        let Some(table) = table(&connection, view)? else {
            return Ok(coverage);
        };
        let mut statement = connection.prepare(&format!("SELECT DISTINCT entity_key FROM {table}"))?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let decoded = row.get_ref(0)?.as_bytes().ok().and_then(|bytes| entity_key::decode(bytes).ok());
            match decoded.and_then(|decoded| decoded.entity_key(&view.join_keys, b"")) {
                Some(key) => {
                    coverage.seen += 1;
                    collector.offer(&key);
                }
                None => coverage.foreign += 1,
            }
        }
        Ok(coverage)
    }

    fn rows(&self, view: &FeatureView, keys: &[EntityKey]) -> Result<Vec<RawRow>, Failure> {
        let connection = self.connect()?;
        let encoded: Vec<Vec<u8>> =
            keys.iter().map(|key| entity_key::encode(self.keys, &view.join_keys, key)).collect();
        let mut found: HashMap<&[u8], RawRow> = HashMap::new();
        if let Some(table) = table(&connection, view)? {
            let places = vec!["?"; encoded.len()].join(",");
            let sql =
                format!("SELECT entity_key, feature_name, value, event_ts FROM {table} WHERE entity_key IN ({places})");
            let known: HashMap<&[u8], &[u8]> = encoded.iter().map(|key| (key.as_slice(), key.as_slice())).collect();
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query(params_from_iter(&encoded))?;
            while let Some(row) = rows.next()? {
                let Some(key) = row.get_ref(0)?.as_bytes().ok().and_then(|bytes| known.get(bytes)) else {
                    continue;
                };
                // A feature that the view no longer has leaves its rows behind, with the timestamp of its last write.
                let Some(place) = row.get_ref(1)?.as_str().ok().and_then(|name| view.position(name)) else {
                    continue;
                };
                let stored = found.entry(key).or_insert_with(|| RawRow::absent(view.features.len()));
                stored.cells[place] = match raw(row.get_ref(2)?) {
                    // Feast's empty value.
                    RawCell::Absent => RawCell::Bytes(Vec::new()),
                    cell => cell,
                };
                let stamp = raw(row.get_ref(3)?);
                if is_later(&event_timestamp(stored.event_timestamp.as_ref()), &event_timestamp(stamp.as_ref())) {
                    stored.event_timestamp = stamp;
                }
            }
        }
        let absent = || RawRow::absent(view.features.len());
        let row = |key: &Vec<u8>| found.get(key.as_slice()).cloned().unwrap_or_else(absent);
        Ok(encoded.iter().map(row).collect())
    }

    fn connect(&self) -> Result<Connection, Failure> {
        let mode = read_mode(&self.path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(uri(&self.path, mode), flags)?;
        connection.busy_timeout(BUSY_TIMEOUT)?;
        // SQLite reads nothing before the first statement: only this tells a database from other files.
        connection.query_row("SELECT COUNT(*) FROM sqlite_master", [], |_| Ok(()))?;
        Ok(connection)
    }
}

/// How the file is opened.
#[derive(Clone, Copy)]
enum ReadMode {
    /// With the locks of other readers and writers.
    Shared,
    /// As a file that nobody writes to.
    Immutable,
}

/// A database in write-ahead mode whose log does not exist has no writer. Opened in the ordinary way, it would get the
/// log's two files in its folder, made by this reader, or fail where the folder may not be written.
fn read_mode(path: &Path) -> Result<ReadMode, Failure> {
    // Bytes 18 and 19 are the versions needed to write and to read: 2 is write-ahead (<https://sqlite.org/fileformat>).
    let mut header = Vec::with_capacity(20);
    File::open(path).and_then(|file| file.take(20).read_to_end(&mut header))?;
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    Ok(if header.get(18..20) == Some(&[2, 2]) && !Path::new(&log).exists() {
        ReadMode::Immutable
    } else {
        ReadMode::Shared
    })
}

/// The path as a `file:` address, so that a path with `?`, `#` or `%` in it, or one called `:memory:`, is only a path.
fn uri(path: &Path, mode: ReadMode) -> String {
    let mut uri = String::from(if path.is_absolute() { "file://" } else { "file:" });
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            uri.push(char::from(*byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri.push_str(match mode {
        ReadMode::Shared => "?mode=ro",
        ReadMode::Immutable => "?mode=ro&immutable=1",
    });
    uri
}

/// The quoted name of the view's table; `None` if nothing has been written for the view yet.
fn table(connection: &Connection, view: &FeatureView) -> Result<Option<String>, Failure> {
    let Some(project) = &view.project else {
        return Err(Failure::protocol("the view belongs to no Feast project"));
    };
    let name = format!("{project}_{}", view.online_name);
    let sql = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = ?1 COLLATE NOCASE)";
    let exists: bool = connection.query_row(sql, [&name], |row| row.get(0))?;
    Ok(exists.then(|| format!("\"{}\"", name.replace('"', "\"\""))))
}

fn raw(stored: ValueRef<'_>) -> RawCell {
    match stored {
        ValueRef::Null => RawCell::Absent,
        ValueRef::Integer(number) => RawCell::Integer(number),
        ValueRef::Real(number) => RawCell::Real(number),
        ValueRef::Text(text) => RawCell::Text(text.to_vec()),
        ValueRef::Blob(bytes) => RawCell::Bytes(bytes.to_vec()),
    }
}

/// What a row of Feast's table says.
pub(super) fn decode_table(view: &FeatureView, row: RowRef<'_>) -> OnlineRow {
    if (0..view.features.len()).all(|feature| (row.cell)(feature) == CellRef::Absent) {
        return OnlineRow::Absent;
    }
    let cells = view.features.iter().enumerate().map(|(position, feature)| match (row.cell)(position) {
        CellRef::Absent => OnlineCell::Absent,
        CellRef::Bytes(bytes) | CellRef::Text(bytes) => match value::decode(feature.kind, bytes) {
            Ok(value) => OnlineCell::Value(value),
            Err(reason) => OnlineCell::Undecodable(reason),
        },
        CellRef::Integer(_) | CellRef::Real(_) | CellRef::OtherType => {
            OnlineCell::Undecodable("a number in the place of a Feast value".into())
        }
    });
    let event_timestamp = event_timestamp(row.event_timestamp);
    OnlineRow::Found(StoredRow { event_timestamp, cells: cells.collect(), remaining_ttl: row.remaining_ttl })
}

/// Whole seconds since 1970, or the text of a naive UTC time that Feast wrote before.
fn event_timestamp(stored: CellRef<'_>) -> StoredTimestamp {
    let no_timestamp = |shown: String| StoredTimestamp::Undecodable(format!("`{shown}` is no event timestamp").into());
    match stored {
        CellRef::Absent | CellRef::OtherType => StoredTimestamp::Missing,
        CellRef::Integer(seconds) => match Timestamp::from_seconds(seconds, 0) {
            Some(instant) => StoredTimestamp::At(instant, Precision::Seconds),
            None => no_timestamp(seconds.to_string()),
        },
        CellRef::Text(text) => {
            let text = String::from_utf8_lossy(text);
            let naive = ["%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M:%S%.f"]
                .into_iter()
                .find_map(|format| NaiveDateTime::parse_from_str(&text, format).ok());
            // Python leaves out a fraction of zero, so the text is at microseconds even where it shows none.
            match naive.and_then(|naive| naive.and_utc().timestamp_nanos_opt()) {
                Some(nanos) => StoredTimestamp::At(Timestamp::from_nanos(nanos), Precision::Micros),
                None => no_timestamp(text.into_owned()),
            }
        }
        CellRef::Real(number) => no_timestamp(number.to_string()),
        CellRef::Bytes(bytes) => no_timestamp(format!("a blob of {} bytes", bytes.len())),
    }
}

/// Whether `other` takes the place of `one`: the timestamp of a row whose features were written at different times is that
/// of the last write.
fn is_later(one: &StoredTimestamp, other: &StoredTimestamp) -> bool {
    match (one, other) {
        (StoredTimestamp::At(known, _), StoredTimestamp::At(new, _)) => new > known,
        (
            StoredTimestamp::At(..) | StoredTimestamp::Undecodable(_),
            StoredTimestamp::Missing | StoredTimestamp::NotKept,
        )
        | (StoredTimestamp::Undecodable(_), StoredTimestamp::At(..) | StoredTimestamp::Undecodable(_)) => false,
        (StoredTimestamp::At(..), StoredTimestamp::Undecodable(_))
        | (StoredTimestamp::Missing | StoredTimestamp::NotKept, _) => true,
    }
}

impl Failure {
    fn protocol(cause: &str) -> Self {
        Self { reason: UnreadReason::Protocol, cause: cause.to_owned() }
    }

    fn into_error(self, attempt: String) -> StoreError {
        StoreError { attempt, cause: self.cause, reason: self.reason }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        let kind = error.kind();
        if kind == ErrorKind::PermissionDenied {
            return Self { reason: UnreadReason::Denied, cause: "the file may not be read by this user".to_owned() };
        }
        let cause = if kind == ErrorKind::NotFound {
            "there is no such file".to_owned()
        } else if kind == ErrorKind::IsADirectory {
            "it is a folder".to_owned()
        } else {
            error.to_string()
        };
        Self { reason: UnreadReason::Connection, cause }
    }
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self {
                reason: UnreadReason::Timeout,
                cause: format!("locked by a writer for more than {} s", BUSY_TIMEOUT.as_secs()),
            },
            Some(ErrorCode::NotADatabase) => Self::protocol("the file is no SQLite database"),
            Some(ErrorCode::DatabaseCorrupt) => Self::protocol("the database is damaged"),
            Some(ErrorCode::CannotOpen | ErrorCode::SystemIoFailure) => {
                Self { reason: UnreadReason::Connection, cause: error.to_string() }
            }
            Some(ErrorCode::PermissionDenied) => Self { reason: UnreadReason::Denied, cause: error.to_string() },
            // A crashed writer's journal must be rolled back by someone who may write.
            Some(ErrorCode::ReadOnly) => Self::protocol(
                "a crashed writer left a journal that has to be rolled back; open the file once with write access",
            ),
            _ => Self { reason: UnreadReason::Protocol, cause: error.to_string() },
        }
    }
}
