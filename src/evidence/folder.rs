//! A folder that is there whole or not at all, with the checksum of each of its files.
//!
//! The list of checksums is in the form of `sha256sum`, so that `sha256sum -c SHA256SUMS` checks it without this program.

use std::collections::BTreeMap;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::digest::{hex, sha256};
use super::error::EvidenceError;
use super::manifest::{DOCUMENT, newer};
use crate::kept::file::{Readers, replace_for};

/// The list of checksums, which is written last.
const SUMS: &str = "SHA256SUMS";

/// Files by their path in the folder.
pub(super) type Files = BTreeMap<String, Vec<u8>>;

/// Files that were taken out of a folder.
#[derive(Debug)]
pub(super) struct Opened(Files);

impl Opened {
    /// The bytes of a file.
    pub(super) fn file(&self, name: &str) -> Result<&[u8], EvidenceError> {
        let bytes = self.0.get(name).map(Vec::as_slice);
        bytes.ok_or_else(|| {
            EvidenceError::senseless(DOCUMENT, format!("it names `{name}`, which is in no list of files"))
        })
    }
}

/// Makes sure that nothing is in `folder`, before anything is done for it.
///
/// # Errors
/// When something is.
pub fn vacant(folder: &Path) -> Result<(), EvidenceError> {
    match fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(EvidenceError::Occupied { folder: folder.to_owned() }),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(source) => Err(EvidenceError::Unwritten { path: folder.to_owned(), source }),
    }
}

/// Puts the files into a draft beside `folder`, and the draft in its place.
pub(super) fn seal(folder: &Path, files: Files) -> Result<(), EvidenceError> {
    vacant(folder)?;
    let unwritten = |path: &Path| {
        let path = path.to_owned();
        move |source| EvidenceError::Unwritten { path, source }
    };
    let named = std::path::absolute(folder).map_err(unwritten(folder))?;
    let (Some(parent), Some(name)) = (named.parent(), named.file_name()) else {
        return Err(EvidenceError::Occupied { folder: folder.to_owned() });
    };
    let mut draft_name = std::ffi::OsString::from(".");
    draft_name.push(name);
    draft_name.push(format!(".{}.tmp", std::process::id()));
    let draft = parent.join(draft_name);
    // A run that was killed left it, under a process id that is ours now.
    let _ = fs::remove_dir_all(&draft);
    let placed = fill(&draft, files).and_then(|()| fs::rename(&draft, &named).map_err(unwritten(folder)));
    if placed.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_dir_all(&draft);
    }
    placed?;
    // The new name is on disk once the folder around it is.
    fs::File::open(parent).and_then(|parent| parent.sync_all()).map_err(unwritten(folder))
}

fn fill(draft: &Path, files: Files) -> Result<(), EvidenceError> {
    make_folder(draft)?;
    let mut sums = String::new();
    for (name, content) in files {
        sums.push_str(&format!("{}  {name}\n", hex(&sha256(&[&content]))));
        let path = draft.join(&name);
        if let Some(inner) = path.parent().filter(|inner| !inner.is_dir()) {
            make_folder(inner)?;
        }
        put(path, &content)?;
    }
    put(draft.join(SUMS), sums.as_bytes())
}

/// A folder that its owner alone may look into.
fn make_folder(path: &Path) -> Result<(), EvidenceError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| EvidenceError::Unwritten { path: path.to_owned(), source })
}

fn put(path: PathBuf, content: &[u8]) -> Result<(), EvidenceError> {
    replace_for(Readers::Owner, &path, content).map_err(|source| EvidenceError::Unwritten { path, source })
}

/// Takes the files out of a folder, each of which must be what was written.
pub(super) fn open(folder: &Path) -> Result<Opened, EvidenceError> {
    let read = |name: &str| fs::read(folder.join(name));
    let not_whole = |file: &str| EvidenceError::NotWhole { folder: folder.to_owned(), file: file.to_owned() };
    let document = match read(DOCUMENT) {
        Ok(document) => Some(document),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => None,
        Err(source) => return Err(EvidenceError::Unread { path: folder.join(DOCUMENT), source }),
    };
    let sums = match (read(SUMS), &document) {
        (Ok(sums), _) => String::from_utf8_lossy(&sums).into_owned(),
        (Err(_), None) => return Err(EvidenceError::NotEvidence { folder: folder.to_owned() }),
        (Err(error), Some(document)) if error.kind() == ErrorKind::NotFound => {
            // A newer version may seal its folders otherwise.
            return Err(newer(document).unwrap_or_else(|| not_whole(SUMS)));
        }
        (Err(source), Some(_)) => return Err(EvidenceError::Unread { path: folder.join(SUMS), source }),
    };
    let altered = |file: &str| EvidenceError::Altered { folder: folder.to_owned(), file: file.to_owned() };
    let mut listed: Vec<(&str, &str)> = Vec::new();
    for line in sums.lines() {
        listed.push(line.split_once("  ").filter(|(_, name)| is_inside(name)).ok_or_else(|| altered(SUMS))?);
    }
    // The document first: what a newer version wrote is not to be called altered.
    listed.sort_by_key(|(_, name)| *name != DOCUMENT);
    if sums.is_empty() || !sums.ends_with('\n') || listed.first().is_none_or(|(_, name)| *name != DOCUMENT) {
        return Err(altered(SUMS));
    }
    let mut files = Files::new();
    for (sum, name) in listed {
        let content = match read(name) {
            Ok(content) => content,
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(not_whole(name)),
            Err(source) => return Err(EvidenceError::Unread { path: folder.join(name), source }),
        };
        if hex(&sha256(&[&content])) != sum {
            return Err(altered(name));
        }
        if name == DOCUMENT
            && let Some(error) = newer(&content)
        {
            return Err(error);
        }
        files.insert(name.to_owned(), content);
    }
    Ok(Opened(files))
}

/// Whether a name leads to nowhere but into the folder.
fn is_inside(name: &str) -> bool {
    !name.is_empty() && Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_)))
}
