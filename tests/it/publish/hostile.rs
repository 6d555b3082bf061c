//! Names and messages that try to break out of the form they are printed in.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::Event;
use skewwatch::model::check::{CheckKind, Finding, Severity, Unjudged};
use skewwatch::model::measurement::RoundReport;
use skewwatch::publish::textfile::{self, Surroundings};
use skewwatch::publish::{github, json, junit, terminal};

use super::{sample, text};

const HOSTILE: &str = "a\"b'<c>]]>&amp;\n::error::x,y%0A\r\u{1b}[31m{\\} 名前é\u{202e}\u{0}";

fn report() -> RoundReport {
    let mut report = sample::rich();
    report.findings = vec![Finding {
        check: CheckKind::Skew,
        feature_view: HOSTILE.to_owned(),
        feature: Some(HOSTILE.to_owned()),
        severity: Severity::Critical,
        observed: 1.0,
        threshold: 0.5,
        n: 1,
        message: HOSTILE.to_owned(),
        incident: None,
        with: Vec::new(),
    }];
    report.unknown = vec![Unjudged {
        check: CheckKind::Drift,
        feature_view: HOSTILE.to_owned(),
        feature: Some(HOSTILE.to_owned()),
        reason: HOSTILE.to_owned(),
    }];
    let view = &mut report.views[0];
    view.feature_view = HOSTILE.to_owned();
    let feature = view.features.pop_first().unwrap().1;
    view.features = BTreeMap::from([(HOSTILE.to_owned(), feature)]);
    report.not_watched[0].feature_view = HOSTILE.to_owned();
    report.failures[0].feature_view = HOSTILE.to_owned();
    report.failures[0].message = HOSTILE.to_owned();
    report
}

#[test]
fn the_terminal_gets_no_control_character_of_a_name() {
    let styled = text(|out| terminal::write_within(&report(), Some(80), out));
    let plain = anstream::adapter::strip_str(&styled).to_string();
    assert!(plain.chars().all(|character| character == '\n' || !character.is_control()), "{plain:?}");
    assert!(!plain.contains('\u{202e}'));
    assert!(!styled.contains("\u{1b}[31m{"), "a colour came from a name");
}

#[test]
fn github_gets_as_many_commands_as_there_are_problems() {
    let found = text(|out| github::write(&report(), out));
    let commands: Vec<&str> = found.lines().filter(|line| line.starts_with("::")).collect();
    assert_eq!(commands.len(), 3, "{found}");
    assert_eq!(found.lines().count(), 4, "one line each, and the line that sums up");
    let title = commands[1].strip_prefix("::error title=").unwrap().split_once("::").unwrap().0;
    assert!(!title.contains([',', ':']), "{title}");
    assert!(title.contains("x%2Cy%250A"), "{title}");
}

#[test]
fn junit_stays_one_document_with_the_same_cases() {
    let found = text(|out| junit::write(&report(), out));
    let mut reader = Reader::from_str(&found);
    reader.config_mut().check_end_names = true;
    let mut starts: BTreeMap<String, usize> = BTreeMap::new();
    loop {
        match reader.read_event().unwrap_or_else(|error| panic!("{error}\n{found}")) {
            Event::Eof => break,
            Event::Start(element) | Event::Empty(element) => {
                for attribute in element.attributes() {
                    let value =
                        attribute.unwrap().normalized_value(quick_xml::XmlVersion::Explicit1_0).unwrap().into_owned();
                    assert!(!value.contains(['\n', '\r', '\u{1b}', '\u{0}']), "{value:?}");
                }
                *starts.entry(String::from_utf8(element.name().as_ref().to_vec()).unwrap()).or_default() += 1;
            }
            _ => {}
        }
    }
    let wanted = [("error", 1), ("failure", 1), ("skipped", 1), ("testcase", 6), ("testsuite", 3), ("testsuites", 1)];
    assert_eq!(starts, wanted.map(|(name, count)| (name.to_owned(), count)).into());
}

#[test]
fn json_gives_names_back_unchanged() {
    let found: serde_json::Value = serde_json::from_str(&text(|out| json::write(&report(), out))).unwrap();
    assert_eq!(found["views"][0]["feature_view"], HOSTILE);
    assert_eq!(found["findings"][0]["message"], HOSTILE);
    assert!(found["views"][0]["features"].get(HOSTILE).is_some());
}

#[test]
fn a_label_stays_on_its_line() {
    let found = textfile::render(&report(), &Surroundings::default()).unwrap();
    let odd: Vec<&str> = found.split('\n').filter(|line| !line.is_empty() && !line.starts_with(['#', 's'])).collect();
    assert_eq!(odd, Vec::<&str>::new());
    let label = "feature_view=\"a\\\"b'<c>]]>&amp;\\n::error::x,y%0A\r\u{1b}[31m{\\\\} 名前é\u{202e}\u{0}\"";
    assert!(found.contains(label), "{found}");
}
