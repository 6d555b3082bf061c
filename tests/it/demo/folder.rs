//! The folder is whole, repeatable, and never takes the place of somebody else's.

use std::collections::BTreeMap;
use std::path::Path;

use skewwatch::demo::{MARKER, make};
use tempfile::tempdir;

use super::{made, settings};

/// Every file below `folder` with its bytes.
fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                files.insert(name, std::fs::read(path).unwrap());
            }
        }
    }
    files
}

#[tokio::test]
async fn the_same_settings_give_the_same_bytes_and_another_seed_gives_others() {
    let home = tempdir().unwrap();
    let (first, second, other) = (home.path().join("first"), home.path().join("second"), home.path().join("other"));
    made(&first, "default").await;
    made(&second, "default").await;
    let mut different = settings(&other, "default");
    different.seed += 1;
    make(&different).await.unwrap();
    let (first, second, other) = (files(&first), files(&second), files(&other));
    assert_eq!(
        first.keys().collect::<Vec<_>>(),
        [
            MARKER,
            "data/online_store.db",
            "data/registry.db",
            "faults.json",
            "feature_store.yaml",
            "offline/user_features/dt=2026-06-11/part-0.parquet",
            "offline/user_features/dt=2026-06-12/part-0.parquet",
            "offline/user_features/dt=2026-06-13/part-0.parquet",
            "offline/user_features/dt=2026-06-14/part-0.parquet",
            "offline/user_features/dt=2026-06-15/part-0.parquet",
            "skewwatch.yaml",
        ]
    );
    for (name, content) in &first {
        assert!(second[name] == *content, "`{name}` differs between two runs of the same settings");
    }
    assert!(first["data/online_store.db"] != other["data/online_store.db"]);
}

#[tokio::test]
async fn a_demo_replaces_an_earlier_demo_as_a_whole() {
    let home = tempdir().unwrap();
    let folder = home.path().join("demo");
    std::fs::create_dir(&folder).unwrap();
    made(&folder, "default").await;
    std::fs::write(folder.join("left-over"), "").unwrap();
    made(&folder, "none").await;
    assert!(!folder.join("left-over").exists());
    let beside: Vec<_> = std::fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(beside, ["demo"]);
}

#[tokio::test]
async fn a_folder_that_no_demo_made_is_refused_and_stays_as_it_is() {
    let home = tempdir().unwrap();
    let folder = home.path().join("work");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("thesis.txt"), "chapter 1").unwrap();
    let error = make(&settings(&folder, "none")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{} is not empty and was not made by `skewwatch demo`, so it stays as it is; name another with `--folder`",
            folder.display()
        )
    );
    assert_eq!(files(home.path()), BTreeMap::from([("work/thesis.txt".to_owned(), b"chapter 1".to_vec())]));

    let file = folder.join("thesis.txt");
    assert!(make(&settings(&file, "none")).await.is_err());
    assert_eq!(std::fs::read(&file).unwrap(), b"chapter 1");
}

#[tokio::test]
async fn a_folder_without_a_name_is_refused() {
    let error = make(&settings(Path::new(".."), "none")).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`..` has no name to be replaced by; give the demo a folder of its own with `--folder`"
    );
}
