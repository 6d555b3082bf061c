//! The third view: what callers of the serving path get. The faults that caches have are found there, and attributed to
//! the serving path, while the comparison of the stores finds nothing.

mod answers;
pub(crate) mod faulty;
mod replayed;
mod requests;

use skewwatch::model::check::{CheckKind, Finding};
use skewwatch::model::measurement::{RoundReport, ViewMeasurement};
use skewwatch::model::served::{Attributed, ServedCounts};
use skewwatch::model::verdict::Verdict;

use super::population::{AS_OF, Entity, FEATURES, Fault, broken_by, fill, healthy, write_snapshots};
use super::{Scene, plain_configuration};
use crate::lookup_http::SERVING;
use crate::serve::Running;
use crate::support::redis::RedisServer;
use faulty::{Faulty, Flaw};

/// Entities, of which callers have asked for those with an even number.
const SIZE: u32 = 200;
const ASKED_BEFORE: u64 = SIZE as u64 / 2;

/// Whether callers have asked for the entity.
fn is_even(id: &str) -> bool {
    id.ends_with(['0', '2', '4', '6', '8'])
}

/// Both sides of some entities, and a server before them.
struct Served {
    scene: Scene,
    redis: RedisServer,
    server: Faulty,
    entities: Vec<Entity>,
}

impl Served {
    async fn start(flaw: Flaw, entities: Vec<Entity>) -> Self {
        let (scene, redis) = (Scene::new(), RedisServer::start());
        write_snapshots(&scene.path("snapshots"), &entities);
        let server = Faulty::start(flaw, &redis).await;
        scene.configure(&plain_configuration(
            &format!("url: \"redis://{}\"", redis.address()),
            &format!("serving: {{ url: \"{}\" }}\n", server.address),
        ));
        Self { scene, redis, server, entities }
    }

    /// Writes rows as they are meant to be.
    fn write(&self) {
        fill(std::slice::from_ref(&self.redis), &self.entities);
    }

    /// Callers ask for these features of every other entity.
    fn callers(&self, features: &[&str]) {
        for id in self.entities.iter().map(Entity::id).filter(|id| is_even(id)) {
            // Refused or not, they have asked.
            let _ = self.server.inside.look_up(&id, features);
        }
    }

    async fn check(&self) -> RoundReport {
        self.scene.check(AS_OF).await
    }
}

fn all() -> Vec<&'static str> {
    FEATURES.iter().map(|(name, _)| *name).collect()
}

fn view(report: &RoundReport) -> &ViewMeasurement {
    let [view] = &report.views[..] else { panic!("one view is measured") };
    view
}

/// What the comparison of the stores accuses.
fn accused_by_the_stores(report: &RoundReport) -> u64 {
    let accused = [Verdict::Skewed, Verdict::Stale, Verdict::MissingOnline, Verdict::Phantom, Verdict::Unread];
    let features = view(report).features.values();
    features.map(|feature| accused.iter().map(|verdict| feature.verdicts.count(*verdict)).sum::<u64>()).sum()
}

fn finding(report: &RoundReport) -> Option<&Finding> {
    report.findings.iter().find(|finding| finding.check == CheckKind::Serving)
}

/// The cells of all features together.
fn served(report: &RoundReport) -> ServedCounts {
    let mut all = ServedCounts::default();
    for counts in view(report).served.as_ref().unwrap().features.values() {
        let ServedCounts { same, recent, outdated, different, missing, unfounded, unanswered, in_flight } = *counts;
        all.same += same;
        all.recent += recent;
        all.outdated += outdated;
        all.different += different;
        all.missing += missing;
        all.unfounded += unfounded;
        all.unanswered += unanswered;
        all.in_flight += in_flight;
    }
    all
}

/// Asserts that the serving path is to blame for these cells and the stores for none.
fn assert_blamed(report: &RoundReport, expected: ServedCounts) {
    assert_eq!(accused_by_the_stores(report), 0);
    assert_eq!(report.failures, []);
    assert_eq!(served(report), expected);
    let accused = expected.accused();
    let measured = view(report).served.as_ref().unwrap();
    let attributed = Attributed { serving: accused, serving_while_store_agrees: accused, store: 0 };
    assert_eq!(measured.attributed, attributed);
    let finding = finding(report).expect("it is found");
    assert!(finding.message.contains("; likely cause: serving path: "), "{}", finding.message);
    assert!(finding.message.contains("the cache or the server is to blame"), "{}", finding.message);
    assert!(report.findings.iter().all(|finding| finding.check == CheckKind::Serving), "{:?}", report.findings);
}

