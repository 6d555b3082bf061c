//! `skewwatch validate`, run as a user runs it.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

/// Runs the command in `folder` with nothing but `variables` in its environment.
fn validate(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_skewwatch"))
        .arg("validate")
        .args(arguments)
        .current_dir(folder)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn good() -> &'static Path {
    Path::new("tests/fixtures/config/good")
}

/// Standard output, standard error and the exit code.
fn told(output: &Output) -> (String, String, Option<i32>) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

fn beside(name: &str) -> String {
    std::fs::read_to_string(good().join(name)).unwrap_or_default()
}

#[test]
fn what_would_be_watched_is_printed_in_aligned_columns() {
    let output = validate(good(), &["--config", "shop.yaml"], &[]);
    assert_eq!(told(&output), (beside("shop.txt"), String::new(), Some(0)));
}

#[test]
fn programs_get_the_same_as_json() {
    let output = validate(good(), &["--config", "shop.yaml", "--format", "json"], &[]);
    assert_eq!(told(&output), (beside("shop.json"), String::new(), Some(0)));
}

#[test]
fn what_cannot_be_reached_is_told_part_by_part() {
    let output = validate(good(), &["--config", "shop.yaml", "--connect"], &[]);
    let (text, errors, code) = told(&output);
    let here = good().canonicalize().unwrap().display().to_string();
    assert_eq!((text.replace(&here, "HERE"), errors, code), (beside("shop.connect.txt"), String::new(), Some(2)));
}

#[test]
fn the_file_comes_from_the_environment_where_no_argument_names_it() {
    let output = validate(good(), &[], &[("SKEWWATCH_CONFIG", "shop.yaml")]);
    assert_eq!(told(&output), (beside("shop.txt"), String::new(), Some(0)));
    let output = validate(good(), &[], &[]);
    let message = "error: could not read the configuration `skewwatch.yaml`: no such file\n  = hint: name another with \
                   `--config`, or begin from `skewwatch.example.yaml`\n";
    assert_eq!(told(&output), (String::new(), message.to_owned(), Some(2)));
}

#[test]
fn problems_end_with_their_listing_and_exit_code_two() {
    let file = "tests/fixtures/config/bad/checks.yaml";
    let expected = std::fs::read_to_string("tests/fixtures/config/bad/checks.txt").unwrap();
    let output = validate(Path::new("."), &["--config", file], &[]);
    assert_eq!(told(&output), (String::new(), expected, Some(2)));
}

#[test]
fn a_whole_repository_is_reached() {
    let folder = tempfile::tempdir().unwrap();
    let shop = folder.path().join("shop");
    std::fs::create_dir_all(shop.join("data")).unwrap();
    let golden = Path::new("tests/fixtures/golden-feast/dev");
    let views = [
        ("user_features", "user_features"),
        ("driver_profile", "driver_profile"),
        ("user_driver_affinity", "user_driver"),
        ("user_sessions", "user_sessions"),
    ];
    let mut snapshots = Vec::new();
    for (view, file) in views {
        let file = format!("data/{file}.parquet");
        let bytes = std::fs::copy(golden.join(&file), shop.join(&file)).unwrap();
        snapshots.push(json!({ "feature_view": view, "files": 1, "bytes": bytes, "error": null }));
    }
    for (from, to) in [
        ("registry.db", "data/registry.db"),
        ("online_store.db", "data/online_store.db"),
        ("feature_store.sqlite.yaml", "feature_store.yaml"),
    ] {
        std::fs::copy(golden.join(from), shop.join(to)).unwrap();
    }
    std::fs::write(folder.path().join("skewwatch.yaml"), "feast: shop\n").unwrap();
    let output = validate(folder.path(), &["--connect", "--format", "json"], &[]);
    let (text, errors, code) = told(&output);
    assert_eq!((errors.as_str(), code), ("", Some(0)));
    let mut document: Value = serde_json::from_str(&text).unwrap();
    let costs = document["connection"].as_object_mut().unwrap().remove("costs").unwrap();
    assert_eq!(costs.as_array().unwrap().len(), document["feature_views"].as_array().unwrap().len());
    let expected = json!({
        "online": { "error": null }, "snapshots": snapshots, "references": [], "key_files": [], "profiles": null
    });
    assert_eq!(document["connection"], expected);
}

#[test]
fn references_and_profiles_are_reached_as_a_round_would() {
    let folder = tempfile::tempdir().unwrap();
    let data = Path::new("tests/fixtures/golden-feast/dev/data").canonicalize().unwrap();
    let online = data.with_file_name("online_store.db");
    std::fs::write(folder.path().join("trained.json"), "{}").unwrap();
    std::fs::write(folder.path().join("occupied"), "a file where a folder should be").unwrap();
    let view = |name: &str, reference: &str| {
        let location = data.join("user_features.parquet");
        format!(
            "  - {{ name: {name}, join_keys: [user_id], features: {{ total_orders_30d: int64, hue: string }}, watch: true, snapshot: {}, \
             reference: {reference}, event_timestamp: event_timestamp }}\n",
            location.display()
        )
    };
    let lacking = view("lacking", &data.join("user_features.parquet").display().to_string());
    let text = format!(
        "online: {{ sqlite: {{ path: {} }}, layout: {{ feast: {{ project: dev }} }} }}\nprofiles: occupied\nfeature_views:\n{}{}",
        online.display(),
        lacking,
        view("damaged", "trained.json")
    );
    std::fs::write(folder.path().join("skewwatch.yaml"), text).unwrap();
    let output = validate(folder.path(), &["--connect", "--format", "json"], &[]);
    let (text, errors, code) = told(&output);
    assert_eq!((errors.as_str(), code), ("", Some(2)));
    let document: Value = serde_json::from_str(&text).unwrap();
    let bytes = std::fs::metadata(data.join("user_features.parquet")).unwrap().len();
    let here = folder.path().canonicalize().unwrap();
    let damaged = format!(
        "could not read the profile {}: it is no profile; `skewwatch profile SNAPSHOT -o FILE` makes one",
        here.join("trained.json").display()
    );
    let expected = json!([
        { "feature_view": "lacking", "files": 1, "bytes": bytes, "lacks": ["hue"], "error": null },
        { "feature_view": "damaged", "files": null, "bytes": null, "lacks": [], "error": damaged },
    ]);
    assert_eq!(document["connection"]["references"], expected);
    assert_eq!(document["connection"]["profiles"]["error"], "could not keep profiles in occupied: it is no folder");
    assert_eq!(document["feature_views"][1]["reference"], "trained.json");
    assert_eq!(document["profiles"], "occupied");
}
