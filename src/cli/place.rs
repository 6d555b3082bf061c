//! Whether a file can be put where an argument wants it, asked before anything is read for it.

use std::io;
use std::path::Path;

/// Looks whether `path` names a file, or none yet, in a folder that is there.
///
/// # Errors
/// When it names a folder, or the folder around it is not there.
pub(super) fn can_hold(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return Err(io::Error::new(io::ErrorKind::IsADirectory, "it is a folder; name a file in it"));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if folder.is_dir() {
        return Ok(());
    }
    let cause = format!("there is no folder `{}`; make it first", folder.display());
    Err(io::Error::new(io::ErrorKind::NotFound, cause))
}
