//! Rounds as a list, newest first and page by page: how they ended and the figures of their view, without features.

use rusqlite::params;

use super::error::HistoryError;
use super::figures::HistoryRound;
use super::file::HistoryReader;
use super::names::Names;
use super::read::load_headers;

/// Which rounds are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RoundQuery<'a> {
    /// Only those of this view; `None` lists those of all.
    pub view: Option<&'a str>,
    /// Only those recorded before the one of this number; `None` begins with the newest.
    pub before: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

/// A round of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct ListedRound {
    /// Its number, which grows with each round that is recorded and is never used again.
    pub number: i64,
    /// The round; its features are left out.
    pub round: HistoryRound,
}

impl HistoryReader {
    /// Rounds as `query` says, the one recorded last first.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn newest_rounds(&self, query: &RoundQuery<'_>) -> Result<Vec<ListedRound>, HistoryError> {
        self.read(|connection| {
            let names = Names::load(connection)?;
            let before = query.before.unwrap_or(i64::MAX);
            let loaded = match query.view {
                None => load_headers(&names, "r.id < ?1 ORDER BY r.id DESC LIMIT ?2", params![before, query.limit])?,
                Some(view) => {
                    let Some(number) = names.known_view(view) else { return Ok(Vec::new()) };
                    let tail = "r.id < ?1 AND r.view_id = ?3 ORDER BY r.id DESC LIMIT ?2";
                    load_headers(&names, tail, params![before, query.limit, number])?
                }
            };
            Ok(loaded.into_iter().map(|loaded| ListedRound { number: loaded.id, round: loaded.round }).collect())
        })
    }

    /// Rounds of a view in a row, up to the newest, that were not complete; 0 where there is none.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn incomplete_in_a_row(&self, view: &str) -> Result<u64, HistoryError> {
        self.read(|connection| {
            let Some(number) = Names::load(connection)?.known_view(view) else { return Ok(0) };
            let complete: Option<i64> = connection.query_row(
                "SELECT MAX(id) FROM rounds WHERE view_id = ?1 AND result = 0",
                [number],
                |row| row.get(0),
            )?;
            let later: i64 = connection.query_row(
                "SELECT COUNT(*) FROM rounds WHERE view_id = ?1 AND id > ?2",
                params![number, complete.unwrap_or(0)],
                |row| row.get(0),
            )?;
            Ok(later.unsigned_abs())
        })
    }
}
