//! Columns and files as they should not be.

use std::path::Path;

use polars::prelude::{Column, NamedFrom as _, Series};
use serde_json::json as object;

use super::forms::same_as_file;
use super::{drift, fixtures, json, stderr, stdout, write};

fn floats(name: &str, values: Vec<Option<f64>>) -> Column {
    Series::new(name.into(), values).into()
}

/// Writes both sides and gives what is printed about them.
fn printed(columns: [Vec<Column>; 2]) -> (String, i32) {
    let folder = tempfile::tempdir().unwrap();
    for (name, columns) in ["a.parquet", "b.parquet"].into_iter().zip(columns) {
        write(&folder.path().join(name), columns);
    }
    let output = drift(folder.path(), &["a.parquet", "b.parquet"]);
    assert_eq!(stderr(&output), "");
    (stdout(&output), output.status.code().unwrap())
}

/// Decimals, dates, times with zones, nested types, types that differ, columns that one side has.
#[test]
fn every_type_is_compared_or_has_a_reason() {
    let folder = fixtures().join("parquet");
    let output = drift(&folder, &["kinds_a.parquet", "kinds_b.parquet"]);
    assert_eq!((stderr(&output).as_str(), output.status.code()), ("", Some(1)));
    same_as_file("kinds.txt", &stdout(&output));
}

#[test]
fn points_in_time_of_different_zones_and_units_are_the_same_points() {
    let folder = fixtures().join("parquet");
    let (document, code) = json(&folder, &["kinds_a.parquet", "kinds_b.parquet", "--columns", "moment,day"]);
    assert_eq!(code, 2, "none was judged");
    for column in ["moment", "day"] {
        let column = &document["columns"][column];
        assert_eq!(column["ks"]["distance"], 0.0);
        assert_eq!(column["summary"]["reference"], column["summary"]["current"]);
        assert_eq!(column["reason"], "no_snapshot_time");
    }
}

#[test]
fn columns_without_a_valid_or_a_second_value_are_told_of() {
    let rows = 1000;
    let numbers = |name: &str| floats(name, (0..rows).map(|row| Some(f64::from(row))).collect());
    let all = |name: &str, value: Option<f64>| floats(name, vec![value; 1000]);
    let reference = vec![
        all("all_nan", Some(f64::NAN)),
        all("all_null", None),
        all("constant", Some(7.0)),
        all("constant_moved", Some(7.0)),
        numbers("infinite_now"),
        numbers("nan_now"),
        numbers("null_now"),
        all("null_then", None),
    ];
    let current = vec![
        all("all_nan", Some(f64::NAN)),
        all("all_null", None),
        all("constant", Some(7.0)),
        all("constant_moved", Some(8.0)),
        all("infinite_now", Some(f64::INFINITY)),
        all("nan_now", Some(f64::NAN)),
        all("null_now", None),
        numbers("null_then"),
    ];
    let (text, code) = printed([reference, current]);
    assert_eq!(code, 1);
    same_as_file("empty_columns.txt", &text);
}

#[test]
fn one_row_or_none_is_too_little_to_judge() {
    let numbers = |rows: i32| vec![floats("x", (0..rows).map(|row| Some(f64::from(row))).collect())];
    let cases = [(1000, 1), (1, 1000), (1, 1), (1000, 0), (0, 1000), (0, 0)];
    let texts = cases.map(|(n, m)| {
        let (text, code) = printed([numbers(n), numbers(m)]);
        assert_eq!(code, 2, "{n} and {m}: nothing was judged");
        text
    });
    same_as_file("few_rows.txt", &texts.join("\n"));
}

#[test]
fn a_file_that_is_no_parquet_file_is_one_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    write(&path("good.parquet"), vec![floats("x", vec![Some(1.0)])]);
    std::fs::write(path("empty.parquet"), "").unwrap();
    std::fs::write(path("text.parquet"), "amount,country\n1.5,DE\n").unwrap();
    let good = std::fs::read(path("good.parquet")).unwrap();
    std::fs::write(path("half.parquet"), &good[..good.len() / 2]).unwrap();
    std::fs::create_dir(path("folder")).unwrap();
    let at = std::fs::canonicalize(folder.path()).unwrap();
    let at = at.display();
    let cases = [
        ("empty.parquet", format!("could not read {at}/empty.parquet: the file is empty (0 bytes)")),
        (
            "text.parquet",
            format!(
                "could not read {at}/text.parquet: it is no Parquet file or is cut off: it does not end with `PAR1`"
            ),
        ),
        (
            "half.parquet",
            format!(
                "could not read {at}/half.parquet: it is no Parquet file or is cut off: it does not end with `PAR1`"
            ),
        ),
        ("folder", format!("could not read {at}/folder: there is no Parquet file in it")),
        ("*.csv", format!("could not read {at}/*.csv: no file below {at} matches the pattern")),
    ];
    for (name, message) in cases {
        for sides in [[name, "good.parquet"], ["good.parquet", name]] {
            let output = drift(folder.path(), &sides);
            assert_eq!((stdout(&output), stderr(&output)), (String::new(), format!("error: {message}\n")), "{name}");
            assert_eq!(output.status.code(), Some(2), "{name}");
        }
    }
}

