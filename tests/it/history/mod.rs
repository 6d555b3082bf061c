//! What rounds found, on disk: it comes back as it was, adds up, and survives what happens to disks and processes.

mod damaged;
mod exhibited;
mod exported;
mod findings;
mod full;
mod hours;
mod kept;
mod killed;
mod lags;
mod made;
mod opened;
mod outlined;
mod reported;
mod retained;
pub(crate) mod room;
mod size;
