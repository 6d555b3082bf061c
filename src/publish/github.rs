//! Workflow commands of GitHub Actions: one annotation per finding, failure and unjudged check.
//!
//! Critical findings and failures are errors, warnings are warnings, what could not be judged is a notice. The form is
//! `::error title=…::message`; what would end a value early is percent-encoded, as GitHub's toolkit does.

use std::io::{self, Write};

use super::plain;
use super::tally::Tally;
use crate::model::check::Severity;
use crate::model::measurement::RoundReport;

/// Writes one command a line, gravest first, and then the line that sums up.
///
/// # Errors
/// When `out` does not take it.
pub fn write(report: &RoundReport, out: &mut impl Write) -> io::Result<()> {
    for failure in &report.failures {
        let title = format!("{} {}", failure.feature_view, plain::outcome(failure, report));
        command(out, "error", &title, &failure.message)?;
    }
    for severity in [Severity::Critical, Severity::Warning] {
        let level = match severity {
            Severity::Critical => "error",
            Severity::Warning => "warning",
        };
        for finding in report.findings.iter().filter(|finding| finding.severity == severity) {
            let features = finding.each().filter_map(|part| part.feature.as_deref());
            let subject = plain::features(&finding.feature_view, features);
            command(out, level, &format!("{} of {subject}", finding.check), &finding.message)?;
        }
    }
    for unjudged in &report.unknown {
        let subject = plain::subject(&unjudged.feature_view, unjudged.feature.as_deref());
        command(out, "notice", &format!("{} of {subject} not judged", unjudged.check), &unjudged.reason)?;
    }
    writeln!(out, "{}", Tally::of(report))
}

fn command(out: &mut impl Write, level: &str, title: &str, message: &str) -> io::Result<()> {
    writeln!(out, "::{level} title={}::{}", property(&plain::one_line(title)), data(&plain::lines(message)))
}

/// The part after the second `::`.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property, which `,` and `:` would end as well.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
