//! What the features of one incident share.

use super::{Attribution, Locus, Recoding, Relation};
use crate::model::time::{NANOS_PER_SECOND, Timestamp};

impl Attribution {
    /// Cause and place as a text that is the same for all features of one incident.
    ///
    /// What differs from feature to feature under one fault is left out: how many versions an older value lies behind,
    /// which value is served in place of others, how large a table is; parameters that are estimated count to three digits, and a start
    /// to the hour.
    #[must_use]
    pub fn incident(&self) -> String {
        let about = |parameter: f64| format!("{parameter:.2e}");
        let parameters = match &self.relation {
            Relation::Stale { .. }
            | Relation::WroteNothing { .. }
            | Relation::OffByOne { .. }
            | Relation::CorrectionLost
            | Relation::Duplicated { .. }
            | Relation::Filled { .. }
            | Relation::Collapsed { .. }
            | Relation::OtherFeature { .. } => String::new(),
            Relation::Leaked { versions } => versions.to_string(),
            Relation::TimeZone { by: parameter }
            | Relation::Shifted { by: parameter }
            | Relation::Scaled { factor: parameter }
            | Relation::Expired { age: parameter } => about(*parameter),
            Relation::Affine { slope, offset } => format!("{} {}", about(*slope), about(*offset)),
            Relation::Narrowed(narrowing) => narrowing.to_string(),
            Relation::Recoded(Recoding::Mapped(_)) => "mapped".to_owned(),
            Relation::Recoded(recoding) => recoding.to_string(),
            Relation::OtherEntity { places } => format!("{places:?}"),
        };
        let hour = |instant: &Timestamp| instant.nanos().div_euclid(3600 * NANOS_PER_SECOND);
        let place = match &self.locus {
            // Which of the two is told depends on how many values were equal all the same.
            Locus::All | Locus::Entities => String::new(),
            Locus::Shards(shards) => format!("on {shards:?}"),
            Locus::Since(start) => format!("since {}", hour(start)),
            Locus::Before(end) => format!("before {}", hour(end)),
        };
        format!("{} {parameters} {place}", self.cause.name())
    }
}

impl super::Diagnosis {
    /// The incident that a feature's skew is part of: that of the cause that explains most skewed cells; `None` where no
    /// cause explains half of them.
    #[must_use]
    pub fn incident(&self) -> Option<String> {
        let top = self.of_skew().next().filter(|top| 2 * top.explained >= self.skewed())?;
        Some(top.incident())
    }
}
