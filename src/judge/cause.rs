//! The likely causes of skew, of rows that are gone and of rows left behind, as clauses of their findings.

use crate::model::cause::{Attribution, Diagnosis, LEAST_MISMATCHES, RowFaults, RowsBehind, STANDSTILL};
use crate::model::figure::{count, percent, span};
use crate::model::ratio::Ratio;

/// Causes named in a sentence.
const NAMED: usize = 3;

/// What follows the figures of a finding of skew; empty where there is nothing to add.
pub(super) fn clause(diagnosis: &Diagnosis) -> String {
    let named: Vec<String> = diagnosis.of_skew().take(NAMED).map(|cause| named(cause, diagnosis)).collect();
    if !named.is_empty() {
        let cells = count(diagnosis.skewed());
        format!("; likely cause, of {cells} differing values: {}", named.join(", and "))
    } else if diagnosis.skewed() >= LEAST_MISMATCHES as u64 {
        "; no known cause fits".to_owned()
    } else {
        String::new()
    }
}

fn named(cause: &Attribution, diagnosis: &Diagnosis) -> String {
    let share = percent(Ratio::of(cause.explained.min(diagnosis.skewed()), diagnosis.skewed()));
    format!("{share} are served {} {}", cause.relation, cause.locus)
}

/// What follows the figures of a finding of coverage; empty where no whole row is gone.
pub(super) fn missing(faults: &RowFaults) -> String {
    let Some(missing) = &faults.missing else { return String::new() };
    let (rows, are) = of_rows(missing.rows);
    match missing.from_age_seconds {
        Some(_) => {
            format!(
                "; {rows} {are} missing from an age of {} on: they expire too early",
                span(missing.from_age_seconds)
            )
        }
        None => format!("; {rows} {are} missing, whatever their age: lost, or never written"),
    }
}

/// What follows the figures of a finding of freshness; empty where no row was left behind, and something is written.
pub(super) fn left_behind(faults: &RowFaults) -> String {
    let groups: Vec<String> = faults.behind.iter().map(group).collect();
    let mut clause = if groups.is_empty() { String::new() } else { format!("; {}", groups.join(", ")) };
    if faults.unmoved_rounds >= STANDSTILL {
        let rounds = faults.unmoved_rounds;
        clause.push_str(&format!("; in {rounds} rounds the snapshot had moved on, and nothing was written online"));
    }
    clause
}

fn group(behind: &RowsBehind) -> String {
    let (rows, are) = of_rows(behind.rows);
    let versions = match (behind.least_versions, behind.most_versions) {
        (1, 1) => "1 version".to_owned(),
        (least, most) if least == most => format!("{most} versions"),
        (least, most) => format!("{least} to {most} versions"),
    };
    let (least, most) = (span(Some(behind.least_seconds)), span(Some(behind.most_seconds)));
    let time = if least == most { most } else { format!("{least} to {most}") };
    format!("{rows} {are} {versions} behind ({time})")
}

fn of_rows(rows: u64) -> (String, &'static str) {
    if rows == 1 { ("1 row".to_owned(), "is") } else { (format!("{} rows", count(rows)), "are") }
}
