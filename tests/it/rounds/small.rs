//! Rounds over next to nothing, and a reader who has seen enough.

use std::io::Read as _;
use std::process::Stdio;

use skewwatch::model::measurement::KeyCounts;
use skewwatch::model::verdict::Verdict;

use super::population::{AS_OF, healthy};
use super::{Scene, assert_tells};
use crate::support::redis::RedisServer;

#[test]
fn without_a_key_on_either_side_nothing_is_judged() {
    let (scene, server) = Scene::with_population(&healthy(0), RedisServer::start(), "");
    let told = scene.run(&format!("check --as-of {AS_OF}"));
    assert_tells("nothing", &told, &[(&server.port.to_string(), "PORT")]);
}

#[tokio::test]
async fn one_key_alone_is_settled() {
    let (scene, _server) = Scene::with_population(&healthy(1), RedisServer::start(), "");
    let report = scene.check(AS_OF).await;
    let [view] = &report.views[..] else { panic!("one view is measured") };
    assert_eq!(view.keys, KeyCounts { asked: 1, online: 1, offline: 1, both: 1 });
    assert!(view.features.values().all(|feature| feature.verdicts.count(Verdict::Consistent) == 1));
}

#[tokio::test]
async fn absent_keys_of_a_file_alone_are_absent() {
    let (scene, _server) =
        Scene::with_population(&healthy(3), RedisServer::start(), "sample: { source: { file: keys.csv } }\n");
    scene.write("keys.csv", "\u{feff}team,user_id\nx,nobody\nx,u000001\ny,\"no,body\"\nz,nobody\n");
    let report = scene.check(AS_OF).await;
    assert_eq!(report.failures, []);
    let [view] = &report.views[..] else { panic!("one view is measured") };
    assert_eq!(view.keys, KeyCounts { asked: 3, online: 1, offline: 1, both: 1 });
    for feature in view.features.values() {
        assert_eq!((feature.verdicts.count(Verdict::Absent), feature.verdicts.count(Verdict::Consistent)), (2, 1));
        assert_eq!(feature.coverage.n, 3, "a key that was asked for counts");
    }
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let (scene, _server) = Scene::with_population(&healthy(40), RedisServer::start(), "");
    for (arguments, code) in [
        (format!("check --as-of {AS_OF} --fail-on never"), 0),
        (format!("check --as-of {AS_OF} --fail-on unknown --format json"), 1),
        (format!("explain u000001 --as-of {AS_OF}"), 0),
        ("validate".to_owned(), 0),
    ] {
        let mut child = scene.command(&arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let mut errors = String::new();
        child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
        assert_eq!((errors.as_str(), child.wait().unwrap().code()), ("", Some(code)), "{arguments}");
    }
}
