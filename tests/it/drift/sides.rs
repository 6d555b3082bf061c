//! What the two sides may be, and where the result goes.

use std::fs;
use std::path::Path;

use polars::prelude::{Column, DataType, NamedFrom as _, Series, TimeUnit};
use serde_json::Value as Json;

use super::{drift, json, skewwatch, stderr, stdout, write};

const DAY: i64 = 86_400;

/// Rows `first` on of a side that was taken `day` days after 1970; visits come within the last hundred hours.
fn columns(first: i64, rows: i64, day: i64) -> Vec<Column> {
    let rows = first..first + rows;
    let visits: Vec<i64> = rows.clone().map(|row| (day * DAY - row * 7919 % 360_000) * 1_000_000).collect();
    let visits = Series::new("visit".into(), visits).cast(&DataType::Datetime(TimeUnit::Microseconds, None)).unwrap();
    vec![
        Series::new("value".into(), rows.clone().map(|row| row * 7919 % 1009).collect::<Vec<i64>>()).into(),
        Series::new("plan".into(), rows.map(|row| ["free", "pro", "team"][(row % 3) as usize]).collect::<Vec<_>>())
            .into(),
        visits.into(),
    ]
}

/// A reference, a current side whole and in parts, and a profile of either.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    write(&at("a.parquet"), columns(0, 4000, 20_000));
    write(&at("b.parquet"), columns(5000, 3000, 20_001));
    for (day, first, rows) in [("15", 5000, 1200), ("16", 6200, 1800)] {
        fs::create_dir_all(at(&format!("live/dt=2026-06-{day}"))).unwrap();
        write(&at(&format!("live/dt=2026-06-{day}/part.parquet")), columns(first, rows, 20_001));
    }
    folder
}

fn profile(folder: &Path, arguments: &[&str]) {
    let output = skewwatch(folder, &[&["profile"], arguments].concat());
    assert!(output.status.success(), "{}", stderr(&output));
}

/// The result without the addresses of its sides.
fn figures(folder: &Path, arguments: &[&str]) -> Json {
    let (mut document, _) = json(folder, arguments);
    let object = document.as_object_mut().unwrap();
    object.remove("reference");
    object.remove("current");
    document
}

#[test]
fn files_folders_and_patterns_of_the_same_rows_are_the_same_side() {
    let folder = folder();
    let expected = figures(folder.path(), &["a.parquet", "b.parquet"]);
    for current in ["live", "live/", "live/*/*.parquet", "live/dt=2026-06-1[56]/part.parquet"] {
        assert_eq!(figures(folder.path(), &["a.parquet", current]), expected, "{current}");
    }
    let swapped = figures(folder.path(), &["b.parquet", "a.parquet"]);
    assert_eq!(figures(folder.path(), &["live", "a.parquet"]), swapped);
}

/// Figures on counts are the same; those on single values have bounds, of which these columns of few values need none.
#[test]
fn a_profile_stands_for_its_data_on_either_side() {
    let folder = folder();
    profile(folder.path(), &["a.parquet", "-o", "a.json"]);
    profile(folder.path(), &["live", "-o", "b.json"]);
    let expected = figures(folder.path(), &["a.parquet", "b.parquet", "--columns", "plan"]);
    for sides in [["a.json", "b.parquet"], ["a.parquet", "b.json"], ["a.json", "b.json"]] {
        assert_eq!(figures(folder.path(), &[&sides[..], &["--columns", "plan"]].concat()), expected, "{sides:?}");
        let (document, code) = json(folder.path(), &sides);
        let verdicts = ["value", "plan", "visit"].map(|name| document["columns"][name]["verdict"].clone());
        assert_eq!((verdicts, code), (["stable", "stable", "unknown"].map(Json::from), 0), "{sides:?}");
    }
}

