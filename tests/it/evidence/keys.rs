//! Who can read entity keys from evidence.

use std::fs;
use std::io::Cursor;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use polars::prelude::{ParquetReader, SerReader as _};

use super::{checked, refused, skewed, skewwatch, text};
use crate::golden::Repository;

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn shown(folder: &Path, view: u32) -> Vec<String> {
    let bytes = fs::read(folder.join(format!("evidence/view-{view}/keys.parquet"))).unwrap();
    let frame = ParquetReader::new(Cursor::new(bytes)).finish().unwrap();
    frame.column("key_text").unwrap().str().unwrap().iter().map(|text| text.unwrap().to_owned()).collect()
}

#[test]
fn keys_are_hashed_anew_each_time_unless_a_salt_is_kept() {
    let repository = Repository::on_sqlite("skewed", "feast: ./repo\n");
    let folder = repository.folder();
    let mut seen = Vec::new();
    for more in ["", "", " --evidence-salt salt", " --evidence-salt salt"] {
        checked(&repository, more);
        seen.push(shown(folder, 1));
        fs::remove_dir_all(folder.join("evidence")).unwrap();
    }
    assert!(seen[0] != seen[1] && seen[1] != seen[2]);
    assert_eq!(seen[2], seen[3]);
    assert!(seen.iter().flatten().all(|key| key.len() == 32 && key.bytes().all(|byte| byte.is_ascii_hexdigit())));
}

#[test]
fn who_has_the_salt_finds_a_key_with_what_python_has() {
    let repository = Repository::on_sqlite("skewed", "feast: ./repo\n");
    checked(&repository, " --evidence-keys plain");
    let plain = shown(repository.folder(), 1);
    fs::remove_dir_all(repository.folder().join("evidence")).unwrap();
    checked(&repository, " --evidence-salt salt");
    let script = "import hmac, struct, sys\n\
                  salt = bytes.fromhex(open('salt').read().strip())\n\
                  for key in sys.argv[1:]:\n    \
                  written = struct.pack('<BQ', 2, len(key)) + key.encode()\n    \
                  print(hmac.new(salt, written, 'sha256').hexdigest()[:32])\n";
    let output = Command::new(crate::support::python())
        .arg("-c")
        .arg(script)
        .args(&plain)
        .current_dir(repository.folder())
        .output()
        .unwrap();
    let found: Vec<String> = text(&output.stdout).lines().map(str::to_owned).collect();
    assert_eq!(found, shown(repository.folder(), 1), "{}", text(&output.stderr));
}

#[test]
fn evidence_and_salt_are_for_their_owner_alone_and_the_salt_is_not_in_it() {
    let repository = Repository::on_sqlite("skewed", "feast: ./repo\n");
    checked(&repository, " --evidence-salt salt");
    let folder = repository.folder().join("evidence");
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&folder.join("view-1"))), (0o700, 0o700));
    let salt = fs::read_to_string(repository.folder().join("salt")).unwrap();
    for file in files(&folder).iter().chain([&repository.folder().join("salt")]) {
        assert_eq!(mode(file), 0o600, "{}", file.display());
    }
    for file in files(&folder) {
        let bytes = fs::read(&file).unwrap();
        assert!(!bytes.windows(64).any(|part| part == salt.trim().as_bytes()), "{}", file.display());
    }
    assert!(fs::read_dir(repository.folder()).unwrap().all(|entry| {
        let name = entry.unwrap().file_name();
        !name.to_string_lossy().ends_with(".tmp")
    }));
}

#[test]
fn a_salt_that_is_none_is_refused_before_anything_is_read() {
    let repository = skewed();
    fs::write(repository.folder().join("salt"), "secret\n").unwrap();
    let told = refused(&skewwatch(repository.folder(), "check --evidence other --evidence-salt salt"));
    assert_eq!(told, "error: `salt` holds no salt: it should be one line of 64 hexadecimal digits\n");
    let told =
        refused(&skewwatch(repository.folder(), "check --evidence other --evidence-keys plain --evidence-salt salt"));
    assert_eq!(told, "error: `--evidence-salt` is for keys that are hashed\n");
}
