//! A configuration that has been read, resolved and found sound.

use std::path::PathBuf;

use super::lookup::ServingSettings;
use super::publish::PublishSettings;
use super::service::ServicePlan;
use super::serving::ServedPlan;
use crate::judge::CheckBook;
use crate::model::service::FeatureService;
use crate::model::view::{FeatureView, NotWatched};
use crate::sample::SampleSettings;
use crate::store::online::OnlineSettings;
use crate::store::snapshot::SnapshotSettings;

/// What to watch and how: no defaults are left open, no name unresolved.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// The views to watch, in the order of the file or registry.
    pub views: Vec<FeatureView>,
    /// Views that are known and not watched.
    pub not_watched: Vec<NotWatched>,
    /// Feature services of the Feast repository; none without one.
    pub services: Vec<FeatureService>,
    /// The online store.
    pub online: OnlineSettings,
    /// Access to snapshots.
    pub snapshots: SnapshotSettings,
    /// The choice of keys.
    pub sample: SampleSettings,
    /// Limits.
    pub checks: CheckBook,
    /// Folder in which profiles of snapshots are kept; `None` keeps none, and compares no snapshot with the one before.
    pub profiles: Option<PathBuf>,
    /// When rounds are due, and what is known and accepted.
    pub service: ServicePlan,
    /// Where a service tells what it finds.
    pub publish: PublishSettings,
    /// How features are served.
    pub serving: ServingSettings,
    /// How the serving path is read beside the store, per view.
    pub served: ServedPlan,
}
