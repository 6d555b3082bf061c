//! `skewwatch replay`: a round judged again from its evidence.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;

use super::check::{Format, exit_code, print};
use super::fail_on::FailOn;
use super::screen::Screen;
use crate::evidence;
use crate::publish::json;
use crate::run::replay;

/// Arguments of `skewwatch replay`.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The folder that `skewwatch check --evidence` wrote.
    #[arg(value_name = "FOLDER")]
    folder: PathBuf,
    /// How the result is printed.
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// From which severity a finding makes the exit code 1.
    #[arg(long, value_enum, default_value_t)]
    fail_on: FailOn,
}

/// Judges the evidence, prints the result, and holds it against what was reported.
///
/// # Errors
/// When the evidence cannot be read, the result cannot be written, or it is not what was reported.
pub async fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let (evidence, reported) = evidence::read(&arguments.folder)?;
    let report = replay(&evidence).await;
    print(&report, arguments.format, &mut Screen::open()).context("could not print the result")?;
    let mut again = Vec::new();
    json::write(&report, &mut again).context("could not write the result down")?;
    if let Some(line) = first_difference(&reported, &again) {
        anyhow::bail!(
            "what was reported is not what the evidence says, from line {line} of `report.json` on; another version of \
             skewwatch may judge otherwise"
        );
    }
    Ok(exit_code(&report, arguments.fail_on))
}

/// The first line, from 1, in which two texts differ; `None` where they are the same.
fn first_difference(reported: &[u8], again: &[u8]) -> Option<usize> {
    if reported == again {
        return None;
    }
    let mut lines = reported.split(|byte| *byte == b'\n').zip(again.split(|byte| *byte == b'\n'));
    let same = lines.position(|(one, other)| one != other);
    Some(same.unwrap_or_else(|| reported.split(|byte| *byte == b'\n').count().saturating_sub(1)) + 1)
}
