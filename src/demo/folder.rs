//! A folder that is whole or not there.
//!
//! A demo is made in a sibling folder and takes the place of an older one in the end, by renaming. Only an empty folder or
//! one that carries the demo's marker is ever replaced.

use std::fs;
use std::path::{Path, PathBuf};

use super::error::DemoError;

/// Name of the file that tells a folder made by the demo.
pub const MARKER: &str = ".skewwatch-demo";

/// A demo folder in the making; dropped unfinished, it is removed.
#[derive(Debug)]
pub struct Draft {
    target: PathBuf,
    draft: PathBuf,
    retired: PathBuf,
}

impl Draft {
    /// Begins to make `target`.
    ///
    /// # Errors
    /// When something else is at `target`, or nothing can be created beside it.
    pub fn begin(target: &Path) -> Result<Self, DemoError> {
        let nameless = || DemoError::NamelessFolder(target.to_owned());
        let name = target.file_name().ok_or_else(nameless)?.to_string_lossy().into_owned();
        if !is_ours(target)? {
            return Err(DemoError::ForeignFolder(target.to_owned()));
        }
        let made = Self {
            target: target.to_owned(),
            draft: target.with_file_name(format!(".{name}.partial")),
            retired: target.with_file_name(format!(".{name}.retired")),
        };
        remove(&made.draft)?;
        remove(&made.retired)?;
        fs::create_dir_all(&made.draft).map_err(DemoError::file("create the folder", &made.draft))?;
        made.write(MARKER, b"made by `skewwatch demo`, which may replace this folder\n")?;
        Ok(made)
    }

    /// The path of `name` inside the draft.
    #[must_use]
    pub fn path(&self, name: &str) -> PathBuf {
        self.draft.join(name)
    }

    /// Creates the folder `name` inside the draft, with those above it.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn create_folder(&self, name: &str) -> Result<PathBuf, DemoError> {
        let path = self.path(name);
        fs::create_dir_all(&path).map_err(DemoError::file("create the folder", &path))?;
        Ok(path)
    }

    /// Writes a file inside the draft.
    ///
    /// # Errors
    /// When the file system refuses.
    pub fn write(&self, name: &str, content: &[u8]) -> Result<(), DemoError> {
        let path = self.path(name);
        fs::write(&path, content).map_err(DemoError::file("write", &path))
    }

    /// Puts the draft in the target's place.
    ///
    /// # Errors
    /// When the file system refuses; then the older demo is put back.
    pub fn finish(self) -> Result<(), DemoError> {
        let older = self.target.exists();
        if older {
            fs::rename(&self.target, &self.retired).map_err(DemoError::file("replace", &self.target))?;
        }
        if let Err(error) = fs::rename(&self.draft, &self.target) {
            if older {
                fs::rename(&self.retired, &self.target).map_err(DemoError::file("put back", &self.target))?;
            }
            return Err(DemoError::file("put the new demo at", &self.target)(error));
        }
        remove(&self.retired)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        // After `finish` nothing is there; on the way out of an error there is nobody left to tell.
        let _ = fs::remove_dir_all(&self.draft);
    }
}

/// Whether `path` may be replaced: nothing is there, an empty folder, or one with the marker.
fn is_ours(path: &Path) -> Result<bool, DemoError> {
    if path.join(MARKER).is_file() {
        return Ok(true);
    }
    match fs::read_dir(path) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => Ok(false),
        Err(error) => Err(DemoError::file("look into", path)(error)),
    }
}

/// Removes what an interrupted or an earlier run left beside the target.
fn remove(path: &Path) -> Result<(), DemoError> {
    if !is_ours(path)? {
        return Err(DemoError::ForeignFolder(path.to_owned()));
    }
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(DemoError::file("remove", path)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}
