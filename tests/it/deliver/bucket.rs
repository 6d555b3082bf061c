//! Reports in a bucket of a real S3 server: their names, and what becomes of them when the server fails.

use std::collections::BTreeMap;

use object_store::path::Path;
use object_store::{ObjectStore as _, ObjectStoreExt as _};
use skewwatch::publish::delivery::{Edition, Later, ReportSettings, Sent, Way};

use super::courier::{edition, send_through, settings};
use super::{House, counted};
use crate::faults::proxy::{Manner, Proxy};
use crate::support::s3::S3Server;

/// Where reports of the tests lie in their buckets.
const PREFIX: &str = "teams/skew";

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future)
}

/// Every object below the prefix, by its name, with its version and its text.
fn objects(bucket: &str) -> BTreeMap<String, (Option<String>, String)> {
    let client = S3Server::shared().client(bucket);
    wait(async {
        let listed = client.list_with_delimiter(Some(&Path::from(PREFIX))).await.unwrap();
        assert_eq!(listed.common_prefixes, []);
        let mut objects = BTreeMap::new();
        for object in listed.objects {
            let content = client.get(&object.location).await.unwrap().bytes().await.unwrap();
            let stamp = format!("{} {}", object.last_modified, object.e_tag.unwrap_or_default());
            let name = object.location.filename().unwrap().to_owned();
            objects.insert(name, (Some(stamp), String::from_utf8(content.to_vec()).unwrap()));
        }
        objects
    })
}

fn text(bucket: &str, name: &str) -> String {
    objects(bucket).remove(name).unwrap().1
}

/// An edition of another period, with this page.
fn of_week(period: &str, page: &str) -> Edition {
    let mut edition = edition(None);
    (edition.period, edition.html) = (period.to_owned(), page.to_owned());
    edition
}

fn place(bucket: &str) -> ReportSettings {
    ReportSettings { to: Some(format!("s3://{bucket}/{PREFIX}/")), ..settings() }
}

/// Puts an edition into a bucket through the server at an address.
fn put(bucket: &str, endpoint: String, (edition, later): (&Edition, Later)) -> Sent {
    let mut s3 = S3Server::shared().settings();
    s3.endpoint = Some(endpoint);
    send_through(Way::Files, (&place(bucket), &s3), (edition, later))
}

#[test]
fn a_bucket_has_every_week_under_its_name_and_the_latest_under_the_one_that_stays() {
    let server = S3Server::shared();
    let bucket = server.bucket();
    let deliver = |edition: &Edition, later| {
        assert_eq!(put(&bucket, server.endpoint(), (edition, later)), Sent::Delivered);
    };
    deliver(&of_week("2026-W46", "the 46th"), Later::None);
    let first = objects(&bucket);
    deliver(&of_week("2026-W47", "the 47th"), Later::None);
    let names: Vec<String> = objects(&bucket).into_keys().collect();
    let expected = ["2026-W46", "2026-W47", "latest"]
        .map(|tail| ["html", "json", "md"].map(|ending| format!("skew-risk-{tail}.{ending}")));
    assert_eq!(names, expected.concat());
    for name in ["skew-risk-2026-W46.html", "skew-risk-2026-W46.json", "skew-risk-2026-W46.md"] {
        assert_eq!(objects(&bucket)[name], first[name], "not touched");
    }
    assert_eq!(text(&bucket, "skew-risk-latest.html"), "the 47th");
    // A week that was kept for long arrives last, and is not the latest.
    deliver(&of_week("2026-W45", "the 45th"), Later::Delivered);
    let pages =
        ["skew-risk-2026-W45.html", "skew-risk-2026-W46.html", "skew-risk-2026-W47.html", "skew-risk-latest.html"];
    assert_eq!(pages.map(|name| text(&bucket, name)), ["the 45th", "the 46th", "the 47th", "the 47th"]);
}

#[test]
fn a_team_may_be_called_anything_in_a_bucket_too() {
    let server = S3Server::shared();
    let bucket = server.bucket();
    let mut week = of_week("2026-W47", "the 47th");
    week.team = Some("Räisk ☃/../x".to_owned());
    assert_eq!(put(&bucket, server.endpoint(), (&week, Later::None)), Sent::Delivered);
    assert_eq!(text(&bucket, "skew-R%C3%A4isk%20%E2%98%83%2F..%2Fx-latest.html"), "the 47th");
}

#[test]
fn an_object_whose_upload_breaks_off_stays_as_it_was() {
    let server = S3Server::shared();
    let (bucket, proxy) = (server.bucket(), Proxy::before(server.port()));
    // Larger than what is sent at once.
    let pages = ["first", "again"].map(|page| page.repeat(2 << 20));
    for (size, page) in [("small", "first".to_owned()), ("in parts", pages[0].clone())] {
        let again = if page == "first" { "again".to_owned() } else { pages[1].clone() };
        let (first, again) = (of_week("2026-W47", &page), of_week("2026-W47", &again));
        assert_eq!(put(&bucket, proxy.endpoint(), (&first, Later::None)), Sent::Delivered, "{size}");
        let before = objects(&bucket);
        proxy.behave(Manner::Torn);
        let sent = put(&bucket, proxy.endpoint(), (&again, Later::None));
        let Sent::Failed { cause, retry_after: None } = sent else { panic!("{size}: {sent:?}") };
        assert!(
            cause.starts_with(&format!("could not write s3://{bucket}/{PREFIX}/skew-risk-2026-W47.html")),
            "{cause}"
        );
        assert_eq!(objects(&bucket), before, "{size}");
        proxy.behave(Manner::Honest);
        assert_eq!(put(&bucket, proxy.endpoint(), (&again, Later::None)), Sent::Delivered, "{size}");
        assert!(text(&bucket, "skew-risk-latest.html") == again.html, "{size}");
    }
}

