//! Feature views: what is watched, and where its two sides lie.
//!
//! A [`FeatureView`] is complete: everything that reading, pairing and judging need to know of a view, whether it came
//! from a Feast registry or from configuration. It holds no connection and no secret.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entity::JoinKey;
use super::time::Timestamp;
use super::value::ValueKind;

/// One feature of a view.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Feature {
    /// The feature's name.
    pub name: String,
    /// Its declared type.
    pub kind: ValueKind,
}

/// A named group of features that share entity keys, a time-to-live and a source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FeatureView {
    /// Name of the view.
    pub name: String,
    /// Feast project that owns it; `None` outside Feast.
    pub project: Option<String>,
    /// Name under which the online store holds it: the view's name, or `<view>_v<N>` for a versioned Feast view.
    pub online_name: String,
    /// What identifies a row; the order of the values in its entity keys.
    pub join_keys: Vec<JoinKey>,
    /// Its features, in the order of declaration.
    pub features: Vec<Feature>,
    /// How old a served row may be; `None` never expires.
    pub ttl: Option<Duration>,
    /// Where its training snapshots lie and how they are read.
    pub source: SnapshotSource,
    /// The snapshot, or the profile of one, that served values are held against for drift; `None` holds them against the
    /// newest offline values of the same entities.
    pub reference: Option<String>,
    /// Which offline version an online row is held against.
    pub pairing: Pairing,
    /// For `value` pairing: online values are copies of snapshot values, so an unknown value is skew and not news.
    pub written_from: WrittenFrom,
    /// How long after a version became available it may still be missing online.
    pub write_delay: Duration,
    /// The time to live that every write gives the row in the online store; `None` where writes do not agree, or give none.
    pub write_ttl: Option<Duration>,
    /// What counts against the freshness objective.
    pub freshness_basis: FreshnessBasis,
    /// Numeric tolerance within which two values count as equal.
    pub tolerance: Tolerance,
    /// Which figures include rows past their time-to-live.
    pub expired: ExpiredRules,
    /// The person or group that answers for it.
    pub owner: Option<String>,
    /// The team that gets its report.
    pub team: Option<String>,
    /// Importance tier, free text.
    pub tier: Option<String>,
    /// Whether Feast has recorded a materialization; `None` outside Feast.
    pub materialized: Option<bool>,
}

impl FeatureView {
    /// The view `name` over `source`, without join keys and features, and with nothing out of the ordinary.
    #[must_use]
    pub fn new(name: &str, source: SnapshotSource) -> Self {
        Self {
            name: name.to_owned(),
            project: None,
            online_name: name.to_owned(),
            join_keys: Vec::new(),
            features: Vec::new(),
            ttl: None,
            source,
            reference: None,
            pairing: Pairing::Version,
            written_from: WrittenFrom::Unknown,
            write_delay: Duration::ZERO,
            write_ttl: None,
            freshness_basis: FreshnessBasis::Version,
            tolerance: Tolerance::default(),
            expired: ExpiredRules::default(),
            owner: None,
            team: None,
            tier: None,
            materialized: None,
        }
    }

    /// Position of the feature called `name`.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.features.iter().position(|feature| feature.name == name)
    }

    /// The names under which a training snapshot may hold a feature, likeliest first: that of its column, its own, and
    /// Feast's full name of it.
    #[must_use]
    pub fn names_in_reference(&self, feature: &str) -> [String; 3] {
        [self.source.column_of(feature).to_owned(), feature.to_owned(), format!("{}__{feature}", self.name)]
    }
}

/// Where a view's snapshots lie and which columns mean what.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SnapshotSource {
    /// A path, folder, glob or `s3://` address; relative paths are already resolved.
    pub location: String,
    /// S3 endpoint that the registry names for this source, over the configured one.
    pub endpoint: Option<String>,
    /// Column with the event timestamp.
    pub event_timestamp: String,
    /// Column with the time of writing, which orders rows of one event timestamp.
    pub created: Option<String>,
    /// Pairs (column in the file, feature or join key), for columns named otherwise than what they hold.
    pub field_mapping: Vec<(String, String)>,
    /// Zone of timestamps without one.
    #[serde(with = "super::time::zone")]
    pub naive_timestamps: chrono_tz::Tz,
    /// Whether a snapshot holds every living entity or only those that changed.
    pub contains: Contains,
    /// Up to which event time the snapshot is complete.
    pub watermark: WatermarkRule,
    /// How much later than its event timestamp a row may still arrive in a snapshot.
    pub lateness: Duration,
    /// Rows of an earlier event time are passed over; `None` looks at all.
    #[serde(default)]
    pub since: Option<Timestamp>,
}

