//! Pairing: which offline version an online value is held against, and what comes of it.

use crate::model::time::{Precision, Timestamp};
use crate::model::verdict::{Behind, Layer};
use crate::model::view::{Pairing, WrittenFrom};

use super::settle::{Cell, CellVersion, Served};

/// What became of a served value on the offline side, before the time-to-live has its say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Paired {
    /// Equal to the newest version, which lies at position `at`.
    Newest { at: usize, layer: Layer },
    /// Equal to an older version than the newest; it was held against the one at position `at`.
    Older { at: usize, behind: Behind, layer: Layer, verified: bool },
    /// Older than any version held.
    BeforeHistory,
    /// The version at position `at` has another value; `superseded`: an earlier writing of that version has this one.
    Differs { at: usize, superseded: bool, of_newest: bool },
    /// Newer than the snapshot can know.
    Ahead,
    /// The offline side does not know the entity.
    NoEntity,
    /// The offline side knows the entity and no such version.
    NoVersion,
}

impl Paired {
    /// Whether the value is the one just before the newest version: what a late writer leaves behind.
    pub(super) fn is_version_before(&self) -> bool {
        match self {
            Self::Older { behind, .. } => behind.versions == 1,
            Self::Differs { superseded, of_newest, .. } => *superseded && *of_newest,
            Self::Newest { .. } | Self::BeforeHistory | Self::Ahead | Self::NoEntity | Self::NoVersion => false,
        }
    }
}

