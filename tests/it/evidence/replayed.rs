//! A replay is the round again, byte for byte, without what the round was read from.

use std::fs;

use skewwatch::demo::fault::FaultChoice;
use skewwatch::demo::online::OnlineTarget;
use skewwatch::demo::{Settings, make};
use skewwatch::evidence;
use skewwatch::model::measurement::RoundReport;
use skewwatch::model::verdict::Verdict;
use skewwatch::publish::json;
use skewwatch::run::{NotedRound, RoundOptions, noted_round, replay};
use skewwatch::store::online::RawCell;

use super::{checked, skewed, skewwatch, text};
use crate::golden::Repository;
use crate::rounds::healthy_scene;

fn document(report: &RoundReport) -> String {
    let mut bytes = Vec::new();
    json::write(report, &mut bytes).unwrap();
    text(&bytes)
}

/// Takes the evidence elsewhere, lets stores and snapshots go, and replays.
fn replayed_elsewhere(repository: Repository) -> Vec<u8> {
    let elsewhere = tempfile::tempdir().unwrap();
    fs::rename(repository.folder().join("evidence"), elsewhere.path().join("taken")).unwrap();
    drop(repository);
    let output = skewwatch(elsewhere.path(), "replay taken");
    assert_eq!(text(&output.stderr), "");
    output.stdout
}

#[test]
fn a_round_over_what_feast_wrote_is_replayed_byte_for_byte_without_any_store() {
    let repositories = [
        Repository::on_redis("dev", "feast: ./repo\n"),
        Repository::on_redis("skewed", "feast: ./repo\n"),
        Repository::on_sqlite("skewed", "feast: ./repo\n"),
        Repository::on_sqlite("skewed", "feast: ./repo\nsample: { keys: 40, source: [offline] }\n"),
        Repository::on_sqlite(
            "skewed",
            "feast: ./repo\nprofiles: ./profiles\nchecks: { defaults: { drift: { psi: 0.1 } } }\n",
        ),
    ];
    for (repository, keys) in repositories.into_iter().zip(["hashed", "plain"].into_iter().cycle()) {
        let told = checked(&repository, &format!(" --evidence-keys {keys}"));
        assert!(text(&told).contains("\"findings\""));
        assert!(text(&replayed_elsewhere(repository)) == text(&told));
    }
}

#[test]
fn causes_and_what_befell_whole_rows_are_in_the_replay_too() {
    let repositories = [("skewed", "hashed"), ("skewed", "plain")]
        .map(|(set, keys)| (Repository::on_redis(set, "feast: ./repo\n"), keys));
    for (repository, keys) in repositories {
        let told = text(&checked(&repository, &format!(" --evidence-keys {keys}")));
        for part in ["\"diagnosis\": {", "\"would_break\": ", "\"missing\": {", "\"behind\": ["] {
            assert!(told.contains(part), "{part}");
        }
        assert!(text(&replayed_elsewhere(repository)) == told);
    }
}

#[test]
fn a_round_by_the_clock_over_a_plain_layout_is_replayed_with_its_own_times() {
    let (scene, server) = healthy_scene(300);
    let output = scene.command("check --format json --evidence evidence").output().unwrap();
    assert!(text(&output.stdout).contains("\"started_at\""), "{}", text(&output.stderr));
    drop(server);
    fs::remove_dir_all(scene.path("snapshots")).unwrap();
    let again = scene.command("replay evidence").output().unwrap();
    assert_eq!((text(&again.stderr).as_str(), again.status.code()), ("", output.status.code()));
    assert!(again.stdout == output.stdout);
}

#[test]
fn a_store_that_could_not_be_reached_is_replayed_as_that() {
    let (scene, server) = healthy_scene(10);
    drop(server);
    let output = scene.command("check --format json --evidence evidence").output().unwrap();
    assert!(text(&output.stdout).contains("\"connection\""));
    let again = scene.command("replay evidence").output().unwrap();
    assert_eq!((text(&again.stderr).as_str(), again.status.code()), ("", Some(2)));
    assert!(again.stdout == output.stdout);
}

