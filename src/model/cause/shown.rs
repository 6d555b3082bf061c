//! What of a diagnosis others may see: its parameters, and values of features only where they may be shown.
//!
//! A factor, a shift or an age is measured over many cells and stands. The one value that is served in place of others, a
//! limit among them, is a value of the feature.

use super::{Diagnosis, Narrowing, Relation};
use crate::model::exhibit::Values;

impl Relation {
    /// The same as far as it may be shown.
    #[must_use]
    pub fn shown(mut self, values: Values) -> Self {
        match (values, &mut self) {
            (Values::Shown, _) => {}
            (Values::Withheld, Self::Filled { with: value } | Self::Collapsed { to: value, .. }) => *value = None,
            (Values::Withheld, Self::Narrowed(Narrowing::ClampedAbove(limit) | Narrowing::ClampedBelow(limit))) => {
                *limit = None;
            }
            (
                Values::Withheld,
                Self::Stale { .. }
                | Self::WroteNothing { .. }
                | Self::OffByOne { .. }
                | Self::CorrectionLost
                | Self::Leaked { .. }
                | Self::TimeZone { .. }
                | Self::Shifted { .. }
                | Self::Scaled { .. }
                | Self::Affine { .. }
                | Self::Duplicated { .. }
                | Self::Narrowed(_)
                | Self::Recoded(_)
                | Self::OtherEntity { .. }
                | Self::OtherFeature { .. }
                | Self::Expired { .. },
            ) => {}
        }
        self
    }
}

impl Diagnosis {
    /// The same as far as it may be shown.
    #[must_use]
    pub fn shown(mut self, values: Values) -> Self {
        for cause in &mut self.causes {
            cause.relation = cause.relation.clone().shown(values);
        }
        self
    }

    /// The same without places in a sample, which mean nothing once the sample is gone.
    #[must_use]
    pub fn without_places(mut self) -> Self {
        self.causes.iter_mut().for_each(|cause| cause.evidence.clear());
        self
    }
}
