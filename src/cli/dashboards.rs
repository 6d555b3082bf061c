//! `skewwatch dashboards`: Grafana dashboards as files.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context as _;

use super::screen::Screen;
use crate::config::quantity;
use crate::kept::file;
use crate::publish::dashboards::{self, DashboardSettings};

/// Arguments of `skewwatch dashboards`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Folder for the files.
    #[arg(short, long, value_name = "FOLDER")]
    output: PathBuf,
    /// Longest time between two rounds of a view: windows over round counters hold at least three.
    #[arg(long, value_name = "DURATION", default_value = "5m", value_parser = interval)]
    interval: Duration,
}

fn interval(text: &str) -> Result<Duration, String> {
    match quantity::duration(text) {
        Ok(interval) if interval.is_zero() => Err("rounds cannot be 0s apart".to_owned()),
        Ok(interval) => Ok(interval),
        Err(complaint) => Err(format!("`{text}` {}", complaint.clause)),
    }
}

/// Writes the dashboards: exit code 0.
///
/// # Errors
/// When a file cannot be written.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let folder = &arguments.output;
    std::fs::create_dir_all(folder).with_context(|| format!("could not make the folder `{}`", folder.display()))?;
    let mut screen = Screen::open();
    for dashboard in dashboards::write(&DashboardSettings { interval: arguments.interval })? {
        let path = folder.join(dashboard.name);
        file::replace(&path, dashboard.text.as_bytes())
            .with_context(|| format!("could not write the dashboard to `{}`", path.display()))?;
        writeln!(screen, "{}", path.display())?;
    }
    screen.flush()?;
    Ok(ExitCode::SUCCESS)
}
