//! Causes as clauses: what follows the figures in the message of a finding.

use std::fmt;

use super::{Attribution, Diagnosis, LEAST_MISMATCHES, RowFaults, RowsBehind, STANDSTILL};
use crate::model::figure::{count, percent, span};
use crate::model::ratio::Ratio;

/// Causes named in a sentence.
const NAMED: usize = 3;

impl Diagnosis {
    /// What follows the figures of a finding of skew; empty where there is nothing to add.
    #[must_use]
    pub fn clause(&self) -> String {
        let named: Vec<String> = self.of_skew().take(NAMED).map(|cause| self.named(cause)).collect();
        if !named.is_empty() {
            let cells = count(self.skewed());
            format!("; likely cause, of {cells} differing values: {}", named.join(", and "))
        } else if self.skewed() >= LEAST_MISMATCHES as u64 {
            "; no known cause fits".to_owned()
        } else {
            String::new()
        }
    }

    fn named(&self, cause: &Attribution) -> String {
        format!("{} are served {} {}", percent(self.share_of(cause)), cause.relation, cause.locus)
    }

    /// The share of the skewed cells looked at that a cause explains; `None` without any.
    #[must_use]
    pub fn share_of(&self, cause: &Attribution) -> Option<Ratio> {
        Ratio::of(cause.explained.min(self.skewed()), self.skewed())
    }
}

impl RowFaults {
    /// What follows the figures of a finding of coverage; empty where no whole row is gone.
    #[must_use]
    pub fn missing_clause(&self) -> String {
        let Some(missing) = &self.missing else { return String::new() };
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
    #[must_use]
    pub fn left_behind_clause(&self) -> String {
        let groups: Vec<String> = self.behind.iter().map(ToString::to_string).collect();
        let mut clause = if groups.is_empty() { String::new() } else { format!("; {}", groups.join(", ")) };
        if self.unmoved_rounds >= STANDSTILL {
            let rounds = self.unmoved_rounds;
            clause.push_str(&format!("; in {rounds} rounds the snapshot had moved on, and nothing was written online"));
        }
        clause
    }
}

/// As `12 rows are 1 version behind (1d)`.
impl fmt::Display for RowsBehind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rows, are) = of_rows(self.rows);
        write!(formatter, "{rows} {are} ")?;
        match (self.least_versions, self.most_versions) {
            (1, 1) => formatter.write_str("1 version")?,
            (least, most) if least == most => write!(formatter, "{most} versions")?,
            (least, most) => write!(formatter, "{least} to {most} versions")?,
        }
        let (least, most) = (span(Some(self.least_seconds)), span(Some(self.most_seconds)));
        let time = if least == most { most } else { format!("{least} to {most}") };
        write!(formatter, " behind ({time})")
    }
}

fn of_rows(rows: u64) -> (String, &'static str) {
    if rows == 1 { ("1 row".to_owned(), "is") } else { (format!("{} rows", count(rows)), "are") }
}
