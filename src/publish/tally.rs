//! The one line that sums up a round.

use std::fmt;

use crate::model::check::Severity;
use crate::model::measurement::RoundReport;

/// How many checks ended how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tally {
    judged: u64,
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
            warnings: graded(Severity::Warning),
            critical: graded(Severity::Critical),
            unknown: report.unknown.len() as u64,
            failures: report.failures.len() as u64,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let passed = self.judged.saturating_sub(self.warnings + self.critical);
        write!(
            formatter,
            "{} judged: {passed} passed, {}, {} critical; {} not judged",
            plural(self.judged, "check"),
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