#[test]
fn what_needs_rows_is_refused_for_a_profile() {
    let folder = folder();
    profile(folder.path(), &["a.parquet", "-o", "a.json"]);
    for (options, named) in [
        (&["--by", "plan"][..], "--by"),
        (&["--entity", "plan"], "--entity"),
        (&["--statistics", "all"], "--statistics all"),
        (&["--format", "oracle"], "--format oracle"),
    ] {
        for sides in [["a.json", "b.parquet"], ["b.parquet", "a.json"]] {
            let output = drift(folder.path(), &[&sides[..], options].concat());
            let message = format!("error: `{named}` needs the rows of both sides, and a.json is a profile\n");
            assert_eq!((stdout(&output), stderr(&output)), (String::new(), message));
            assert_eq!(output.status.code(), Some(2));
        }
    }
}

const THEN: &str = "2024-10-04T00:00:00Z";
const NOW: &str = "2024-10-05T00:00:00Z";

#[test]
fn with_the_times_of_both_sides_points_in_time_are_compared_as_ages() {
    let folder = folder();
    profile(folder.path(), &["a.parquet", "-o", "a.json", "--snapshot-time", THEN]);
    profile(folder.path(), &["b.parquet", "-o", "b.json", "--snapshot-time", NOW]);
    let outcome = |arguments: &[&str]| {
        let (document, code) = json(folder.path(), &[arguments, &["--columns", "visit"]].concat());
        (document["columns"]["visit"]["verdict"].clone(), document["columns"]["visit"]["reason"].clone(), code)
    };
    let unjudged = (Json::from("unknown"), Json::from("no_snapshot_time"), 2);
    assert_eq!(outcome(&["a.parquet", "b.parquet"]), unjudged);
    for told in [
        &["a.parquet", "b.parquet", "--reference-time", THEN, "--current-time", NOW][..],
        &["a.json", "b.parquet", "--current-time", NOW],
        &["a.parquet", "b.json", "--reference-time", THEN],
        &["a.json", "b.json"],
    ] {
        assert_eq!(outcome(told), (Json::from("stable"), Json::Null, 0), "{told:?}");
    }
}

#[test]
fn a_time_of_one_side_alone_is_refused() {
    let folder = folder();
    profile(folder.path(), &["a.parquet", "-o", "plain.json"]);
    let beside = "`--current-time` needs `--reference-time` beside it";
    for (arguments, message) in [
        (["a.parquet", "b.parquet", "--current-time", NOW], beside),
        (["a.parquet", "b.parquet", "--reference-time", THEN], "`--reference-time` needs `--current-time` beside it"),
        (
            ["plain.json", "b.parquet", "--current-time", NOW],
            "`--current-time` needs the profile on the other side to be made with `profile --snapshot-time`",
        ),
        (
            ["plain.json", "b.parquet", "--reference-time", THEN],
            "`--reference-time` is for data, and plain.json is a profile: its time is that of `profile --snapshot-time`",
        ),
    ] {
        let output = drift(folder.path(), &arguments);
        assert_eq!((stdout(&output), stderr(&output)), (String::new(), format!("error: {message}\n")));
        assert_eq!(output.status.code(), Some(2));
    }
}

#[test]
fn the_result_replaces_a_file_in_one_step() {
    let folder = folder();
    let path = folder.path().join("out");
    for form in ["table", "json", "markdown", "html", "oracle"] {
        fs::write(&path, "what was there before").unwrap();
        let sides = ["a.parquet", "b.parquet", "--format", form];
        let output = drift(folder.path(), &[&sides[..], &["-o", "out"]].concat());
        let tally = "3 columns: 0 drifted, 2 stable, 1 not judged; written to out\n";
        assert_eq!((stdout(&output).as_str(), stderr(&output).as_str()), (tally, ""), "{form}");
        assert_eq!(fs::read_to_string(&path).unwrap(), stdout(&drift(folder.path(), &sides)), "{form}");
    }
    let mut names: Vec<String> =
        fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["a.parquet", "b.parquet", "live", "out"], "no draft is left");
}

#[test]
fn a_result_that_cannot_be_written_is_an_error() {
    let folder = folder();
    let output = drift(folder.path(), &["a.parquet", "b.parquet", "-o", "nowhere/out.html", "--format", "html"]);
    let message = "error: could not write `nowhere/out.html`\n  caused by: No such file or directory (os error 2)\n";
    assert_eq!((stdout(&output).as_str(), stderr(&output).as_str()), ("", message));
    assert_eq!(output.status.code(), Some(2));
}
