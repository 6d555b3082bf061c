//! The real promtool and amtool, and the folder of rules.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The folder `rules` of the repository.
pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("rules")
}

/// Runs `program` in `at` and gives its standard output; fails unless it is content.
pub(crate) fn run(program: &str, arguments: &[&str], at: &Path) -> String {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(at)
        .output()
        .unwrap_or_else(|error| panic!("`{program}` comes with tools/setup.sh: {error}"));
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (said, complained) = (text(&output.stdout), text(&output.stderr));
    assert!(output.status.success(), "{program} {}:\n{said}{complained}", arguments.join(" "));
    said
}

/// Names of the files in `folder` that end with `.yaml`, in order.
pub(crate) fn yaml_files(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut names: Vec<String> = entries.filter(|name| name.ends_with(".yaml")).collect();
    names.sort();
    names
}
