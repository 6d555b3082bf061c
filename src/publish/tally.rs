//! The one line that sums up a round.

use std::fmt;

use crate::model::check::{Finding, Severity};
use crate::model::measurement::RoundReport;

/// How many checks ended how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tally {
    judged: u64,
    passed: u64,
    warnings: u64,
    critical: u64,
    unknown: u64,
    failures: u64,
}

impl Tally {
    pub(super) fn of(report: &RoundReport) -> Self {
        let graded = |severity| report.findings.iter().filter(|finding| finding.severity == severity).count() as u64;
        Self {
            judged: report.judged,
            // Checks and not findings: one finding may speak for several features.
            passed: report.judged.saturating_sub(report.findings.iter().flat_map(Finding::each).count() as u64),
            warnings: graded(Severity::Warning),
            critical: graded(Severity::Critical),
            unknown: report.unknown.len() as u64,
            failures: report.failures.len() as u64,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} judged: {} passed, {}, {} critical; {} not judged",
            plural(self.judged, "check"),
            self.passed,
            plural(self.warnings, "warning"),
            self.critical,
            self.unknown
        )?;
        if self.failures > 0 {
            write!(formatter, "; {}", plural(self.failures, "failure"))?;
        }
        Ok(())
    }
}

fn plural(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
