//! What is known of single cells: why they are as they are, and three of them to look at.
//!
//! The history keeps counts and no cells, so whoever has seen the cells hands these in.

use serde::Serialize;

use crate::model::time::Timestamp;

/// Why a finding probably is there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LikelyCause {
    /// The cause, as a clause such as `online values are rounded to two digits`.
    pub cause: String,
    /// What speaks for it, a sentence each.
    pub evidence: Vec<String>,
}

/// A cell on both sides. Values are text that was made for people, and stand here only where the configuration allows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExampleCell {
    /// A keyed hash of the entity key.
    pub entity: String,
    /// Event time of the offline version; `None` where there is none.
    pub offline_at: Option<Timestamp>,
    /// The offline value; `None` where there is none, or values are not shown.
    pub offline_value: Option<String>,
    /// Event time of the online row; `None` where there is none.
    pub online_at: Option<Timestamp>,
    /// The online value; `None` where there is none, or values are not shown.
    pub online_value: Option<String>,
}
