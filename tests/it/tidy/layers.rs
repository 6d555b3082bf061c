//! A file names its own module and lower layers only; the table of layers is the one on the crate's page.

use std::collections::BTreeMap;

use super::source::{Source, is_word};
use super::{none, root, sources};

/// Layer of every top-level module, from the table in `src/lib.rs`.
fn layers() -> BTreeMap<String, u32> {
    let page = std::fs::read_to_string(root().join("src/lib.rs")).unwrap();
    let mut layers = BTreeMap::new();
    for line in page.lines().filter_map(|line| line.strip_prefix("//! | ")) {
        let mut columns = line.split(" | ");
        let (Some(Ok(layer)), Some(modules)) = (columns.next().map(str::parse), columns.next()) else {
            continue;
        };
        for name in modules.split("[`").skip(1).filter_map(|rest| rest.split_once("`]")) {
            layers.insert(name.0.to_owned(), layer);
        }
    }
    layers
}

/// The top-level module that a file belongs to: `stats` for `src/stats/ks.rs` and for `src/stats.rs`.
fn module(path: &str) -> &str {
    let inside = path.strip_prefix("src/").unwrap_or(path);
    inside.split('/').next().unwrap_or(inside).trim_end_matches(".rs")
}

/// How many modules lie above the file: 1 for `src/stats/mod.rs`, 2 for `src/stats/ks.rs`.
fn depth(path: &str) -> usize {
    let parts = path.strip_prefix("src/").unwrap_or(path).split('/').count();
    if path.ends_with("/mod.rs") { parts - 1 } else { parts }
}

/// Top-level modules that shipped code names, each with its place.
fn named(source: &Source) -> Vec<(usize, &str)> {
    let code = source.shipped.as_str();
    let up = "super::".repeat(depth(&source.path));
    let mut places = Vec::new();
    for root in ["crate::", up.as_str()] {
        for (place, _) in code.match_indices(root) {
            let before = &code[..place];
            if before.ends_with(is_word) || before.ends_with("super::") || before.ends_with('$') {
                continue;
            }
            let after = place + root.len();
            if code[after..].starts_with('{') {
                places.extend(members(&code[after..]).into_iter().map(|(offset, name)| (after + offset, name)));
            } else {
                places.push((after, word(&code[after..])));
            }
        }
    }
    places
}

/// The first word of `code`.
fn word(code: &str) -> &str {
    code.split(|character: char| !is_word(character)).next().unwrap_or_default()
}

/// First words of the paths in the braces that `code` begins with.
fn members(code: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut depth = 0_usize;
    let mut expects_name = false;
    for (place, character) in code.char_indices() {
        match character {
            '{' => {
                depth += 1;
                expects_name = depth == 1;
            }
            '}' => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
            }
            ',' => expects_name = depth == 1,
            _ if is_word(character) && expects_name => {
                found.push((place, word(&code[place..])));
                expects_name = false;
            }
            _ => {}
        }
    }
    found
}

fn broken(source: &Source, layers: &BTreeMap<String, u32>) -> Vec<String> {
    let own = module(&source.path);
    let Some(layer) = layers.get(own) else {
        return vec![format!("{}:1: give `{own}` a layer in the table of src/lib.rs", source.path)];
    };
    let mut problems = Vec::new();
    for (place, name) in named(source) {
        if name == own {
            continue;
        }
        let at = format!("{}:{}", source.path, source.line(place));
        match layers.get(name) {
            None => problems.push(format!("{at}: `{name}` is in no row of the table of layers in src/lib.rs")),
            Some(other) if other >= layer => problems.push(format!(
                "{at}: `{own}` (layer {layer}) names `{name}` (layer {other}): pass what it needs in as a noun of `model`, \
                 or move the code up"
            )),
            Some(_) => {}
        }
    }
    problems
}

#[test]
fn a_file_names_its_own_module_and_lower_layers_only() {
    let layers = layers();
    assert_eq!(layers.get("model"), Some(&0), "src/lib.rs holds the table of layers: {layers:?}");
    let problems: Vec<String> = sources("src")
        .iter()
        .filter(|source| !["src/lib.rs", "src/main.rs"].contains(&source.path.as_str()))
        .flat_map(|source| broken(source, &layers))
        .collect();
    none(&problems);
}

#[test]
fn every_layer_is_recognised_however_it_is_named() {
    let source = Source::new(
        "src/stats/ks.rs".to_owned(),
        "//! [`crate::cli`]\nuse crate::{cli, model::{value, run}, run::x};\nuse super::super::judge;\nuse super::quantile;\n\
         fn a() { crate::config::b(); }\npub(crate) fn c() {}\n#[cfg(test)]\nmod tests { use crate::demo; }\n"
            .to_owned(),
    );
    let mut named: Vec<(usize, &str)> =
        named(&source).into_iter().map(|(place, name)| (source.line(place), name)).collect();
    named.sort_unstable();
    assert_eq!(named, [(2, "cli"), (2, "model"), (2, "run"), (3, "judge"), (5, "config")]);
    let layers = [("stats", 1), ("model", 0), ("cli", 6), ("run", 5), ("config", 4)];
    let layers = layers.map(|(name, layer)| (name.to_owned(), layer)).into();
    let problems = broken(&source, &layers);
    assert_eq!(problems.len(), 4, "{problems:?}");
    assert_eq!(problems[3], "src/stats/ks.rs:3: `judge` is in no row of the table of layers in src/lib.rs");
}
