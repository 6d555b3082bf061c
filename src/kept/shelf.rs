//! Files of one place in a folder, named by what they were made from.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::file::{self, Readers};

/// Hexadecimal digits of a digest.
const DIGITS: usize = 32;

/// What a shelf holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShelfKind {
    /// One of what it holds, for messages: `a profile`.
    pub one: &'static str,
    /// Several of them: `profiles`.
    pub many: &'static str,
    /// What the names of its files end with.
    pub ending: &'static str,
    /// How many files it keeps: those written last.
    pub most: usize,
    /// Who may read them.
    pub readers: Readers,
}

/// The files of one place in a folder, which is made when the first one is kept. A file is named by a digest of what it was
/// made from.
#[derive(Clone, Debug)]
pub struct Shelf {
    folder: PathBuf,
    /// What the names of its files begin with.
    lead: String,
    kind: ShelfKind,
}

/// A file could not be kept; what would be in it can be used all the same.
#[derive(Debug, thiserror::Error)]
pub enum KeepError {
    /// It could not be written.
    #[error("could not keep {one} in `{}`", folder.display())]
    Write {
        /// What.
        one: &'static str,
        /// Where it would be.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// An older one stays.
    #[error("could not remove old {many} from `{}`", folder.display())]
    Remove {
        /// What.
        many: &'static str,
        /// Where they are.
        folder: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl Shelf {
    /// The files of `folder` whose names begin with `lead`, followed by a digest and the ending.
    #[must_use]
    pub fn new(folder: &Path, lead: String, kind: ShelfKind) -> Self {
        Self { folder: folder.to_owned(), lead, kind }
    }

    /// The bytes of the file that was made from what `digest` (32 hexadecimal digits) stands for; `None` where there is
    /// none.
    ///
    /// # Errors
    /// When there is a file that cannot be read.
    pub async fn load(&self, digest: &str) -> io::Result<Option<Vec<u8>>> {
        match tokio::fs::read(self.path(digest)).await {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Keeps `content`, in one step: whoever reads the folder sees the old file or the new one. Then removes what was
    /// written before the last few.
    ///
    /// # Errors
    /// When the folder or the file cannot be written, and the old file is then still in place; or when an old file cannot
    /// be removed.
    pub async fn keep(&self, digest: &str, content: Vec<u8>) -> Result<(), KeepError> {
        let folder = &self.folder;
        let unwritten = |source| self.unwritten(source);
        let (path, readers) = (self.path(digest), self.kind.readers);
        make_folder(folder, readers).await.map_err(unwritten)?;
        let placed = tokio::task::spawn_blocking(move || file::replace_for(readers, &path, &content)).await;
        placed.map_err(|error| unwritten(error.into()))?.map_err(unwritten)?;
        let shelf = self.clone();
        let removed = tokio::task::spawn_blocking(move || shelf.remove_old()).await;
        let unremoved = |source| KeepError::Remove { many: self.kind.many, folder: folder.clone(), source };
        removed.map_err(|error| unremoved(error.into()))?.map_err(unremoved)
    }

    /// The error of content that could not be written for this reason.
    #[must_use]
    pub fn unwritten(&self, source: io::Error) -> KeepError {
        KeepError::Write { one: self.kind.one, folder: self.folder.clone(), source }
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.folder.join(format!("{}{digest}{}", self.lead, self.kind.ending))
    }

    /// Removes all but the last files; whatever is named otherwise is not ours.
    fn remove_old(&self) -> io::Result<()> {
        let mut files: Vec<(SystemTime, PathBuf)> = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let name = entry.file_name();
            if name.to_str().is_some_and(|name| self.is_ours(name)) && entry.file_type()?.is_file() {
                files.push((entry.metadata()?.modified()?, entry.path()));
            }
        }
        files.sort();
        let old = files.len().saturating_sub(self.kind.most);
        for (_, path) in files.into_iter().take(old) {
            match fs::remove_file(path) {
                // Another round was faster.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed?,
            }
        }
        Ok(())
    }

    /// Whether a name is the lead, a digest and the ending.
    fn is_ours(&self, name: &str) -> bool {
        let digest = name.strip_prefix(&self.lead).and_then(|rest| rest.strip_suffix(self.kind.ending));
        digest.is_some_and(|digest| {
            digest.len() == DIGITS && digest.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        })
    }
}

async fn make_folder(folder: &Path, readers: Readers) -> io::Result<()> {
    let mut builder = tokio::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    match readers {
        Readers::All => {}
        Readers::Owner => {
            builder.mode(0o700);
        }
    }
    builder.create(folder).await
}
