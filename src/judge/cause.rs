//! The likely cause of skew, as a clause of its finding.

use crate::model::cause::{Attribution, Diagnosis, Unknown};
use crate::model::figure::{count, percent};

/// Causes named in a sentence.
const NAMED: usize = 3;

/// What follows the figures of a finding of skew; empty where there is nothing to add.
pub(super) fn clause(diagnosis: &Diagnosis) -> String {
    match diagnosis.unknown {
        Some(Unknown::NothingFits) => "; no known cause fits".to_owned(),
        Some(Unknown::TooFew) | None if diagnosis.causes.is_empty() => String::new(),
        Some(Unknown::TooFew) | None => {
            let named = diagnosis.causes.iter().take(NAMED).map(|cause| named(cause, diagnosis));
            format!("; likely cause: {}", named.collect::<Vec<_>>().join("; and "))
        }
    }
}

fn named(cause: &Attribution, diagnosis: &Diagnosis) -> String {
    let share = percent(cause.share);
    let mismatches = count(diagnosis.examined);
    format!("served {} {}, which explains {share} of {mismatches} mismatches", cause.relation, cause.locus)
}
