//! Putting reports together: what several processes and machines did becomes one report, without loss.
//!
//! Seconds go by the clock, so whatever ran in the same second adds up and whatever ran later follows. A claim about a rate
//! needs that rate in nearly every second: runs that overlap in part prove neither the sum of their rates nor one of them.

use super::conditions::Part;
use super::document::order;
use super::{Offered, Report};
use crate::model::figure;

/// Of so many seconds one may have had another load: processes are not begun in the same instant.
const UNEVEN: usize = 10;
/// In so many it may in any case: one at each end.
const ENDS: usize = 2;

/// Why reports cannot be put together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There is nothing to put together.
    #[error("there is no report to put together")]
    None,
    /// Not the same was asked of them.
    #[error("{first} and {other} did not run the same: {differences}")]
    Conditions {
        /// Name of the first report.
        first: String,
        /// Name of one that differs.
        other: String,
        /// In what.
        differences: String,
    },
    /// Not the same program ran.
    #[error("{first} was made by {one} and {other} by {another}")]
    Program {
        /// Name of the first report.
        first: String,
        /// Its program.
        one: String,
        /// Name of one that differs.
        other: String,
        /// Its program.
        another: String,
    },
    /// A run is there twice.
    #[error("the same run is in {first} and in {other}")]
    Twice {
        /// Name of the report that has it first.
        first: String,
        /// Name of the one that has it again.
        other: String,
    },
    /// Not the same was promised.
    #[error(
        "{first} and {other} promise different things: `{one}` and `{another}`\n  hint: say with `--slo` what all of them are held against"
    )]
    Objective {
        /// Name of the first report.
        first: String,
        /// What it promises.
        one: String,
        /// Name of one that differs.
        other: String,
        /// What it promises.
        another: String,
    },
    /// They ran neither together nor one after the other.
    #[error(
        "these runs were neither at the same time nor one after the other at the same rate: {rate} lookups/s were offered in {even} of {seconds} seconds, other rates in the rest"
    )]
    Load {
        /// Lookups a second, in most seconds.
        rate: String,
        /// Seconds in which it was this.
        even: usize,
        /// All seconds.
        seconds: usize,
    },
}

/// Whether reports that promise different things may be put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promises {
    /// They may not.
    MustAgree,
    /// They may: the first one's is replaced by another.
    AreReplaced,
}

/// The report of all; each comes with its name. The order does not matter but for messages.
///
/// # Errors
/// When they do not belong together.
pub fn merge(reports: Vec<(String, Report)>, promises: Promises) -> Result<Report, MergeError> {
    let mut reports = reports.into_iter();
    let (first, mut whole) = reports.next().ok_or(MergeError::None)?;
    let mut places: Vec<String> = vec![first.clone(); whole.parts.len()];
    for (other, report) in reports {
        fits((&first, &whole), (&other, &report), promises)?;
        for part in &report.parts {
            if let Some((_, place)) = whole.parts.iter().zip(&places).find(|(known, _)| known.is(part)) {
                return Err(MergeError::Twice { first: place.clone(), other });
            }
        }
        places.resize(places.len() + report.parts.len(), other);
        whole.parts.extend(report.parts);
        for (second, block) in report.seconds {
            whole.seconds.entry(second).or_default().merge(&block);
        }
        whole.curve.extend(report.curve);
    }
    whole.parts.sort_by(|one, other| order(one).cmp(&order(other)));
    whole.curve.sort_by_key(|point| point.rate);
    is_even(&whole)?;
    Ok(whole)
}

fn fits(
    (first, one): (&str, &Report),
    (other, another): (&str, &Report),
    promises: Promises,
) -> Result<(), MergeError> {
    let names = || (first.to_owned(), other.to_owned());
    let differences = one.conditions.differences(&another.conditions);
    if !differences.is_empty() {
        let told = differences
            .iter()
            .map(|(name, one, another)| format!("`{name}` is {one} in the first and {another} in the other"));
        let (first, other) = names();
        return Err(MergeError::Conditions { first, other, differences: told.collect::<Vec<_>>().join(", ") });
    }
    let program = |report: &Report| report.parts.first().map(|part| part.program.name()).unwrap_or_default();
    if program(one) != program(another) {
        let (first, other) = names();
        return Err(MergeError::Program { first, one: program(one), other, another: program(another) });
    }
    if promises == Promises::MustAgree && one.objective != another.objective {
        let (first, other) = names();
        let (one, another) = (one.objective.to_string(), another.objective.to_string());
        return Err(MergeError::Objective { first, one, other, another });
    }
    Ok(())
}

fn is_even(whole: &Report) -> Result<(), MergeError> {
    let Offered { rate, even, .. } = whole.offered();
    let seconds = whole.seconds.len();
    // A single process has what it has.
    if whole.parts.len() > 1 && seconds - even > (seconds / UNEVEN).max(ENDS) {
        return Err(MergeError::Load { rate: figure::count(rate), even, seconds });
    }
    Ok(())
}

/// Seeds that several of the processes had.
#[must_use]
pub fn shared_seeds(parts: &[Part]) -> Vec<u64> {
    let mut seeds: Vec<u64> = parts.iter().map(|part| part.seed).collect();
    seeds.sort_unstable();
    let mut shared: Vec<u64> = seeds
        .windows(2)
        .filter_map(|pair| (pair.first() == pair.last()).then(|| pair.first().copied()).flatten())
        .collect();
    shared.dedup();
    shared
}
