//! Which files an address stands for, and who they are.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::Xxh3;

use super::address::{Address, is_parquet_name};
use super::error::{SnapshotError, SnapshotFault};
use super::objects::{Objects, StoredFile};
use crate::model::history::{SnapshotFile, SnapshotIdentity};
use crate::model::time::Timestamp;

/// Hive's name of the partition of rows without a value.
const NULL_PARTITION: &str = "__HIVE_DEFAULT_PARTITION__";

/// Finds the files of `location`, sorted by their addresses; there is at least one and none is empty.
pub(super) async fn find(
    objects: &Objects,
    location: &str,
    endpoint: Option<&str>,
) -> Result<Vec<StoredFile>, SnapshotError> {
    let address = Address::parse(location)?;
    let client = objects.client(&address, endpoint)?;
    let literal = !address.is_glob();
    let named_like_file = literal && is_parquet_name(&address.path);
    if named_like_file && let Some(file) = objects.look(&client, &address).await? {
        return Ok(vec![whole(file)?]);
    }
    let selection = address.selection()?;
    let listed = objects.list(&client, &address).await?;
    let anything = !listed.is_empty();
    let kept_by_log = listed.iter().find_map(|file| table_format(below(&address, file)));
    if let Some(format) = kept_by_log.filter(|_| literal) {
        let folder = address.with_path(address.folder()).text();
        let cause = format!(
            "it is a table of {format}, some of whose files may count no longer; `{folder}/**/*.parquet` reads them all \
             the same"
        );
        return Err(SnapshotError::reading(&folder, SnapshotFault::Address, cause));
    }
    let mut files: Vec<StoredFile> =
        listed.into_iter().filter(|file| selection.selects(file.meta.location.as_ref())).collect();
    if files.is_empty() {
        let may_be_file = literal && !named_like_file && !address.path.is_empty() && !address.path.ends_with('/');
        if may_be_file && let Some(file) = objects.look(&client, &address).await? {
            return Ok(vec![whole(file)?]);
        }
        return Err(nothing(&address, anything).await);
    }
    files.sort_by(|left, right| left.location.cmp(&right.location));
    files.into_iter().map(whole).collect()
}

/// The path of a listed file below the address, without its first slash.
fn below<'a>(address: &Address, file: &'a StoredFile) -> &'a str {
    let path = file.meta.location.as_ref();
    path.strip_prefix(address.folder()).unwrap_or(path).trim_start_matches('/')
}

/// The format of a table to whose own files the one at `path` belongs; such a table's log says which data files count.
fn table_format(path: &str) -> Option<&'static str> {
    match path.split_once('/')? {
        ("_delta_log", _) => Some("Delta"),
        ("metadata", name) if name.ends_with(".metadata.json") => Some("Iceberg"),
        (".hoodie", _) => Some("Hudi"),
        _ => None,
    }
}

fn whole(file: StoredFile) -> Result<StoredFile, SnapshotError> {
    if file.meta.size == 0 {
        return Err(SnapshotError::reading(&file.location, SnapshotFault::Empty, "the file is empty (0 bytes)"));
    }
    Ok(file)
}

async fn nothing(address: &Address, anything: bool) -> SnapshotError {
    let text = address.text();
    let folder = address.with_path(address.folder()).text();
    let exists = anything || (address.bucket.is_none() && tokio::fs::metadata(&folder).await.is_ok());
    if !exists {
        return SnapshotError::reading(&text, SnapshotFault::NotFound, "there is no such file or folder");
    }
    let cause = if address.is_glob() {
        format!("no file below {folder} matches the pattern")
    } else {
        "there is no Parquet file in it".to_owned()
    };
    SnapshotError::reading(&text, SnapshotFault::Empty, cause)
}

/// The identity of listed files.
pub(super) fn identity(files: &[StoredFile]) -> SnapshotIdentity {
    let files: Vec<SnapshotFile> = files
        .iter()
        .map(|file| SnapshotFile {
            location: file.location.clone(),
            size: file.meta.size,
            etag: file.meta.e_tag.clone(),
            last_modified: file.meta.last_modified.timestamp_nanos_opt().map_or(Timestamp::MAX, Timestamp::from_nanos),
        })
        .collect();
    let mut state = Xxh3::new();
    for file in &files {
        for text in [file.location.as_str(), file.etag.as_deref().unwrap_or_default()] {
            state.update(&(text.len() as u64).to_le_bytes());
            state.update(text.as_bytes());
        }
        state.update(&file.size.to_le_bytes());
        state.update(&file.last_modified.nanos().to_le_bytes());
    }
    SnapshotIdentity { files, digest: format!("{:032x}", state.digest128()) }
}

/// The hive partitions (`dt=2026-06-14`) in the folders of a path; the value is `None` for hive's null partition.
pub(super) fn partitions(location: &str) -> BTreeMap<String, Option<String>> {
    let folders = location.rsplit_once('/').map_or("", |(folders, _)| folders);
    folders
        .split('/')
        .filter_map(|folder| folder.split_once('='))
        .filter(|(key, _)| !key.is_empty())
        .map(|(key, value)| (unescaped(key), (value != NULL_PARTITION).then(|| unescaped(value))))
        .collect()
}

/// Hive writes characters such as `:` and `/` as `%3A` and `%2F` inside of partition names.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..2).filter(|digits| first == b'%' && digits.iter().all(u8::is_ascii_hexdigit));
        match digits
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
        {
            Some(byte) => {
                bytes.push(byte);
                rest = after.get(2..).unwrap_or_default();
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partitions_are_read_from_the_folders_and_not_from_the_name() {
        let found = partitions("s3://b/f/dt=2026-06-14T05%3A00/country=__HIVE_DEFAULT_PARTITION__/a=b.parquet");
        let expected = [("country", None), ("dt", Some("2026-06-14T05:00".to_owned()))];
        assert_eq!(found, expected.into_iter().map(|(key, value)| (key.to_owned(), value)).collect());
        assert_eq!(unescaped("100% %zz %+5 %C3%BC"), "100% %zz %+5 ü");
    }
}
