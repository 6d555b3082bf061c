//! Evidence that is not whole, not what was written, or not for this program.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{checked, refused, skewed, skewwatch, text};
use crate::golden::Repository;

fn replay(folder: &Path) -> String {
    refused(&skewwatch(folder, "replay evidence"))
}

/// What helps where a folder is not what was written.
const WAY_OUT: &str = "; copy the folder again, or write it anew with `skewwatch check --evidence`";

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
        let told = format!("error: the evidence in `evidence` is not whole: `{file}` is missing{WAY_OUT}\n");
        assert_eq!(replay(folder), told);
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
                     was written down{WAY_OUT}\n"
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
    let output = Command::new("sha256sum")
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
    let sum = Command::new("sha256sum").arg(&path).output().unwrap();
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

/// Files in a folder and the folders in it; none where it is not there.
fn files_in(folder: &Path) -> usize {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let each = entries.filter_map(Result::ok).map(|entry| entry.path());
    each.map(|path| if path.is_dir() { files_in(&path) } else { usize::from(path.is_file()) }).sum()
}

#[test]
fn a_check_that_is_killed_while_it_writes_leaves_no_evidence_or_all_of_it() {
    let repository = Repository::on_sqlite("skewed", "feast: ./repo\n");
    let folder = repository.folder();
    let reported = checked(&repository, "");
    let whole = files_in(&folder.join("evidence"));
    fs::remove_dir_all(folder.join("evidence")).unwrap();
    let mut halves = 0;
    for written in 0..whole {
        let mut check = Command::new(env!("CARGO_BIN_EXE_skewwatch"))
            .args(["check", "--as-of", "2026-06-15T00:00:00Z", "--format", "json", "--evidence", "evidence"])
            .current_dir(folder)
            .env_clear()
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let draft = format!(".evidence.{}.tmp", check.id());
        while check.try_wait().unwrap().is_none() && files_in(&folder.join(&draft)) <= written {
            std::thread::yield_now();
        }
        let _ = check.kill();
        check.wait().unwrap();
        for left in ["evidence", draft.as_str()].into_iter().filter(|left| folder.join(left).exists()) {
            let output = skewwatch(folder, &format!("replay {left}"));
            if output.status.code() == Some(1) {
                assert!(output.stdout == reported);
            } else {
                assert_ne!(left, "evidence");
                let told = refused(&output);
                assert!(told.contains(" is no evidence; ") || told.contains(" is not whole: "), "{told}");
                halves += 1;
            }
            fs::remove_dir_all(folder.join(left)).unwrap();
        }
    }
    assert!(halves > 0);
    // The next check is not in the way of what was left.
    assert!(checked(&repository, "") == reported);
}
