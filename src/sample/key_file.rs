//! Entity keys from a file: a CSV whose header names the join keys.

use std::path::{Path, PathBuf};

use crate::model::choice::KeyCollector;
use crate::model::entity::{EntityKey, JoinKey};

/// Why a file gives no keys.
#[derive(Debug, thiserror::Error)]
#[error("{path}: {cause}", path = path.display())]
pub struct KeyFileError {
    path: PathBuf,
    cause: String,
}

/// Offers every key of the file to `collector`. Columns that are no join keys are passed over.
///
/// # Errors
/// When the file cannot be read, lacks a join key or holds a value that is none of the key's type; nothing is skipped.
pub(super) fn offer(path: &Path, join_keys: &[JoinKey], collector: &mut KeyCollector) -> Result<(), KeyFileError> {
    let fail = |cause: String| KeyFileError { path: path.to_owned(), cause };
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_path(path).map_err(|error| fail(unopened(&error)))?;
    let header = reader.headers().map_err(|error| fail(error.to_string()))?.clone();
    let columns: Vec<usize> = join_keys
        .iter()
        .map(|join_key| {
            let place = header.iter().position(|name| name.trim_start_matches('\u{feff}') == join_key.name);
            place.ok_or_else(|| {
                let names: Vec<String> = header.iter().map(|name| format!("`{name}`")).collect();
                fail(format!("no column `{}`; the header has {}", join_key.name, names.join(", ")))
            })
        })
        .collect::<Result<_, _>>()?;
    for row in reader.records() {
        let row = row.map_err(|error| fail(error.to_string()))?;
        let line = row.position().map_or(0, csv::Position::line);
        let values: Vec<_> = columns
            .iter()
            .zip(join_keys)
            .map(|(&column, join_key)| {
                let text = row.get(column).unwrap_or_default();
                join_key.kind.parse_value(text).ok_or_else(|| {
                    // Without the text: messages are logged and served, and show no entity key.
                    fail(format!("line {line}: its `{}` is no {}", join_key.name, join_key.kind.name()))
                })
            })
            .collect::<Result<_, _>>()?;
        collector.offer(&EntityKey::new(values));
    }
    Ok(())
}

fn unopened(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Io(error) if error.kind() == std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
        _ => error.to_string(),
    }
}
