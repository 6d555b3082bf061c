//! From registry messages to the feature views to watch.

use std::path::Path;
use std::time::Duration;

use super::message::{FeatureSpec, RegistryMessage, Span, ViewMeta, ViewSpec};
use super::source::{Source, resolve, said};
use super::{RegistryViews, ViewVersioning};
use crate::feast::{FeastError, type_number};
use crate::model::entity::{JoinKey, KeyKind};
use crate::model::view::{Feature, FeatureView, FreshnessBasis, NotWatched};

/// The join key of views without entities, whose one value is the empty text.
pub const DUMMY_JOIN_KEY: &str = "__dummy_id";
/// The entity that Feast registers for them.
const DUMMY_ENTITY: &str = "__dummy";

/// What to read out of a registry.
#[derive(Clone, Copy)]
pub(super) struct Scope<'a> {
    pub(super) project: &'a str,
    pub(super) folder: &'a Path,
    pub(super) versioning: ViewVersioning,
}

/// The views of one project.
pub(super) fn of_project(registry: &RegistryMessage, scope: &Scope<'_>) -> Result<RegistryViews, FeastError> {
    let mut views = RegistryViews { watched: Vec::new(), not_watched: Vec::new() };
    for view in &registry.feature_views {
        if let Some(spec) = &view.spec {
            views.add(registry, scope, &Described { spec, meta: view.meta.as_ref(), fed: Fed::AsDeclared })?;
        }
    }
    for view in &registry.stream_feature_views {
        if let Some(spec) = view.spec.clone().map(ViewSpec::from) {
            views.add(registry, scope, &Described { spec: &spec, meta: view.meta.as_ref(), fed: Fed::ByStream })?;
        }
    }
    let on_demand = registry.on_demand_feature_views.iter().map(|view| (view, "it is computed on demand"));
    let labels = registry.label_views.iter().map(|view| (view, "it is a label view"));
    for (view, reason) in on_demand.chain(labels) {
        if let Some(spec) = view.spec.as_ref().filter(|spec| spec.project == scope.project) {
            views.leave_out(&spec.name, reason);
        }
    }
    Ok(views)
}

/// A view of either sort.
struct Described<'a> {
    spec: &'a ViewSpec,
    meta: Option<&'a ViewMeta>,
    fed: Fed,
}

/// How rows come into the online store.
#[derive(Clone, Copy)]
enum Fed {
    /// By its stream source if it has one, else by materialization.
    AsDeclared,
    /// By a stream.
    ByStream,
}

impl RegistryViews {
    fn leave_out(&mut self, feature_view: &str, reason: impl Into<String>) {
        self.not_watched.push(NotWatched { feature_view: feature_view.to_owned(), reason: reason.into() });
    }

    fn add(&mut self, registry: &RegistryMessage, scope: &Scope<'_>, view: &Described<'_>) -> Result<(), FeastError> {
        let spec = view.spec;
        if spec.project != scope.project {
            return Ok(());
        }
        if !spec.online {
            self.leave_out(&spec.name, "it is not served online (`online: false`)");
            return Ok(());
        }
        if spec.disabled {
            self.leave_out(&spec.name, "it is disabled");
            return Ok(());
        }
        let join_keys = match join_keys(registry, spec) {
            Ok(join_keys) => join_keys,
            Err(reason) => {
                self.leave_out(&spec.name, reason);
                return Ok(());
            }
        };
        let source = spec.batch_source.as_ref().or(spec.stream_source.as_ref());
        let source = match resolve(&spec.name, source, scope.folder)? {
            Source::Files(source) => source,
            Source::NotRead(reason) => {
                self.leave_out(&spec.name, reason);
                return Ok(());
            }
        };
        let features = self.features(spec);
        if features.is_empty() {
            self.leave_out(&spec.name, "it has no features that are read");
            return Ok(());
        }
        self.watched.push(FeatureView {
            project: Some(spec.project.clone()),
            online_name: online_name(spec, view.meta, scope.versioning),
            join_keys,
            features,
            ttl: spec.ttl.and_then(Span::time_to_live),
            freshness_basis: freshness_basis(view),
            owner: said(&spec.owner),
            team: spec.tags.get("team").and_then(|team| said(team)),
            tier: spec.tags.get("tier").and_then(|tier| said(tier)),
            materialized: Some(view.meta.is_some_and(|meta| !meta.materialization_intervals.is_empty())),
            ..FeatureView::new(&spec.name, source)
        });
        Ok(())
    }

