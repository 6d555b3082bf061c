//! `skewwatch drift`, run as a user runs it.

mod bad_input;
mod figures;
mod forms;
mod outcome;
mod rows;
mod sample;
mod sides;

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use polars::prelude::{Column, DataFrame, ParquetWriter};

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

/// Runs the command in `folder`.
fn drift(folder: &Path, arguments: &[&str]) -> Output {
    skewwatch(folder, &[&["drift"], arguments].concat())
}

/// Runs any command in `folder`.
fn skewwatch(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_skewwatch"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("SKEWWATCH_LOG")
        .output()
        .unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The result of `--format json` and the exit code.
fn json(folder: &Path, arguments: &[&str]) -> (serde_json::Value, i32) {
    let output = drift(folder, &[arguments, &["--format", "json"]].concat());
    let document = serde_json::from_slice(&output.stdout);
    (document.unwrap_or_else(|error| panic!("{error}: {}", stderr(&output))), output.status.code().unwrap())
}

/// Writes columns of equal length to a Parquet file.
fn write(path: &Path, columns: Vec<Column>) {
    let height = columns.first().map_or(0, Column::len);
    let mut frame = DataFrame::new(height, columns).unwrap();
    ParquetWriter::new(File::create(path).unwrap()).finish(&mut frame).unwrap();
}
