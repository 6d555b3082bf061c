//! The house rules that a program can check: layers, headers, length, words and names.
//!
//! Every test lists all the places that break its rule, each with the way out. Rules about code look at code only: what
//! stands in comments and texts was blanked first.

mod layers;
mod source;
mod words;

use std::path::{Path, PathBuf};

use source::Source;

/// Most lines of a file; the next split is by noun.
const MOST_LINES: usize = 400;

/// Files that may be longer, each with its reason.
const LONGER: &[(&str, &str)] = &[];

/// Names that say nothing about what a file holds.
const EMPTY_NAMES: &[&str] = &["utils", "util", "helpers", "helper", "common", "manager", "types", "misc"];

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Every Rust file under `folder`, relative to the root, in the order of paths.
fn sources(folder: &str) -> Vec<Source> {
    let mut paths = Vec::new();
    collect(&root().join(folder), &mut paths);
    paths.sort();
    assert!(!paths.is_empty(), "`{folder}` holds no Rust file");
    paths.iter().map(|path| Source::read(&root(), path)).collect()
}

fn collect(folder: &Path, paths: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, paths);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            paths.push(path);
        }
    }
}

fn none(problems: &[String]) {
    assert!(problems.is_empty(), "{} broken:\n{}\n", problems.len(), problems.join("\n"));
}

#[test]
fn every_file_begins_with_a_paragraph_of_purpose() {
    let problems: Vec<String> = sources("src")
        .iter()
        .chain(&sources("tests/it"))
        .filter(|source| !source.text.starts_with("//! "))
        .map(|source| format!("{}:1: begin with `//!` and a sentence that says what the file gives", source.path))
        .collect();
    none(&problems);
}

#[test]
fn no_file_is_longer_than_a_sitting() {
    let problems: Vec<String> = sources("src")
        .iter()
        .map(|source| (source, source.text.lines().count()))
        .filter(|(source, lines)| *lines > MOST_LINES && !LONGER.iter().any(|(path, _)| *path == source.path))
        .map(|(source, lines)| {
            let path = &source.path;
            format!("{path}:{MOST_LINES}: has {lines} lines, {MOST_LINES} are the limit: split it by noun")
        })
        .collect();
    none(&problems);
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    let problems: Vec<String> = sources("src")
        .iter()
        .chain(&sources("tests/it"))
        .filter(|source| source.path.split(['/', '.']).any(|part| EMPTY_NAMES.contains(&part)))
        .map(|source| format!("{}:1: name the file after the noun it holds", source.path))
        .collect();
    none(&problems);
}

#[test]
fn the_readme_names_every_subcommand() {
    let Ok(readme) = std::fs::read_to_string(root().join("README.md")) else {
        return;
    };
    let commands = Source::read(&root(), &root().join("src/cli/mod.rs"));
    let names: Vec<&str> = commands
        .code
        .split("::Arguments")
        .filter_map(|before| before.rsplit(|character: char| !source::is_word(character)).next())
        .filter(|name| !name.is_empty())
        .collect();
    assert!(names.contains(&"drift"), "src/cli/mod.rs lists subcommands as `name::Arguments`: {names:?}");
    let problems: Vec<String> = names
        .iter()
        .filter(|name| !readme.contains(&format!("skewwatch {name}")))
        .map(|name| format!("README.md:1: say what `skewwatch {name}` is for"))
        .collect();
    none(&problems);
}
