//! The batch source of a feature view: where its training data lies.

use std::path::{Path, absolute};

use super::message::DataSource;
use crate::feast::FeastError;
use crate::model::view::SnapshotSource;

/// What came of a view's source.
pub(super) enum Source {
    /// Parquet files.
    Files(SnapshotSource),
    /// Something that is not read; the reason, as a clause.
    NotRead(String),
}

/// Finds the files behind the batch source of `view`; push and stream sources carry theirs inside.
///
/// # Errors
/// When the source has no timestamp column or its path cannot be made absolute.
pub(super) fn resolve(view: &str, source: Option<&DataSource>, folder: &Path) -> Result<Source, FeastError> {
    let Some(source) = source else {
        return Ok(Source::NotRead("it has no batch source".to_owned()));
    };
    if source.file_options.is_none()
        && let Some(inner) = source.batch_source.as_deref()
    {
        return resolve(view, Some(inner), folder);
    }
    let Some(files) = &source.file_options else {
        return Ok(Source::NotRead(format!("its source is {}, and only Parquet files are read", described(source))));
    };
    if files.file_format.as_ref().is_some_and(|format| format.delta.is_some()) {
        return Ok(Source::NotRead("its source is a Delta table, and only Parquet files are read".to_owned()));
    }
    if files.uri.is_empty() {
        return Ok(Source::NotRead("its file source names no path".to_owned()));
    }
    let location = match files.uri.split_once("://") {
        Some(("s3", _)) => files.uri.clone(),
        Some(("file", path)) => local(view, Path::new(path))?,
        Some((scheme, _)) => {
            return Ok(Source::NotRead(format!(
                "its source lies on `{scheme}://`, and only local files and `s3://` are read"
            )));
        }
        None => local(view, &folder.join(&files.uri))?,
    };
    if source.timestamp_field.is_empty() {
        return Err(FeastError::view(
            view,
            format!("has no timestamp column: set `timestamp_field` of its source `{}`", source.name),
        ));
    }
    Ok(Source::Files(SnapshotSource {
        endpoint: said(&files.s3_endpoint_override),
        created: said(&source.created_timestamp_column),
        field_mapping: source.field_mapping.clone().into_iter().collect(),
        ..SnapshotSource::new(&location, &source.timestamp_field)
    }))
}

/// Protobuf has no absent text; an empty one says nothing.
pub(super) fn said(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn local(view: &str, path: &Path) -> Result<String, FeastError> {
    let shown = path.display();
    let path = absolute(path)
        .map_err(|error| FeastError::view(view, format!("has the source `{shown}`, which is no path here: {error}")))?;
    let text = path.into_os_string().into_string();
    text.map_err(|_| FeastError::view(view, format!("has the source `{shown}`, whose path is not UTF-8")))
}

/// `feast.core.DataSource.SourceType` in words.
fn described(source: &DataSource) -> String {
    let kind = match source.source_type {
        1 => "a file",
        2 => "a BigQuery table",
        3 => "a Kafka topic",
        4 => "a Kinesis stream",
        5 => "a Redshift table",
        7 => "the request itself",
        8 => "a Snowflake table",
        9 => "a push source without a batch source",
        10 => "a Trino table",
        11 => "a Spark table",
        12 => "an Athena table",
        13 => "an Iceberg table",
        _ if source.class_type.is_empty() => "of an unknown type",
        _ => return format!("of type `{}`", source.class_type),
    };
    kind.to_owned()
}
