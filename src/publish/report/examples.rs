//! Single cells to look at, and both sides of a feature as bars.
//!
//! The history keeps some with each finding. Whoever knows better hands others in. What the configuration does not allow now
//! is left out, even if it did when the cells were kept.

use serde::Serialize;

use crate::model::bars::Bars;
use crate::model::exhibit::{Disclosure, Entities, ShownCell, Values};
use crate::model::time::Timestamp;

/// A cell on both sides. Values are text that was made for people, and stand here only where the configuration allows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExampleCell {
    /// A keyed hash of the entity key, or the key where the configuration shows keys.
    pub entity: String,
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

impl ExampleCell {
    /// A cell as the history keeps it.
    pub(super) fn of(kept: &ShownCell, disclosure: Disclosure) -> Self {
        let value = |value: &Option<String>| match disclosure.values {
            Values::Withheld => None,
            Values::Shown => value.clone(),
        };
        let key = match disclosure.entities {
            Entities::Hashed => None,
            Entities::Shown => kept.key.clone(),
        };
        Self {
            entity: key.unwrap_or_else(|| kept.entity.clone()),
            offline_at: kept.offline_at,
            offline_value: value(&kept.offline_value),
            online_at: kept.online_at,
            online_value: value(&kept.online_value),
            difference: kept.difference.clone(),
        }
    }
}

/// What served values were held against, beside them, by a round of the period.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BarsOfPeriod {
    /// End of the round.
    pub at: Timestamp,
    /// Values of the reference.
    pub reference_n: u64,
    /// Values served.
    pub current_n: u64,
    /// Ranges ascending, or values from the reference's most frequent on.
    pub bars: Vec<BarOfPeriod>,
}

/// Values of both sides under one label, as shares from 0 to 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BarOfPeriod {
    /// A range, a value where values are shown, else its number.
    pub label: String,
    /// Share of the reference's values.
    pub reference: f64,
    /// Share of the values served.
    pub current: f64,
}

impl BarsOfPeriod {
    /// Bars as the history keeps them; `None` where a side is empty.
    pub(super) fn of((at, bars): (Timestamp, &Bars), disclosure: Disclosure) -> Option<Self> {
        let bars = bars.clone().shown(disclosure.values);
        let (reference_n, current_n) = bars.totals();
        let labelled = bars.bars().iter().zip(bars.shares());
        let of_label =
            labelled.map(|(bar, (reference, current))| BarOfPeriod { label: bar.label.clone(), reference, current });
        (reference_n > 0 && current_n > 0).then(|| Self { at, reference_n, current_n, bars: of_label.collect() })
    }
}
