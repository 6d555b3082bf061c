//! A plan in outline, as `validate` prints it: for people as aligned text, for programs as JSON.

use std::path::Path;

use comfy_table::Table;
use comfy_table::presets::NOTHING;
use serde::Serialize;

use super::cost::RoundCost;
use super::telling::Telling;
use crate::config::quantity::duration_text;
use crate::config::{Plan, ServedSettings};
use crate::model::figure;
use crate::model::ratio::Ratio;
use crate::model::view::{FeatureView, FreshnessBasis, NotWatched, Pairing};
use crate::sample::KeySource;
use crate::store::online::{KeySerialization, OnlineSettings, RedisLayout, RedisSettings, RedisTopology};

/// What stands for the folder of profiles where there is none.
const NO_PROFILES: &str = "not kept, so that no snapshot is held against the one before";

/// What stands for the reference of a view that names none.
const NEWEST_VALUES: &str = "newest offline values";

/// What would be watched, and what of it could be reached.
#[derive(Debug, Serialize)]
pub(super) struct Outline {
    config: String,
    online_store: OnlineOutline,
    sample: SampleOutline,
    profiles: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    serving: Vec<String>,
    feature_views: Vec<ViewOutline>,
    not_watched: Vec<NotWatched>,
    telling: Telling,
    #[serde(skip_serializing_if = "Option::is_none")]
    connection: Option<Connection>,
}

/// What could be reached.
#[derive(Debug, Serialize)]
pub(super) struct Connection {
    /// The online store.
    pub(super) online: Reached,
    /// The snapshot of each view.
    pub(super) snapshots: Vec<SnapshotReached>,
    /// The reference of each view that names one.
    pub(super) references: Vec<ReferenceReached>,
    /// Files of keys, in the order of the sources.
    pub(super) key_files: Vec<Reached>,
    /// The folder of profiles; `None` where none are kept.
    pub(super) profiles: Option<Reached>,
    /// What a round of each view will cost.
    pub(super) costs: Vec<RoundCost>,
}

/// Whether something could be reached.
#[derive(Debug, Default, Serialize)]
pub(super) struct Reached {
    /// Why not; `None` if it was.
    pub(super) error: Option<String>,
}

/// Whether a snapshot could be listed.
#[derive(Debug, Serialize)]
pub(super) struct SnapshotReached {
    /// The view.
    pub(super) feature_view: String,
    /// How many files it has.
    pub(super) files: Option<usize>,
    /// Their size.
    pub(super) bytes: Option<u64>,
    /// Why it could not be listed; `None` if it was.
    pub(super) error: Option<String>,
}

/// Whether a reference could be read, and what it has.
#[derive(Debug, Serialize)]
pub(super) struct ReferenceReached {
    /// The view.
    pub(super) feature_view: String,
    /// How many files it has.
    pub(super) files: Option<usize>,
    /// Their size.
    pub(super) bytes: Option<u64>,
    /// Features that it does not have.
    pub(super) lacks: Vec<String>,
    /// Why it could not be read; `None` if it was.
    pub(super) error: Option<String>,
}

#[derive(Debug, Serialize)]
struct OnlineOutline {
    address: String,
    layout: String,
}

#[derive(Debug, Serialize)]
struct SampleOutline {
    keys: usize,
    sources: Vec<String>,
    rotating: Ratio,
    seed: u64,
}

#[derive(Debug, Serialize)]
struct ViewOutline {
    name: String,
    project: Option<String>,
    join_keys: Vec<Typed>,
    features: Vec<Typed>,
    ttl_seconds: Option<f64>,
    pairing: Pairing,
    freshness_basis: FreshnessBasis,
    snapshot: String,
    reference: Option<String>,
    event_timestamp: String,
    owner: Option<String>,
    team: Option<String>,
    tier: Option<String>,
    #[serde(skip)]
    ttl: String,
}

#[derive(Debug, Serialize)]
struct Typed {
    name: String,
    r#type: String,
}

impl Connection {
    /// Whether nothing failed.
    pub(super) fn all_reached(&self) -> bool {
        self.failures().next().is_none()
    }

    fn failures(&self) -> impl Iterator<Item = &str> {
        let snapshots = self.snapshots.iter().map(|snapshot| &snapshot.error);
        let references = self.references.iter().map(|reference| &reference.error);
        let others = self.key_files.iter().chain(&self.profiles).map(|file| &file.error);
        std::iter::once(&self.online.error)
            .chain(snapshots)
            .chain(references)
            .chain(others)
            .flatten()
            .chain(self.costs.iter().flat_map(|cost| &cost.errors))
            .map(String::as_str)
    }
}

