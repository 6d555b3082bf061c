//! What is wrong is said in whole, with places, and without secrets.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use proptest::prelude::{ProptestConfig, any, prop_assert, proptest};
use skewwatch::config::load;

use super::{environment, planned};

fn bad_files() -> Vec<PathBuf> {
    let folder = std::fs::read_dir("tests/fixtures/config/bad").unwrap();
    let mut files: Vec<PathBuf> = folder
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "yaml"))
        .collect();
    files.sort();
    files
}

async fn message(path: &Path) -> String {
    match load(path, &environment).await {
        Ok(_) => panic!("{} gives a plan", path.display()),
        Err(error) => format!("error: {error}\n"),
    }
}

#[tokio::test]
async fn each_bad_configuration_gives_the_message_beside_it() {
    let mut differences = String::new();
    for file in bad_files() {
        let beside = file.with_extension("txt");
        let expected = std::fs::read_to_string(&beside).unwrap_or_default();
        let found = message(&file).await;
        if found != expected {
            writeln!(differences, "{} should be:\n{found}", beside.display()).unwrap();
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

#[tokio::test]
async fn no_message_shows_a_secret() {
    for file in bad_files() {
        let found = message(&file).await;
        assert!(!found.contains("hunter"), "{}: {found}", file.display());
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_named_with_a_next_step() {
    let error = load(Path::new("no/such/file.yaml"), &environment).await.unwrap_err();
    let expected = "could not read the configuration `no/such/file.yaml`: no such file\n  = hint: name another with \
                    `--config`, or begin from `skewwatch.example.yaml`";
    assert_eq!(error.to_string(), expected);
    let error = load(Path::new("tests"), &environment).await.unwrap_err();
    assert_eq!(error.to_string(), "could not read the configuration `tests`: is a directory");
}

/// Pieces of the language, to be thrown together.
const PIECES: [&str; 32] = [
    "feast",
    "online",
    "redis",
    "url",
    "layout",
    "feature_views",
    "sample",
    "checks",
    "name",
    "features",
    ":",
    ": ",
    "\n",
    "\n  ",
    "\n    ",
    "- ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "\"",
    "'",
    "|",
    "#",
    "${",
    "}",
    "\t",
    "5%",
    "password",
    "ü🦀",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        if let Err(error) = planned(&text) {
            prop_assert!(error.to_string().contains("problem"));
        }
    }

    #[test]
    fn no_mixture_of_the_language_makes_it_panic(
        places in proptest::collection::vec(0..PIECES.len(), 0..40),
    ) {
        let text: String = places.into_iter().map(|place| PIECES[place]).collect();
        if let Err(error) = planned(&text) {
            prop_assert!(error.to_string().contains("problem"));
        }
    }

    #[test]
    fn no_cut_or_change_of_the_example_makes_it_panic(at in 0_usize..20_000, end in 0_usize..20_000, put in any::<char>()) {
        let example: Vec<char> = include_str!("../../../skewwatch.example.yaml").chars().collect();
        let (from, to) = (at.min(end).min(example.len()), at.max(end).min(example.len()));
        let cut: String = example[..from].iter().chain([&put]).chain(&example[to..]).collect();
        if let Err(error) = planned(&cut) {
            prop_assert!(!error.to_string().contains("hunter"));
        }
    }
}
