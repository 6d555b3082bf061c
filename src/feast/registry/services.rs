//! From registry messages to feature services.

use super::message::{Projection, RegistryMessage};
use super::source::said;
use crate::model::service::{FeatureService, ServicePart};

/// The services of one project.
pub(super) fn of_project(registry: &RegistryMessage, project: &str) -> Vec<FeatureService> {
    let specs = registry.feature_services.iter().filter_map(|service| service.spec.as_ref());
    let of_project = specs.filter(|spec| spec.project == project);
    of_project
        .map(|spec| FeatureService { name: spec.name.clone(), parts: spec.features.iter().map(part).collect() })
        .collect()
}

fn part(projection: &Projection) -> ServicePart {
    ServicePart {
        view: projection.feature_view_name.clone(),
        alias: said(&projection.feature_view_name_alias),
        features: projection.feature_columns.iter().map(|feature| feature.name.clone()).collect(),
        join_keys: projection.join_key_map.clone(),
    }
}
