//! `skewwatch profile`, and `skewwatch drift` with what it made, run as a user runs them.

mod compared;
mod made;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use polars::prelude::{Column, DataFrame, NamedFrom as _, ParquetWriter, Series};

fn oracle() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/oracle")
}

/// Runs the program in `folder`.
fn skewwatch(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_skewwatch"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("SKEWWATCH_LOG")
        .output()
        .unwrap()
}

/// Runs the program, which must succeed, and gives what it says to people.
fn said(folder: &Path, arguments: &[&str]) -> String {
    let output = skewwatch(folder, arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    said
}

/// Runs the program, which must fail with exit code 2, and gives its message.
fn refusal(folder: &Path, arguments: &[&str]) -> String {
    let output = skewwatch(folder, arguments);
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    said
}

/// The comparison of two sides as JSON.
fn drift(folder: &Path, sides: [&str; 2], more: &[&str]) -> serde_json::Value {
    let output = skewwatch(folder, &[&["drift", sides[0], sides[1], "--format", "json"], more].concat());
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&output.stderr)))
}

/// A file of three columns: numbers from `first` on, keys, and lists, which have no statistics.
fn write(path: &Path, first: i64, rows: i64) {
    let numbers = Series::new("amount".into(), (first..first + rows).map(|row| row as f64 / 2.0).collect::<Vec<_>>());
    let keys =
        Series::new("country".into(), (0..rows).map(|row| ["DE", "FR", "IT"][row as usize % 3]).collect::<Vec<_>>());
    let lists = (0..rows).map(|row| Series::new("".into(), [row])).collect::<Vec<_>>();
    let lists = Series::new("tags".into(), lists);
    let columns: Vec<Column> = [numbers, keys, lists].map(Into::into).into();
    let mut frame = DataFrame::new(rows as usize, columns).unwrap();
    ParquetWriter::new(File::create(path).unwrap()).finish(&mut frame).unwrap();
}
