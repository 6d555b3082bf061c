//! `rules/` holds what the default settings give, and promtool is content with it.

use skewwatch::publish::rules::{self, RuleSettings};

use super::tools::{folder, run, yaml_files};

#[test]
fn the_committed_rules_are_those_of_the_default_settings() {
    let written = rules::write(&RuleSettings::default()).unwrap();
    assert_eq!(written.refused, []);
    for file in &written.files {
        let path = folder().join(&file.name);
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &file.text).unwrap();
        }
        let committed = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            committed == file.text,
            "rules/{} differs; if the new text is right, run the test again with BLESS=1. Now:\n{}",
            file.name,
            file.text
        );
    }
    let mut names: Vec<String> = written.files.into_iter().map(|file| file.name).collect();
    names.sort();
    assert_eq!(yaml_files(&folder()), names, "files in rules/ that no group gives");
}

#[test]
fn promtool_takes_the_rules_without_a_complaint() {
    let names = yaml_files(&folder());
    let mut arguments = vec!["check", "rules", "--lint-fatal"];
    arguments.extend(names.iter().map(String::as_str));
    let said = run("promtool", &arguments, &folder());
    assert_eq!(said.matches("SUCCESS").count(), names.len(), "{said}");
}

#[test]
fn the_rules_fire_and_keep_quiet_as_their_tests_say() {
    let tests = folder().join("tests");
    let names = yaml_files(&tests);
    let mut arguments = vec!["test", "rules"];
    arguments.extend(names.iter().map(String::as_str));
    let said = run("promtool", &arguments, &tests);
    assert_eq!(said.matches("SUCCESS").count(), names.len(), "{said}");
}
