//! `skewwatch serve`: rounds on a schedule.

use std::io::Write as _;
use std::process::ExitCode;

use super::screen::Screen;
use super::source::ConfigArguments;
use crate::run::serve::{ConfigSource, serve};

/// Arguments of `skewwatch serve`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
}

/// Serves until told to stop (SIGTERM, or Ctrl-C); SIGHUP reads the configuration again.
///
/// # Errors
/// When the configuration is no good, or the address or the history cannot be had.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let source = ConfigSource { path: arguments.config.config, environment: |name| std::env::var(name).ok() };
    let announce = |address| {
        let mut screen = Screen::open();
        // Who closed standard output does not want to know.
        let _ = writeln!(screen, "serving on http://{address}").and_then(|()| screen.flush());
    };
    serve(source, announce).await?;
    Ok(ExitCode::SUCCESS)
}
