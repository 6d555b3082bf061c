//! JUnit XML for continuous integration: a test suite per view, a test case per check of a view or feature.
//!
//! A breach is a failure whose type is its severity, a check that could not be judged is skipped, and a view that could
//! not be read is an error of its suite. Nothing has a duration of its own, so none is claimed.

use std::collections::BTreeMap;
use std::io::{self, Write};

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::plain;
use crate::model::check::{CheckKind, Finding};
use crate::model::measurement::RoundReport;

enum CaseResult<'a> {
    Passed,
    Failure { severity: &'static str, message: &'a str },
    Skipped(&'a str),
    Error { reason: &'a str, message: &'a str },
}

struct Case<'a> {
    name: String,
    result: CaseResult<'a>,
}

#[derive(Default)]
struct Suite<'a> {
    cases: Vec<Case<'a>>,
}

impl Suite<'_> {
    fn count(&self, of: fn(&CaseResult<'_>) -> bool) -> usize {
        self.cases.iter().filter(|case| of(&case.result)).count()
    }

    fn counts(&self) -> [(&'static str, usize); 4] {
        [
            ("tests", self.cases.len()),
            ("failures", self.count(|result| matches!(result, CaseResult::Failure { .. }))),
            ("errors", self.count(|result| matches!(result, CaseResult::Error { .. }))),
            ("skipped", self.count(|result| matches!(result, CaseResult::Skipped(_)))),
        ]
    }
}

/// Writes the document, suites in the order of their views' names.
///
/// # Errors
/// When `out` does not take it.
pub fn write(report: &RoundReport, out: &mut impl Write) -> io::Result<()> {
    let suites = suites(report);
    let mut xml = Writer::new_with_indent(&mut *out, b' ', 2);
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut root = BytesStart::new("testsuites");
    root.push_attribute(("name", "skewwatch"));
    let mut total = [("tests", 0), ("failures", 0), ("errors", 0), ("skipped", 0)];
    for suite in suites.values() {
        total.iter_mut().zip(suite.counts()).for_each(|(sum, (_, count))| sum.1 += count);
    }
    for (name, count) in total {
        root.push_attribute((name, count.to_string().as_str()));
    }
    xml.write_event(Event::Start(root))?;
    let timestamp = report.started_at.to_string();
    for (view, suite) in &suites {
        write_suite(&mut xml, (view, suite), &timestamp)?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuites")))?;
    writeln!(xml.get_mut())
}

/// Every case under its view, in the order of features (the view as a whole first) and checks.
fn suites(report: &RoundReport) -> BTreeMap<&str, Suite<'_>> {
    let mut cases: BTreeMap<(&str, Option<&str>, CheckKind), Vec<CaseResult<'_>>> = BTreeMap::new();
    for passed in &report.passed {
        let place = (passed.feature_view.as_str(), passed.feature.as_deref(), passed.check);
        cases.entry(place).or_default().push(CaseResult::Passed);
    }
    for finding in report.findings.iter().flat_map(Finding::each) {
        let place = (finding.feature_view.as_str(), finding.feature.as_deref(), finding.check);
        let result = CaseResult::Failure { severity: finding.severity.name(), message: &finding.message };
        cases.entry(place).or_default().push(result);
    }
    for unjudged in &report.unknown {
        let place = (unjudged.feature_view.as_str(), unjudged.feature.as_deref(), unjudged.check);
        cases.entry(place).or_default().push(CaseResult::Skipped(&unjudged.reason));
    }
    let mut suites: BTreeMap<&str, Suite<'_>> = BTreeMap::new();
    for view in &report.views {
        suites.entry(&view.feature_view).or_default();
    }
    for failure in &report.failures {
        suites.entry(&failure.feature_view).or_default().cases.push(Case {
            name: failure.stage.name().to_owned(),
            result: CaseResult::Error { reason: &failure.reason, message: &failure.message },
        });
    }
    for ((view, feature, check), results) in cases {
        let name = match feature {
            Some(feature) => format!("{check} of {}", plain::one_line(feature)),
            None => check.to_string(),
        };
        let suite = suites.entry(view).or_default();
        suite.cases.extend(results.into_iter().map(|result| Case { name: name.clone(), result }));
    }
    suites
}

fn write_suite(xml: &mut Writer<impl Write>, (view, suite): (&str, &Suite<'_>), timestamp: &str) -> io::Result<()> {
    let view = plain::one_line(view);
    let mut start = BytesStart::new("testsuite");
    start.push_attribute(("name", view.as_str()));
    for (name, count) in suite.counts() {
        start.push_attribute((name, count.to_string().as_str()));
    }
    start.push_attribute(("timestamp", timestamp));
    xml.write_event(Event::Start(start))?;
    for case in &suite.cases {
        let mut start = BytesStart::new("testcase");
        start.push_attribute(("classname", view.as_str()));
        start.push_attribute(("name", case.name.as_str()));
        match &case.result {
            CaseResult::Passed => xml.write_event(Event::Empty(start))?,
            CaseResult::Failure { severity, message } => inside(xml, start, ("failure", Some(severity), message))?,
            CaseResult::Skipped(reason) => inside(xml, start, ("skipped", None, reason))?,
            CaseResult::Error { reason, message } => inside(xml, start, ("error", Some(reason), message))?,
        }
    }
    xml.write_event(Event::End(BytesEnd::new("testsuite")))
}

/// A test case with one element in it: its name, the type it states, and its message.
///
/// Attributes lose line breaks when they are parsed, so the whole message is the element's text and its first line the
/// attribute.
fn inside(
    xml: &mut Writer<impl Write>,
    case: BytesStart<'_>,
    (name, kind, message): (&str, Option<&str>, &str),
) -> io::Result<()> {
    let mut element = BytesStart::new(name);
    let first = plain::one_line(message.lines().next().unwrap_or_default());
    element.push_attribute(("message", first.as_str()));
    if let Some(kind) = kind {
        element.push_attribute(("type", kind));
    }
    xml.write_event(Event::Start(case))?;
    if message.lines().nth(1).is_some() {
        xml.write_event(Event::Start(element))?;
        xml.write_event(Event::Text(BytesText::new(&plain::lines(message))))?;
        xml.write_event(Event::End(BytesEnd::new(name)))?;
    } else {
        xml.write_event(Event::Empty(element))?;
    }
    xml.write_event(Event::End(BytesEnd::new("testcase")))
}
