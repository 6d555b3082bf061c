//! Where a history lies and how long it is kept.

use std::path::PathBuf;
use std::time::Duration;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Where a history lies, and its limits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HistorySettings {
    /// The SQLite file; `-wal`, `-shm` and `.lock` lie beside it.
    pub path: PathBuf,
    /// Size that the file does not exceed, in bytes; `None` sets no limit. The log beside it comes on top.
    pub most_bytes: Option<u64>,
    /// How long what is kept.
    pub retention: Retention,
}

impl HistorySettings {
    /// A history without a limit of size, kept for the usual times.
    #[must_use]
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), most_bytes: None, retention: Retention::default() }
    }
}

/// How long what is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// Rounds with their figures; 7 days unless told otherwise. Profiles that nobody asked for so long go too.
    pub rounds: Duration,
    /// Hourly rollups, bars, and findings after they were resolved; 13 months (400 days) unless told otherwise.
    pub hours: Duration,
}

impl Default for Retention {
    fn default() -> Self {
        Self { rounds: 7 * DAY, hours: 400 * DAY }
    }
}
