//! Files that are replaced in one step: a reader sees the old content or the new one, never half of it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

/// Drafts that this process has begun.
static DRAFTS: AtomicU64 = AtomicU64::new(0);

/// Who may read a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Readers {
    /// Everybody.
    All,
    /// Its owner alone: it holds entity keys and values.
    Owner,
}

impl Readers {
    #[cfg(unix)]
    const fn mode(self) -> u32 {
        match self {
            Self::All => 0o644,
            Self::Owner => 0o600,
        }
    }
}

/// Writes `content` to `path`, readable by all, by way of a draft in the same folder.
///
/// # Errors
/// When the file or the draft beside it cannot be written; the old file is then still in place.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    replace_for(Readers::All, path, content)
}

/// Writes `content` to `path`, for `readers`, by way of a draft in the same folder.
///
/// # Errors
/// When the file or the draft beside it cannot be written; the old file is then still in place.
pub fn replace_for(readers: Readers, path: &Path, content: &[u8]) -> io::Result<()> {
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"));
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Who collects files by their ending (`*.prom`) must not find the draft.
    let mut draft_name = std::ffi::OsString::from(".");
    draft_name.push(name);
    // Two tasks of one process may write one file.
    draft_name.push(format!(".{}-{}.tmp", std::process::id(), DRAFTS.fetch_add(1, Ordering::Relaxed)));
    let draft = folder.join(draft_name);
    let written = write_draft(readers, &draft, content).or_else(|error| match error.kind() {
        // A run that was killed left it, under a process id that is ours now.
        io::ErrorKind::AlreadyExists => fs::remove_file(&draft).and_then(|()| write_draft(readers, &draft, content)),
        _ => Err(error),
    });
    let placed = written.and_then(|()| fs::rename(&draft, path));
    if placed.is_err() {
        // The first error is the one to tell; a draft left behind is overwritten by nobody and read by nobody.
        let _ = fs::remove_file(&draft);
    }
    placed?;
    // The new name is on disk once the folder is.
    File::open(folder)?.sync_all()
}

fn write_draft(readers: Readers, draft: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // Before the first byte is in it: a file that is closed to others later was open to them for a moment.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, readers.mode());
    let mut file = options.open(draft)?;
    file.write_all(content)?;
    // What the process masks out is given back.
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(readers.mode()))?;
    file.sync_all()
}
