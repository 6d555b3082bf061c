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
    of_row(row_hash(entity, version), feature, version)
}

/// What all values of a version of a row are made from.
fn row_hash(entity: u32, version: u32) -> u64 {
    xxh3_64(&(u64::from(entity) << 32 | u64::from(version)).to_le_bytes())
}

/// The value of a feature of the row with this hash. The hash and the feature are mixed as SplitMix64 does (Steele, Lea &
/// Flood 2014), so that checking a row takes one hash and not one per value.
const fn of_row(hash: u64, feature: u32, version: u32) -> i64 {
    let mut mixed = hash.wrapping_add((feature as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    ((mixed << VERSION_BITS) | version as u64).cast_signed()
}

/// The version that a value says it is of.
fn claimed(found: i64) -> u32 {
    u32::try_from(found.cast_unsigned() & u64::from(LAST_VERSION)).unwrap_or(LAST_VERSION)
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
    /// Of the value before, with the hash of its row.
    version: Option<(u32, u64)>,
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
        let claimed = claimed(found);
        let (_, hash) = match self.version {
            Some(known) if known.0 == claimed => known,
            before => {
                self.is_torn |= before.is_some();
                *self.version.insert((claimed, row_hash(self.entity, claimed)))
            }
        };
        self.is_wrong |= of_row(hash, self.feature, claimed) != found;
        self.feature += 1;
    }

    /// What the row is by what was read, at least one value.
    #[must_use]
    pub const fn row(&self) -> Row {
        match self.version {
            Some((version, _)) if !self.is_wrong && !self.is_torn => Row::Version(version),
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
