//! A disk with little room, and one that cannot be written.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// A small file system in memory, gone with its value.
pub(crate) struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// `None` where this process may not mount.
    pub(crate) fn mounted(kibibytes: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={kibibytes}k,mode=0755");
        let mounted = run(Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()));
        mounted.then_some(Self { folder })
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Nothing can be written from now on.
    pub(crate) fn freeze(&self) {
        assert!(run(Command::new("mount").args(["-o", "remount,ro"]).arg(self.path())));
    }

    /// Takes all the room that is left; gives the file that holds it.
    pub(crate) fn fill(&self) -> PathBuf {
        let ballast = self.path().join("ballast");
        assert!(!run(Command::new("dd").args(["if=/dev/zero", "bs=4096"]).arg(format!("of={}", ballast.display()))));
        ballast
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        run(Command::new("umount").arg("-l").arg(self.folder.path()));
    }
}

fn run(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}