    fn features(&mut self, spec: &ViewSpec) -> Vec<Feature> {
        let mut features = Vec::with_capacity(spec.features.len());
        for feature in &spec.features {
            match type_number::value_kind(feature.value_type) {
                Ok(kind) => features.push(Feature { name: feature.name.clone(), kind }),
                Err(name) => self.leave_out(
                    &spec.name,
                    format!("its feature `{}` has the type {name}, which is not read", feature.name),
                ),
            }
        }
        features
    }
}

/// The join keys in the order of declaration; the error is the reason why the view is not watched.
fn join_keys(registry: &RegistryMessage, spec: &ViewSpec) -> Result<Vec<JoinKey>, String> {
    if !spec.entity_columns.is_empty() {
        return spec
            .entity_columns
            .iter()
            .map(|FeatureSpec { name, value_type }| join_key(name, *value_type))
            .collect();
    }
    // Registries written before entity columns were recorded: the entities say it.
    let of_entity = |name: &String| {
        if name == DUMMY_ENTITY {
            return Ok(dummy());
        }
        let entities = registry.entities.iter().filter_map(|entity| entity.spec.as_ref());
        let entity = entities.into_iter().find(|entity| entity.name == *name && entity.project == spec.project);
        let entity = entity.ok_or_else(|| format!("its entity `{name}` is not in the registry"))?;
        join_key(&entity.join_key, entity.value_type)
    };
    let keys = spec.entities.iter().map(of_entity).collect::<Result<Vec<JoinKey>, String>>()?;
    Ok(if keys.is_empty() { vec![dummy()] } else { keys })
}

fn join_key(name: &str, value_type: i32) -> Result<JoinKey, String> {
    let kind = type_number::key_kind(value_type)
        .map_err(|kind| format!("its join key `{name}` has the type {kind}, which cannot be an entity key"))?;
    Ok(JoinKey { name: name.to_owned(), kind })
}

fn dummy() -> JoinKey {
    JoinKey { name: DUMMY_JOIN_KEY.to_owned(), kind: KeyKind::String }
}

fn online_name(spec: &ViewSpec, meta: Option<&ViewMeta>, versioning: ViewVersioning) -> String {
    match (versioning, meta.map_or(0, |meta| meta.current_version_number)) {
        (ViewVersioning::On, version) if version > 0 => format!("{}_v{version}", spec.name),
        (ViewVersioning::On | ViewVersioning::Off, _) => spec.name.clone(),
    }
}

fn freshness_basis(view: &Described<'_>) -> FreshnessBasis {
    match (view.fed, &view.spec.stream_source) {
        (Fed::ByStream, _) | (Fed::AsDeclared, Some(_)) => FreshnessBasis::View,
        (Fed::AsDeclared, None) => {
            let source = view.spec.batch_source.as_ref();
            // A push source in the place of the batch source, as older registries have it.
            let pushed = source.is_some_and(|source| source.file_options.is_none() && source.batch_source.is_some());
            if pushed { FreshnessBasis::View } else { FreshnessBasis::Version }
        }
    }
}

impl Span {
    /// The span as a time-to-live; `None` for nothing, which in Feast never expires.
    fn time_to_live(self) -> Option<Duration> {
        let span = Duration::new(u64::try_from(self.seconds).ok()?, u32::try_from(self.nanos).ok()?);
        (!span.is_zero()).then_some(span)
    }
}
