//! `skewwatch drift`.

use std::process::ExitCode;

/// Arguments of `skewwatch drift`.
#[derive(Debug, clap::Args)]
pub struct Arguments {}

/// Runs the command.
///
/// # Errors
/// When it could not do its work at all.
pub async fn run(_arguments: Arguments) -> anyhow::Result<ExitCode> {
    Ok(ExitCode::SUCCESS)
}
