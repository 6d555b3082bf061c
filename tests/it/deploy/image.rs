//! The Dockerfile: pinned, small, without root, healthy when the service is.

use std::process::Command;

use super::{is_pinned, read, root};
use crate::serve::Running;

/// An instruction with its arguments, continued lines joined.
fn instructions() -> Vec<(String, String)> {
    let text = read("Dockerfile").replace("\\\n", " ");
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| {
            let (name, rest) = line.split_once(' ').unwrap_or((line, ""));
            (name.to_owned(), rest.split_whitespace().collect::<Vec<_>>().join(" "))
        })
        .collect()
}

fn of(name: &str) -> Vec<String> {
    instructions().into_iter().filter(|(instruction, _)| instruction == name).map(|(_, rest)| rest).collect()
}

#[test]
fn every_base_is_pinned_and_the_last_stage_holds_what_was_built() {
    let bases: Vec<String> = of("FROM").iter().map(|from| from.split(' ').next().unwrap().to_owned()).collect();
    assert_eq!(bases.iter().filter(|base| !is_pinned(base)).count(), 0, "{bases:?}");
    let manifest = read("Cargo.toml");
    let rust = manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap().trim_matches('"');
    assert!(bases[0].starts_with(&format!("rust:{rust}.")), "{bases:?} and rust {rust}");
    let all = instructions();
    let last = all.iter().rposition(|(name, _)| name == "FROM").unwrap();
    let (mut copied, mut others) = (Vec::new(), Vec::new());
    for (name, rest) in &all[last + 1..] {
        if name == "COPY" { copied.push(rest.starts_with("--from=build ")) } else { others.push(name.as_str()) }
    }
    assert_eq!(copied, [true; 3], "nothing but what the first stage made");
    assert_eq!(others, ["USER", "WORKDIR", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "ENTRYPOINT", "CMD"]);
}

#[test]
fn it_is_built_from_the_locked_versions_and_runs_without_root() {
    let built = of("RUN").concat();
    assert!(built.contains("cargo build --release --locked --bin skewwatch"), "{built}");
    let user = of("USER").concat();
    let numbers: Vec<u32> = user.split(':').map(|part| part.parse().unwrap()).collect();
    assert!(numbers.len() == 2 && numbers.iter().all(|number| *number > 0), "{user}");
    assert!(
        of("COPY").iter().any(|copy| copy.contains(&format!("--chown={user}")) && copy.ends_with("/var/lib/skewwatch"))
    );
    for form in [of("ENTRYPOINT"), of("CMD")] {
        let words: Vec<String> = serde_json::from_str(&form.concat()).expect("a list, so that signals arrive");
        assert!(!words.is_empty());
    }
}

/// What cargo needs is copied, and `.dockerignore` lets it through and nothing else.
#[test]
fn the_context_is_what_cargo_needs() {
    let copies = of("COPY");
    let mut copied: Vec<&str> =
        copies.iter().filter(|copy| !copy.starts_with("--")).flat_map(|copy| copy.split(' ').rev().skip(1)).collect();
    copied.sort_unstable();
    let ignore = read(".dockerignore");
    let mut let_through: Vec<&str> = ignore.lines().filter_map(|line| line.strip_prefix('!')).collect();
    let_through.sort_unstable();
    assert_eq!(copied, let_through);
    assert_eq!(ignore.lines().next(), Some("*"));
    assert!(copied.iter().all(|name| root().join(name).exists()), "{copied:?}");
    assert!(!read("Cargo.toml").contains("build = "), "a build script would have to be copied");
}

/// Cargo refuses a manifest that names benchmarks which are not there.
#[test]
fn cargo_takes_the_context() {
    let place = tempfile::tempdir().unwrap();
    for name in read(".dockerignore").lines().filter_map(|line| line.strip_prefix('!')) {
        std::os::unix::fs::symlink(root().join(name), place.path().join(name)).unwrap();
    }
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    let metadata = Command::new(cargo)
        .args(["metadata", "--no-deps", "--locked", "--offline", "--format-version", "1"])
        .current_dir(place.path())
        .output()
        .unwrap();
    assert!(metadata.status.success(), "{}", String::from_utf8_lossy(&metadata.stderr));
}

#[test]
fn the_image_is_healthy_while_the_service_is_ready() {
    let health = of("HEALTHCHECK").concat();
    let (_, command) = health.split_once("CMD ").unwrap();
    let words: Vec<String> = serde_json::from_str(command).unwrap();
    let place = tempfile::tempdir().unwrap();
    let configuration = read("deploy/skewwatch.yaml")
        .replace("0.0.0.0:9464", "127.0.0.1:0")
        .replace("/var/lib/skewwatch", &place.path().display().to_string())
        .replace("redis://redis:6379", "redis://127.0.0.1:1")
        .replace("http://s3:8333", "http://127.0.0.1:1");
    std::fs::write(place.path().join("skewwatch.yaml"), configuration).unwrap();
    let mut serve = Command::new(env!("CARGO_BIN_EXE_skewwatch"));
    serve.arg("serve").current_dir(place.path());
    serve.envs([("REDIS_PASSWORD", "a"), ("SNAPSHOT_KEY", "b"), ("SNAPSHOT_SECRET", "c")]);
    let service = Running::start(serve, place.path().join("log"));
    let port = service.address.rsplit_once(':').unwrap().1.to_owned();
    let is_healthy = || {
        let words: Vec<String> = words.iter().map(|word| word.replace("9464", &port)).collect();
        Command::new(&words[0]).args(&words[1..]).output().unwrap().status.success()
    };
    assert!(is_healthy(), "{}", service.log());
    drop(service);
    assert!(!is_healthy());
}
