//! `skewwatch validate`: what the configuration says would be watched, and on request whether it can be reached.

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use super::cost::RoundCost;
use super::outline::{Connection, Outline, Reached, ReferenceReached, SnapshotReached};
use super::screen::Screen;
use super::source::ConfigArguments;
use crate::config::Plan;
use crate::model::time::Clock;
use crate::model::view::FeatureView;
use crate::run::{chain, estimates, given};
use crate::sample::KeySource;
use crate::store::online::OnlineStore;
use crate::store::snapshot::SnapshotStore;

/// Arguments of `skewwatch validate`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    source: ConfigArguments,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
    /// Also open both sides, look at a little of each, and say what a round will cost them.
    #[arg(long)]
    connect: bool,
}

/// Forms of output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// For people.
    Table,
    /// For programs.
    Json,
}

/// Runs the command: exit code 0 if the configuration is sound and, with `--connect`, all of it can be reached.
///
/// # Errors
/// When the configuration gives no plan, or the result cannot be written.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let plan = arguments.source.load().await?;
    let connection = if arguments.connect { Some(connect(&plan).await) } else { None };
    let all_reached = connection.as_ref().is_none_or(Connection::all_reached);
    let outline = Outline::new(&arguments.source.config, &plan, connection);
    let text = match arguments.format {
        Format::Table => outline.table(),
        Format::Json => serde_json::to_string_pretty(&outline)? + "\n",
    };
    let mut screen = Screen::open();
    screen.write_all(text.as_bytes())?;
    screen.flush()?;
    Ok(if all_reached { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

/// Tries to reach everything that a round would read; one failure does not stop the others.
async fn connect(plan: &Plan) -> Connection {
    let online = match OnlineStore::connect(&plan.online).await {
        Ok(_) => Reached::default(),
        Err(error) => Reached { error: Some(error.to_string()) },
    };
    let store = SnapshotStore::new(plan.snapshots.clone());
    let now = Clock::System.now();
    let mut snapshots = Vec::with_capacity(plan.views.len());
    for view in &plan.views {
        let feature_view = view.name.clone();
        snapshots.push(match store.open(view, now).await {
            Ok(snapshot) => {
                let files = &snapshot.identity().files;
                let bytes = files.iter().map(|file| file.size).sum();
                SnapshotReached { feature_view, files: Some(files.len()), bytes: Some(bytes), error: None }
            }
            Err(error) => SnapshotReached { feature_view, files: None, bytes: None, error: Some(error.to_string()) },
        });
    }
    let mut references = Vec::new();
    for view in &plan.views {
        if let Some(address) = &view.reference {
            references.push(reach_reference(&store, view, address).await);
        }
    }
    let mut key_files = Vec::new();
    for source in &plan.sample.sources {
        match source {
            KeySource::Offline | KeySource::Online => {}
            KeySource::File(path) => {
                let error = std::fs::metadata(path).err().map(|error| {
                    let cause = match error.kind() {
                        std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
                        _ => error.to_string(),
                    };
                    format!("could not read {}: {cause}", path.display())
                });
                key_files.push(Reached { error });
            }
        }
    }
    let profiles = plan.profiles.as_deref().map(|folder| Reached { error: folder_fault(folder) });
    let costs = estimates(plan, &store).await.into_iter().map(RoundCost::of).collect();
    Connection { online, snapshots, references, key_files, profiles, costs }
}

/// Lists a reference as a round would, and looks for the view's features in it.
async fn reach_reference(store: &SnapshotStore, view: &FeatureView, address: &str) -> ReferenceReached {
    let feature_view = view.name.clone();
    match columns_of_reference(store, view, address).await {
        Ok(Columns { files, bytes, names }) => {
            let is_held = |feature: &str| view.names_in_reference(feature).iter().any(|name| names.contains(name));
            let features = view.features.iter().map(|feature| &feature.name);
            let lacks = features.filter(|feature| !is_held(feature)).cloned().collect();
            ReferenceReached { feature_view, files: Some(files), bytes: Some(bytes), lacks, error: None }
        }
        Err(error) => {
            ReferenceReached { feature_view, files: None, bytes: None, lacks: Vec::new(), error: Some(error) }
        }
    }
}

/// The files of a reference and the columns that they hold.
struct Columns {
    files: usize,
    bytes: u64,
    names: Vec<String>,
}

async fn columns_of_reference(store: &SnapshotStore, view: &FeatureView, address: &str) -> Result<Columns, String> {
    let listing = store.listing(address, &view.source).await.map_err(|error| chain(&error))?;
    let names = match given(store, &listing).await.map_err(|error| chain(&error))? {
        Some(profile) => profile.columns.into_keys().chain(profile.skipped.into_keys()).collect(),
        None => {
            let table = store.listed(&listing).await.map_err(|error| chain(&error))?;
            table.columns().iter().map(|column| column.name.clone()).collect()
        }
    };
    let files = listing.identity().files;
    Ok(Columns { files: files.len(), bytes: files.iter().map(|file| file.size).sum(), names })
}

/// Why profiles cannot be kept in a folder, as far as that can be told without writing.
fn folder_fault(folder: &Path) -> Option<String> {
    let cause = match std::fs::metadata(folder) {
        Ok(found) if !found.is_dir() => "it is no folder".to_owned(),
        Ok(found) if found.permissions().readonly() => "it is read-only".to_owned(),
        Ok(_) => return None,
        // It is made when the first profile is kept.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return None,
        Err(error) => error.to_string(),
    };
    Some(format!("could not keep profiles in {}: {cause}", folder.display()))
}
