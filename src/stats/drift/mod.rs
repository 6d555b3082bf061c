//! Drift of a column: what two sides hold, how far apart they are, and whether that is real.
//!
//! A [`PairDigest`] holds all that the default statistics and the checks of one column rest on, however the two sides were
//! read. [`checks`] turns it into measurements with effect, interval and p-value; [`settle`] gives the verdicts, for which
//! it must see every measurement of a run at once.
//!
//! The *effect* is the distance without what samples of these sizes show by chance; verdicts go by it.

mod bars;
mod checks;
mod column;
mod design;
mod digest;
mod gap;
mod index;
mod limits;
mod merged;
mod needed;
mod observed;
mod resampled;
mod settle;
mod share;

pub use bars::{bars, bars_of_frequent, value};
pub use checks::checks;
pub use digest::{
    Distances, EntityGroups, Exactness, Labels, Novelty, PairDigest, SideDigest, categorical, numeric, observed,
};
pub use limits::DriftLimits;
pub use merged::FEWEST_EXPECTED;
pub use observed::{ColumnKind, Observed};
pub use settle::settle;
