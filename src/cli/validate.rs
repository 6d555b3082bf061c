//! `skewwatch validate`: what the configuration says would be watched, and on request whether it can be reached.

use std::io::Write as _;
use std::process::ExitCode;

use super::outline::{Connection, Outline, Reached, SnapshotReached};
use super::screen::Screen;
use super::source::ConfigArguments;
use crate::config::Plan;
use crate::model::time::Clock;
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
    /// Also open the online store and list the snapshot of each view.
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
    Connection { online, snapshots, key_files }
}
