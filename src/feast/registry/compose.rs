//! A registry for feature views that this program made, such that Feast itself can read it.

use std::collections::BTreeMap;

use super::Registry;
use super::message::{
    DataSource, Entity, EntitySpec, FeatureSpec, FeatureViewMessage, FileOptions, Interval, Meta, Project, ProjectSpec,
    RegistryMessage, SourceMeta, Span, ViewMeta, ViewSpec,
};
use crate::feast::timestamp::Instant;
use crate::feast::{FeastError, type_number};
use crate::model::entity::JoinKey;
use crate::model::time::Timestamp;
use crate::model::view::{FeatureView, FreshnessBasis};

const FILE_SOURCE: i32 = 1;
const PUSH_SOURCE: i32 = 9;
const FILE_SOURCE_CLASS: &str = "feast.infra.offline_stores.file_source.FileSource";
const PUSH_SOURCE_CLASS: &str = "feast.data_source.PushSource";
/// What Feast writes into a registry of its present schema.
const SCHEMA_VERSION: &str = "1";

/// The registry of `project` with `views`, each materialized from the first to the second instant unless its
/// `materialized` is `Some(false)`.
///
/// Each join key becomes an entity of the same name; each view gets a file source `<view>_source` at its snapshot's
/// location, which may be relative to the folder of `feature_store.yaml`. A view whose freshness basis is
/// [`FreshnessBasis::View`] is declared as fed by a push source. Pairing, tolerances and the like are not Feast's and
/// are not kept. The same input gives the same bytes.
///
/// # Errors
/// When a view has a feature of a type that Feast does not have.
pub fn compose(
    project: &str,
    views: &[FeatureView],
    materialized: (Timestamp, Timestamp),
) -> Result<Registry, FeastError> {
    let composer = Composer { project, from: Instant::of(materialized.0), to: Instant::of(materialized.1) };
    let mut entities: BTreeMap<&str, &JoinKey> = BTreeMap::new();
    for join_key in views.iter().flat_map(|view| &view.join_keys) {
        entities.insert(&join_key.name, join_key);
    }
    let mut sources = Vec::new();
    for view in views {
        sources.push(composer.file_source(view));
        sources.extend(composer.push_source(view));
    }
    let message = RegistryMessage {
        entities: entities.into_values().map(|join_key| composer.entity(join_key)).collect(),
        schema_version: SCHEMA_VERSION.to_owned(),
        version_id: String::new(),
        last_updated: Some(composer.to),
        feature_views: views.iter().map(|view| composer.view(view)).collect::<Result<_, _>>()?,
        feature_services: Vec::new(),
        on_demand_feature_views: Vec::new(),
        data_sources: sources,
        stream_feature_views: Vec::new(),
        projects: vec![Project { spec: Some(ProjectSpec { name: project.to_owned() }), meta: Some(composer.meta()) }],
        label_views: Vec::new(),
    };
    Ok(Registry { message })
}

struct Composer<'a> {
    project: &'a str,
    from: Instant,
    to: Instant,
}

impl Composer<'_> {
    fn meta(&self) -> Meta {
        Meta { created: Some(self.to), updated: Some(self.to) }
    }

    fn source_meta(&self) -> SourceMeta {
        SourceMeta { created: Some(self.to), updated: Some(self.to) }
    }

    fn entity(&self, join_key: &JoinKey) -> Entity {
        let spec = EntitySpec {
            name: join_key.name.clone(),
            value_type: key_number(join_key),
            join_key: join_key.name.clone(),
            project: self.project.to_owned(),
        };
        Entity { spec: Some(spec), meta: Some(self.meta()) }
    }

    fn view(&self, view: &FeatureView) -> Result<FeatureViewMessage, FeastError> {
        let tags = [("team", &view.team), ("tier", &view.tier)];
        let features = view.features.iter().map(|feature| {
            let value_type = type_number::of_value_kind(feature.kind).ok_or_else(|| {
                let reason = format!("has the feature `{}` of type {}, unknown to Feast", feature.name, feature.kind);
                FeastError::view(&view.name, reason)
            })?;
            Ok(FeatureSpec { name: feature.name.clone(), value_type })
        });
        let entity_columns = view
            .join_keys
            .iter()
            .map(|join_key| FeatureSpec { name: join_key.name.clone(), value_type: key_number(join_key) });
        let ttl = view.ttl.unwrap_or_default();
        let spec = ViewSpec {
            name: view.name.clone(),
            project: self.project.to_owned(),
            entities: view.join_keys.iter().map(|join_key| join_key.name.clone()).collect(),
            features: features.collect::<Result<_, FeastError>>()?,
            tags: tags.into_iter().filter_map(|(name, text)| Some((name.to_owned(), text.clone()?))).collect(),
            ttl: Some(Span {
                seconds: i64::try_from(ttl.as_secs()).unwrap_or(i64::MAX),
                nanos: i32::try_from(ttl.subsec_nanos()).unwrap_or_default(),
            }),
            batch_source: Some(self.file_source(view)),
            online: true,
            stream_source: self.push_source(view),
            owner: view.owner.clone().unwrap_or_default(),
            entity_columns: entity_columns.collect(),
            version: "latest".to_owned(),
            disabled: false,
        };
        let meta = ViewMeta {
            created: Some(self.to),
            updated: Some(self.to),
            materialization_intervals: match view.materialized {
                Some(false) => Vec::new(),
                Some(true) | None => vec![Interval { start: Some(self.from), end: Some(self.to) }],
            },
            current_version_number: 0,
        };
        Ok(FeatureViewMessage { spec: Some(spec), meta: Some(meta) })
    }

    fn file_source(&self, view: &FeatureView) -> DataSource {
        let source = &view.source;
        DataSource {
            source_type: FILE_SOURCE,
            field_mapping: source.field_mapping.iter().cloned().collect(),
            timestamp_field: source.event_timestamp.clone(),
            created_timestamp_column: source.created.clone().unwrap_or_default(),
            file_options: Some(FileOptions {
                file_format: None,
                uri: source.location.clone(),
                s3_endpoint_override: source.endpoint.clone().unwrap_or_default(),
            }),
            class_type: FILE_SOURCE_CLASS.to_owned(),
            name: format!("{}_source", view.name),
            project: self.project.to_owned(),
            batch_source: None,
            meta: Some(self.source_meta()),
        }
    }

    fn push_source(&self, view: &FeatureView) -> Option<DataSource> {
        match view.freshness_basis {
            FreshnessBasis::View => Some(DataSource {
                source_type: PUSH_SOURCE,
                timestamp_field: view.source.event_timestamp.clone(),
                class_type: PUSH_SOURCE_CLASS.to_owned(),
                name: format!("{}_push", view.name),
                project: self.project.to_owned(),
                batch_source: Some(Box::new(self.file_source(view))),
                meta: Some(self.source_meta()),
                ..DataSource::default()
            }),
            FreshnessBasis::Row | FreshnessBasis::Version => None,
        }
    }
}

fn key_number(join_key: &JoinKey) -> i32 {
    // The numbers of key types are 1 to 8.
    i32::try_from(type_number::of_key_kind(join_key.kind)).unwrap_or_default()
}
