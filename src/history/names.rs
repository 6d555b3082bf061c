//! Names as small integers: views, features, and the words inside blobs.
//!
//! Read anew in every transaction, so that a name of a transaction that was rolled back is never used.

use std::collections::HashMap;

use rusqlite::{Connection, params};

use super::error::Fault;

/// The names that a file knows.
pub(super) struct Names<'c> {
    connection: &'c Connection,
    views: HashMap<String, i64>,
    features: HashMap<(i64, String), i64>,
    words: HashMap<String, u64>,
    spelled: HashMap<u64, String>,
}

impl<'c> Names<'c> {
    pub(super) fn load(connection: &'c Connection) -> Result<Self, Fault> {
        let mut names = Self {
            connection,
            views: HashMap::new(),
            features: HashMap::new(),
            words: HashMap::new(),
            spelled: HashMap::new(),
        };
        let mut statement = connection.prepare("SELECT id, name FROM views")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            names.views.insert(row.get(1)?, row.get(0)?);
        }
        let mut statement = connection.prepare("SELECT id, view_id, name FROM features")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            names.features.insert((row.get(1)?, row.get(2)?), row.get(0)?);
        }
        let mut statement = connection.prepare("SELECT id, word FROM words")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            names.remember(row.get::<_, i64>(0)?.unsigned_abs(), row.get(1)?);
        }
        Ok(names)
    }

    /// The file whose names these are.
    pub(super) const fn connection(&self) -> &'c Connection {
        self.connection
    }

    fn remember(&mut self, number: u64, word: String) {
        self.spelled.insert(number, word.clone());
        self.words.insert(word, number);
    }

    /// Number of a view; a new view gets one.
    pub(super) fn view(&mut self, name: &str) -> Result<i64, Fault> {
        if let Some(known) = self.views.get(name) {
            return Ok(*known);
        }
        self.connection.execute("INSERT INTO views (name) VALUES (?1)", [name])?;
        let number = self.connection.last_insert_rowid();
        self.views.insert(name.to_owned(), number);
        Ok(number)
    }

    /// Number of a feature; a new feature gets one.
    pub(super) fn feature(&mut self, view: i64, name: &str) -> Result<i64, Fault> {
        let place = (view, name.to_owned());
        if let Some(known) = self.features.get(&place) {
            return Ok(*known);
        }
        self.connection.execute("INSERT INTO features (view_id, name) VALUES (?1, ?2)", params![view, name])?;
        let number = self.connection.last_insert_rowid();
        self.features.insert(place, number);
        Ok(number)
    }

    /// Number of a word; a new word gets one.
    pub(super) fn word(&mut self, word: &str) -> Result<u64, Fault> {
        if let Some(known) = self.words.get(word) {
            return Ok(*known);
        }
        self.connection.execute("INSERT INTO words (word) VALUES (?1)", [word])?;
        let number = self.connection.last_insert_rowid().unsigned_abs();
        self.remember(number, word.to_owned());
        Ok(number)
    }

    /// The word with a number; `None` if there is none.
    pub(super) fn spelled(&self, number: u64) -> Option<&str> {
        self.spelled.get(&number).map(String::as_str)
    }

    /// Number of a view, if it is known.
    pub(super) fn known_view(&self, name: &str) -> Option<i64> {
        self.views.get(name).copied()
    }

    /// Every view, by name.
    pub(super) fn views(&self) -> std::collections::BTreeMap<&str, i64> {
        self.views.iter().map(|(name, number)| (name.as_str(), *number)).collect()
    }

    /// The features of a view, by number.
    pub(super) fn features(&self, view: i64) -> HashMap<i64, &str> {
        let own = self.features.iter().filter(|((of, _), _)| *of == view);
        own.map(|((_, name), number)| (*number, name.as_str())).collect()
    }
}