fn missing(missing: u64) -> ServedCounts {
    ServedCounts { same: u64::from(SIZE) * 5 - missing, missing, ..ServedCounts::default() }
}

fn outdated(outdated: u64) -> ServedCounts {
    ServedCounts { same: u64::from(SIZE) * 5 - outdated, outdated, ..ServedCounts::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_a_fault_is_accused_of_nothing() {
    let shop = Served::start(Flaw::None, healthy(SIZE)).await;
    shop.write();
    let report = shop.check().await;
    assert_eq!(served(&report), missing(0));
    assert_eq!((view(&report).served.as_ref().unwrap().attributed, finding(&report)), (Attributed::default(), None));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_in_the_store_is_attributed_to_the_store() {
    let shop = Served::start(Flaw::None, broken_by(Fault::WrongValue, 30, SIZE)).await;
    shop.write();
    let report = shop.check().await;
    let measured = view(&report).served.as_ref().unwrap();
    assert_eq!(measured.attributed, Attributed { serving: 0, serving_while_store_agrees: 0, store: 30 });
    assert_eq!(finding(&report), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn features_that_the_first_caller_did_not_want_are_lost_to_later_ones() {
    let shop = Served::start(Flaw::FirstCallersFeatures, healthy(SIZE)).await;
    shop.write();
    shop.callers(&all()[..2]);
    assert_blamed(&shop.check().await, missing(ASKED_BEFORE * 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn values_that_are_cached_for_ever_are_outdated() {
    let shop = Served::start(Flaw::NoTtl, healthy(SIZE)).await;
    fill(std::slice::from_ref(&shop.redis), &broken_by(Fault::OlderRow, SIZE, SIZE));
    shop.callers(&all());
    shop.write();
    let report = shop.check().await;
    assert_blamed(&report, outdated(ASKED_BEFORE * 5));
    assert_eq!(view(&report).served.as_ref().unwrap().attributed.serving_while_store_agrees, ASKED_BEFORE * 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_is_null_by_now_may_be_served_for_as_long_as_a_cache_may_keep_it() {
    for (max_age, is_recent) in [("1m", false), ("100000h", true)] {
        let shop = Served::start(Flaw::NoTtl, broken_by(Fault::NullOnBothSides, SIZE, SIZE)).await;
        shop.scene.configure(&plain_configuration(
            &format!("url: \"redis://{}\"", shop.redis.address()),
            &format!("serving: {{ url: \"{}\", max_age: {max_age} }}\n", shop.server.address),
        ));
        fill(std::slice::from_ref(&shop.redis), &healthy(SIZE));
        shop.callers(&all());
        shop.redis.run("FLUSHALL");
        shop.write();
        let report = shop.check().await;
        let ServedCounts { same, recent, unfounded, .. } = served(&report);
        let expected = if is_recent { (ASKED_BEFORE, 0) } else { (0, ASKED_BEFORE) };
        assert_eq!((same, (recent, unfounded)), (u64::from(SIZE) * 5 - ASKED_BEFORE, expected), "{max_age}");
        assert_eq!(finding(&report).is_none(), is_recent);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hit_of_a_part_passes_for_the_whole() {
    let shop = Served::start(Flaw::PartialHit, healthy(SIZE)).await;
    shop.write();
    shop.callers(&all()[4..]);
    assert_blamed(&shop.check().await, missing(ASKED_BEFORE * 4));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_out_behind_a_key_that_is_not_there_passes_for_success() {
    // The first feature is null on both sides, which is as good as no key; the last one times out.
    let shop = Served::start(Flaw::FirstError, broken_by(Fault::NullOnBothSides, SIZE, SIZE)).await;
    shop.write();
    shop.server.inside.lose("fraud_score", is_even);
    assert_blamed(&shop.check().await, missing(ASKED_BEFORE));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_once_is_cached_as_absent() {
    let shop = Served::start(Flaw::DroppedErrors, healthy(SIZE)).await;
    shop.write();
    shop.server.inside.lose("total_orders_30d", |_| true);
    shop.callers(&all());
    shop.server.inside.find_again();
    assert_blamed(&shop.check().await, missing(ASKED_BEFORE));
}

#[tokio::test(flavor = "multi_thread")]
async fn new_entities_stay_absent_where_absence_is_cached_for_ever() {
    let shop = Served::start(Flaw::CachedAbsence, healthy(SIZE)).await;
    shop.callers(&all());
    shop.write();
    assert_blamed(&shop.check().await, missing(ASKED_BEFORE * 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_healthy_shards_gave_is_thrown_away_with_the_error_of_one() {
    let shop = Served::start(Flaw::AllOrNothing, healthy(SIZE)).await;
    shop.write();
    shop.server.inside.lose("avg_order_value_7d", is_even);
    let unanswered = ASKED_BEFORE * 5;
    let expected = ServedCounts { same: u64::from(SIZE) * 5 - unanswered, unanswered, ..ServedCounts::default() };
    assert_blamed(&shop.check().await, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_read_before_a_write_and_cached_after_it_stays() {
    let shop = Served::start(Flaw::LateFill, healthy(SIZE)).await;
    fill(std::slice::from_ref(&shop.redis), &broken_by(Fault::OlderRow, SIZE, SIZE));
    let read: Vec<_> = shop
        .entities
        .iter()
        .map(Entity::id)
        .filter(|id| is_even(id))
        .map(|id| (shop.server.inside.look_up(&id, &all()).unwrap(), id))
        .collect();
    shop.write();
    for (row, id) in read {
        shop.server.inside.fill(&id, row);
    }
    assert_blamed(&shop.check().await, outdated(ASKED_BEFORE * 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_answer_is_a_failure_and_no_verdict() {
    let shop = Served::start(Flaw::None, healthy(SIZE)).await;
    shop.write();
    shop.scene.configure(&plain_configuration(
        &format!("url: \"redis://{}\"", shop.redis.address()),
        "serving: { url: \"http://127.0.0.1:1\" }\n",
    ));
    let report = shop.check().await;
    let [failure] = &report.failures[..] else { panic!("{:?}", report.failures) };
    assert_eq!(failure.reason, "connection");
    assert_eq!(
        failure.message,
        "could not read through the serving path http://127.0.0.1:1/get-online-features: the exchange broke off: no \
         connection"
    );
    let unjudged: Vec<_> = report.unknown.iter().filter(|unjudged| unjudged.check == CheckKind::Serving).collect();
    assert_eq!(unjudged.len(), 1);
    assert_eq!(view(&report).served.as_ref().unwrap().attributed, Attributed::default());
    assert_eq!((accused_by_the_stores(&report), finding(&report)), (0, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn our_own_lookup_path_serves_what_the_store_holds() {
    let (scene, redis) = (Scene::new(), RedisServer::start());
    let entities = healthy(SIZE);
    write_snapshots(&scene.path("snapshots"), &entities);
    fill(std::slice::from_ref(&redis), &entities);
    let access = format!("url: \"redis://{}\"", redis.address());
    // The rows are old, and an expired row is served with its status.
    scene.configure(&plain_configuration(&access, &format!("lookup: {{ {SERVING} }}\n")));
    let lookup = Running::start(scene.command("lookup"), scene.path("log"));
    scene.configure(&plain_configuration(&access, &format!("serving: {{ url: \"http://{}\" }}\n", lookup.address)));
    let report = scene.check(AS_OF).await;
    assert_eq!(report.failures, []);
    assert_eq!(served(&report), missing(0));
    assert_eq!(finding(&report), None);
}

/// What `validate --connect` says, and its exit code.
fn connected(shop: &Served) -> (String, Option<i32>) {
    let told = shop.scene.command("validate --connect").output().unwrap();
    (String::from_utf8(told.stdout).unwrap(), told.status.code())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_requests_of_a_round_are_told_beforehand() {
    let shop = Served::start(Flaw::None, healthy(SIZE)).await;
    shop.write();
    let url = format!("url: \"redis://{}\"", shop.redis.address());
    let serving = format!("serving: {{ url: \"{}\", keys: 90, batch: 40 }}\n", shop.server.address);
    shop.scene.configure(&plain_configuration(&url, &serving));
    let (told, code) = connected(&shop);
    let line =
        "  user_features: 3 requests of the serving path for 90 keys, and those again whose rows move meanwhile\n";
    assert!(told.contains(line), "{told}");
    assert_eq!(code, Some(0), "{told}");

    shop.scene.configure(&plain_configuration(&url, "serving: { url: \"http://127.0.0.1:1\" }\n"));
    let (told, code) = connected(&shop);
    let failure = "error: could not read through the serving path http://127.0.0.1:1/get-online-features: the exchange \
                   broke off: no connection\n";
    assert!(told.contains(failure), "{told}");
    assert_eq!(code, Some(2), "{told}");
}
