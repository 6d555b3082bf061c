//! Segments, entities, and what reading may cost.

use std::path::Path;

use polars::prelude::{Column, NamedFrom as _, Series};
use serde_json::{Value as Json, json as object};

use super::{drift, json, stderr, stdout, write};

const COUNTRIES: [Option<&str>; 4] = [Some("DE"), Some("FR"), Some("日本"), None];

/// Even numbers from 0 to 1, the same on every machine.
fn even(row: u32) -> f64 {
    f64::from(row.wrapping_mul(2_654_435_761)) / f64::from(u32::MAX)
}

/// Rows of a shop; in France on the web the amounts of the current side are larger.
fn columns(rows: u32, more: f64) -> Vec<Column> {
    let country = |row: u32| COUNTRIES[row as usize % 4];
    let platform = |row: u32| ["web", "ios"][row as usize / 4 % 2];
    let amount = |row: u32| even(row) + if (country(row), platform(row)) == (Some("FR"), "web") { more } else { 0.0 };
    let plan = |row: u32| if even(row.wrapping_add(7)) < 0.3 { "pro" } else { "free" };
    let visits = |row: u32| (!row.is_multiple_of(50)).then(|| i64::from(row % 7));
    vec![
        Series::new("user".into(), (0..rows).map(|row| i64::from(row / 8)).collect::<Vec<_>>()).into(),
        Series::new("country".into(), (0..rows).map(country).collect::<Vec<_>>()).into(),
        Series::new("platform".into(), (0..rows).map(platform).collect::<Vec<_>>()).into(),
        Series::new("amount".into(), (0..rows).map(amount).collect::<Vec<_>>()).into(),
        Series::new("plan".into(), (0..rows).map(plan).collect::<Vec<_>>()).into(),
        Series::new("visits".into(), (0..rows).map(visits).collect::<Vec<_>>()).into(),
    ]
}

fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.parquet"), columns(8000, 0.0));
    write(&folder.path().join("b.parquet"), columns(6000, 0.5));
    folder
}

fn compared(folder: &Path, more: &[&str]) -> Json {
    json(folder, &[&["a.parquet", "b.parquet"], more].concat()).0
}

/// (segment, verdict, n) of each segment of a column, in order.
fn segments(column: &Json) -> Vec<(Json, Json, Json)> {
    let of = |part: &Json| (part["segment"].clone(), part["verdict"].clone(), part["n"].clone());
    column["segments"].as_array().unwrap().iter().map(of).collect()
}

#[test]
fn one_column_splits_rows_by_its_values() {
    let folder = folder();
    let document = compared(folder.path(), &["--columns", "amount", "--by", "country"]);
    let both = object!({ "reference": 2000, "current": 1500 });
    let mut found = segments(&document["columns"]["amount"]);
    assert_eq!(found.remove(0), (object!({ "country": "FR" }), object!("drifted"), both.clone()), "it carries most");
    found.sort_by_key(|(segment, ..)| segment.to_string());
    let stable = |country: Json| (object!({ "country": country }), object!("stable"), both.clone());
    assert_eq!(found, [stable(object!("DE")), stable(object!("日本")), stable(Json::Null)]);
}

#[test]
fn two_columns_split_rows_by_both() {
    let folder = folder();
    let document = compared(folder.path(), &["--columns", "amount", "--by", "country,platform"]);
    let found = segments(&document["columns"]["amount"]);
    let expected = object!({ "country": "FR", "platform": "web" });
    assert_eq!((found.len(), &found[0].0, &found[0].1), (8, &expected, &object!("drifted")));
    let drifted = found.iter().filter(|(_, verdict, _)| verdict == "drifted").count();
    assert_eq!(drifted, 1);
}

#[test]
fn segments_of_few_rows_are_one_together() {
    let folder = folder();
    let document = compared(folder.path(), &["--columns", "amount", "--by", "country", "--segment-rows", "2001"]);
    let found = segments(&document["columns"]["amount"]);
    let rest = (
        object!({}),
        document["columns"]["amount"]["verdict"].clone(),
        object!({ "reference": 8000, "current": 6000 }),
    );
    assert_eq!(found, [rest]);
}

#[test]
fn a_column_that_rows_should_be_told_by_must_be_on_both_sides() {
    let folder = folder();
    for (option, name) in [("--by", "contry"), ("--entity", "usr")] {
        let output = drift(folder.path(), &["a.parquet", "b.parquet", option, name]);
        let message = format!(
            "error: `{option}` names `{name}`, which a.parquet does not have; it has user, country, platform, amount, \
             plan, visits\n"
        );
        assert_eq!((stdout(&output), stderr(&output)), (String::new(), message));
        assert_eq!(output.status.code(), Some(2));
    }
}

