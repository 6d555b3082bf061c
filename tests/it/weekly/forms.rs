//! Every form of the report of a week, whole, against the committed example.

use std::path::PathBuf;

use super::ills::ENTITY;
use super::sample::{forms, shop};

/// The committed example; with `BLESS=1` in the environment it is written instead.
#[tokio::test]
async fn every_form_of_a_week_is_the_committed_example() {
    let report = shop().await.report("2026-W47");
    for (ending, found) in forms(&report) {
        assert!(!found.contains(ENTITY), "{ending} names an entity");
        let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("reports").join(format!("example.{ending}"));
        if std::env::var_os("BLESS").is_some() {
            std::fs::write(&path, &found).unwrap();
        }
        let expected = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            expected == found,
            "{} differs; if the new text is right, run the test again with BLESS=1",
            path.display()
        );
    }
}

#[tokio::test]
async fn a_report_depends_on_the_history_and_the_hour_alone() {
    let scene = shop().await;
    assert_eq!(forms(&scene.report("2026-W47")), forms(&scene.report("2026-11-16..2026-11-22")));
}
