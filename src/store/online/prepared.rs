//! Lookups of one view, prepared once: what does not change from one lookup to the next is worked out before.

use super::redis::PreparedRows;
use crate::model::online::{OnlineRow, Unread};
use crate::model::view::FeatureView;

/// A view whose rows are looked up in one store.
#[derive(Debug)]
pub struct PreparedView {
    pub(super) view: FeatureView,
    /// How its rows lie in Redis; `None` for another store.
    pub(super) rows: Option<PreparedRows>,
}

/// What looking up one entity came to.
#[derive(Clone, Debug, PartialEq)]
pub struct LookedUp {
    /// The row, or why none of it could be read.
    pub row: Result<OnlineRow, Unread>,
    /// Positions of the features that could not be read, where others could: their cells say nothing. Only where one row
    /// is spread over several nodes.
    pub unread: Vec<usize>,
}
