//! `skewwatch rules`, run as a user runs it.

use std::path::Path;
use std::process::{Command, Output};

use skewwatch::publish::rules::{self, RuleSettings};

use super::tools::{folder, run, yaml_files};

const CONFIGURATION: &str = "\
online: { redis: { url: redis://127.0.0.1:1 }, layout: { key: 'user:{entity}', timestamp_field: t } }
feature_views:
  - name: clicks
    join_keys: [user_id]
    snapshot: clicks.parquet
    event_timestamp: event_timestamp
    features: { clicks_7d: int64 }
  - name: scores
    join_keys: [user_id]
    snapshot: scores.parquet
    event_timestamp: event_timestamp
    features: { score: float32 }
checks:
  defaults: { freshness: { objective: 2h, budget: 1% } }
  overrides: [ { feature_view: scores, freshness: { budget: 2% } } ]
";

/// Runs the command in `at`, which gets the configuration.
fn rules_command(at: &Path, arguments: &[&str]) -> Output {
    std::fs::write(at.join("skewwatch.yaml"), CONFIGURATION).unwrap();
    Command::new(env!("CARGO_BIN_EXE_skewwatch"))
        .arg("rules")
        .args(arguments)
        .current_dir(at)
        .env_clear()
        .output()
        .unwrap()
}

/// Standard output, standard error and the exit code.
fn told(output: &Output) -> (String, String, Option<i32>) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

#[test]
fn the_files_of_a_folder_are_listed_and_please_promtool() {
    let place = tempfile::tempdir().unwrap();
    let (out, errors, code) = told(&rules_command(place.path(), &["-c", "skewwatch.yaml", "-o", "made/rules"]));
    let written = rules::write(&RuleSettings::default()).unwrap();
    let expected: String = written.files.iter().map(|file| format!("made/rules/{}\n", file.name)).collect();
    assert_eq!((out, errors, code), (expected, String::new(), Some(0)));
    let made = place.path().join("made/rules");
    let names = yaml_files(&made);
    let mut arguments = vec!["check", "rules", "--lint-fatal"];
    arguments.extend(names.iter().map(String::as_str));
    run("promtool", &arguments, &made);
    // All but the budget of `scores` is as by default.
    let of_default: Vec<String> = names
        .into_iter()
        .filter(|name| {
            let body = |folder: &Path| {
                let text = std::fs::read_to_string(folder.join(name)).unwrap();
                text.split_once("groups:").unwrap().1.to_owned()
            };
            body(&made) == body(&folder())
        })
        .collect();
    let alike = ["coverage", "drift", "lookup", "meta", "recording", "reports", "skew", "store"];
    assert_eq!(of_default, alike.map(|name| format!("{name}.yaml")));
}

#[test]
fn one_document_is_printed_and_what_is_left_out_is_told() {
    let place = tempfile::tempdir().unwrap();
    let arguments = ["--interval", "1m", "--interval", "scores=1h", "--job", "features", "--label", "region=eu"];
    let (out, errors, code) = told(&rules_command(place.path(), &arguments));
    let warning = "warning: burn pair 1h & 5m × 14.4 (critical) is left out for `scores`: rounds are 1h apart, so the least \
                   window is 3h, and 1h is not more\n";
    assert_eq!((errors.as_str(), code), (warning, Some(0)));
    let head = "# Written by `skewwatch rules`: write the files anew rather than edit them.\n\
                # feature_view!=\"scores\": a round every 1m, freshness budget 0.01\n\
                # feature_view=\"scores\": a round every 1h, freshness budget 0.02\n";
    assert!(out.starts_with(head), "{out}");
    assert_eq!(out.matches("region: 'eu'").count(), out.matches("- alert: ").count());
    std::fs::write(place.path().join("rules.yaml"), out).unwrap();
    run("promtool", &["check", "rules", "--lint-fatal", "rules.yaml"], place.path());
}

