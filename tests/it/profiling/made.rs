//! What `skewwatch profile` writes, keeps and refuses.

use skewwatch::stats::profile::TableProfile;

use super::{refusal, said, skewwatch, write};

/// A folder with a snapshot of 3,000 rows and its profile.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.parquet"), 0, 3_000);
    said(folder.path(), &["profile", "a.parquet", "-o", "a.profile.json"]);
    folder
}

fn read(folder: &tempfile::TempDir, name: &str) -> TableProfile {
    TableProfile::from_json(&std::fs::read(folder.path().join(name)).unwrap()).unwrap()
}

#[test]
fn the_file_holds_every_column_that_has_statistics() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("a.parquet"), 0, 3_000);
    let said = said(folder.path(), &["profile", "a.parquet", "-o", "a.profile.json"]);
    let size = std::fs::metadata(folder.path().join("a.profile.json")).unwrap().len() as f64 / 1e3;
    let lines = "3,000 rows, 2 columns\nwithout statistics: tags (list<int64>)\nwritten to a.profile.json";
    assert_eq!(said, format!("{lines} ({size:.1} kB)\n"));
    let profile = read(&folder, "a.profile.json");
    assert_eq!(profile.rows, 3_000);
    assert_eq!(profile.columns.keys().collect::<Vec<_>>(), ["amount", "country"]);
    assert_eq!(profile.columns["country"].profile.keys().unwrap().iter().next(), Some(("DE", 1_000)));
    assert_eq!(profile.columns["amount"].profile.distinct(), 3_000);
    assert!(profile.snapshot.files[0].location.ends_with("/a.parquet"));
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "no draft is left: {left:?}");
}

#[test]
fn a_dash_prints_the_profile_and_nothing_else() {
    let folder = folder();
    let output = skewwatch(folder.path(), &["profile", "a.parquet", "--columns", "country", "-o", "-"]);
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
    let profile = TableProfile::from_json(&output.stdout).unwrap();
    assert_eq!(profile.columns.keys().collect::<Vec<_>>(), ["country"]);
}

#[test]
fn a_profile_of_the_same_snapshot_and_settings_is_kept_and_any_other_replaced() {
    let folder = folder();
    let made = read(&folder, "a.profile.json");
    let kept = said(folder.path(), &["profile", "a.parquet", "-o", "a.profile.json"]);
    assert_eq!(kept, format!("a.profile.json is the profile of this snapshot already, made at {}\n", made.made_at));
    assert_eq!(read(&folder, "a.profile.json"), made);
    said(folder.path(), &["profile", "a.parquet", "-o", "a.profile.json", "--columns", "amount"]);
    assert_eq!(read(&folder, "a.profile.json").columns.len(), 1);
    write(&folder.path().join("a.parquet"), 7, 2_000);
    said(folder.path(), &["profile", "a.parquet", "-o", "a.profile.json", "--columns", "amount"]);
    assert_eq!(read(&folder, "a.profile.json").rows, 2_000);
    // Half a profile is no loss.
    let whole = std::fs::read(folder.path().join("a.profile.json")).unwrap();
    std::fs::write(folder.path().join("a.profile.json"), &whole[..whole.len() / 2]).unwrap();
    said(folder.path(), &["profile", "a.parquet", "-o", "a.profile.json"]);
    assert_eq!(read(&folder, "a.profile.json").columns.len(), 2);
}

#[test]
fn what_is_no_profile_is_not_overwritten() {
    let folder = folder();
    let before = std::fs::read(folder.path().join("a.parquet")).unwrap();
    assert_eq!(
        refusal(folder.path(), &["profile", "a.parquet", "-o", "a.parquet"]),
        "error: could not write a.parquet: there is a file that is no profile; remove it or choose another name\n"
    );
    assert_eq!(std::fs::read(folder.path().join("a.parquet")).unwrap(), before);
    assert_eq!(
        refusal(folder.path(), &["profile", "a.parquet", "-o", "."]),
        "error: could not write .: it is no regular file; `-o -` prints the profile\n"
    );
}

#[test]
fn what_cannot_be_profiled_says_why() {
    let folder = folder();
    let refused = |more: &[&str]| refusal(folder.path(), &[&["profile", "a.parquet", "-o", "b.json"], more].concat());
    assert_eq!(
        refused(&["--columns", "amont"]),
        "error: there is no column `amont`; there are `amount`, `country`, `tags`\n"
    );
    assert_eq!(
        refused(&["--columns", "tags"]),
        "error: column `tags` is of type list<int64>, which has no statistics\n"
    );
    assert_eq!(
        refused(&["--edges-of", "a.parquet"]),
        "error: a.parquet is no profile; `skewwatch profile a.parquet -o FILE` makes one\n"
    );
    assert!(!folder.path().join("b.json").exists());
}

#[test]
fn a_profile_over_the_edges_of_another_says_whose_they_are() {
    let folder = folder();
    write(&folder.path().join("b.parquet"), 5, 1_000);
    said(folder.path(), &["profile", "b.parquet", "--edges-of", "a.profile.json", "-o", "b.profile.json"]);
    let (a, b) = (read(&folder, "a.profile.json"), read(&folder, "b.profile.json"));
    assert_eq!(b.settings.edges_of.as_deref(), Some(a.snapshot.digest.as_str()));
    let ruler = |profile: &TableProfile| profile.columns["amount"].profile.numbers().unwrap().ruler().clone();
    assert_eq!(ruler(&a), ruler(&b));
    let merged = a.columns["amount"].profile.merge(&b.columns["amount"].profile).unwrap();
    assert_eq!(merged.counts().rows, 4_000);
}
