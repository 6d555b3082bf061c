//! The messages of `feast.core.Registry`, with the field numbers of Feast 0.67; only what is read or must be written.
//!
//! Unknown fields are skipped on reading and are lost on writing: a registry that was read is never written back.

use std::collections::BTreeMap;

use crate::feast::timestamp::Instant;

/// `feast.core.Registry`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct RegistryMessage {
    #[prost(message, repeated, tag = "1")]
    pub(super) entities: Vec<Entity>,
    #[prost(string, tag = "3")]
    pub(super) schema_version: String,
    #[prost(string, tag = "4")]
    pub(super) version_id: String,
    #[prost(message, optional, tag = "5")]
    pub(super) last_updated: Option<Instant>,
    #[prost(message, repeated, tag = "6")]
    pub(super) feature_views: Vec<FeatureViewMessage>,
    #[prost(message, repeated, tag = "7")]
    pub(super) feature_services: Vec<ServiceMessage>,
    #[prost(message, repeated, tag = "8")]
    pub(super) on_demand_feature_views: Vec<NamedView>,
    #[prost(message, repeated, tag = "12")]
    pub(super) data_sources: Vec<DataSource>,
    #[prost(message, repeated, tag = "14")]
    pub(super) stream_feature_views: Vec<StreamFeatureView>,
    #[prost(message, repeated, tag = "17")]
    pub(super) projects: Vec<Project>,
    #[prost(message, repeated, tag = "19")]
    pub(super) label_views: Vec<NamedView>,
}

/// `feast.core.Project`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Project {
    #[prost(message, optional, tag = "1")]
    pub(super) spec: Option<ProjectSpec>,
    #[prost(message, optional, tag = "2")]
    pub(super) meta: Option<Meta>,
}

/// `feast.core.ProjectSpec`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ProjectSpec {
    #[prost(string, tag = "1")]
    pub(super) name: String,
}

/// When an object was made and last changed: `ProjectMeta` and `EntityMeta`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Meta {
    #[prost(message, optional, tag = "1")]
    pub(super) created: Option<Instant>,
    #[prost(message, optional, tag = "2")]
    pub(super) updated: Option<Instant>,
}

/// `feast.core.Entity`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Entity {
    #[prost(message, optional, tag = "1")]
    pub(super) spec: Option<EntitySpec>,
    #[prost(message, optional, tag = "2")]
    pub(super) meta: Option<Meta>,
}

/// `feast.core.EntitySpecV2`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct EntitySpec {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(int32, tag = "2")]
    pub(super) value_type: i32,
    #[prost(string, tag = "4")]
    pub(super) join_key: String,
    #[prost(string, tag = "9")]
    pub(super) project: String,
}

/// `feast.core.FeatureView`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct FeatureViewMessage {
    #[prost(message, optional, tag = "1")]
    pub(super) spec: Option<ViewSpec>,
    #[prost(message, optional, tag = "2")]
    pub(super) meta: Option<ViewMeta>,
}

/// `feast.core.FeatureViewSpec`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ViewSpec {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) project: String,
    #[prost(string, repeated, tag = "3")]
    pub(super) entities: Vec<String>,
    #[prost(message, repeated, tag = "4")]
    pub(super) features: Vec<FeatureSpec>,
    #[prost(btree_map = "string, string", tag = "5")]
    pub(super) tags: BTreeMap<String, String>,
    #[prost(message, optional, tag = "6")]
    pub(super) ttl: Option<Span>,
    #[prost(message, optional, tag = "7")]
    pub(super) batch_source: Option<DataSource>,
    #[prost(bool, tag = "8")]
    pub(super) online: bool,
    #[prost(message, optional, tag = "9")]
    pub(super) stream_source: Option<DataSource>,
    #[prost(string, tag = "11")]
    pub(super) owner: String,
    #[prost(message, repeated, tag = "12")]
    pub(super) entity_columns: Vec<FeatureSpec>,
    #[prost(string, tag = "18")]
    pub(super) version: String,
    #[prost(bool, tag = "20")]
    pub(super) disabled: bool,
}

/// `feast.core.StreamFeatureView`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct StreamFeatureView {
    #[prost(message, optional, tag = "1")]
    pub(super) spec: Option<StreamViewSpec>,
    #[prost(message, optional, tag = "2")]
    pub(super) meta: Option<ViewMeta>,
}

/// `feast.core.StreamFeatureViewSpec`: the same facts as [`ViewSpec`] under other numbers.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct StreamViewSpec {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) project: String,
    #[prost(string, repeated, tag = "3")]
    pub(super) entities: Vec<String>,
    #[prost(message, repeated, tag = "4")]
    pub(super) features: Vec<FeatureSpec>,
    #[prost(message, repeated, tag = "5")]
    pub(super) entity_columns: Vec<FeatureSpec>,
    #[prost(btree_map = "string, string", tag = "7")]
    pub(super) tags: BTreeMap<String, String>,
    #[prost(string, tag = "8")]
    pub(super) owner: String,
    #[prost(message, optional, tag = "9")]
    pub(super) ttl: Option<Span>,
    #[prost(message, optional, tag = "10")]
    pub(super) batch_source: Option<DataSource>,
    #[prost(message, optional, tag = "11")]
    pub(super) stream_source: Option<DataSource>,
    #[prost(bool, tag = "12")]
    pub(super) online: bool,
    #[prost(string, tag = "21")]
    pub(super) version: String,
    #[prost(bool, tag = "23")]
    pub(super) disabled: bool,
}

