//! What is printed, and with which exit code.

use polars::prelude::{Column, NamedFrom as _, Series};

use super::{drift, json, stderr, stdout, write};

fn numbers(name: &str, values: impl IntoIterator<Item = i64>) -> Column {
    Series::new(name.into(), values.into_iter().collect::<Vec<i64>>()).into()
}

fn texts(name: &str, rows: usize) -> Column {
    Series::new(name.into(), vec!["a"; rows]).into()
}

/// Two files: `moved` drifts, `same` does not, three columns cannot be compared.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(
        &folder.path().join("a.parquet"),
        vec![numbers("same", 0..1000), numbers("moved", 0..1000), texts("typed", 1000), numbers("gone", 0..1000)],
    );
    write(
        &folder.path().join("b.parquet"),
        vec![
            numbers("same", 0..1000),
            numbers("moved", 800..1800),
            numbers("typed", 0..1000),
            texts("new\nname", 1000),
        ],
    );
    folder
}

#[test]
fn the_table_shows_the_farthest_column_first_and_what_was_not_compared() {
    let folder = folder();
    let output = drift(folder.path(), &["a.parquet", "b.parquet"]);
    let expected = "\
reference  a.parquet
current    b.parquet

 column  kind     side           n  missing  distribution  psi          ks           verdict
                                                           (95 %)       (95 %)
 moved   numeric  reference  1,000      0 %  ▁▁▁▁▁▁▁▁▁▁    5.949        0.800        drifted
                  current    1,000      0 %          ▁█    5.531–6.387  0.739–0.861
 same    numeric  reference  1,000      0 %  ██████████    0            0            stable
                  current    1,000      0 %  ██████████    0–0          0–0.061

Drifted
  moved
      out of range 79.8 % (95 % interval 77.2–82.2 %) is beyond 1 %, q <1e-300: 800 current values (80.0 %) outside 0 to 999; beyond their limits too: psi, ks

Not compared
  gone
      only the reference has it
  new\\nname
      only the current side has it
  typed
      the reference holds texts, the current side integers

5 columns: 1 drifted, 1 stable, 3 not judged
";
    assert_eq!(stdout(&output), expected, "{}", stderr(&output));
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn fail_on_decides_what_counts() {
    let folder = folder();
    let code = |more: &[&str]| {
        let output = drift(folder.path(), &[&["a.parquet", "b.parquet"], more].concat());
        output.status.code().unwrap()
    };
    assert_eq!(code(&["--fail-on", "warning"]), 1);
    assert_eq!(code(&["--fail-on", "critical"]), 0);
    assert_eq!(code(&["--fail-on", "never"]), 0);
    assert_eq!(code(&["--columns", "same"]), 0);
    assert_eq!(code(&["--columns", "same", "--fail-on", "unknown"]), 0);
    assert_eq!(code(&["--columns", "same,gone", "--fail-on", "unknown"]), 1);
    assert_eq!(code(&["--columns", "moved", "--psi", "20", "--ks", "1", "--out-of-range", "100%"]), 0);
}

#[test]
fn what_could_not_be_read_wins_over_what_drifted() {
    let folder = folder();
    let (document, code) = json(folder.path(), &["a.parquet", "b.parquet", "--columns", "moved,nowhere"]);
    assert_eq!(code, 2);
    assert_eq!(document["columns"]["moved"]["verdict"], "drifted");
    let failures = serde_json::json!([{ "column": "nowhere", "message": "neither side has this column" }]);
    assert_eq!(document["failures"], failures);
    let (document, code) = json(folder.path(), &["a.parquet", "b.parquet", "--columns", "gone"]);
    assert_eq!((document["columns"].as_object().unwrap().len(), code), (0, 2), "nothing was compared");
}

#[test]
fn a_file_that_is_not_there_is_one_clear_error() {
    let folder = folder();
    let output = drift(folder.path(), &["a.parquet", "nowhere.parquet"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stdout(&output), "");
    assert!(stderr(&output).contains("nowhere.parquet"), "{}", stderr(&output));
}

#[test]
fn a_limit_that_is_no_distance_is_refused() {
    let folder = folder();
    let (distance, share) =
        ("a distance is a number from 0 up, such as 0.2", "a share is a number from 0 to 1, such as 0.02 or 2%");
    for (limit, form) in [("--psi=-1", distance), ("--ks=nan", distance), ("--missing=much", share)] {
        let output = drift(folder.path(), &["a.parquet", "b.parquet", limit]);
        assert_eq!(output.status.code(), Some(2), "{limit}");
        assert!(stderr(&output).contains(form), "{}", stderr(&output));
    }
}
