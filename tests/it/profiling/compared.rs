//! Profiles on either side of `skewwatch drift`.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use super::{drift, oracle, refusal, said, skewwatch, write};

/// The figures that are exact whatever the sides are.
fn exact(document: &Json) -> Json {
    let mut column = document["columns"]["x"].clone();
    let figures = column.as_object_mut().unwrap();
    // The gap is a bound and the distance of Wasserstein an estimate; the verdict is that of the gap too.
    let names = [
        "kind",
        "checks",
        "js",
        "chi2",
        "rates",
        "distinct",
        "summary",
        "quantiles",
        "novelty",
        "histogram",
        "rows",
        "n",
    ];
    figures.retain(|name, _| names.contains(&name.as_str()));
    let checks = figures["checks"].as_object_mut().unwrap();
    checks.remove("ks");
    for check in checks.values_mut() {
        let check = check.as_object_mut().unwrap();
        // These depend on the gap, or on the other checks of the run.
        for name in ["p_equal", "q_value", "verdict"] {
            check.remove(name);
        }
    }
    column
}

fn profile(folder: &Path, from: &Path, to: &str, more: &[&str]) {
    said(folder, &[&["profile", from.to_str().unwrap(), "-o", to], more].concat());
}

#[test]
fn a_profile_gives_the_index_of_the_data_for_every_kind_of_column() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["gauss_shift", "zero_infl_more", "cat10_unseen", "null_rate_jump", "all_null_cur"] {
        let [reference, current] = ["ref", "cur"].map(|side| oracle().join(format!("{name}.{side}.parquet")));
        profile(folder.path(), &reference, "a.json", &[]);
        profile(folder.path(), &current, "b.json", &["--edges-of", "a.json"]);
        let data = [reference.to_str().unwrap(), current.to_str().unwrap()];
        let wanted = exact(&drift(folder.path(), data, &[]));
        for sides in [["a.json", data[1]], [data[0], "b.json"], ["a.json", "b.json"]] {
            assert_eq!(exact(&drift(folder.path(), sides, &[])), wanted, "{name}: {sides:?}");
        }
        fs::remove_file(folder.path().join("a.json")).unwrap();
        fs::remove_file(folder.path().join("b.json")).unwrap();
    }
}

#[test]
fn data_that_does_not_fit_the_memory_is_counted_over_the_edges_of_the_profile() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.parquet"), 0, 30_000);
    write(&folder.path().join("b.parquet"), 3_000, 30_000);
    profile(folder.path(), Path::new("a.parquet"), "a.json", &[]);
    let sides = ["a.json", "b.parquet"];
    let (much, little) = (drift(folder.path(), sides, &[]), drift(folder.path(), sides, &["--memory", "100KB"]));
    assert_eq!(little["columns"]["amount"]["psi"], much["columns"]["amount"]["psi"]);
    assert_eq!(little["columns"]["country"], much["columns"]["country"]);
}

#[test]
fn a_column_that_a_profile_cannot_have_is_told_with_its_type() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.parquet"), 0, 500);
    profile(folder.path(), Path::new("a.parquet"), "a.json", &[]);
    let document = drift(folder.path(), ["a.json", "a.parquet"], &[]);
    assert_eq!(
        document["not_compared"],
        serde_json::json!([{"column": "tags", "reason": "there is no distance between values of type list<int64>"}])
    );
    assert_eq!(document["stable"], 2);
}

#[test]
fn options_that_need_rows_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.parquet"), 0, 500);
    profile(folder.path(), Path::new("a.parquet"), "a.json", &[]);
    for (more, option) in [
        (vec!["--by", "country"], "--by"),
        (vec!["--entity", "country"], "--entity"),
        (vec!["--statistics", "all"], "--statistics all"),
        (vec!["--format", "oracle"], "--format oracle"),
    ] {
        let said = refusal(folder.path(), &[vec!["drift", "a.parquet", "a.json"], more].concat());
        assert_eq!(said, format!("error: `{option}` needs the rows of both sides, and a.json is a profile\n"));
    }
}

#[test]
fn a_damaged_profile_is_named_with_the_way_out() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.parquet"), 0, 500);
    profile(folder.path(), Path::new("a.parquet"), "whole.json", &[]);
    let whole = fs::read_to_string(folder.path().join("whole.json")).unwrap();
    let newer = whole.replacen(":1,", ":9,", 1);
    for (content, cause) in [
        (&whole[..whole.len() / 2], "it is cut off; make the profile anew"),
        (&*newer, "it is a profile of version 9, and this program reads versions up to 1; make it anew or update"),
        ("{\"a\": 1}", "it is no profile; `skewwatch profile SNAPSHOT -o FILE` makes one"),
    ] {
        fs::write(folder.path().join("a.json"), content).unwrap();
        let said = refusal(folder.path(), &["drift", "a.json", "a.parquet"]);
        assert_eq!(said, format!("error: could not read a.json\n  caused by: {cause}\n"));
    }
    // The name does not matter on a local disk.
    fs::rename(folder.path().join("whole.json"), folder.path().join("train")).unwrap();
    assert_eq!(skewwatch(folder.path(), &["drift", "train", "a.parquet"]).status.code(), Some(0));
}

#[test]
fn points_in_time_are_compared_as_ages_when_both_sides_know_their_time() {
    let folder = tempfile::tempdir().unwrap();
    let [reference, current] = ["ref", "cur"].map(|side| oracle().join(format!("timestamps_same.{side}.parquet")));
    let at = "2026-07-01T00:00:00Z";
    profile(folder.path(), &reference, "ages.json", &["--snapshot-time", at]);
    profile(folder.path(), &reference, "times.json", &[]);
    let current = current.to_str().unwrap();
    let times = ["--reference-time", at, "--current-time", at];
    let data = drift(folder.path(), [reference.to_str().unwrap(), current], &times);
    let ages = drift(folder.path(), ["ages.json", current], &["--current-time", at]);
    assert_eq!(exact(&ages), exact(&data));
    let unknown = drift(folder.path(), ["times.json", current], &[]);
    assert_eq!(unknown["columns"]["x"]["verdict"], "unknown");
    let mixed = drift(folder.path(), ["ages.json", current], &[]);
    let message = mixed["failures"][0]["message"].as_str().unwrap();
    assert!(message.starts_with("the profile holds ages; say when the other side was taken"), "{message}");
    let said = refusal(folder.path(), &["profile", current, "-o", "b.json", "--edges-of", "ages.json"]);
    assert_eq!(said, "error: ages.json holds ages: give the `--snapshot-time` of this snapshot too\n");
}