impl SnapshotSource {
    /// Snapshots at `location` with this column of event timestamps, and with nothing out of the ordinary.
    #[must_use]
    pub fn new(location: &str, event_timestamp: &str) -> Self {
        Self {
            location: location.to_owned(),
            endpoint: None,
            event_timestamp: event_timestamp.to_owned(),
            created: None,
            field_mapping: Vec::new(),
            naive_timestamps: chrono_tz::UTC,
            contains: Contains::Changes,
            watermark: WatermarkRule::MaxEventTimestamp,
            lateness: Duration::ZERO,
            since: None,
        }
    }

    /// The column of the file that holds `name` (a feature or join key).
    #[must_use]
    pub fn column_of<'a>(&'a self, name: &'a str) -> &'a str {
        self.field_mapping.iter().find(|(_, mapped)| mapped == name).map_or(name, |(column, _)| column)
    }
}

/// Which offline version an online row is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Pairing {
    /// The one with the same event timestamp: online rows are copies of offline rows.
    Version,
    /// The newest one while the online row was in force: batch and stream are computed apart.
    AsOf,
    /// No timestamps online: the value alone decides.
    Value,
}

/// Where the values of the online store come from, for `value` pairing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WrittenFrom {
    /// Copied from the snapshot: a value that no snapshot holds is skew.
    Snapshot,
    /// Perhaps written before the snapshot was: a value that no snapshot holds may be newer than it.
    Unknown,
}

/// Whether a snapshot is a dump or a log of changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contains {
    /// Rows of what changed; an entity absent from the newest file lives on.
    Changes,
    /// Every living entity; one absent from the newest file is deleted.
    Full,
}

/// Up to which event time a snapshot is complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WatermarkRule {
    /// The newest event timestamp in it.
    MaxEventTimestamp,
    /// The end of its newest hive partition that has ended by then: the key whose values are dates or hours.
    PartitionEnd {
        /// Name of the partition key, such as `dt`.
        key: String,
    },
    /// The RFC 3339 time written in a marker file beside the data.
    Marker {
        /// Name of the file, relative to the snapshot's folder.
        file: String,
    },
}

/// What counts against the freshness objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FreshnessBasis {
    /// Read time − event timestamp, of every row: each row is rewritten each run.
    Row,
    /// Read time − newest event timestamp of the sample: quiet entities are no fault.
    View,
    /// How long an offline version newer than the row read has been available.
    Version,
}

/// Numeric tolerance of equality: |a − b| ≤ absolute + relative × |offline|, or at most `ulps` steps apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tolerance {
    /// Absolute part, in the feature's unit.
    pub absolute: f64,
    /// Relative part, as a share of the offline value.
    pub relative: f64,
    /// Units in the last place of the declared type that count as equal.
    pub ulps: u32,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { absolute: 0.0, relative: 0.0, ulps: 4 }
    }
}

/// Which figures include rows that were served past their time-to-live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpiredRules {
    /// Whether a served expired value can be skewed.
    pub in_skew: Inclusion,
    /// Whether a served expired value covers its feature.
    pub in_coverage: Inclusion,
}

impl Default for ExpiredRules {
    fn default() -> Self {
        Self { in_skew: Inclusion::Included, in_coverage: Inclusion::Included }
    }
}

/// Whether something enters a figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Inclusion {
    /// It counts.
    Included,
    /// It is left out.
    Excluded,
}

/// A view that is known and not watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotWatched {
    /// Name of the view.
    pub feature_view: String,
    /// Why, as a clause: "it is not served online (`online: false`)".
    pub reason: String,
}
