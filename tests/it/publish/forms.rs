//! Whole outputs of the forms that go to standard output.

use skewwatch::model::check::{CheckKind, Unjudged};
use skewwatch::model::measurement::RoundReport;
use skewwatch::publish::{github, json, junit, terminal};

use super::{same_as_file, sample, text};

fn plain(report: &RoundReport, width: Option<u16>) -> String {
    let styled = text(|out| terminal::write_within(report, width, out));
    anstream::adapter::strip_str(&styled).to_string()
}

#[test]
fn the_terminal_shows_figures_then_findings_then_what_is_not_known() {
    same_as_file("rich.txt", &plain(&sample::rich(), None));
    same_as_file("empty.txt", &plain(&sample::empty(), None));
    same_as_file("failures.txt", &plain(&sample::only_failures(), None));
}

#[test]
fn everything_fits_a_narrow_terminal_and_no_name_is_broken() {
    for width in [100, 80] {
        let narrow = plain(&sample::rich(), Some(width));
        same_as_file(&format!("rich_{width}_columns.txt"), &narrow);
        let too_long: Vec<&str> = narrow.lines().filter(|line| line.chars().count() > usize::from(width)).collect();
        assert!(too_long.is_empty(), "{too_long:#?}");
        for name in sample::rich().views.iter().flat_map(|view| view.features.keys()) {
            assert!(narrow.contains(name.as_str()), "{name}");
        }
    }
}

#[test]
fn a_check_of_the_view_is_not_told_among_its_features() {
    let mut report = sample::empty();
    report.unknown = [None, Some("age"), Some("city")]
        .map(|feature| Unjudged {
            check: CheckKind::Coverage,
            feature_view: "users".to_owned(),
            feature: feature.map(str::to_owned),
            reason: "nothing to judge by".to_owned(),
        })
        .to_vec();
    let expected = "\
Not judged
  coverage of users
            nothing to judge by
  coverage of 2 features of users: age, city
            nothing to judge by
";
    let found = plain(&report, None);
    assert!(found.contains(expected), "{found}");
}

#[test]
fn the_json_has_every_field_and_null_for_what_does_not_exist() {
    for (name, report) in
        [("rich.json", sample::rich()), ("empty.json", sample::empty()), ("failures.json", sample::only_failures())]
    {
        let found = text(|out| json::write(&report, out));
        serde_json::from_str::<serde_json::Value>(&found).expect("it is JSON");
        same_as_file(name, &found);
    }
}

#[test]
fn junit_has_a_suite_per_view_and_a_case_per_check() {
    for (name, report) in
        [("rich.xml", sample::rich()), ("empty.xml", sample::empty()), ("failures.xml", sample::only_failures())]
    {
        same_as_file(name, &text(|out| junit::write(&report, out)));
    }
}

#[test]
fn github_gets_one_command_per_problem() {
    for (name, report) in [
        ("rich.github.txt", sample::rich()),
        ("empty.github.txt", sample::empty()),
        ("failures.github.txt", sample::only_failures()),
    ] {
        same_as_file(name, &text(|out| github::write(&report, out)));
    }
}
