//! Counts and shares that can be added up: over cells, over rounds, over hours.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::de::Error as _;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::ratio::Ratio;
use super::verdict::{Layer, Verdict};

/// A share and the n behind it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Share {
    /// The share; `null` when n is 0.
    pub ratio: Option<Ratio>,
    /// The denominator.
    pub n: u64,
}

impl Share {
    /// `part` of `whole`.
    #[must_use]
    pub fn of(part: u64, whole: u64) -> Self {
        Self { ratio: Ratio::of(part, whole), n: whole }
    }

    /// The numerator, from 0 to n; 0 when n is 0. Exact: the ratio is the double nearest to part ÷ n, and n stays far
    /// below 2^52, so that ratio × n lies within half a unit of the part.
    #[must_use]
    pub fn part(self) -> u64 {
        self.ratio.map_or(0, |ratio| ratio.part_of(self.n))
    }

    /// The share of both together.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        Self::of(self.part() + other.part(), self.n + other.n)
    }
}

/// Cells per verdict; every verdict is present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct VerdictCounts([u64; Verdict::COUNT]);

impl VerdictCounts {
    /// Counts that were added up elsewhere, in the order of [`Verdict::ALL`].
    #[must_use]
    pub const fn of(counts: [u64; Verdict::COUNT]) -> Self {
        Self(counts)
    }

    /// All counts, in the order of [`Verdict::ALL`].
    #[must_use]
    pub const fn counts(&self) -> &[u64; Verdict::COUNT] {
        &self.0
    }

    /// Counts one cell.
    pub fn add(&mut self, verdict: Verdict) {
        self.0[verdict as usize] += 1;
    }

    /// Cells with `verdict`.
    #[must_use]
    pub const fn count(&self, verdict: Verdict) -> u64 {
        self.0[verdict as usize]
    }

    /// All cells.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    /// The counts of both.
    #[must_use]
    pub fn merge(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine += theirs);
        self
    }
}

impl Serialize for VerdictCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(Verdict::COUNT))?;
        for verdict in Verdict::ALL {
            map.serialize_entry(verdict.name(), &self.count(verdict))?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for VerdictCounts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let named = BTreeMap::<String, u64>::deserialize(deserializer)?;
        let mut counts = Self::default();
        for (count, verdict) in counts.0.iter_mut().zip(Verdict::ALL) {
            *count = *named.get(verdict.name()).ok_or_else(|| D::Error::missing_field(verdict.name()))?;
        }
        Ok(counts)
    }
}

/// Equal cells per layer; every layer is present.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LayerCounts([u64; Layer::COUNT]);

impl LayerCounts {
    /// Counts that were added up elsewhere, in the order of [`Layer::ALL`].
    #[must_use]
    pub const fn of(counts: [u64; Layer::COUNT]) -> Self {
        Self(counts)
    }

    /// All counts, in the order of [`Layer::ALL`].
    #[must_use]
    pub const fn counts(&self) -> &[u64; Layer::COUNT] {
        &self.0
    }

    /// The counts of both.
    #[must_use]
    pub fn merge(mut self, other: &Self) -> Self {
        self.0.iter_mut().zip(other.0).for_each(|(mine, theirs)| *mine += theirs);
        self
    }

    /// Counts one cell.
    pub fn add(&mut self, layer: Layer) {
        self.0[layer as usize] += 1;
    }

    /// Cells equal at `layer`.
    #[must_use]
    pub const fn count(&self, layer: Layer) -> u64 {
        self.0[layer as usize]
    }
}

impl Serialize for LayerCounts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(Layer::COUNT))?;
        for layer in Layer::ALL {
            map.serialize_entry(layer.name(), &self.count(layer))?;
        }
        map.end()
    }
}

/// How served expired cells compare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiredServed {
    /// Equal to the newest version.
    pub consistent: u64,
    /// Equal to an older version.
    pub stale: u64,
    /// Another value.
    pub skewed: u64,
    /// Nothing to hold them against.
    pub unverified: u64,
}

impl ExpiredServed {
    /// All served expired cells.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.consistent + self.stale + self.skewed + self.unverified
    }

    /// The counts of both.
    #[must_use]
    pub const fn merge(self, other: Self) -> Self {
        Self {
            consistent: self.consistent + other.consistent,
            stale: self.stale + other.stale,
            skewed: self.skewed + other.skewed,
            unverified: self.unverified + other.unverified,
        }
    }
}
