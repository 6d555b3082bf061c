//! What findings can show, as text: cells without the names of their entities, and causes.

use std::hash::Hasher as _;

use rusqlite::Connection;
use serde::de::DeserializeOwned;

use super::error::Fault;
use crate::model::cause::KnownCause;
use crate::model::entity::EntityKey;
use crate::model::exhibit::{Disclosure, Exhibit, MOST_CELLS, ShownCell};

/// What a finding can show, as it is written down; `None` where there is nothing.
#[derive(Default)]
pub(super) struct Written {
    pub(super) cells: Option<String>,
    pub(super) cause: Option<String>,
    /// Whether the cause takes the place of an earlier one.
    pub(super) is_telling: bool,
}

/// Names entities by a hash that nobody can make again who does not have the file.
pub(super) struct Namer([u64; 2]);

impl Namer {
    /// The namer of a file.
    pub(super) fn of(connection: &Connection) -> Result<Self, Fault> {
        let bytes: Vec<u8> = connection.query_row("SELECT bytes FROM hash_key", [], |row| row.get(0))?;
        let (low, high) = bytes.split_at_checked(8).ok_or_else(|| Fault::damaged("hash_key"))?;
        let number = |bytes: &[u8]| bytes.try_into().map(u64::from_le_bytes).map_err(|_| Fault::damaged("hash_key"));
        Ok(Self([number(low)?, number(high)?]))
    }

    /// The name of an entity: SipHash-2-4, keyed, of its bytes.
    fn name(&self, entity: &EntityKey) -> String {
        let mut bytes = Vec::new();
        entity.write(&mut bytes);
        let Self([low, high]) = self;
        #[expect(deprecated, reason = "what replaces it takes no key, and its algorithm may change")]
        let mut hasher = std::hash::SipHasher::new_with_keys(*low, *high);
        hasher.write(&bytes);
        format!("{:016x}", hasher.finish())
    }

    /// What may be kept of an exhibit.
    pub(super) fn write(&self, exhibit: &Exhibit, disclosure: Disclosure) -> Result<Written, Fault> {
        let shown = exhibit.cells.iter().take(MOST_CELLS);
        let shown: Vec<ShownCell> = shown.map(|cell| cell.shown(disclosure, |entity| self.name(entity))).collect();
        let cells = (!shown.is_empty()).then(|| serde_json::to_string(&shown)).transpose().map_err(unwritable)?;
        let cause = exhibit.cause.as_ref().map(|cause| serde_json::to_string(&cause.kept(disclosure.values)));
        let is_telling = exhibit.cause.as_ref().is_some_and(KnownCause::is_telling);
        Ok(Written { cells, cause: cause.transpose().map_err(unwritable)?, is_telling })
    }
}

fn unwritable(error: serde_json::Error) -> Fault {
    rusqlite::Error::ToSqlConversionFailure(error.into()).into()
}

/// What was written down; `None` where nothing was.
pub(super) fn read<T: DeserializeOwned>(text: Option<String>) -> Result<Option<T>, Fault> {
    text.map(|text| serde_json::from_str(&text)).transpose().map_err(|_| Fault::damaged("findings"))
}
