//! Addresses of snapshots: `s3://bucket/key`, paths, and globs over both.
//!
//! Keys and paths are taken as they are written: a space, a percent sign or a plus is itself, and nothing is decoded.

use std::path::{Component, Path as FilePath};

use glob::{MatchOptions, Pattern};

use super::error::{SnapshotError, SnapshotFault};

/// A path inside a bucket, or on the local disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// The bucket; `None` is the local disk.
    pub(super) bucket: Option<String>,
    /// The key, or the absolute path, both without their first slash.
    pub(super) path: String,
}

const GLOB_CHARACTERS: [char; 3] = ['*', '?', '['];

const GLOB_RULES: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: false };

impl Address {
    /// Reads an address as it is written in a configuration or a registry.
    pub(super) fn parse(location: &str) -> Result<Self, SnapshotError> {
        let senseless = |cause: String| SnapshotError::reading(&format!("`{location}`"), SnapshotFault::Address, cause);
        if let Some(rest) = ["s3://", "s3a://", "s3n://"].iter().find_map(|scheme| location.strip_prefix(scheme)) {
            let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
            if bucket.is_empty() {
                return Err(senseless("it names no bucket; the form is `s3://bucket/key`".to_owned()));
            }
            return Ok(Self { bucket: Some(bucket.to_owned()), path: key.to_owned() });
        }
        let path = location.strip_prefix("file://").unwrap_or(location);
        if let Some((scheme, _)) = path.split_once("://") {
            return Err(senseless(format!("`{scheme}://` is not read here; paths and `s3://` are")));
        }
        if path.is_empty() {
            return Err(senseless("it is empty".to_owned()));
        }
        let absolute = std::path::absolute(path).map_err(|error| senseless(error.to_string()))?;
        let mut parts: Vec<&str> = Vec::new();
        for component in absolute.components() {
            match component {
                Component::Normal(part) => {
                    parts.push(part.to_str().ok_or_else(|| senseless("it is not UTF-8".to_owned()))?);
                }
                Component::ParentDir => {
                    parts.pop();
                }
                Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
            }
        }
        let mut path = parts.join("/");
        if location.ends_with('/') {
            path.push('/');
        }
        Ok(Self { bucket: None, path })
    }

    /// The address of another path in the same bucket or on the same disk.
    pub(super) fn with_path(&self, path: &str) -> Self {
        Self { bucket: self.bucket.clone(), path: path.to_owned() }
    }

    /// The address as text.
    pub(super) fn text(&self) -> String {
        match &self.bucket {
            Some(bucket) => format!("s3://{bucket}/{}", self.path),
            None => format!("/{}", self.path),
        }
    }

    /// Whether it stands for several files by a pattern.
    pub(super) fn is_glob(&self) -> bool {
        let literal_file = || self.bucket.is_none() && FilePath::new(&self.text()).exists();
        self.path.contains(GLOB_CHARACTERS) && !literal_file()
    }

    /// The folder below which every match lies, without a trailing slash; for a literal address, the address itself.
    pub(super) fn folder(&self) -> &str {
        let literal = match self.path.find(GLOB_CHARACTERS) {
            Some(first) if self.is_glob() => self.path[..first].rsplit_once('/').map_or("", |(folder, _)| folder),
            Some(_) | None => &self.path,
        };
        literal.trim_end_matches('/')
    }

    /// What decides which of the files below [`folder`](Self::folder) are meant.
    pub(super) fn selection(&self) -> Result<Selection, SnapshotError> {
        let pattern = if self.is_glob() {
            let pattern = Pattern::new(self.path.trim_end_matches('/')).map_err(|error| {
                SnapshotError::reading(&format!("`{}`", self.text()), SnapshotFault::Address, error.to_string())
            })?;
            Some(pattern)
        } else {
            None
        };
        Ok(Selection { folder: self.folder().to_owned(), pattern })
    }
}

/// Which files below a folder are meant.
#[derive(Clone, Debug)]
pub(super) struct Selection {
    folder: String,
    pattern: Option<Pattern>,
}

impl Selection {
    /// Whether the file at `path` is meant: below a folder every Parquet file, by a pattern what it matches and the
    /// Parquet files below folders that it matches. Names that begin with `_` or `.` are markers and never meant.
    pub(super) fn selects(&self, path: &str) -> bool {
        let below = path.strip_prefix(self.folder.as_str()).unwrap_or(path).trim_start_matches('/');
        if below.split('/').any(is_marker) {
            return false;
        }
        let Some(pattern) = &self.pattern else { return is_parquet_name(path) };
        if pattern.matches_with(path, GLOB_RULES) {
            return true;
        }
        let folders = path.char_indices().filter(|(_, character)| *character == '/').map(|(at, _)| &path[..at]);
        is_parquet_name(path) && folders.into_iter().any(|folder| pattern.matches_with(folder, GLOB_RULES))
    }
}

/// Whether a name looks like that of a Parquet file.
pub(super) fn is_parquet_name(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    [".parquet", ".parq", ".pq"].iter().any(|extension| lower.ends_with(extension))
}

/// Names such as `_SUCCESS`, `_delta_log` and `.part.crc`; `_day=1` is a partition.
fn is_marker(segment: &str) -> bool {
    segment.starts_with('.') || (segment.starts_with('_') && !segment.contains('='))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_as_it_is_written() {
        let address = Address::parse("s3://bucket/ü a%20b+c/x.parquet").unwrap();
        assert_eq!((address.bucket.as_deref(), address.path.as_str()), (Some("bucket"), "ü a%20b+c/x.parquet"));
        assert_eq!(address.text(), "s3://bucket/ü a%20b+c/x.parquet");
        assert_eq!(Address::parse("/a/./b/../c d").unwrap().text(), "/a/c d");
        assert_eq!(Address::parse("gs://b/k").unwrap_err().fault, SnapshotFault::Address);
        assert_eq!(Address::parse("s3:///k").unwrap_err().fault, SnapshotFault::Address);
    }

    #[test]
    fn a_pattern_selects_files_and_whole_folders_but_no_markers() {
        let selects = |pattern: &str, path: &str| {
            Address::parse(&format!("s3://b/{pattern}")).unwrap().selection().unwrap().selects(path)
        };
        assert!(selects("f/dt=*/*.parquet", "f/dt=1/a.parquet"));
        assert!(!selects("f/dt=*/*.parquet", "f/dt=1/deep/a.parquet"));
        assert!(selects("f/dt=*", "f/dt=1/deep/a.parquet"));
        assert!(selects("f/**/*.parquet", "f/dt=1/deep/a.parquet"));
        assert!(selects("f/part-[0-4].parquet", "f/part-3.parquet"));
        assert!(!selects("f/part-[0-4].parquet", "f/part-5.parquet"));
        assert!(!selects("f/*", "f/_SUCCESS"));
        assert!(selects("f", "f/a.parquet"));
        assert!(!selects("f", "f/_temporary/a.parquet"));
        assert!(!selects("f", "f/readme.txt"));
        assert_eq!(Address::parse("s3://b/f/x=1/dt=*/*.parquet").unwrap().folder(), "f/x=1");
    }
}
