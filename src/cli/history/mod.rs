//! `skewwatch history`: what a service keeps on disk, for other tools.

mod export;

use std::process::ExitCode;

/// Arguments of `skewwatch history`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    /// Write rounds and findings as Parquet, a file per day, to a folder or an object store.
    Export(export::Arguments),
}

/// Runs the chosen subcommand.
///
/// # Errors
/// When the subcommand could not do its work.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    match arguments.command {
        Subcommand::Export(arguments) => export::run(arguments).await,
    }
}
