//! A history opened: by its one writer, or to read.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Transaction, TransactionBehavior};

use super::error::{Fault, HistoryError};
use super::lock::Lock;
use super::schema::{self, Format, VERSION};
use super::settings::{HistorySettings, Retention};

/// Longest wait for a reader that holds up a checkpoint.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Size to which the log is cut back after a checkpoint, in bytes.
const LOG_BYTES: i64 = 64 << 20;

/// How SQLite is asked for a file that others may write.
const SHARED: &str = "?mode=ro";
/// How it is asked for a file that nobody writes.
const IMMUTABLE: &str = "?mode=ro&immutable=1";

/// The writer of a history; there is one at a time.
#[derive(Debug)]
pub struct History {
    reader: HistoryReader,
    pub(super) retention: Retention,
    #[expect(dead_code, reason = "held as long as the writer lives, and let go of after the connection")]
    lock: Lock,
}

/// Reads a history, also while another process writes it.
#[derive(Debug)]
pub struct HistoryReader {
    path: PathBuf,
    connection: Connection,
}

impl History {
    /// Opens the history to write; makes the file if there is none, and brings an older one up to date.
    ///
    /// # Errors
    /// When another process writes it, when it is damaged, of a newer program or of another one, and when its folder
    /// cannot be written.
    pub fn open(settings: &HistorySettings) -> Result<Self, HistoryError> {
        let path = &settings.path;
        let attempt = "open";
        let lock = Lock::take(path)?;
        create(path).map_err(|source| HistoryError::File { attempt, path: path.clone(), source })?;
        let mut connection = writing(settings).map_err(|fault| fault.during(attempt, path))?;
        let found = match schema::format(&connection).map_err(|fault| fault.during(attempt, path))? {
            Format::Empty => 0,
            Format::History(found) => found,
            Format::Foreign => return Err(HistoryError::Foreign { path: path.clone() }),
        };
        if found > VERSION {
            return Err(HistoryError::Newer { path: path.clone(), found, known: VERSION });
        }
        let prepared = prepare(&connection)
            .and_then(|()| if found < VERSION { schema::migrate(&mut connection, found) } else { Ok(()) });
        prepared.map_err(|fault| fault.during(attempt, path))?;
        if found < VERSION {
            conceal(path).map_err(|source| HistoryError::File { attempt, path: path.clone(), source })?;
        }
        Ok(Self { reader: HistoryReader { path: path.clone(), connection }, retention: settings.retention, lock })
    }

    /// The same history, to read.
    #[must_use]
    pub const fn reader(&self) -> &HistoryReader {
        &self.reader
    }

    /// Runs `write` in one transaction: all of it is kept, or nothing.
    pub(super) fn write<T>(
        &mut self,
        attempt: &'static str,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, HistoryError> {
        let connection = &mut self.reader.connection;
        let written = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(Fault::from)
            .and_then(|transaction| {
                let outcome = write(&transaction)?;
                transaction.commit()?;
                Ok(outcome)
            });
        written.map_err(|fault| fault.during(attempt, &self.reader.path))
    }
}

impl HistoryReader {
    /// Opens the history to read; no figure is changed.
    ///
    /// # Errors
    /// When there is no such file, it is damaged, or not of this program's format.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        let attempt = "read";
        File::open(path).map_err(|source| HistoryError::File { attempt, path: path.to_owned(), source })?;
        // In a folder that may not be written, SQLite cannot make the index that readers share; then nobody writes.
        let opened = reading(path, SHARED)
            .or_else(|fault| reading(path, IMMUTABLE).map_err(|_| fault))
            .map_err(|fault| fault.during(attempt, path))?;
        let path = path.to_owned();
        match opened {
            (connection, Format::History(VERSION)) => Ok(Self { path, connection }),
            (_, Format::History(found)) if found > VERSION => Err(HistoryError::Newer { path, found, known: VERSION }),
            (_, Format::History(found)) => Err(HistoryError::Older { path, found, known: VERSION }),
            (_, Format::Empty) => Err(HistoryError::Older { path, found: 0, known: VERSION }),
            (_, Format::Foreign) => Err(HistoryError::Foreign { path }),
        }
    }

    /// Runs `read` on one state of the file, however much is written meanwhile.
    pub(super) fn read<T>(&self, read: impl FnOnce(&Connection) -> Result<T, Fault>) -> Result<T, HistoryError> {
        let outcome = self.connection.unchecked_transaction().map_err(Fault::from).and_then(|transaction| {
            let outcome = read(&transaction)?;
            transaction.commit()?;
            Ok(outcome)
        });
        outcome.map_err(|fault| fault.during("read", &self.path))
    }

    /// Reads every page and index of the file.
    ///
    /// # Errors
    /// When the file is damaged; the error names the first defect. Takes a second or more per gigabyte.
    pub fn verify(&self) -> Result<(), HistoryError> {
        self.read(|connection| {
            let found: String = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
            if found == "ok" { Ok(()) } else { Err(Fault::Damaged(found)) }
        })
    }
}

