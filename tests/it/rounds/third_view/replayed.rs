//! Evidence of the third view: what a round said of the serving path and of its log, a replay says again without either.

use std::path::Path;

use skewwatch::config;
use skewwatch::evidence::{self, Evidence, KeyForm, Salt};
use skewwatch::model::measurement::RoundReport;
use skewwatch::model::time::Timestamp;
use skewwatch::publish::json;
use skewwatch::run::{NotedRound, RoundOptions, noted_round, replay};

use super::faulty::Flaw;
use super::{Fault, SIZE, Served, all, broken_by, fill, healthy, is_even, plain_configuration, view};
use crate::golden::Repository;
use crate::rounds::instant;

fn document(report: &RoundReport) -> String {
    let mut bytes = Vec::new();
    json::write(report, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// A round of the configuration, with notes.
async fn noted(configuration: &Path, as_of: Option<Timestamp>) -> NotedRound {
    let plan = config::load(configuration, &|_| None).await.unwrap_or_else(|error| panic!("{error}"));
    noted_round(&plan, RoundOptions { as_of, progress: &|_| {} }).await
}

/// Asserts that the report comes back from files, however these show entity keys.
async fn assert_comes_back(noted: &Evidence, report: &RoundReport) {
    let told = document(report);
    assert!(document(&replay(noted).await) == told);
    for form in [KeyForm::Plain, KeyForm::Hashed(Salt::random().unwrap())] {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("evidence");
        evidence::write(noted, told.as_bytes(), (&folder, &form)).unwrap();
        let (read, reported) = evidence::read(&folder).unwrap();
        assert_eq!(reported, told.as_bytes());
        assert!(document(&replay(&read).await) == told);
    }
}

/// Has callers come so that the flaw shows.
fn make_wrong(shop: &Served, flaw: Flaw) {
    match flaw {
        Flaw::NoTtl => fill(std::slice::from_ref(&shop.redis), &broken_by(Fault::OlderRow, SIZE, SIZE)),
        Flaw::PartialHit => shop.write(),
        _ => {}
    }
    let features = if flaw == Flaw::PartialHit { &all()[4..] } else { &all()[..] };
    shop.callers(features);
    shop.write();
    if flaw == Flaw::AllOrNothing {
        shop.server.inside.lose("avg_order_value_7d", is_even);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_faulty_serving_path_is_accused_again() {
    for flaw in [Flaw::NoTtl, Flaw::CachedAbsence, Flaw::AllOrNothing, Flaw::PartialHit] {
        for as_of in [Some(instant(super::AS_OF)), None] {
            let shop = Served::start(flaw, healthy(SIZE)).await;
            make_wrong(&shop, flaw);
            let NotedRound { report, evidence, .. } = noted(&shop.scene.path("skewwatch.yaml"), as_of).await;
            drop(shop);
            let measured = view(&report).served.as_ref().unwrap();
            // By the clock what was written just now may be served as it was before.
            assert!(as_of.is_none() || measured.attributed.serving > 0, "{flaw:?} {measured:?}");
            assert_comes_back(&evidence, &report).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moved_while_it_was_read_accuses_nobody_again() {
    let shop = Served::start(Flaw::PartialHit, healthy(SIZE)).await;
    make_wrong(&shop, Flaw::PartialHit);
    let mut evidence = noted(&shop.scene.path("skewwatch.yaml"), Some(instant(super::AS_OF))).await.evidence;
    let before = replay(&evidence).await;
    let served = evidence.views[0].sample.as_mut().unwrap().served.as_mut().unwrap();
    let suspicious: Vec<_> = served.asked.iter_mut().filter(|asked| asked.again.is_some()).collect();
    assert!(!suspicious.is_empty());
    suspicious.into_iter().for_each(|asked| asked.is_still = false);
    let after = replay(&evidence).await;
    let accused = |report: &RoundReport| view(report).served.as_ref().unwrap().attributed.serving;
    assert!(accused(&before) > 0);
    assert_eq!(accused(&after), 0);
    assert_comes_back(&evidence, &after).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_serving_path_that_did_not_answer_is_replayed_as_that() {
    let shop = Served::start(Flaw::None, healthy(SIZE)).await;
    shop.write();
    shop.scene.configure(&plain_configuration(
        &format!("url: \"redis://{}\"", shop.redis.address()),
        "serving: { url: \"http://127.0.0.1:1\", log: { location: nowhere/*.parquet } }\n",
    ));
    let NotedRound { report, evidence, .. } = noted(&shop.scene.path("skewwatch.yaml"), None).await;
    drop(shop);
    assert_eq!(report.failures.len(), 2, "{:?}", report.failures);
    assert_comes_back(&evidence, &report).await;
}

#[tokio::test]
async fn the_log_that_feast_wrote_says_the_same_again() {
    let logs = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/golden-feast/dev/feature_logs");
    let more = format!("feast: ./repo\nserving: {{ log: {{ location: {}, window: 365d }} }}\n", logs.display());
    let repository = Repository::on_sqlite("dev", &more);
    let as_of = Some(instant("2026-06-15T12:00:00Z"));
    let NotedRound { report, evidence, .. } = noted(&repository.folder().join("skewwatch.yaml"), as_of).await;
    drop(repository);
    let logged = |view: &str| report.views.iter().find(|measured| measured.feature_view == view)?.logged.as_ref();
    assert_eq!(logged("user_features").unwrap().requests, 60);
    assert_comes_back(&evidence, &report).await;
}
