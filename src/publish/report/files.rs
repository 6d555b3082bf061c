//! A report as files where others fetch them: under the name of its period, and under one that stays.

use super::html::html;
use super::markdown::markdown;
use super::model::Report;
use crate::publish::archive::{Archive, ArchiveError};
use crate::publish::page::encoded;

/// Why a report is not where it should be.
#[derive(Debug, thiserror::Error)]
pub enum PutError {
    /// It could not be written as JSON.
    #[error("could not write the report as JSON")]
    Json(#[from] serde_json::Error),
    /// A file could not be put.
    #[error("could not put a file of the report")]
    Archive(#[from] ArchiveError),
}

impl Report {
    /// Puts the HTML, Markdown and JSON forms into an archive, each as `skew-2026-W47.html` and `skew-latest.html`, with the
    /// name of the team in it where the report is for one. Gives the names, those that stay last: they are replaced only
    /// when everything else is there.
    ///
    /// # Errors
    /// When a file cannot be put; each one is whole or what it was before.
    pub async fn put(&self, archive: &Archive) -> Result<Vec<String>, PutError> {
        let json = serde_json::to_vec_pretty(self)?;
        let forms = [("html", html(self).into_bytes()), ("md", markdown(self).into_bytes()), ("json", json)];
        let mut names = Vec::new();
        for tail in [self.period.as_str(), "latest"] {
            for (ending, content) in &forms {
                let name = file_name(self.team.as_deref(), tail, ending);
                archive.put(&name, content.clone()).await?;
                names.push(name);
            }
        }
        Ok(names)
    }
}

/// The name of a file: whose report it is, of which period (or `latest`), and in which form.
#[must_use]
pub fn file_name(team: Option<&str>, tail: &str, ending: &str) -> String {
    let stem = team.map_or_else(|| "skew".to_owned(), |team| format!("skew-{}", encoded(team)));
    format!("{stem}-{tail}.{ending}")
}
