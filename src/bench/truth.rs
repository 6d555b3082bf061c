//! What the right answer is: values that tell whether they are right, and the writes that make old ones wrong.
//!
//! A value is made from its entity, feature and version, and carries the version, so that a reader needs no table. With
//! writers at work several versions may be right: the [`Ledger`](super::ledger::Ledger) knows when each was written.

use xxhash_rust::xxh3::xxh3_64;

/// Bits of a value that hold its version.
const VERSION_BITS: u32 = 24;
/// The largest version.
pub const LAST_VERSION: u32 = (1 << VERSION_BITS) - 1;

/// The value of a feature of an entity in a version of its row.
#[must_use]
pub fn value(entity: u32, feature: u32, version: u32) -> i64 {
    let version = version & LAST_VERSION;
    let mut written = [0; 12];
    for (place, part) in written.as_chunks_mut::<4>().0.iter_mut().zip([entity, feature, version]) {
        *place = part.to_le_bytes();
    }
    ((xxh3_64(&written) << VERSION_BITS) | u64::from(version)).cast_signed()
}

/// The version of a value; `None` if it is not the value of this feature of this entity in any version.
#[must_use]
pub fn version(entity: u32, feature: u32, found: i64) -> Option<u32> {
    let version = u32::try_from(found.cast_unsigned() & u64::from(LAST_VERSION)).ok()?;
    (value(entity, feature, version) == found).then_some(version)
}

/// What a row's values say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// All are right for one version.
    Version(u32),
    /// Each is right for a version, and these differ.
    Torn,
    /// One is not right for any version.
    Wrong,
}

/// Reads the values of features 0, 1, 2, … of an entity.
#[derive(Clone, Copy, Debug)]
pub struct Reader {
    entity: u32,
    feature: u32,
    version: Option<u32>,
    is_torn: bool,
    is_wrong: bool,
}

impl Reader {
    /// Nothing is read yet.
    #[must_use]
    pub const fn new(entity: u32) -> Self {
        Self { entity, feature: 0, version: None, is_torn: false, is_wrong: false }
    }

    /// Reads the value of the next feature.
    pub fn read(&mut self, found: i64) {
        match version(self.entity, self.feature, found) {
            Some(version) => self.is_torn |= *self.version.get_or_insert(version) != version,
            None => self.is_wrong = true,
        }
        self.feature += 1;
    }

    /// What the row is by what was read, at least one value.
    #[must_use]
    pub const fn row(&self) -> Row {
        match self.version {
            Some(version) if !self.is_wrong && !self.is_torn => Row::Version(version),
            Some(_) if !self.is_wrong => Row::Torn,
            Some(_) | None => Row::Wrong,
        }
    }
}

/// Reads the values of all features of an entity; at least one.
#[must_use]
pub fn row(entity: u32, values: impl IntoIterator<Item = i64>) -> Row {
    let mut reader = Reader::new(entity);
    values.into_iter().for_each(|value| reader.read(value));
    reader.row()
}
