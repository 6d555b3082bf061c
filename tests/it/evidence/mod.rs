//! Evidence of rounds: what is written down is judged as it was, anywhere, and what is not whole is refused.

mod faults;
mod keys;
mod replayed;

use std::path::Path;
use std::process::{Command, Output};

use crate::golden::Repository;

/// The command in `folder`, with nothing in its environment.
fn skewwatch(folder: &Path, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skewwatch"));
    command.args(arguments.split(' ')).current_dir(folder).env_clear().output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// What a command that could not do its work told.
fn refused(output: &Output) -> String {
    assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(2), ""));
    text(&output.stderr)
}

/// A check of a golden set with its evidence in the folder `evidence` beside the configuration; gives what it printed.
fn checked(repository: &Repository, more: &str) -> Vec<u8> {
    let arguments = format!("check --as-of 2026-06-15T00:00:00Z --format json --evidence evidence{more}");
    let output = skewwatch(repository.folder(), &arguments);
    assert!(!output.stdout.is_empty(), "{}", text(&output.stderr));
    output.stdout
}

/// Evidence of the set `skewed` in SQLite.
fn skewed() -> Repository {
    let repository = Repository::on_sqlite("skewed", "feast: ./repo\n");
    checked(&repository, "");
    repository
}
