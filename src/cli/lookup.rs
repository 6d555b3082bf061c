//! `skewwatch lookup`: features over HTTP.

use std::io::Write as _;
use std::net::SocketAddr;
use std::process::ExitCode;

use super::screen::Screen;
use super::source::ConfigArguments;
use crate::run::feature_server::serve_features;

/// Arguments of `skewwatch lookup`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    config: ConfigArguments,
    /// Address to listen on, over that of the configuration; port 0 takes any that is free.
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
}

/// Serves features until told to stop (SIGTERM, or Ctrl-C).
///
/// # Errors
/// When the configuration is no good, the online store does not answer, or the address cannot be had.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut plan = arguments.config.load().await?;
    plan.serving.listen = arguments.listen.unwrap_or(plan.serving.listen);
    let announce = |address| {
        let mut screen = Screen::open();
        // Who closed standard output does not want to know.
        let _ = writeln!(screen, "serving on http://{address}").and_then(|()| screen.flush());
    };
    serve_features(plan, announce).await?;
    Ok(ExitCode::SUCCESS)
}