/// Rows that repeat what their entity's first row says are no evidence of their own.
#[test]
fn rows_of_one_entity_count_for_less() {
    let folder = tempfile::tempdir().unwrap();
    let side = |rows: u32, seed: u32| -> Vec<Column> {
        let user = |row: u32| row / 20 + seed;
        let score = |row: u32| even((user(row) ^ user(row) << 9).wrapping_pow(3) >> 5);
        vec![
            Series::new("user".into(), (0..rows).map(|row| i64::from(user(row))).collect::<Vec<_>>()).into(),
            Series::new("score".into(), (0..rows).map(score).collect::<Vec<_>>()).into(),
        ]
    };
    write(&folder.path().join("a.parquet"), side(8000, 0));
    write(&folder.path().join("b.parquet"), side(8000, 1_000_000));
    let of = |more: &[&str]| {
        let document = compared(folder.path(), &[&["--columns", "score"], more].concat());
        let psi = document["columns"]["score"]["psi"].clone();
        (psi["upper"].as_f64().unwrap() - psi["lower"].as_f64().unwrap(), psi["distance"].clone())
    };
    let ((apart, distance), (together, same)) = (of(&[]), of(&["--entity", "user"]));
    assert_eq!(distance, same);
    assert!(together > 2.0 * apart, "{together} against {apart}");
}

#[test]
fn the_column_that_identifies_the_entity_is_compared_only_when_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    for (name, first) in [("a.parquet", 0), ("b.parquet", 500)] {
        let users: Vec<i64> = (first..first + 500).collect();
        let scores: Vec<f64> = users.iter().map(|user| (user % 50) as f64).collect();
        let columns = vec![Column::new("user".into(), users), Column::new("score".into(), scores)];
        write(&folder.path().join(name), columns);
    }
    let by_entity = compared(folder.path(), &["--entity", "user"]);
    assert_eq!(by_entity["columns"]["user"], Json::Null);
    let passed_over = object!([{ "column": "user", "reason": "it identifies the entity" }]);
    assert_eq!(by_entity["not_compared"], passed_over);
    let asked = compared(folder.path(), &["--entity", "user", "--columns", "user"]);
    assert_eq!(asked["columns"]["user"]["kind"], "numeric");
}

#[test]
fn neither_memory_nor_workers_change_a_figure() {
    let folder = folder();
    let options = ["--by", "country,platform", "--entity", "user"];
    let plenty = compared(folder.path(), &options);
    for more in [["--memory", "1MB"], ["--workers", "1"], ["--workers", "7"]] {
        let found = compared(folder.path(), &[&options[..], &more].concat());
        assert_eq!(found, plenty, "{more:?}");
    }
}

/// The columns of a comparison; apart from them what one pass over sorted values gives to the last digit, and what is
/// counted by estimate where the values do not fit.
fn without_sums(mut document: Json) -> (Json, Vec<f64>) {
    let mut sums = Vec::new();
    for column in document["columns"].as_object_mut().unwrap().values_mut() {
        let column = column.as_object_mut().unwrap();
        let gap = column.remove("wasserstein").unwrap();
        sums.extend(["raw", "normed"].iter().filter_map(|name| gap[*name].as_f64()));
        let distinct = column.remove("distinct").unwrap();
        if column["kind"] == "categorical" {
            sums.extend(["reference", "current"].iter().filter_map(|side| distinct[*side].as_f64()));
        }
    }
    (document, sums)
}

#[test]
fn columns_that_do_not_fit_into_memory_get_the_same_figures() {
    let folder = folder();
    let (plenty, sums) = without_sums(compared(folder.path(), &[]));
    let (scarce, found) = without_sums(compared(folder.path(), &["--memory", "64KB"]));
    assert_eq!(scarce, plenty);
    assert_eq!(found.len(), sums.len());
    for (found, sum) in found.iter().zip(&sums) {
        assert!((found - sum).abs() <= 1e-9 * sum, "{found:e} is not {sum:e}");
    }
}

#[test]
fn all_statistics_stand_beside_the_default_ones() {
    let folder = folder();
    let mut all = compared(folder.path(), &["--statistics", "all"]);
    let plain = compared(folder.path(), &[]);
    let oracle = drift(folder.path(), &["a.parquet", "b.parquet", "--format", "oracle"]);
    let oracle: Json = serde_json::from_slice(&oracle.stdout).unwrap();
    for (name, column) in all["columns"].as_object_mut().unwrap() {
        let statistics = column.as_object_mut().unwrap().remove("statistics").unwrap();
        assert_eq!(statistics, oracle["columns"][name], "{name}");
    }
    assert_eq!(all, plain);
}