impl Outline {
    /// The outline of the plan that `config` gave.
    pub(super) fn new(config: &Path, plan: &Plan, connection: Option<Connection>) -> Self {
        Self {
            config: config.display().to_string(),
            online_store: OnlineOutline { address: address(&plan.online), layout: layout(&plan.online) },
            sample: SampleOutline {
                keys: plan.sample.keys,
                sources: plan.sample.sources.iter().map(source).collect(),
                rotating: plan.sample.rotating,
                seed: plan.sample.seed,
            },
            profiles: plan.profiles.as_ref().map(|folder| folder.display().to_string()),
            serving: plan.served.sections().iter().map(serving).collect(),
            feature_views: plan.views.iter().map(ViewOutline::new).collect(),
            not_watched: plan.not_watched.clone(),
            telling: Telling::of(plan),
            connection,
        }
    }

    /// The outline for people, without colours; ends with a line break.
    pub(super) fn table(&self) -> String {
        let sample = &self.sample;
        let (watched, left_out) = (self.feature_views.len(), self.not_watched.len());
        let noun = if watched == 1 { "feature view" } else { "feature views" };
        let mut text = format!("{} is sound: {watched} {noun} watched, {left_out} not watched\n\n", self.config);
        let rotating = figure::limit_percent(sample.rotating.get());
        let each = if sample.sources.len() == 1 { "" } else { "each of " };
        let keys = figure::count(sample.keys as u64);
        let keys = format!("{keys} a view from {each}{}", sample.sources.join(", "));
        let mut lines = vec![
            vec!["online store".into(), format!("{}, {}", self.online_store.address, self.online_store.layout)],
            vec!["entity keys".into(), keys],
            vec![String::new(), format!("{rotating} of them other ones for each snapshot, seed {}", sample.seed)],
            vec!["profiles".into(), self.profiles.clone().unwrap_or_else(|| NO_PROFILES.to_owned())],
        ];
        lines.extend(self.serving.iter().map(|serving| vec!["serving path".into(), serving.clone()]));
        lines.push(vec!["findings".into(), self.telling.patience()]);
        lines.push(vec!["alerts".into(), self.telling.alerts()]);
        text.push_str(&aligned(&lines));
        let head = ["feature view", "join keys", "features", "ttl", "pairing", "snapshot", "team", "owner"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        rows.extend(self.feature_views.iter().map(ViewOutline::row));
        if self.feature_views.iter().any(|view| view.reference.is_some()) {
            let said = self.feature_views.iter().map(|view| view.reference.as_deref().unwrap_or(NEWEST_VALUES));
            for (row, reference) in rows.iter_mut().zip(std::iter::once("reference").chain(said)) {
                row.push(reference.to_owned());
            }
        }
        text.push('\n');
        text.push_str(&aligned(&rows));
        if !self.not_watched.is_empty() {
            text.push_str("\nnot watched\n");
            let row = |view: &NotWatched| vec![format!("  {}", view.feature_view), view.reason.clone()];
            text.push_str(&aligned(&self.not_watched.iter().map(row).collect::<Vec<_>>()));
        }
        if let Some(connection) = &self.connection {
            text.push_str("\nconnected\n");
            text.push_str(&aligned(&connection.rows()));
            if connection.costs.iter().any(RoundCost::is_known) {
                text.push_str("\nwhat a round costs, about\n");
                let costs = connection.costs.iter().filter(|cost| cost.is_known()).map(RoundCost::row);
                text.push_str(&aligned(&std::iter::once(RoundCost::head()).chain(costs).collect::<Vec<_>>()));
            }
            connection.costs.iter().flat_map(RoundCost::callers).for_each(|line| text.push_str(&line));
            connection.costs.iter().flat_map(RoundCost::warnings).for_each(|warning| text.push_str(&warning));
            let failures = connection.failures().count();
            if failures > 0 {
                text.push_str(&format!("\n{failures} of these could not be reached\n"));
            }
        }
        text
    }
}

impl Connection {
    fn rows(&self) -> Vec<Vec<String>> {
        let answer = |error: &Option<String>, reached: &str| error.clone().unwrap_or_else(|| reached.to_owned());
        let found = |files: Option<usize>, bytes: Option<u64>| match (files, bytes) {
            (Some(files), Some(bytes)) => {
                let noun = if files == 1 { "file" } else { "files" };
                format!("{} {noun}, {}", figure::count(files as u64), figure::bytes(bytes))
            }
            (None, _) | (_, None) => String::new(),
        };
        let mut rows = vec![vec!["  online store".to_owned(), answer(&self.online.error, "answers")]];
        for snapshot in &self.snapshots {
            let found = found(snapshot.files, snapshot.bytes);
            rows.push(vec![format!("  snapshot of {}", snapshot.feature_view), answer(&snapshot.error, &found)]);
        }
        for reference in &self.references {
            let mut found = found(reference.files, reference.bytes);
            if !reference.lacks.is_empty() {
                found.push_str(&format!("; it lacks {}", reference.lacks.join(", ")));
            }
            rows.push(vec![format!("  reference of {}", reference.feature_view), answer(&reference.error, &found)]);
        }
        rows.extend(self.key_files.iter().map(|file| vec!["  keys".to_owned(), answer(&file.error, "file is there")]));
        let profiles = self.profiles.as_ref();
        rows.extend(profiles.map(|folder| vec!["  profiles".to_owned(), answer(&folder.error, "can be kept")]));
        rows
    }
}

impl ViewOutline {
    fn new(view: &FeatureView) -> Self {
        let key = |name: &String, kind: String| Typed { name: name.clone(), r#type: kind };
        Self {
            name: view.name.clone(),
            project: view.project.clone(),
            join_keys: view.join_keys.iter().map(|join| key(&join.name, join.kind.name().to_owned())).collect(),
            features: view.features.iter().map(|feature| key(&feature.name, feature.kind.to_string())).collect(),
            ttl_seconds: view.ttl.map(|ttl| ttl.as_secs_f64()),
            pairing: view.pairing,
            freshness_basis: view.freshness_basis,
            snapshot: view.source.location.clone(),
            reference: view.reference.clone(),
            event_timestamp: view.source.event_timestamp.clone(),
            owner: view.owner.clone(),
            team: view.team.clone(),
            tier: view.tier.clone(),
            ttl: view.ttl.map_or_else(|| "never expires".to_owned(), duration_text),
        }
    }

    fn row(&self) -> Vec<String> {
        let lines = |typed: &[Typed]| {
            let lines: Vec<String> = typed.iter().map(|part| format!("{} {}", part.name, part.r#type)).collect();
            lines.join("\n")
        };
        let pairing = match self.pairing {
            Pairing::Version => "version",
            Pairing::AsOf => "as_of",
            Pairing::Value => "value",
        };
        let said = |text: &Option<String>| text.clone().unwrap_or_else(|| figure::NOTHING.to_owned());
        vec![
            self.name.clone(),
            lines(&self.join_keys),
            lines(&self.features),
            self.ttl.clone(),
            pairing.to_owned(),
            self.snapshot.clone(),
            said(&self.team),
            said(&self.owner),
        ]
    }
}

/// Rows in aligned columns, two blanks between them.
fn aligned(rows: &[Vec<String>]) -> String {
    let mut table = Table::new();
    table.load_preset(NOTHING).add_rows(rows);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    let lines = table.lines().map(|line| line.trim_end().to_owned() + "\n");
    lines.collect()
}

fn source(source: &KeySource) -> String {
    match source {
        KeySource::Offline | KeySource::Online => source.name().to_owned(),
        KeySource::File(path) => format!("file {}", path.display()),
    }
}

/// The store's address without secrets.
fn address(settings: &OnlineSettings) -> String {
    match settings {
        OnlineSettings::Sqlite(settings) => format!("sqlite:{}", settings.path.display()),
        OnlineSettings::Redis(settings) => redis_address(settings),
    }
}

fn redis_address(settings: &RedisSettings) -> String {
    let scheme = if settings.tls.is_some() { "rediss" } else { "redis" };
    let nodes = settings.nodes.join(",");
    let database = if settings.database == 0 { String::new() } else { format!("/{}", settings.database) };
    let run = match &settings.topology {
        RedisTopology::Single => String::new(),
        RedisTopology::Cluster => " (cluster)".to_owned(),
        RedisTopology::Sentinel { master, .. } => format!(" (sentinels of `{master}`)"),
    };
    format!("{scheme}://{nodes}{database}{run}")
}

/// What is read as the third view: "1,000 keys through http://…; the log logs/*.parquet".
fn serving(served: &ServedSettings) -> String {
    let path = served
        .path
        .as_ref()
        .map(|path| format!("{} keys of a round through {}", figure::count(path.keys as u64), path.server.address));
    let log = served.log.as_ref().map(|log| format!("the log of requests {}", log.location));
    let views = served.views.as_ref().map(|views| format!(", for {}", views.join(", "))).unwrap_or_default();
    path.into_iter().chain(log).collect::<Vec<_>>().join("; ") + &views
}

fn layout(settings: &OnlineSettings) -> String {
    let feast = |keys: KeySerialization| {
        let version = match keys {
            KeySerialization::V2 => 2,
            KeySerialization::V3 => 3,
        };
        format!("layout of Feast, entity keys of version {version}")
    };
    match settings {
        OnlineSettings::Sqlite(settings) => feast(settings.keys),
        OnlineSettings::Redis(settings) => match &settings.layout {
            RedisLayout::Feast { keys } => feast(*keys),
            RedisLayout::Plain(plain) => format!("keys `{}`", plain.key),
        },
    }
}
