//! The tables of a history, and how an older file becomes a newer one.
//!
//! `user_version` is the number of migrations that a file has been through, `application_id` tells it from databases of
//! other programs. All migrations of one opening are one transaction. A change of a blob's layout is a migration too.

use rusqlite::{Connection, TransactionBehavior};

use super::error::Fault;

/// `skwh` in ASCII.
pub(super) const APPLICATION_ID: i64 = 0x736b_7768;

/// What each version adds to the one before; the first is version 1.
const MIGRATIONS: [&str; 6] = [VERSION_1, CAPTURES, EXHIBITS, REPORTS, EFFECTS, SIDES];

/// The version that this program writes.
pub(super) const VERSION: i64 = 6;
const _: () = assert!(MIGRATIONS.len() == 6 && VERSION == 6, "one version per migration");

/// Times are nanoseconds since 1970, hours are hours since 1970. A round's id grows with each round recorded and is never
/// used again; `rolled_up` holds the last one that is part of the hours. A finding without `resolved_at` is open; feature 0
/// is the view as a whole. A row of `feature_hours` holds the features with numbers of one eight: rows so short that they
/// fill their pages, and a key for eight. Hours come first in its key, so that the table grows at its end.
const VERSION_1: &str = "
CREATE TABLE views (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE features (
  id INTEGER PRIMARY KEY, view_id INTEGER NOT NULL, name TEXT NOT NULL, UNIQUE (view_id, name)
) STRICT;
CREATE TABLE words (id INTEGER PRIMARY KEY, word TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE rounds (
  id INTEGER PRIMARY KEY AUTOINCREMENT, view_id INTEGER NOT NULL, started_at INTEGER NOT NULL,
  finished_at INTEGER NOT NULL, as_of INTEGER NOT NULL, seed INTEGER NOT NULL, result INTEGER NOT NULL, figures BLOB
) STRICT;
CREATE INDEX rounds_by_time ON rounds (view_id, finished_at);
CREATE TABLE round_features (
  round_id INTEGER NOT NULL, feature_id INTEGER NOT NULL, figures BLOB NOT NULL, PRIMARY KEY (round_id, feature_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE failures (
  round_id INTEGER NOT NULL, position INTEGER NOT NULL, stage TEXT NOT NULL, reason TEXT NOT NULL, message TEXT NOT NULL,
  PRIMARY KEY (round_id, position)
) STRICT, WITHOUT ROWID;
CREATE TABLE newest_drift (
  feature_id INTEGER NOT NULL, subject TEXT NOT NULL, measured_at INTEGER NOT NULL, checks TEXT NOT NULL,
  UNIQUE (feature_id, subject)
) STRICT;
CREATE TABLE findings (
  id INTEGER PRIMARY KEY, view_id INTEGER NOT NULL, feature_id INTEGER NOT NULL, check_name TEXT NOT NULL,
  severity TEXT NOT NULL, first_seen INTEGER NOT NULL, fired_at INTEGER, last_seen INTEGER NOT NULL,
  rounds INTEGER NOT NULL, worst REAL NOT NULL, observed REAL NOT NULL, threshold REAL NOT NULL, n INTEGER NOT NULL,
  message TEXT NOT NULL, resolved_at INTEGER
) STRICT;
CREATE UNIQUE INDEX open_findings ON findings (view_id, feature_id, check_name) WHERE resolved_at IS NULL;
CREATE INDEX resolved_findings ON findings (resolved_at) WHERE resolved_at IS NOT NULL;
CREATE TABLE view_hours (
  view_id INTEGER NOT NULL, hour INTEGER NOT NULL, figures BLOB NOT NULL, PRIMARY KEY (view_id, hour)
) STRICT, WITHOUT ROWID;
CREATE TABLE feature_hours (
  hour INTEGER NOT NULL, view_id INTEGER NOT NULL, part INTEGER NOT NULL, figures BLOB NOT NULL,
  PRIMARY KEY (hour, view_id, part)
) STRICT, WITHOUT ROWID;
CREATE TABLE rolled_up (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), round_id INTEGER NOT NULL) STRICT;
INSERT INTO rolled_up VALUES (1, 0);
CREATE TABLE memories (view_id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT;
CREATE TABLE profiles (
  id INTEGER PRIMARY KEY, view_id INTEGER NOT NULL, identity TEXT NOT NULL, used_at INTEGER NOT NULL, bytes BLOB NOT NULL,
  UNIQUE (view_id, identity)
) STRICT;
";

/// Captured rows, which are there as long as their capture waits (state 0) for its snapshot. A capture that is settled (1)
/// or has expired (2) keeps how many rows it had, and what they said.
const CAPTURES: &str = "
CREATE TABLE captures (
  id INTEGER PRIMARY KEY AUTOINCREMENT, view_id INTEGER NOT NULL, cut INTEGER NOT NULL, layout TEXT NOT NULL,
  state INTEGER NOT NULL, captured INTEGER NOT NULL, superseded INTEGER NOT NULL, ended_at INTEGER, figures TEXT,
  UNIQUE (view_id, cut)
) STRICT;
CREATE TABLE captured_rows (
  capture_id INTEGER NOT NULL, entity BLOB NOT NULL, read_at INTEGER NOT NULL, content BLOB NOT NULL,
  PRIMARY KEY (capture_id, entity)
) STRICT, WITHOUT ROWID;
";

/// What findings can show, as JSON: cells, and the likely cause. The key of the hash that names their entities is drawn for
/// each file. Bars of reference and current values, the newest of each feature and day (counted from 1970); days come first
/// in their key, so that what a round writes lies close together.
const EXHIBITS: &str = "
ALTER TABLE findings ADD COLUMN cells TEXT;
ALTER TABLE findings ADD COLUMN cause TEXT;
CREATE TABLE hash_key (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), bytes BLOB NOT NULL) STRICT;
INSERT INTO hash_key VALUES (1, randomblob(16));
CREATE TABLE drift_bars (
  day INTEGER NOT NULL, view_id INTEGER NOT NULL, feature_id INTEGER NOT NULL, measured_at INTEGER NOT NULL,
  bars BLOB NOT NULL, PRIMARY KEY (day, view_id, feature_id)
) STRICT, WITHOUT ROWID;
";

/// Reports that are sent. Whoever is to have them is known since some time, and has had its appointments planned up to
/// another; a delivery has a token that tells it from all others, everywhere; an edition is there as long as it has not
/// arrived at all of its readers.
const REPORTS: &str = "
CREATE TABLE report_recipients (
  audience TEXT NOT NULL, channel TEXT NOT NULL, since INTEGER NOT NULL, planned_until INTEGER NOT NULL,
  PRIMARY KEY (audience, channel)
) STRICT, WITHOUT ROWID;
CREATE TABLE report_deliveries (
  id INTEGER PRIMARY KEY, period TEXT NOT NULL, audience TEXT NOT NULL, channel TEXT NOT NULL, token TEXT NOT NULL,
  state TEXT NOT NULL, planned_at INTEGER NOT NULL, attempts INTEGER NOT NULL, next_at INTEGER NOT NULL, ended_at INTEGER,
  error TEXT, UNIQUE (period, audience, channel)
) STRICT;
CREATE TABLE report_editions (
  period TEXT NOT NULL, audience TEXT NOT NULL, made_at INTEGER NOT NULL, content BLOB NOT NULL,
  PRIMARY KEY (period, audience)
) STRICT;
";

/// The check that decided on a feature's drift, beside the bars that it went by: reports of a time that is over tell it.
const EFFECTS: &str = "ALTER TABLE drift_bars ADD COLUMN effect BLOB;";

/// The figures of a view, of a round as of an hour, may end with those of the serving path and of requests; where they do
/// not, there are none. So what is there stays as it is.
const SIDES: &str = "-- figures of the serving path and of requests";

/// What a file says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    /// Nothing yet: a new file.
    Empty,
    /// A history that has been through so many migrations.
    History(i64),
    /// A database of another program.
    Foreign,
}

/// What the file says of itself.
pub(super) fn format(connection: &Connection) -> Result<Format, Fault> {
    let number = |sql| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let (application, version) = (number("PRAGMA application_id")?, number("PRAGMA user_version")?);
    let tables = number("SELECT COUNT(*) FROM sqlite_master")?;
    Ok(match (application, tables) {
        (APPLICATION_ID, _) => Format::History(version),
        (0, 0) => Format::Empty,
        _ => Format::Foreign,
    })
}

/// Brings a file of version `from` (0: empty) to [`VERSION`].
pub(super) fn migrate(connection: &mut Connection, from: i64) -> Result<(), Fault> {
    let done = usize::try_from(from).unwrap_or(MIGRATIONS.len());
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for migration in MIGRATIONS.iter().skip(done) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", VERSION)?;
    Ok(transaction.commit()?)
}
