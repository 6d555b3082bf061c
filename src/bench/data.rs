//! What the benchmark writes into a store and looks up again: one view of whole numbers, in a layout of choice.

use redis::Cmd;

use super::truth;
use crate::feast::{entity_key, field, timestamp, value};
use crate::model::entity::{EntityKey, JoinKey, KeyKind, KeyValue};
use crate::model::time::Timestamp;
use crate::model::value::{ScalarKind, Value, ValueKind};
use crate::model::view::{Feature, FeatureView, SnapshotSource};
use crate::store::online::redis::{KeyPattern, PatternError};
use crate::store::online::{KeySerialization, PlainEncoding, PlainLayout, RedisLayout};

/// Name of the view.
const VIEW: &str = "bench";
/// Name of its join key.
pub const JOIN_KEY: &str = "entity";
/// What its keys end with in Feast's layout.
const PROJECT: &str = "skewwatch_bench";

/// How rows lie in the key space.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Layout {
    /// A hash per entity, as Feast writes it.
    Feast,
    /// A hash per entity, with a field per feature: `feat:{entity}`.
    Hash,
    /// A text per feature: `feat:{entity}:{feature}`. In a cluster an entity's texts lie on several nodes, and are not
    /// written at once.
    Strings,
    /// A text per feature, all of an entity in one slot of a cluster: `feat:{{entity}}:{feature}`.
    Tagged,
}

impl Layout {
    /// As the store reads it.
    #[must_use]
    pub fn settings(self) -> RedisLayout {
        let plain = |key: &str| {
            RedisLayout::Plain(PlainLayout { key: key.to_owned(), encoding: PlainEncoding::Text, timestamp: None })
        };
        match self {
            Self::Feast => RedisLayout::Feast { keys: KeySerialization::V3 },
            Self::Hash => plain("feat:{entity}"),
            Self::Strings => plain("feat:{entity}:{feature}"),
            Self::Tagged => plain("feat:{{{entity}}}:{feature}"),
        }
    }
}

/// The rows of the benchmark.
#[derive(Debug)]
pub struct Rows {
    view: FeatureView,
    layout: RedisLayout,
    pattern: Option<KeyPattern>,
}

impl Rows {
    /// Rows of `features` whole numbers each.
    ///
    /// # Errors
    /// When the layout's pattern does not fit, which none of ours does.
    pub fn new(features: u32, layout: Layout) -> Result<Self, PatternError> {
        let mut view = FeatureView::new(VIEW, SnapshotSource::new("", "event_timestamp"));
        view.project = Some(PROJECT.to_owned());
        view.join_keys = vec![JoinKey { name: JOIN_KEY.to_owned(), kind: KeyKind::Int64 }];
        let kind = ValueKind::Scalar(ScalarKind::Int64);
        view.features = (0..features).map(|number| Feature { name: format!("f{number}"), kind }).collect();
        let layout = layout.settings();
        let pattern = match &layout {
            RedisLayout::Feast { .. } => None,
            RedisLayout::Plain(plain) => Some(KeyPattern::parse(&plain.key, &view.join_keys)?),
        };
        Ok(Self { view, layout, pattern })
    }

    /// The view that they are rows of.
    #[must_use]
    pub const fn view(&self) -> &FeatureView {
        &self.view
    }

    /// The names of all features, as a lookup asks for them.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.view.features.iter().map(|feature| format!("{VIEW}:{}", feature.name)).collect()
    }

    /// The key of an entity.
    #[must_use]
    pub fn key(entity: u32) -> EntityKey {
        EntityKey::new([KeyValue::Int64(i64::from(entity))])
    }

    /// The command that writes a version of an entity's row, whole or not at all.
    ///
    /// # Errors
    /// When a value cannot be encoded, which no whole number is.
    pub fn write(&self, (entity, version): (u32, u32), at: Timestamp) -> Result<Cmd, Box<str>> {
        let key = Self::key(entity);
        let values = (0..).zip(&self.view.features);
        let values = values.map(|(number, feature)| (feature, truth::value(entity, number, version)));
        let mut command = Cmd::new();
        match (&self.layout, &self.pattern) {
            (RedisLayout::Feast { keys }, _) => {
                let mut written = entity_key::encode(*keys, &self.view.join_keys, &key);
                written.extend_from_slice(PROJECT.as_bytes());
                command.arg("HSET").arg(written);
                for (feature, number) in values {
                    let bytes = value::encode(feature.kind, &Value::Int(number))?;
                    command.arg(field::feature(VIEW, &feature.name).as_slice()).arg(bytes);
                }
                command.arg(field::timestamp(VIEW)).arg(timestamp::encode(at));
            }
            (RedisLayout::Plain(_), Some(pattern)) if pattern.names_feature() => {
                command.arg("MSET");
                for (feature, number) in values {
                    command.arg(pattern.render(&self.view, &key, &feature.name)).arg(number);
                }
            }
            (RedisLayout::Plain(_), pattern) => {
                let written = pattern.as_ref().map(|pattern| pattern.render(&self.view, &key, "")).unwrap_or_default();
                command.arg("HSET").arg(written);
                for (feature, number) in values {
                    command.arg(&feature.name).arg(number);
                }
            }
        }
        Ok(command)
    }
}
