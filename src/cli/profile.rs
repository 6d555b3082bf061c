//! `skewwatch profile`: what statistics need of a snapshot, in a small file that `skewwatch drift` takes in its place.
//!
//! The file is written in one step. One that is there already is kept when it is of the same snapshot and settings, and
//! left alone when it is no profile.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};

use super::screen::Screen;
use crate::drift::{Source, profile};
use crate::kept::file;
use crate::model::figure;
use crate::model::time::{Clock, Timestamp};
use crate::publish::plain;
use crate::stats::profile::{ColumnType, Settings, TableProfile, is_document};
use crate::store::snapshot::{SnapshotSettings, SnapshotStore, Table, TableKind};

const EXAMPLES: &str = "\
Examples:
  skewwatch profile train.parquet -o train.profile.json
  skewwatch drift train.profile.json today.parquet
  skewwatch profile today.parquet --edges-of train.profile.json -o today.profile.json
  skewwatch drift train.profile.json today.profile.json

Exit code: 2 if something could not be read or written, else 0.";

/// Arguments of `skewwatch profile`.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// A Parquet file, a folder, a glob or an `s3://` address.
    snapshot: String,
    /// Write the profile to this file; `-` prints it.
    #[arg(long, short, value_name = "FILE")]
    output: PathBuf,
    /// Profile these columns only, separated by commas; else all that have statistics.
    #[arg(long, value_name = "NAMES", value_delimiter = ',')]
    columns: Vec<String>,
    /// Count over the edges and keys of this profile, so that both can be compared and merged exactly.
    #[arg(long, value_name = "PROFILE")]
    edges_of: Option<String>,
    /// When the snapshot was taken, as RFC 3339: points in time are then profiled by their age.
    #[arg(long, value_name = "TIME", value_parser = Timestamp::parse_rfc3339)]
    snapshot_time: Option<Timestamp>,
}

/// Runs the command: exit code 0 when the file holds the profile.
///
/// # Errors
/// When the snapshot, the profile with the edges or the present file could not be read, or the file not be written.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let store = SnapshotStore::new(SnapshotSettings::default());
    let over = match &arguments.edges_of {
        Some(address) => Some(edges(&store, address, arguments.snapshot_time).await?),
        None => None,
    };
    let table = store.table(&arguments.snapshot).await?;
    check_columns(&table, &arguments.columns)?;
    let settings = Settings {
        columns: arguments.columns.clone(),
        edges_of: over.as_ref().map(|over| over.ruler_digest().to_owned()),
        snapshot_time: arguments.snapshot_time,
    };
    let printed = arguments.output == Path::new("-");
    let mut screen = anstream::stderr();
    if !printed
        && let Some(present) = present(&arguments.output)?
        && present.is_of(table.identity(), &settings)
    {
        let path = arguments.output.display();
        writeln!(screen, "{path} is the profile of this snapshot already, made at {}", present.made_at)?;
        return Ok(ExitCode::SUCCESS);
    }
    let made = profile(&table, &settings, over.as_ref(), Clock::System.now()).await?;
    let text = made.to_json().context("could not write the profile")?;
    if printed {
        let mut out = Screen::open();
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("could not write the profile")?;
        return Ok(ExitCode::SUCCESS);
    }
    file::replace(&arguments.output, text.as_bytes())
        .with_context(|| format!("could not write `{}`", arguments.output.display()))?;
    summarize(&made, &mut screen)?;
    writeln!(screen, "written to {} ({})", arguments.output.display(), figure::bytes(text.len() as u64))?;
    Ok(ExitCode::SUCCESS)
}

/// The profile whose edges are counted.
async fn edges(store: &SnapshotStore, address: &str, snapshot_time: Option<Timestamp>) -> anyhow::Result<TableProfile> {
    let profile = match Source::open(store, address).await? {
        Source::Profile(profile) => *profile,
        Source::Table(_) => bail!("{address} is no profile; `skewwatch profile {address} -o FILE` makes one"),
    };
    let has_times = profile.columns.values().any(|column| column.column_type == ColumnType::Timestamp);
    match (profile.settings.snapshot_time, snapshot_time) {
        (Some(_), None) if has_times => bail!("{address} holds ages: give the `--snapshot-time` of this snapshot too"),
        (None, Some(_)) if has_times => {
            bail!("{address} holds points in time: make it with `--snapshot-time` to profile ages over its edges")
        }
        (Some(_) | None, _) => Ok(profile),
    }
}

/// Refuses columns that are not there or have no statistics.
fn check_columns(table: &Table, asked: &[String]) -> anyhow::Result<()> {
    for name in asked {
        match table.columns().iter().find(|column| column.name == *name).map(|column| &column.kind) {
            Some(TableKind::Other(kind)) => bail!("column `{name}` is of type {kind}, which has no statistics"),
            Some(
                TableKind::Integer
                | TableKind::Float
                | TableKind::Boolean
                | TableKind::Text
                | TableKind::Timestamp
                | TableKind::Null,
            ) => {}
            None => {
                let names: Vec<String> = table.columns().iter().map(|column| format!("`{}`", column.name)).collect();
                bail!("there is no column `{name}`; there are {}", names.join(", "));
            }
        }
    }
    Ok(())
}

/// The profile in the file that is to be written; `None` where there is none that could be used.
///
/// # Errors
/// When there is something else that must not be lost.
fn present(path: &Path) -> anyhow::Result<Option<TableProfile>> {
    let shown = path.display();
    let what = match std::fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        found => found.with_context(|| format!("could not read {shown}"))?,
    };
    if !what.is_file() {
        bail!("could not write {shown}: it is no regular file; `-o -` prints the profile");
    }
    let content = std::fs::read(path).with_context(|| format!("could not read {shown}"))?;
    if !content.is_empty() && !is_document(&content) {
        bail!("could not write {shown}: there is a file that is no profile; remove it or choose another name");
    }
    Ok(TableProfile::from_json(&content).ok())
}

/// Says what was profiled and what was not.
fn summarize(made: &TableProfile, out: &mut impl io::Write) -> io::Result<()> {
    let (rows, columns) = (figure::count(made.rows), figure::count(made.columns.len() as u64));
    let word = |count: u64, one: &'static str, many: &'static str| if count == 1 { one } else { many };
    writeln!(
        out,
        "{rows} {}, {columns} {}",
        word(made.rows, "row", "rows"),
        word(made.columns.len() as u64, "column", "columns")
    )?;
    for (name, kind) in &made.skipped {
        writeln!(out, "without statistics: {} ({})", plain::one_line(name), plain::one_line(kind))?;
    }
    Ok(())
}