/// Permissions of the file: captured rows hold entity keys and values, which are nobody else's business.
const PRIVATE: u32 = 0o600;

/// Makes the file if there is none; SQLite gives its permissions to the log beside it.
fn create(path: &Path) -> io::Result<()> {
    OpenOptions::new().append(true).create(true).mode(PRIVATE).open(path).map(drop)
}

/// Takes the permissions of others from a file that an older program made, when the first rows may come into it. Later
/// ones that an operator gives stay.
fn conceal(path: &Path) -> io::Result<()> {
    for ending in ["", "-wal", "-shm"] {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        match fs::set_permissions(&name, Permissions::from_mode(PRIVATE)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            done => done?,
        }
    }
    Ok(())
}

fn writing(settings: &HistorySettings) -> Result<Connection, Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(&settings.path, flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    if let Some(most) = settings.most_bytes {
        let page: u64 = connection.query_row("PRAGMA page_size", [], |row| row.get::<_, i64>(0))?.unsigned_abs();
        let pages = i64::try_from(most / page.max(1)).unwrap_or(i64::MAX).clamp(1, i64::from(u32::MAX - 1));
        connection.pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))?;
    }
    Ok(connection)
}

/// A connection that writes beside the one writer, to a file that is there and up to date.
pub(super) fn beside_the_writer(path: &Path) -> Result<Connection, HistoryError> {
    let attempt = "open";
    let owned = || path.to_owned();
    File::open(path).map_err(|source| HistoryError::File { attempt, path: owned(), source })?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let opened = Connection::open_with_flags(path, flags).map_err(Fault::from).and_then(|connection| {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        let format = schema::format(&connection)?;
        Ok((connection, format))
    });
    match opened.map_err(|fault| fault.during(attempt, path))? {
        (connection, Format::History(VERSION)) => Ok(connection),
        (_, Format::History(found)) if found > VERSION => {
            Err(HistoryError::Newer { path: owned(), found, known: VERSION })
        }
        (_, Format::History(found)) => Err(HistoryError::Older { path: owned(), found, known: VERSION }),
        (_, Format::Empty) => Err(HistoryError::Older { path: owned(), found: 0, known: VERSION }),
        (_, Format::Foreign) => Err(HistoryError::Foreign { path: owned() }),
    }
}

/// Each commit is on the disk before it is acknowledged: a machine that loses power loses no round.
fn prepare(connection: &Connection) -> Result<(), Fault> {
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES, |_| Ok(()))?;
    Ok(())
}

fn reading(path: &Path, mode: &str) -> Result<(Connection, Format), Fault> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(address(path, mode), flags)?;
    connection.busy_timeout(BUSY_TIMEOUT)?;
    let format = schema::format(&connection)?;
    Ok((connection, format))
}

/// The path as a `file:` address, so that a path with `?`, `#` or `%` in it is only a path.
fn address(path: &Path, mode: &str) -> String {
    let mut address = String::from(if path.is_absolute() { "file://" } else { "file:" });
    for byte in path.as_os_str().as_encoded_bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(byte) {
            address.push(char::from(*byte));
        } else {
            address.push_str(&format!("%{byte:02X}"));
        }
    }
    address.push_str(mode);
    address
}