impl From<StreamViewSpec> for ViewSpec {
    fn from(spec: StreamViewSpec) -> Self {
        Self {
            name: spec.name,
            project: spec.project,
            entities: spec.entities,
            features: spec.features,
            tags: spec.tags,
            ttl: spec.ttl,
            batch_source: spec.batch_source,
            online: spec.online,
            stream_source: spec.stream_source,
            owner: spec.owner,
            entity_columns: spec.entity_columns,
            version: spec.version,
            disabled: spec.disabled,
        }
    }
}

/// A view of which only the name matters: `OnDemandFeatureView` and `LabelView`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct NamedView {
    #[prost(message, optional, tag = "1")]
    pub(super) spec: Option<NamedViewSpec>,
}

/// The first two fields of `OnDemandFeatureViewSpec` and of `LabelViewSpec`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct NamedViewSpec {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) project: String,
}

/// `feast.core.FeatureService`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ServiceMessage {
    #[prost(message, optional, tag = "1")]
    pub(super) spec: Option<ServiceSpec>,
}

/// `feast.core.FeatureServiceSpec`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ServiceSpec {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(string, tag = "2")]
    pub(super) project: String,
    #[prost(message, repeated, tag = "3")]
    pub(super) features: Vec<Projection>,
}

/// `feast.core.FeatureViewProjection`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Projection {
    #[prost(string, tag = "1")]
    pub(super) feature_view_name: String,
    #[prost(message, repeated, tag = "2")]
    pub(super) feature_columns: Vec<FeatureSpec>,
    #[prost(string, tag = "3")]
    pub(super) feature_view_name_alias: String,
    #[prost(btree_map = "string, string", tag = "4")]
    pub(super) join_key_map: BTreeMap<String, String>,
}

/// `feast.core.FeatureViewMeta`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct ViewMeta {
    #[prost(message, optional, tag = "1")]
    pub(super) created: Option<Instant>,
    #[prost(message, optional, tag = "2")]
    pub(super) updated: Option<Instant>,
    #[prost(message, repeated, tag = "3")]
    pub(super) materialization_intervals: Vec<Interval>,
    #[prost(int32, tag = "4")]
    pub(super) current_version_number: i32,
}

/// `feast.core.MaterializationInterval`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Interval {
    #[prost(message, optional, tag = "1")]
    pub(super) start: Option<Instant>,
    #[prost(message, optional, tag = "2")]
    pub(super) end: Option<Instant>,
}

/// `feast.core.FeatureSpecV2`: a feature or an entity column.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct FeatureSpec {
    #[prost(string, tag = "1")]
    pub(super) name: String,
    #[prost(int32, tag = "2")]
    pub(super) value_type: i32,
}

/// `google.protobuf.Duration`.
#[derive(Clone, Copy, PartialEq, prost::Message)]
pub(super) struct Span {
    #[prost(int64, tag = "1")]
    pub(super) seconds: i64,
    #[prost(int32, tag = "2")]
    pub(super) nanos: i32,
}

/// `feast.core.DataSource`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct DataSource {
    #[prost(int32, tag = "1")]
    pub(super) source_type: i32,
    #[prost(btree_map = "string, string", tag = "2")]
    pub(super) field_mapping: BTreeMap<String, String>,
    #[prost(string, tag = "3")]
    pub(super) timestamp_field: String,
    #[prost(string, tag = "5")]
    pub(super) created_timestamp_column: String,
    #[prost(message, optional, tag = "11")]
    pub(super) file_options: Option<FileOptions>,
    #[prost(string, tag = "17")]
    pub(super) class_type: String,
    #[prost(string, tag = "20")]
    pub(super) name: String,
    #[prost(string, tag = "21")]
    pub(super) project: String,
    #[prost(message, optional, boxed, tag = "26")]
    pub(super) batch_source: Option<Box<DataSource>>,
    #[prost(message, optional, tag = "50")]
    pub(super) meta: Option<SourceMeta>,
}

/// `feast.core.DataSource.FileOptions`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct FileOptions {
    #[prost(message, optional, tag = "1")]
    pub(super) file_format: Option<FileFormat>,
    #[prost(string, tag = "2")]
    pub(super) uri: String,
    #[prost(string, tag = "3")]
    pub(super) s3_endpoint_override: String,
}

/// `feast.core.FileFormat`; Parquet where nothing is said.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct FileFormat {
    #[prost(message, optional, tag = "2")]
    pub(super) delta: Option<Nothing>,
}

/// A message whose presence alone says something.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct Nothing {}

/// `feast.core.DataSource.SourceMeta`.
#[derive(Clone, PartialEq, prost::Message)]
pub(super) struct SourceMeta {
    #[prost(message, optional, tag = "3")]
    pub(super) created: Option<Instant>,
    #[prost(message, optional, tag = "4")]
    pub(super) updated: Option<Instant>,
}
