//! What a finding can show: some of its cells, and why it probably is there.
//!
//! A round sees whole cells ([`SeenCell`]). What is kept and shown of them ([`ShownCell`]) names entities by a keyed hash and
//! leaves values out, unless the configuration says otherwise ([`Disclosure`]).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::cause::KnownCause;
use super::check::CheckKind;
use super::entity::EntityKey;
use super::time::Timestamp;
use super::value::Value;

/// Most cells that are kept of a finding.
pub const MOST_CELLS: usize = 3;

/// Characters of a value that are shown.
const LONGEST_VALUE: usize = 80;

/// What may be kept and shown of single cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize)]
pub struct Disclosure {
    /// Values of features.
    pub values: Values,
    /// Entity keys.
    pub entities: Entities,
}

/// Whether values of features are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Values {
    /// Only how far the two sides of a cell lie apart.
    #[default]
    Withheld,
    /// As they are.
    Shown,
}

/// How entities are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Entities {
    /// By a keyed hash.
    #[default]
    Hashed,
    /// By their key.
    Shown,
}

/// Cells by what they are examples of: a feature (`None`: the view as a whole) and a check.
pub type Examples = BTreeMap<(Option<String>, CheckKind), Vec<SeenCell>>;

/// A cell as a round saw it; of a finding about a view, a row.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenCell {
    /// Whose it is.
    pub entity: EntityKey,
    /// The offline version that it was held against, else the newest one; `None` where there is none.
    pub offline: Option<SeenSide>,
    /// What was served; `None` where there is no row.
    pub online: Option<SeenSide>,
    /// How the two sides compare, without a value of either: `100 × the offline value`; `None` where nothing can be said.
    pub difference: Option<String>,
}

/// One side of a cell.
#[derive(Clone, Debug, PartialEq)]
pub struct SeenSide {
    /// The event timestamp; `None` where there is none.
    pub at: Option<Timestamp>,
    /// The value; `None` for a row as a whole, and where it has none.
    pub value: Option<Value>,
}

/// A cell as it is kept and shown.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ShownCell {
    /// A keyed hash of the entity key.
    pub entity: String,
    /// The entity key; `None` where keys are not shown.
    pub key: Option<String>,
    /// Event time of the offline version; `None` where there is none.
    pub offline_at: Option<Timestamp>,
    /// The offline value; `None` where there is none, or values are not shown.
    pub offline_value: Option<String>,
    /// Event time of the online row; `None` where there is none.
    pub online_at: Option<Timestamp>,
    /// The online value; `None` where there is none, or values are not shown.
    pub online_value: Option<String>,
    /// How the two sides compare, without a value of either; `None` where nothing can be said.
    pub difference: Option<String>,
}

/// All that a finding can show.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Exhibit {
    /// Some of its cells, at most [`MOST_CELLS`].
    pub cells: Vec<SeenCell>,
    /// Why it probably is there; `None` where nobody knows.
    pub cause: Option<KnownCause>,
}

impl SeenCell {
    /// What may be shown of it, under the hash that `named` gives to its entity.
    #[must_use]
    pub fn shown(&self, disclosure: Disclosure, named: impl FnOnce(&EntityKey) -> String) -> ShownCell {
        let at = |side: &Option<SeenSide>| side.as_ref().and_then(|side| side.at);
        let value = |side: &Option<SeenSide>| match disclosure.values {
            Values::Withheld => None,
            Values::Shown => side.as_ref().and_then(|side| side.value.as_ref()).map(text),
        };
        ShownCell {
            entity: named(&self.entity),
            key: match disclosure.entities {
                Entities::Hashed => None,
                Entities::Shown => Some(self.entity.to_string()),
            },
            offline_at: at(&self.offline),
            offline_value: value(&self.offline),
            online_at: at(&self.online),
            online_value: value(&self.online),
            difference: self.difference.clone(),
        }
    }
}

fn text(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() <= LONGEST_VALUE {
        return text;
    }
    let begin: String = text.chars().take(LONGEST_VALUE - 1).collect();
    format!("{begin}…")
}
