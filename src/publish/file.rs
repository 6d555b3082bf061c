//! Files that are replaced in one step: a reader sees the old content or the new one, never half of it.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

/// Writes `content` to `path`, readable by all, by way of a draft in the same folder.
///
/// # Errors
/// When the file or the draft beside it cannot be written; the old file is then still in place.
pub fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let Some(name) = path.file_name() else {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"));
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Who collects files by their ending (`*.prom`) must not find the draft.
    let mut draft_name = std::ffi::OsString::from(".");
    draft_name.push(name);
    draft_name.push(format!(".{}.tmp", std::process::id()));
    let draft = folder.join(draft_name);
    let written = write_draft(&draft, content).or_else(|error| match error.kind() {
        // A run that was killed left it, under a process id that is ours now.
        io::ErrorKind::AlreadyExists => fs::remove_file(&draft).and_then(|()| write_draft(&draft, content)),
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

fn write_draft(draft: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(draft)?;
    file.write_all(content)?;
    #[cfg(unix)]
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o644))?;
    file.sync_all()
}