#[test]
fn what_cannot_be_written_is_an_error() {
    let place = tempfile::tempdir().unwrap();
    let outcome = |arguments: &[&str]| {
        let (out, errors, code) = told(&rules_command(place.path(), arguments));
        assert_eq!((out.as_str(), code), ("", Some(2)), "{arguments:?}");
        errors.lines().next().unwrap().to_owned()
    };
    assert_eq!(
        [
            outcome(&["--interval", "nobody=5m"]),
            outcome(&["--interval", "1.5h"]),
            outcome(&["--label", "region"]),
            outcome(&["--label", "team=risk"]),
            outcome(&["--interval", "0"]),
            outcome(&["-o", "skewwatch.yaml"]),
        ],
        [
            "error: no feature view `nobody` is watched; there are `clicks`, `scores`",
            "error: invalid value '1.5h' for '--interval <[VIEW=]DURATION>': `1.5h` is not a duration such as `90s`, `15m`, \
             `1h30m` or `7d` (whole numbers only: `1h30m` for `1.5h`)",
            "error: invalid value 'region' for '--label <NAME=VALUE>': `region` is not a label such as `region=eu`",
            "error: label `team` is set by the rules themselves",
            "error: rounds every 0s are not between 1s and 5d apart",
            "error: could not make the folder `skewwatch.yaml`",
        ]
    );
}

#[test]
fn intervals_are_those_of_the_schedule_unless_they_are_given() {
    let place = tempfile::tempdir().unwrap();
    let scheduled = format!(
        "{CONFIGURATION}schedule: {{ sample: \"*/2 * * * *\", overrides: [{{ feature_view: scores, sample: \"0 9-17 * * *\" }}] }}\n"
    );
    let heads = |arguments: &[&str]| {
        std::fs::write(place.path().join("scheduled.yaml"), &scheduled).unwrap();
        let all = [&["-c", "scheduled.yaml"], arguments].concat();
        let (out, _, code) = told(&rules_command(place.path(), &all));
        assert_eq!(code, Some(0));
        std::fs::write(place.path().join("rules.yaml"), &out).unwrap();
        run("promtool", &["check", "rules", "--lint-fatal", "rules.yaml"], place.path());
        let heads: Vec<String> = out.lines().filter(|line| line.contains("a round every")).map(str::to_owned).collect();
        // Whether a pause counts for more than the interval that the service exports.
        (heads, out.contains("> 3 * (\n              max by (job, feature_view) (skewwatch_feature_view_info"))
    };
    // Over night there is no round for 16 hours.
    assert_eq!(
        heads(&[]),
        (
            vec![
                "# feature_view!=\"scores\": a round every 2m, freshness budget 0.01".to_owned(),
                "# feature_view=\"scores\": a round every 16h, freshness budget 0.02".to_owned(),
            ],
            true
        )
    );
    assert_eq!(
        heads(&["--interval", "10m", "--interval", "scores=1h"]),
        (
            vec![
                "# feature_view!=\"scores\": a round every 10m, freshness budget 0.01".to_owned(),
                "# feature_view=\"scores\": a round every 1h, freshness budget 0.02".to_owned(),
            ],
            false
        )
    );
}

#[test]
fn rules_beside_alerts_that_the_service_pushes_are_warned_about() {
    let place = tempfile::tempdir().unwrap();
    let pushing = format!("{CONFIGURATION}publish: {{ alertmanager: [\"http://am:9093\"] }}\n");
    std::fs::write(place.path().join("pushing.yaml"), pushing).unwrap();
    let (_, errors, code) = told(&rules_command(place.path(), &["-c", "pushing.yaml", "-o", "rules"]));
    let warning = "warning: `publish.alertmanager` is set, so the service pushes alerts on findings, rounds and the store itself: \
                   with these rules they come twice\n  hint: load no rules, or leave `publish.alertmanager` out\n";
    assert_eq!((errors.as_str(), code), (warning, Some(0)));
}
