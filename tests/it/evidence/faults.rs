//! Evidence that is not whole, not what was written, or not for this program.

use std::fs;
use std::path::Path;

use super::{refused, skewed, skewwatch, text};

fn replay(folder: &Path) -> String {
    refused(&skewwatch(folder, "replay evidence"))
}

/// The files of the first view and the others, by their path in the folder.
const FILES: [&str; 5] =
    ["evidence.json", "report.json", "view-1/keys.parquet", "view-1/readings.parquet", "view-1/versions.parquet"];

#[test]
fn a_file_that_is_missing_is_named() {
    let repository = skewed();
    let folder = repository.folder();
    for file in FILES.into_iter().chain(["SHA256SUMS"]) {
        let (path, aside) = (folder.join("evidence").join(file), folder.join("aside"));
        fs::rename(&path, &aside).unwrap();
        assert_eq!(replay(folder), format!("error: the evidence in `evidence` is not whole: `{file}` is missing\n"));
        fs::rename(&aside, &path).unwrap();
    }
    assert_eq!(skewwatch(folder, "replay evidence").status.code(), Some(1));
}

#[test]
fn a_file_that_was_cut_off_or_altered_is_named() {
    let repository = skewed();
    let folder = repository.folder();
    for file in FILES {
        let path = folder.join("evidence").join(file);
        let whole = fs::read(&path).unwrap();
        let mut altered = whole.clone();
        altered[whole.len() / 2] ^= 1;
        for content in [&whole[..whole.len() - 1], &[], &altered[..]] {
            fs::write(&path, content).unwrap();
            assert_eq!(
                replay(folder),
                format!(
                    "error: the evidence in `evidence` was altered or cut off: `{file}` does not have the checksum that \
                     was written down\n"
                )
            );
        }
        fs::write(&path, whole).unwrap();
    }
}

#[test]
fn a_list_of_checksums_that_was_cut_off_or_leads_elsewhere_is_refused() {
    let repository = skewed();
    let folder = repository.folder();
    let path = folder.join("evidence/SHA256SUMS");
    let whole = fs::read_to_string(&path).unwrap();
    let elsewhere = whole.replace("report.json", "../report.json");
    let half: String =
        whole.lines().filter(|line| !line.ends_with("evidence.json")).map(|line| format!("{line}\n")).collect();
    for content in ["", &whole[..whole.len() - 5], &whole[..70], elsewhere.as_str(), half.as_str()] {
        fs::write(&path, content).unwrap();
        let told = replay(folder);
        assert!(
            told.contains("`SHA256SUMS` does not have the checksum") || told.contains("is missing"),
            "{content:?}: {told}"
        );
    }
}

#[test]
fn the_checksums_are_those_of_sha256sum() {
    let repository = skewed();
    let output = std::process::Command::new("sha256sum")
        .args(["--check", "--strict", "--quiet", "SHA256SUMS"])
        .current_dir(repository.folder().join("evidence"))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", text(&output.stdout));
}

#[test]
fn evidence_of_a_newer_version_says_so() {
    let repository = skewed();
    let folder = repository.folder();
    let path = folder.join("evidence/evidence.json");
    let document = fs::read_to_string(&path).unwrap();
    fs::write(&path, document.replacen("\"skewwatch_evidence\": 1", "\"skewwatch_evidence\": 2", 1)).unwrap();
    let told =
        "error: it is evidence of version 2, and this program reads versions up to 1; update skewwatch\n".to_owned();
    // Whether it is sealed as now, or otherwise.
    assert!(replay(folder).contains("`evidence.json` does not have the checksum"));
    let sum = std::process::Command::new("sha256sum").arg(&path).output().unwrap();
    let sums = folder.join("evidence/SHA256SUMS");
    let listed = fs::read_to_string(&sums).unwrap();
    let lines = listed.lines().map(|line| match line.ends_with("  evidence.json") {
        true => format!("{}  evidence.json\n", text(&sum.stdout).split(' ').next().unwrap()),
        false => format!("{line}\n"),
    });
    fs::write(&sums, lines.collect::<String>()).unwrap();
    assert_eq!(replay(folder), told);
    fs::remove_file(&sums).unwrap();
    assert_eq!(replay(folder), told);
}

#[test]
fn what_is_no_evidence_is_called_that() {
    let folder = tempfile::tempdir().unwrap();
    let told = "error: `evidence` is no evidence; `skewwatch check --evidence FOLDER` writes it\n";
    assert_eq!(replay(folder.path()), told);
    fs::create_dir(folder.path().join("evidence")).unwrap();
    assert_eq!(replay(folder.path()), told);
    fs::write(folder.path().join("evidence/notes.txt"), "nothing").unwrap();
    assert_eq!(replay(folder.path()), told);
    fs::remove_dir_all(folder.path().join("evidence")).unwrap();
    fs::write(folder.path().join("evidence"), "a file").unwrap();
    assert_eq!(replay(folder.path()), told);
}

#[test]
fn a_folder_with_something_in_it_is_left_alone() {
    let repository = skewed();
    let told = refused(&skewwatch(repository.folder(), "check --evidence evidence"));
    assert_eq!(
        told,
        "error: could not write evidence to `evidence`: the folder is not empty; name one that is not there\n"
    );
    assert_eq!(skewwatch(repository.folder(), "replay evidence").status.code(), Some(1));
    fs::create_dir(repository.folder().join("empty")).unwrap();
    let output = skewwatch(repository.folder(), "check --as-of 2026-06-15T00:00:00Z --evidence empty");
    assert_eq!((output.status.code(), text(&output.stderr).as_str()), (Some(1), ""));
    assert_eq!(skewwatch(repository.folder(), "replay empty").status.code(), Some(1));
}

#[test]
fn a_report_that_the_evidence_does_not_bear_out_is_told() {
    let repository = skewed();
    let folder = repository.folder();
    let read = skewwatch::evidence::read(&folder.join("evidence")).unwrap();
    let claimed = text(&read.1).replacen("\"seed\"", "\"sead\"", 1);
    let line = claimed.lines().position(|line| line.contains("sead")).unwrap() + 1;
    let form = skewwatch::evidence::KeyForm::Plain;
    skewwatch::evidence::write(&read.0, claimed.as_bytes(), (&folder.join("claimed"), &form)).unwrap();
    let output = skewwatch(folder, "replay claimed");
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(output.stdout, read.1);
    assert_eq!(
        text(&output.stderr),
        format!(
            "error: what was reported is not what the evidence says, from line {line} of `report.json` on; another version \
             of skewwatch may judge otherwise\n"
        )
    );
}