#[test]
fn an_answer_that_is_lost_is_put_again_and_changes_nothing() {
    let server = S3Server::shared();
    let (bucket, proxy) = (server.bucket(), Proxy::before(server.port()));
    proxy.behave(Manner::Forgetful);
    let week = of_week("2026-W47", "the 47th");
    assert!(matches!(put(&bucket, proxy.endpoint(), (&week, Later::None)), Sent::Failed { .. }));
    assert_eq!(text(&bucket, "skew-risk-2026-W47.html"), "the 47th", "it was taken");
    proxy.behave(Manner::Honest);
    assert_eq!(put(&bucket, proxy.endpoint(), (&week, Later::None)), Sent::Delivered);
    assert_eq!((objects(&bucket).len(), text(&bucket, "skew-risk-latest.html")), (6, "the 47th".to_owned()));
}

/// A service whose reports go into a bucket, with this section on how it is reached.
fn house(bucket: &str, section: &str) -> House {
    let house = House::of(&format!("    to: s3://{bucket}/{PREFIX}/\n"));
    house.add(section);
    house
}

/// The reports of everyone and of both teams wait, with a cause that holds this text; then what is wrong is mended, and they
/// are there, once.
fn waits_and_arrives_once(house: &House, bucket: &str, (cause, mend): (&str, &dyn Fn())) {
    let mut service = house.serve();
    service.wait_for(&counted("files", "failed"), |value| value >= Some(3.0));
    service.wait_for("delivery_queue_length{channel=\"files\"}", |value| value == Some(3.0));
    assert_eq!(service.value(&counted("files", "delivered")), Some(0.0));
    let waiting = house.deliveries();
    assert_eq!(waiting.len(), 3);
    for delivery in &waiting {
        let told = delivery.error.as_deref().unwrap_or_default();
        assert!(told.contains(cause) && delivery.is_made, "{delivery:?}");
        assert!(!told.contains("-secret") && !service.log().contains("-secret"), "{told}");
    }
    mend();
    service.signal("-HUP");
    house.wait_for("delivered", 3);
    service.wait_for(&counted("files", "delivered"), |value| value == Some(3.0));
    service.wait_for("delivery_queue_length{channel=\"files\"}", |value| value == Some(0.0));
    let there = objects(bucket);
    assert_eq!(there.len(), 18, "{:?}", there.keys());
    let of_page = |whose: &str| {
        let dated = house.deliveries()[0].key.period.clone();
        (there[&format!("skew{whose}-{dated}.html")].1.clone(), there[&format!("skew{whose}-latest.html")].1.clone())
    };
    for whose in ["", "-growth", "-risk"] {
        let (dated, latest) = of_page(whose);
        assert!(dated.contains("</html>") && dated == latest);
    }
    assert_eq!(service.stop().code(), Some(0), "{}", service.log());
    let mut again = house.serve();
    again.wait_for("delivery_queue_length{channel=\"files\"}", |value| value == Some(0.0));
    assert_eq!(again.stop().code(), Some(0), "{}", again.log());
    assert_eq!(objects(bucket), there, "nothing was put twice");
}

#[test]
fn a_server_that_answers_503_has_the_reports_once_it_does_not() {
    let server = S3Server::shared();
    let (bucket, proxy) = (server.bucket(), Proxy::before(server.port()));
    let section = server.section().replace(&server.endpoint(), &proxy.endpoint());
    proxy.behave(Manner::Unavailable);
    waits_and_arrives_once(&house(&bucket, &section), &bucket, ("503", &|| proxy.behave(Manner::Honest)));
    assert!(proxy.refused() > 3, "it was asked again within an attempt");
}

#[test]
fn a_bucket_that_is_missing_has_the_reports_once_it_is_there() {
    let server = S3Server::shared();
    let bucket = server.free_name();
    let house = house(&bucket, &server.section_of_writer());
    // Who may not look for buckets is not told that there is none.
    waits_and_arrives_once(&house, &bucket, ("AccessDenied", &|| server.make(&bucket)));
    let (bucket, proxy) = (server.bucket(), Proxy::before(server.port()));
    let section = server.section().replace(&server.endpoint(), &proxy.endpoint());
    proxy.behave(Manner::NoBucket);
    waits_and_arrives_once(
        &self::house(&bucket, &section),
        &bucket,
        ("NoSuchBucket", &|| proxy.behave(Manner::Honest)),
    );
}

#[test]
fn a_secret_that_is_wrong_delays_the_reports_until_it_is_right() {
    let server = S3Server::shared();
    let bucket = server.bucket();
    let wrong = server.section().replace("secret_access_key: ", "secret_access_key: not-");
    let house = house(&bucket, &wrong);
    waits_and_arrives_once(
        &house,
        &bucket,
        ("SignatureDoesNotMatch", &|| {
            house.edit("secret_access_key: not-", "secret_access_key: ");
        }),
    );
}
