//! Which of several causes that fit alike is named: the one that says most.

use crate::model::cause::{Narrowing, Recoding, Relation};

/// Its place in the order from the most to the least specific.
pub(super) fn rank(relation: &Relation) -> u32 {
    match relation {
        Relation::CorrectionLost => 0,
        Relation::Filled { .. } => 1,
        Relation::WroteNothing { .. } | Relation::Stale { versions: Some(_), .. } => 2,
        Relation::OffByOne { versions: Some(1) } => 3,
        Relation::Leaked { .. } => 4,
        Relation::Recoded(
            Recoding::Lowered | Recoding::Uppered | Recoding::Trimmed | Recoding::Composed | Recoding::Decomposed,
        ) => 5,
        Relation::Narrowed(Narrowing::ThroughFloat64 | Narrowing::Wrapped(_)) => 6,
        Relation::Narrowed(Narrowing::Float32) => 7,
        Relation::Narrowed(Narrowing::Float16) => 8,
        Relation::Narrowed(Narrowing::BFloat16) => 9,
        Relation::Scaled { factor } if super::arithmetic::is_named(*factor) => 10,
        Relation::TimeZone { .. } => 11,
        Relation::Narrowed(Narrowing::Truncated) => 12,
        Relation::Narrowed(Narrowing::Floor | Narrowing::Ceiling) => 13,
        Relation::Narrowed(Narrowing::Rounded(_)) => 14,
        Relation::Narrowed(Narrowing::Coarser(_)) => 15,
        Relation::Shifted { .. } | Relation::Scaled { .. } => 16,
        Relation::OffByOne { versions: Some(_) } => 17,
        Relation::Stale { versions: None, .. } | Relation::OffByOne { versions: None } => 18,
        Relation::Narrowed(Narrowing::ClampedAbove(_) | Narrowing::ClampedBelow(_)) => 19,
        Relation::Collapsed { .. } => 20,
        Relation::Duplicated { .. } => 21,
        Relation::OtherFeature { .. } => 22,
        Relation::Affine { .. } => 23,
        Relation::Recoded(Recoding::Mapped(_)) => 24,
        Relation::OtherEntity { .. } => 25,
        Relation::Expired { .. } => 26,
    }
}
