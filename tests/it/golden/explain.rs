//! `skewwatch explain` and a reader that leaves early, run as a user runs them.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::Repository;

fn skewwatch(arguments: &[&str], configuration: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skewwatch"));
    command.args(arguments).args(["--as-of", "2026-06-15T00:00:00Z"]);
    command.env_clear().env("SKEWWATCH_CONFIG", configuration);
    command
}

fn told(output: &Output) -> (String, String, Option<i32>) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

#[test]
fn an_entity_of_two_join_keys_is_told_in_tables() {
    let repository = Repository::on_sqlite("dev", "feast: ./repo\n");
    let output =
        skewwatch(&["explain", "driver_id=5026", "user_id=u01001"], &repository.configuration()).output().unwrap();
    // The values are those of the rows in `user_driver.parquet`; SQLite keeps whole seconds.
    let expected = "\
user_driver_affinity of user_id=u01001 driver_id=5026, as of 2026-06-15T00:00:00Z
  online    a row of 2026-06-12T01:15:57Z
  offline   2 versions
  snapshot  complete up to 2026-06-12T02:46:17.073Z, history from 2026-05-06T00:01:06.840Z

 feature         online  offline, held against  verdict     why
 deliveries_90d  19      19                     consistent  equals the newest version
 last_tip        1.74    1.74                   consistent  equals the newest version

Every version held, newest first
 event timestamp           created                   deliveries_90d  last_tip
 2026-06-12T01:15:57.511Z  2026-06-12T01:16:02.511Z  19              1.74
 2026-05-06T01:57:01.968Z  2026-05-06T01:57:06.968Z  18              5.22

";
    assert_eq!(told(&output), (expected.to_owned(), String::new(), Some(0)));
}

#[test]
fn what_does_not_fit_is_told_in_paragraphs() {
    let repository = Repository::on_sqlite("dev", "feast: ./repo\n");
    let output = skewwatch(&["explain", "5001", "--view", "driver_profile"], &repository.configuration());
    let (text, errors, code) = told(&{ output }.output().unwrap());
    assert_eq!((errors.as_str(), code), ("", Some(0)));
    let (_, held) = text.split_once("Every version held, newest first\n").unwrap();
    let newest = "  2026-06-14T05:23:57Z, created 2026-06-14T05:24:27Z
    rating         1.10196474402305
    is_active      true
";
    assert!(held.starts_with(newest), "{held}");
    assert!(text.lines().all(|line| line.chars().count() <= 160), "{text}");
}

#[test]
fn a_view_that_is_not_watched_says_why() {
    let repository = Repository::on_sqlite("dev", "feast: ./repo\n");
    for command in [&["explain", "u01001", "--view", "user_history"][..], &["check", "--view", "user_history"]] {
        let output = skewwatch(command, &repository.configuration()).output().unwrap();
        let message = "error: feature view `user_history` is not watched: it is not served online (`online: false`)\n";
        assert_eq!(told(&output), (String::new(), message.to_owned(), Some(2)));
    }
}

#[test]
fn a_reader_that_leaves_early_changes_neither_the_exit_code_nor_the_textfile() {
    let repository = Repository::on_sqlite("skewed", "feast: ./repo\n");
    let code = |arguments: &[&str], leave: bool| {
        let mut command = skewwatch(arguments, &repository.configuration());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        if leave {
            drop(child.stdout.take());
        }
        let output = child.wait_with_output().unwrap();
        assert_eq!(String::from_utf8(output.stderr).unwrap(), "", "{arguments:?}");
        output.status.code()
    };
    let path = repository.folder().join("figures.prom");
    let path = path.to_str().unwrap();
    for format in ["table", "json", "junit", "github"] {
        let arguments = ["check", "--format", format, "--textfile", path];
        let whole = code(&arguments, false);
        let figures = std::fs::read(path).unwrap();
        std::fs::remove_file(path).unwrap();
        assert_eq!(code(&arguments, true), whole, "{format}");
        assert_eq!(std::fs::read(path).unwrap(), figures, "{format}");
        std::fs::remove_file(path).unwrap();
    }
    assert_eq!(code(&["explain", "u01001", "--view", "user_features"], true), Some(0));
}