fn keys(folder: &Path, name: &str, keys: impl Iterator<Item = u32>) {
    let keys: Vec<String> = keys.map(|key| format!("key-{key:07}")).collect();
    write(&folder.join(name), vec![Series::new("session".into(), keys).into()]);
}

/// Nearly every key is new on the current side, as nearly every key of the reference occurs once: no drift.
#[test]
fn as_many_different_keys_as_rows_are_counted_and_are_no_drift() {
    let folder = tempfile::tempdir().unwrap();
    keys(folder.path(), "a.parquet", 0..200_000);
    keys(folder.path(), "b.parquet", 190_000..390_000);
    let (document, _) = json(folder.path(), &["a.parquet", "b.parquet"]);
    let column = &document["columns"]["session"];
    assert_eq!(column["distinct"], object!({ "reference": 200_000, "current": 200_000 }));
    assert_eq!(column["novelty"]["current"], 190_000);
    assert_eq!((&column["novelty"]["expected"], &column["novelty"]["share"]), (&object!(1.0), &object!(0.95)));
    assert_eq!(column["checks"]["unseen"]["verdict"], "stable");
    assert_eq!(column["psi"]["distance"].as_f64().map(f64::is_finite), Some(true));
    let bars = column["histogram"].as_array().unwrap();
    assert_eq!((bars.len(), &bars[11]["label"]), (12, &object!("389,989 other keys")));
}

/// The names and keys that tests of the forms use go through a file here.
#[test]
fn names_and_keys_of_any_characters_arrive_whole_and_print_on_one_line() {
    let name = "\u{1b}[31mred\r\n|<b>&\u{202e}日本";
    let cells = ["\u{1b}[2J", "a\tb\nc", "\0", "", "<script>", "日本", "\u{202e}x", "null", "|", "\"'`"];
    let column = |shift: usize| -> Vec<Column> {
        let keys: Vec<&str> = (0..3000).map(|row| cells[(row % 30 + shift * (row % 3)) % 10]).collect();
        vec![Series::new(name.into(), keys).into()]
    };
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.parquet"), column(0));
    write(&folder.path().join("b.parquet"), column(1));
    let (document, _) = json(folder.path(), &["a.parquet", "b.parquet"]);
    let bars = document["columns"][name]["histogram"].as_array().unwrap();
    let mut labels: Vec<&str> = bars.iter().map(|bar| bar["label"].as_str().unwrap()).collect();
    labels.sort_unstable();
    let mut expected = cells.map(|cell| if cell.is_empty() { "(empty text)" } else { cell });
    expected.sort_unstable();
    assert_eq!(labels, expected);
    for (form, file) in [("table", "characters.txt"), ("markdown", "characters.md"), ("html", "characters.html")] {
        let output = drift(folder.path(), &["a.parquet", "b.parquet", "--format", form, "--fail-on", "never"]);
        let text = stdout(&output);
        let stray = text.chars().find(|c| (c.is_control() && *c != '\n') || *c == '\u{202e}');
        assert_eq!(stray, None, "{form}");
        same_as_file(file, &text);
    }
}

#[test]
fn a_column_that_is_nowhere_is_a_failure_and_one_on_one_side_is_not() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.parquet"), vec![floats("x", vec![Some(1.0)]), floats("gone", vec![None])]);
    write(&folder.path().join("b.parquet"), vec![floats("x", vec![Some(1.0)])]);
    let (document, code) = json(folder.path(), &["a.parquet", "b.parquet", "--columns", "gone,nowhere"]);
    let rest = object!({
        "reference": "a.parquet",
        "current": "b.parquet",
        "columns": {},
        "not_compared": [{ "column": "gone", "reason": "only the reference has it" }],
        "failures": [{ "column": "nowhere", "message": "neither side has this column" }],
        "drifted": 0,
        "stable": 0,
        "not_judged": 2,
    });
    assert_eq!((document, code), (rest, 2));
}
