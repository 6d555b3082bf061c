//! A [`TableProfile`] as JSON, for other programs too.
//!
//! The document begins with its marker and version. What is read is checked: counts must add up, edges ascend. Whoever
//! holds a profile that was read can rely on that as on one that was made here.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::table::{ProfiledColumn, Settings, TableProfile};
use crate::model::history::{SnapshotFile, SnapshotIdentity};
use crate::model::time::Timestamp;

mod column;

use column::ColumnDocument;

/// The first name in the document; its value is the version.
pub const MARKER: &str = "skewwatch_profile";

/// The version that is written, and the newest that can be read.
pub const VERSION: u32 = 1;

/// A text is no profile that could be read.
#[derive(Debug, thiserror::Error)]
pub enum DocumentError {
    /// It has no marker.
    #[error("it is no profile; `skewwatch profile SNAPSHOT -o FILE` makes one")]
    NoProfile,
    /// It is of a newer version.
    #[error("it is a profile of version {0}, and this program reads versions up to {VERSION}; make it anew or update")]
    Newer(u64),
    /// It ends too early.
    #[error("it is cut off; make the profile anew")]
    CutOff,
    /// It is not of the form of a profile.
    #[error("it is damaged; make the profile anew")]
    Form(#[source] serde_json::Error),
    /// A column contradicts itself.
    #[error("column `{column}` is damaged: {cause}; make the profile anew")]
    Column {
        /// The column.
        column: String,
        /// What is wrong, as a clause.
        cause: &'static str,
    },
    /// A time makes no sense.
    #[error("it is damaged: {0}; make the profile anew")]
    Time(String),
}

/// Whether a text looks like a profile, by its beginning.
#[must_use]
pub fn is_document(beginning: &[u8]) -> bool {
    let text = beginning.trim_ascii_start().strip_prefix(b"{").map(<[u8]>::trim_ascii_start);
    let name = text.and_then(|text| text.strip_prefix(b"\""));
    name.and_then(|name| name.strip_prefix(MARKER.as_bytes())).is_some_and(|rest| rest.first() == Some(&b'"'))
}

#[derive(Deserialize, Serialize)]
struct Document {
    skewwatch_profile: u32,
    made_at: String,
    snapshot: SnapshotDocument,
    rows: u64,
    settings: SettingsDocument,
    columns: BTreeMap<String, ColumnDocument>,
    skipped: BTreeMap<String, String>,
}

#[derive(Deserialize, Serialize)]
struct SnapshotDocument {
    digest: String,
    files: Vec<FileDocument>,
}

#[derive(Deserialize, Serialize)]
struct FileDocument {
    location: String,
    size: u64,
    etag: Option<String>,
    last_modified: String,
}

#[derive(Deserialize, Serialize)]
struct SettingsDocument {
    columns: Vec<String>,
    edges_of: Option<String>,
    snapshot_time: Option<String>,
}

#[derive(Deserialize)]
struct Head {
    skewwatch_profile: u64,
}

impl TableProfile {
    /// The document, on one line.
    ///
    /// # Errors
    /// None that could be met: every figure of a profile is finite.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let file = |file: &SnapshotFile| FileDocument {
            location: file.location.clone(),
            size: file.size,
            etag: file.etag.clone(),
            last_modified: file.last_modified.to_string(),
        };
        let head = Document {
            skewwatch_profile: VERSION,
            made_at: self.made_at.to_string(),
            snapshot: SnapshotDocument {
                digest: self.snapshot.digest.clone(),
                files: self.snapshot.files.iter().map(file).collect(),
            },
            rows: self.rows,
            settings: SettingsDocument {
                columns: self.settings.columns.clone(),
                edges_of: self.settings.edges_of.clone(),
                snapshot_time: self.settings.snapshot_time.map(|time| time.to_string()),
            },
            columns: self.columns.iter().map(|(name, column)| (name.clone(), ColumnDocument::of(column))).collect(),
            skipped: self.skipped.clone(),
        };
        let mut text = serde_json::to_string(&head)?;
        text.push('\n');
        Ok(text)
    }

    /// Reads a document.
    ///
    /// # Errors
    /// When it is no profile, of a newer version, cut off, or contradicts itself.
    pub fn from_json(text: &[u8]) -> Result<Self, DocumentError> {
        if !is_document(text) {
            return Err(DocumentError::NoProfile);
        }
        let ends = text.trim_ascii_end().ends_with(b"}");
        let refused = |error: serde_json::Error| {
            if error.is_eof() || !ends { DocumentError::CutOff } else { DocumentError::Form(error) }
        };
        let head: Head = serde_json::from_slice(text).map_err(refused)?;
        if head.skewwatch_profile > u64::from(VERSION) {
            return Err(DocumentError::Newer(head.skewwatch_profile));
        }
        let document: Document = serde_json::from_slice(text).map_err(refused)?;
        let time = |text: &str| Timestamp::parse_rfc3339(text).map_err(DocumentError::Time);
        let file = |file: FileDocument| {
            Ok(SnapshotFile {
                last_modified: time(&file.last_modified)?,
                location: file.location,
                size: file.size,
                etag: file.etag,
            })
        };
        let rows = document.rows;
        let column = |(name, column): (String, ColumnDocument)| match column.profiled(rows) {
            Ok(column) => Ok((name, column)),
            Err(cause) => Err(DocumentError::Column { column: name, cause }),
        };
        Ok(Self {
            snapshot: SnapshotIdentity {
                files: document.snapshot.files.into_iter().map(file).collect::<Result<_, DocumentError>>()?,
                digest: document.snapshot.digest,
            },
            made_at: time(&document.made_at)?,
            settings: Settings {
                columns: document.settings.columns,
                edges_of: document.settings.edges_of,
                snapshot_time: document.settings.snapshot_time.as_deref().map(time).transpose()?,
            },
            rows,
            columns: document
                .columns
                .into_iter()
                .map(column)
                .collect::<Result<BTreeMap<String, ProfiledColumn>, DocumentError>>()?,
            skipped: document.skipped,
        })
    }
}