impl Cell<'_> {
    /// Holds a served value of a living entity against the versions of the snapshot.
    pub(super) fn pair(&self, served: &Served<'_>) -> Paired {
        match (self.view.pairing, served.stamp) {
            (Pairing::Version, Some((stamp, precision))) => self.pair_version(served, stamp, precision),
            (Pairing::AsOf, Some((stamp, precision))) => self.pair_as_of(served, stamp, precision),
            (Pairing::Value, Some((stamp, precision))) if self.is_ahead(stamp, precision) => Paired::Ahead,
            (Pairing::Value | Pairing::Version | Pairing::AsOf, _) => self.pair_value(served),
        }
    }

    /// A served value of an entity without a version.
    pub(super) fn unpaired(&self, served: &Served<'_>) -> Paired {
        let Some((stamp, precision)) = served.stamp else { return Paired::NoEntity };
        if self.is_ahead(stamp, precision) {
            return Paired::Ahead;
        }
        let oldest = self.offline.versions.first().map(|version| version.event_timestamp);
        match oldest.or(self.offline.horizon) {
            Some(horizon) if self.before(stamp, horizon, precision) => Paired::BeforeHistory,
            Some(_) | None => Paired::NoEntity,
        }
    }

    fn pair_version(&self, served: &Served<'_>, stamp: Timestamp, precision: Precision) -> Paired {
        let versions = self.offline.versions;
        if versions.is_empty() {
            return self.unpaired(served);
        }
        let unit = precision.coarser(self.offline.precision);
        let wanted = stamp.floor(unit);
        let start = versions.partition_point(|version| version.event_timestamp.floor(unit) < wanted);
        let end = versions.partition_point(|version| version.event_timestamp.floor(unit) <= wanted);
        let same = &versions[start..end];
        if same.is_empty() {
            if self.is_ahead(stamp, precision) {
                return Paired::Ahead;
            }
            return match versions.first() {
                Some(oldest) if self.before(stamp, oldest.event_timestamp, precision) => Paired::BeforeHistory,
                Some(_) | None => Paired::NoVersion,
            };
        }
        if self.is_ahead(stamp, precision) {
            return Paired::Ahead;
        }
        let comparison = self.comparison();
        let matching = |version: &CellVersion| comparison.layer(served.value, &version.value);
        let current = same.iter().enumerate().filter(|(place, version)| {
            !same[place + 1..]
                .iter()
                .any(|later| later.event_timestamp == version.event_timestamp && later.created > version.created)
        });
        let equal = current.filter_map(|(place, version)| matching(version).map(|layer| (layer, start + place))).min();
        if let Some((layer, at)) = equal {
            let newer = distinct(&versions[end..]);
            if newer == 0 {
                return Paired::Newest { at, layer };
            }
            let behind = Behind { versions: newer, time: self.newest_since(versions[at].event_timestamp) };
            return Paired::Older { at, behind, layer, verified: true };
        }
        Paired::Differs {
            at: end - 1,
            superseded: same.iter().any(|version| matching(version).is_some()),
            of_newest: end == versions.len(),
        }
    }

    fn pair_as_of(&self, served: &Served<'_>, stamp: Timestamp, precision: Precision) -> Paired {
        let unit = precision.coarser(self.offline.precision);
        let limit = self.offline.watermark.map(|watermark| watermark.min(self.read_at()));
        let held = limit.map_or(&[][..], |limit| {
            &self.offline.versions[..self.offline.versions.partition_point(|version| version.event_timestamp <= limit)]
        });
        let Some(target) = held.last().filter(|target| target.event_timestamp.floor(unit) >= stamp.floor(unit)) else {
            if self.is_ahead(stamp, precision) {
                return Paired::Ahead;
            }
            return match self.offline.versions.first() {
                None => self.unpaired(served),
                Some(oldest) if self.before(stamp, oldest.event_timestamp, precision) => Paired::BeforeHistory,
                Some(_) => Paired::NoVersion,
            };
        };
        self.newest_equal(served, held, target)
    }

    fn pair_value(&self, served: &Served<'_>) -> Paired {
        let read_at = self.read_at();
        let versions = self.offline.versions;
        let held = &versions[..versions.partition_point(|version| version.event_timestamp <= read_at)];
        let Some(target) = held.last() else { return self.unpaired(served) };
        let paired = self.newest_equal(served, held, target);
        if let Paired::Older { at, behind, layer, .. } = paired {
            return Paired::Older { at, behind, layer, verified: false };
        }
        let is_news = matches!(paired, Paired::Differs { superseded: false, .. });
        if is_news && self.view.written_from == WrittenFrom::Unknown { Paired::Ahead } else { paired }
    }

    /// Holds a value against `target`, the last of `held`, and then against ever older versions.
    fn newest_equal(&self, served: &Served<'_>, held: &[CellVersion], target: &CellVersion) -> Paired {
        let comparison = self.comparison();
        let matching = |version: &CellVersion| comparison.layer(served.value, &version.value);
        let at = held.len() - 1;
        let ties = held.iter().rev().take_while(|version| version.event_timestamp == target.event_timestamp);
        let current = ties.clone().take_while(|version| version.created == target.created);
        if let Some(layer) = current.filter_map(matching).min() {
            return Paired::Newest { at, layer };
        }
        if ties.clone().any(|version| matching(version).is_some()) {
            return Paired::Differs { at, superseded: true, of_newest: true };
        }
        let older = &held[..held.len() - ties.count()];
        for version in older.iter().rev() {
            if let Some(layer) = matching(version) {
                let newer = held.partition_point(|other| other.event_timestamp <= version.event_timestamp);
                let time = target.event_timestamp.since(version.event_timestamp).unwrap_or_default();
                let behind = Behind { versions: distinct(&held[newer..]), time };
                return Paired::Older { at, behind, layer, verified: true };
            }
        }
        Paired::Differs { at, superseded: false, of_newest: true }
    }

    fn newest_since(&self, earlier: Timestamp) -> std::time::Duration {
        self.offline.versions.last().and_then(|newest| newest.event_timestamp.since(earlier)).unwrap_or_default()
    }

    fn is_ahead(&self, stamp: Timestamp, precision: Precision) -> bool {
        let unit = precision.coarser(self.offline.precision);
        self.offline.watermark.is_none_or(|watermark| stamp.floor(unit) > watermark.floor(unit))
    }

    fn before(&self, stamp: Timestamp, limit: Timestamp, precision: Precision) -> bool {
        let unit = precision.coarser(self.offline.precision);
        stamp.floor(unit) < limit.floor(unit)
    }
}

/// Event timestamps among `versions`, each counted once: corrections of one timestamp are one version.
fn distinct(versions: &[CellVersion]) -> u32 {
    let runs = versions.chunk_by(|left, right| left.event_timestamp == right.event_timestamp).count();
    u32::try_from(runs).unwrap_or(u32::MAX)
}