#[test]
fn a_replay_is_printed_in_every_format_of_a_check() {
    let repository = skewed();
    for format in ["table", "junit", "github"] {
        let check = format!("check --as-of 2026-06-15T00:00:00Z --format {format}");
        let round = skewwatch(repository.folder(), &check);
        let again = skewwatch(repository.folder(), &format!("replay evidence --format {format}"));
        assert!(text(&again.stdout) == text(&round.stdout), "{format}:\n{}", text(&again.stdout));
        assert_eq!(again.status.code(), round.status.code());
    }
}

#[tokio::test]
async fn what_was_read_again_is_replayed_reading_by_reading() {
    let repository = skewed();
    let (mut noted, _) = evidence::read(&repository.folder().join("evidence")).unwrap();
    let before = replay(&noted).await;
    let in_flight = |report: &RoundReport| {
        let features = report.views.iter().flat_map(|view| view.features.values());
        features.map(|feature| feature.verdicts.count(Verdict::InFlight)).sum::<u64>()
    };
    assert_eq!(in_flight(&before), 0);
    // A row that was suspicious is given a third reading, and another event timestamp in each.
    let sample = noted.views.iter_mut().find_map(|view| view.sample.as_mut()).unwrap();
    let moving = sample.readings.iter_mut().find(|readings| readings.len() == 2).unwrap();
    moving.push(moving[1].clone());
    for (reading, seconds) in moving.iter_mut().zip(0..) {
        let stamp = &mut reading.row.as_mut().unwrap().event_timestamp;
        let RawCell::Integer(instant) = stamp else { panic!("SQLite holds seconds: {stamp:?}") };
        *instant -= seconds;
    }
    let moved = replay(&noted).await;
    assert!(in_flight(&moved) > 0, "{}", document(&moved));
    let folder = repository.folder().join("moved");
    let (report, form) = (document(&moved), evidence::KeyForm::Plain);
    evidence::write(&noted, report.as_bytes(), (&folder, &form)).unwrap();
    let (read, told) = evidence::read(&folder).unwrap();
    assert!(document(&replay(&read).await) == report);
    assert!(text(&told) == report);
}

#[tokio::test]
async fn a_round_is_the_same_whether_it_is_written_down_or_not() {
    let repository = Repository::on_sqlite("skewed", "feast: ./repo\n");
    let options = RoundOptions { as_of: Some(crate::golden::as_of()), progress: &|_| {} };
    let NotedRound { report, evidence, .. } = noted_round(&repository.plan().await, options).await;
    assert!(document(&report) == document(&repository.check().await));
    assert!(document(&replay(&evidence).await) == document(&report));
}

#[tokio::test]
async fn profiles_that_drift_was_held_against_are_replayed_too() {
    let home = tempfile::tempdir().unwrap();
    let made = make(&Settings {
        folder: home.path().join("demo"),
        entities: 600,
        days: 4,
        seed: 5,
        faults: FaultChoice::parse("unit,lower_case").unwrap(),
        online: OnlineTarget::Sqlite,
    })
    .await
    .unwrap();
    let reference = "    reference: ./offline/user_features/dt=2026-06-13/\n    pairing:";
    let configuration = fs::read_to_string(&made.configuration).unwrap().replace("    pairing:", reference);
    fs::write(home.path().join("demo/drift.yaml"), format!("{configuration}\nprofiles: ./profiles\n")).unwrap();
    let check = format!("check -c drift.yaml --as-of {} --format json --evidence {}", made.as_of, "../evidence");
    let round = skewwatch(&home.path().join("demo"), &check);
    let told = text(&round.stdout);
    assert!(
        told.contains("\"before\": \"dt=") && !told.contains("\"snapshot_drift\": null"),
        "{}",
        text(&round.stderr)
    );
    assert!(home.path().join("evidence/view-1/reference.profile.json").is_file());
    fs::remove_dir_all(home.path().join("demo")).unwrap();
    let again = skewwatch(home.path(), "replay evidence");
    assert_eq!((text(&again.stderr).as_str(), again.status.code()), ("", round.status.code()));
    assert!(again.stdout == round.stdout);
}
