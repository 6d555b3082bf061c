//! A sample turned into figures.
//!
//! [`settle`](settled_rows) gives every cell its verdict, [`measure`] adds the verdicts up. Every figure is computed from
//! the verdicts that it names and carries the n behind it; what cannot be computed is `None`.

mod availability;
mod captured;
pub mod cause;
mod diagnosis;
mod difference;
mod drift;
mod equal;
mod examples;
mod feature;
mod freshness;
mod lag_profile;
mod logged;
mod pair;
mod pipeline;
mod row_faults;
mod rows;
mod served;
mod settle;
mod snapshots;
mod standstill;
mod view;

pub use availability::{Pace, Tracker};
pub use captured::measure_captured;
pub use drift::Reference;
pub use equal::Comparison;
pub use logged::{log_view, measure_logged};
pub use rows::{SettledRow, settled_row, settled_rows, suspicious};
pub use served::{Asked, measure_served};
pub use settle::{Cell, CellVersion, Life, OfflineCell, Stillness};
pub use snapshots::measure_snapshots;
pub use standstill::Standstill;
pub use view::{DriftRules, NodeOf, Setting, ViewRules, measure};
