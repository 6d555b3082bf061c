//! Words that do not belong into code, or not into a repository.

use super::source::{Source, is_word};
use super::{none, root, sources};

/// What shipped code does without, and the way out.
const NOT_SHIPPED: &[(&str, &str)] = &[
    (".unwrap()", "return an error or an `Option`"),
    (".expect(", "return an error or an `Option`"),
    ("panic!(", "return an error"),
    ("todo!(", "write it or leave it out"),
    ("unimplemented!(", "write it or leave it out"),
    ("dbg!(", "log with `tracing`, or take it out"),
    ("println!(", "write to the output that was passed in"),
];

/// What no code has, tests included.
const NOWHERE: &[(&str, &str)] = &[
    ("#[ignore", "make the test quick and safe to run, or take it out"),
    ("#[allow(", "mend the cause, or use `#[expect(…, reason = \"…\")]`"),
    ("#![allow(", "mend the cause, or use `#![expect(…, reason = \"…\")]`"),
];

/// What no text of the repository has, comments included.
const UNWRITTEN: &[(&str, &str)] = &[
    ("TODO", "do it, or open an issue"),
    ("FIXME", "do it, or open an issue"),
    ("/home/", "use a path relative to the repository"),
    ("/root/", "use a path relative to the repository"),
    ("/work/", "use a path relative to the repository"),
    ("C:\\Users", "use a path relative to the repository"),
];

/// Places of `word` in `text` that do not continue a longer word.
fn places<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    let begins_as_word = word.starts_with(is_word);
    text.match_indices(word)
        .map(|(place, _)| place)
        .filter(move |place| !(begins_as_word && text.get(..*place).is_some_and(|before| before.ends_with(is_word))))
}

fn found(path: &str, text: &str, words: &[(&str, &str)]) -> Vec<String> {
    let mut problems = Vec::new();
    for (word, way_out) in words {
        for place in places(text, word) {
            let line = text.bytes().take(place).filter(|byte| *byte == b'\n').count() + 1;
            problems.push(format!("{path}:{line}: `{word}`: {way_out}"));
        }
    }
    problems
}

#[test]
fn shipped_code_neither_panics_nor_prints() {
    let problems: Vec<String> =
        sources("src").iter().flat_map(|source| found(&source.path, &source.shipped, NOT_SHIPPED)).collect();
    none(&problems);
}

#[test]
fn nothing_is_switched_off() {
    let problems: Vec<String> = sources("src")
        .iter()
        .chain(&sources("tests/it"))
        .flat_map(|source| found(&source.path, &source.code, NOWHERE))
        .collect();
    none(&problems);
}

#[test]
fn nothing_is_left_to_do_and_no_path_is_of_one_machine() {
    let mut texts: Vec<(String, String)> = sources("src")
        .into_iter()
        .chain(sources("tests/it"))
        .filter(|source| source.path != "tests/it/tidy/words.rs")
        .map(|source| (source.path, source.text))
        .collect();
    for entry in std::fs::read_dir(root()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_prose = ["md", "toml", "yaml", "yml"].iter().any(|extension| name.ends_with(&format!(".{extension}")));
        if is_prose || name == "Makefile" {
            texts.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    let problems: Vec<String> = texts.iter().flat_map(|(path, text)| found(path, text, UNWRITTEN)).collect();
    none(&problems);
}

#[test]
fn words_are_found_where_they_stand_and_not_inside_others() {
    let source = Source::new(
        "src/a.rs".to_owned(),
        "fn a() {\n    b.unwrap();\n    eprintln!(\"c\"); // .unwrap()\n}\n".to_owned(),
    );
    assert_eq!(
        found(&source.path, &source.shipped, NOT_SHIPPED),
        ["src/a.rs:2: `.unwrap()`: return an error or an `Option`"]
    );
}
