//! Profiles of snapshots, so that an unchanged one is not read again.

use rusqlite::{OptionalExtension as _, params};

use super::error::HistoryError;
use super::file::History;
use super::names::Names;
use crate::model::time::Timestamp;

impl History {
    /// Keeps the profile of a view's snapshot, in place of an earlier one of the same identity.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep_profile(
        &mut self,
        (view, identity): (&str, &str),
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<(), HistoryError> {
        self.write("keep a profile in", |transaction| {
            let view = Names::load(transaction)?.view(view)?;
            transaction.execute(
                "INSERT INTO profiles (view_id, identity, used_at, bytes) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT DO UPDATE SET used_at = excluded.used_at, bytes = excluded.bytes",
                params![view, identity, now.nanos(), bytes],
            )?;
            Ok(())
        })
    }

    /// The profile of a view's snapshot, which counts as used `now`; `None` if none is kept.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn profile(&mut self, (view, identity): (&str, &str), now: Timestamp) -> Result<Option<Vec<u8>>, HistoryError> {
        self.write("read a profile of", |transaction| {
            let sql = "UPDATE profiles SET used_at = MAX(used_at, ?3)
                       WHERE view_id = (SELECT id FROM views WHERE name = ?1) AND identity = ?2 RETURNING bytes";
            Ok(transaction.query_row(sql, params![view, identity, now.nanos()], |row| row.get(0)).optional()?)
        })
    }
}
