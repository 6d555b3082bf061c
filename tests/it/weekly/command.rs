//! `skewwatch report`: files, refusals, and a report on paper.

use std::path::Path;
use std::process::{Command, Output};

use skewwatch::history::{History, HistorySettings};
use tempfile::TempDir;

/// A configuration of two views with an empty history.
fn configured() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let view = |name: &str, team: &str| {
        format!(
            "  - {{ name: {name}, team: {team}, join_keys: [user_id], snapshot: \"*.parquet\", event_timestamp: ts, \
             features: {{ amount: float32 }} }}\n"
        )
    };
    let text = format!(
        "online:\n  redis: {{ url: \"redis://cache:6379\" }}\n  layout: {{ key: \"feat:{{entity}}:{{feature}}\" }}\n\
         feature_views:\n{}{}publish: {{ history: history.db }}\n",
        view("orders", "risk"),
        view("visits", "growth")
    );
    std::fs::write(folder.path().join("skewwatch.yaml"), text).unwrap();
    drop(History::open(&HistorySettings::new(folder.path().join("history.db"))).unwrap());
    folder
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skewwatch"));
    command.args(["report", "--period", "2026-W47", "--as-of", "2026-11-23T07:00:00Z"]).args(arguments);
    command.current_dir(folder).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.output().unwrap()
}

fn told(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let (code, out, error) = told(&run(folder, arguments));
    assert_eq!((code, out.as_str()), (Some(2), ""), "{error}");
    error
}

#[test]
fn a_team_gets_its_own_views_in_every_form() {
    let folder = configured();
    for format in ["html", "markdown", "json", "slack"] {
        let (code, out, error) = told(&run(folder.path(), &["--team", "risk", "--format", format]));
        assert_eq!((code, error.as_str()), (Some(0), ""));
        assert!(out.contains("risk"), "{format}");
        assert!(!out.contains("visits"), "{format}");
    }
}

#[test]
fn files_are_named_by_their_period_and_one_name_stays() {
    let folder = configured();
    let (code, out, error) = told(&run(folder.path(), &["--team", "risk", "--to", "reports"]));
    assert_eq!((code, error.as_str()), (Some(0), ""));
    let names = ["html", "md", "json"];
    let expected: Vec<String> = ["2026-W47", "latest"]
        .into_iter()
        .flat_map(|tail| names.map(|ending| format!("skew-risk-{tail}.{ending}")))
        .collect();
    let printed: Vec<&str> = out.lines().map(|line| line.rsplit('/').next().unwrap()).collect();
    assert_eq!(printed, expected);
    let read = |name: &str| std::fs::read(folder.path().join("reports").join(name)).unwrap();
    assert_eq!(read("skew-risk-latest.html"), read("skew-risk-2026-W47.html"));
}

#[test]
fn a_report_is_printed_on_paper() {
    let folder = configured();
    let (code, _, error) = told(&run(folder.path(), &["--pdf", "report.pdf"]));
    assert_eq!((code, error.as_str()), (Some(0), ""));
    assert!(std::fs::read(folder.path().join("report.pdf")).unwrap().starts_with(b"%PDF-"));
    assert!(!folder.path().join("report.pdf.partial").exists());
}

#[test]
fn what_is_not_there_is_refused_with_what_is() {
    let folder = configured();
    assert_eq!(
        refused(folder.path(), &["--team", "fraud"]),
        "error: no view is of the team `fraud`; there is `growth`, `risk`\n"
    );
    assert_eq!(
        refused(folder.path(), &["--view", "clicks"]),
        "error: no feature view `clicks` is watched; there are `orders`, `visits`\n"
    );
}
