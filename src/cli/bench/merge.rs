//! `skewwatch bench merge`: what several processes and machines did, as one.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use super::output::Output;
use crate::bench::objective::Objective;
use crate::bench::report::merge::{Promises, merge};
use crate::bench::report::{Report, document};

/// Arguments of `skewwatch bench merge`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// Documents that `--json` wrote. Runs of the same seconds add up; runs one after the other must have had the same rate.
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// What all of them are held against; without it what they say themselves, which must be the same.
    #[arg(long, value_name = "OBJECTIVE")]
    slo: Option<Objective>,
    #[command(flatten)]
    output: Output,
}

/// Reads, merges, judges.
///
/// # Errors
/// When a file is no document, or they do not belong together.
pub(super) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    arguments.output.check()?;
    let reports = arguments.files.iter().map(|path| Ok((path.display().to_string(), read(path)?)));
    let reports = reports.collect::<anyhow::Result<Vec<_>>>()?;
    let promises = if arguments.slo.is_some() { Promises::AreReplaced } else { Promises::MustAgree };
    let mut merged = merge(reports, promises)?;
    if let Some(objective) = arguments.slo {
        merged.objective = objective;
    }
    arguments.output.write(&merged)
}

fn read(path: &Path) -> anyhow::Result<Report> {
    let could_not = || format!("could not read `{}`", path.display());
    let bytes = std::fs::read(path).with_context(could_not)?;
    document::read(&bytes).with_context(could_not)
}
