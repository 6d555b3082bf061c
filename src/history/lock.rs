//! The lock that makes one process the writer of a history.
//!
//! A file beside the history is locked as long as the writer lives; the kernel lets go of it however the process ends.
//! The file holds the number of the process, so that a second one can name it, and stays when the writer is gone: taking
//! it away would let two processes lock two different files of one name.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};

use super::error::HistoryError;

/// A lock held; dropping it lets go.
#[derive(Debug)]
pub(super) struct Lock {
    file: File,
}

impl Drop for Lock {
    /// Closing the file is not enough: a process that this one is just starting has it open too, until it runs.
    fn drop(&mut self) {
        drop(self.file.unlock());
    }
}

impl Lock {
    /// Locks the history at `path` for this process.
    pub(super) fn take(path: &Path) -> Result<Self, HistoryError> {
        let refused = |source| HistoryError::File { attempt: "lock", path: path.to_owned(), source };
        // Not truncated on opening: the number in it may be that of another, living writer.
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(beside(path))
            .map_err(refused)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(HistoryError::InUse { path: path.to_owned(), holder: holder(&mut file) });
            }
            Err(TryLockError::Error(source)) => return Err(refused(source)),
        }
        // The number is a courtesy: on a full disk the history still opens without it.
        drop(sign(&mut file));
        Ok(Self { file })
    }
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    name.into()
}

fn sign(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(format!("{}\n", std::process::id()).as_bytes())
}

fn holder(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}
