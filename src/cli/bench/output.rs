//! Where the report of a benchmark goes: files, each written whole or not at all, and the terminal.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;

use super::summary;
use crate::bench::report::{Judged, Report, document, hgrm, page};
use crate::cli::screen::Screen;
use crate::kept::file;

/// Files to write.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Output {
    /// Write everything, histograms of each second included, as JSON; `skewwatch bench merge` puts several together.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write a page that needs nothing else.
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Write the response times by percentile for HdrHistogram's plotter.
    #[arg(long, value_name = "FILE")]
    hgrm: Option<PathBuf>,
}

impl Output {
    /// Whether the files can be written, as far as it shows before the run whose figures would be lost.
    ///
    /// # Errors
    /// When a folder is missing, or stands where a file is to be.
    pub(super) fn check(&self) -> anyhow::Result<()> {
        for path in [&self.json, &self.html, &self.hgrm].into_iter().flatten() {
            let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            anyhow::ensure!(
                folder.is_dir(),
                "could not write `{}`: there is no folder `{}`",
                path.display(),
                folder.display()
            );
            anyhow::ensure!(!path.is_dir(), "could not write `{}`: it is a folder", path.display());
        }
        Ok(())
    }

    /// Prints what a report comes to and writes the files; the exit code is that of the verdict: 0 proven or nothing
    /// promised, 1 missed, 2 invalid.
    ///
    /// # Errors
    /// When a file could not be written; the summary has been printed then.
    pub(super) fn write(&self, report: &Report) -> anyhow::Result<ExitCode> {
        let judged = Judged::new(report);
        let mut screen = Screen::open();
        summary::write(&mut screen, &judged).and_then(|()| screen.flush()).context("could not write the result")?;
        self.save_judged(&judged)?;
        Ok(ExitCode::from(judged.verdict.map_or(0, |verdict| verdict.exit_code())))
    }

    /// Writes the files.
    ///
    /// # Errors
    /// When one could not be written.
    pub(super) fn save(&self, report: &Report) -> anyhow::Result<()> {
        self.save_judged(&Judged::new(report))
    }

    fn save_judged(&self, judged: &Judged<'_>) -> anyhow::Result<()> {
        if let Some(path) = &self.json {
            save(path, &document::write(judged)?)?;
        }
        if let Some(path) = &self.html {
            save(path, page::page(judged).as_bytes())?;
        }
        if let Some(path) = &self.hgrm {
            save(path, hgrm::text(&judged.whole.response).as_bytes())?;
        }
        Ok(())
    }
}

fn save(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    file::replace(path, content).with_context(|| format!("could not write `{}`", path.display()))
}
