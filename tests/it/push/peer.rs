//! The client: real Alertmanagers, and peers that answer badly or not at all.

use std::time::Duration;

use skewwatch::model::secret::Secret;
use skewwatch::model::time::{Clock, Timestamp};
use skewwatch::publish::alertmanager::{Access, Alert, AlertmanagerSettings, Delivery, Peer, Phase, Posting, delay};

use super::{alert, at, settings};
use crate::support::alertmanager::{Alertmanager, Behaviour, Labels, Recorder};

fn posting(alert: Alert, ends_at: Timestamp) -> Posting {
    Posting { alert, phase: Phase::Firing, ends_at }
}

/// An alert that fires for a minute from now.
fn fresh(name: &str) -> Posting {
    let now = Clock::System.now();
    posting(alert(name, now.minus(Duration::from_secs(60))), now.plus(Duration::from_secs(60)))
}

fn deliver(settings: &AlertmanagerSettings, postings: Vec<Posting>) -> Delivery {
    let peer = Peer::open(settings).unwrap().remove(0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(peer.deliver(postings, at(0)))
}

fn names(postings: &[Posting]) -> Vec<String> {
    postings.iter().map(|posting| posting.alert.labels["alertname"].clone()).collect()
}

fn names_of(labels: &[Labels]) -> Vec<String> {
    labels.iter().map(|labels| labels["alertname"].clone()).collect()
}

#[test]
fn a_bad_alert_in_a_batch_is_given_up_and_the_others_arrive() {
    let server = Alertmanager::start();
    let mut postings: Vec<Posting> = ["A", "B", "C", "D", "E"].map(fresh).into();
    postings[3].alert.labels.insert("no-label".to_owned(), "1".to_owned());
    let delivery = deliver(&settings(&[&server.url()]), postings);
    assert_eq!((names(&delivery.taken), delivery.outage), (["A", "B", "C", "E"].map(str::to_owned).into(), None));
    let [(refused, reason)] = delivery.refused.as_slice() else { panic!("{:?}", delivery.refused) };
    assert_eq!(refused.alert.labels["alertname"], "D");
    assert!(reason.starts_with("it answered 400 Bad Request: ") && reason.contains("no-label"), "{reason}");
    assert_eq!(names_of(&server.firing()), ["A", "B", "C", "E"]);
}

#[test]
fn an_alert_that_ended_an_hour_ago_is_taken_and_does_not_fire() {
    let server = Alertmanager::start();
    let hour = Duration::from_secs(3600);
    let now = Clock::System.now();
    let ended = posting(alert("Ended", now.minus(hour * 2)), now.minus(hour));
    let delivery = deliver(&settings(&[&server.url()]), vec![ended, fresh("Fires")]);
    assert_eq!((delivery.taken.len(), delivery.refused.len(), delivery.outage), (2, 0, None));
    assert_eq!(names_of(&server.firing()), ["Fires"]);
}

#[test]
fn an_end_ends_an_alert_whose_lease_is_not_over() {
    let server = Alertmanager::start();
    let configured = settings(&[&server.url()]);
    let fires = fresh("A");
    assert_eq!(deliver(&configured, vec![fires.clone()]).outage, None);
    assert_eq!(names_of(&server.firing()), ["A"]);
    let ended = Posting { ends_at: Clock::System.now(), ..fires };
    assert_eq!(deliver(&configured, vec![ended]).outage, None);
    assert_eq!(names_of(&server.firing()), [""; 0]);
}

#[test]
fn the_whole_request_is_as_alertmanager_reads_it() {
    let peer = Recorder::start();
    let configured = AlertmanagerSettings {
        access: Access::Basic { username: "skew".to_owned(), password: Secret::new("watch") },
        headers: [("X-Scope-OrgID".to_owned(), Secret::new("tenant"))].into(),
        external_url: Some("https://skewwatch.example.com/".to_owned()),
        ..settings(&[&format!("{}/prefix", peer.url())])
    };
    assert_eq!(deliver(&configured, vec![posting(alert("A", at(0)), at(60))]).taken.len(), 1);
    let requests = peer.requests();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    let head = request.head.to_lowercase();
    assert!(head.starts_with("post /prefix/api/v2/alerts http/1.1\r\n"), "{head}");
    for line in ["content-type: application/json", "authorization: basic c2tldzp3yxrjaa==", "x-scope-orgid: tenant"] {
        assert!(head.lines().any(|known| known == line), "`{line}` is not in {head}");
    }
    assert_eq!(
        request.body,
        serde_json::json!([{
            "labels": { "alertname": "A", "job": "skewwatch" },
            "annotations": { "summary": "A fires" },
            "startsAt": "2025-06-15T15:06:40Z",
            "endsAt": "2025-06-15T15:07:40Z",
            "generatorURL": "https://skewwatch.example.com/",
        }])
    );
}

#[test]
fn whatever_else_goes_wrong_is_an_outage_with_its_cause() {
    let peer = Recorder::start();
    let configured = AlertmanagerSettings { timeout: Duration::from_millis(200), ..settings(&[&peer.url()]) };
    let outage = |behaviour| {
        peer.behave(behaviour);
        let delivery = deliver(&configured, vec![fresh("A"), fresh("B")]);
        assert_eq!((delivery.taken.len(), delivery.refused.len()), (0, 0));
        let outage = delivery.outage.unwrap();
        (outage.cause, outage.retry_after)
    };
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    let cases = [
        (
            Behaviour::Answer("503 Service Unavailable\r\nRetry-After: 7\r\n"),
            "it answered 503 Service Unavailable",
            seconds(7),
        ),
        (
            Behaviour::Answer("429 Too Many Requests\r\nRetry-After: Sun, 15 Jun 2025 15:07:40 GMT\r\n"),
            "it answered 429 Too Many Requests",
            seconds(60),
        ),
        (
            Behaviour::Answer("503 Service Unavailable\r\nRetry-After: 99999999\r\n"),
            "it answered 503 Service Unavailable",
            seconds(3600),
        ),
        (Behaviour::Answer("401 Unauthorized\r\n"), "it answered 401 Unauthorized", None),
        (Behaviour::Answer("302 Found\r\nLocation: http://127.0.0.1:1/\r\n"), "it answered 302 Found", None),
        (Behaviour::Answer("404 Not Found\r\n"), "it answered 404 Not Found", None),
        (Behaviour::Hang, "it did not answer in time", None),
    ];
    for (behaviour, cause, retry_after) in cases {
        assert_eq!(outage(behaviour.clone()), (cause.to_owned(), retry_after), "{behaviour:?}");
    }
    let (cause, retry_after) = outage(Behaviour::Reset);
    assert!(!cause.is_empty() && !cause.contains("http://"), "{cause}");
    assert_eq!(retry_after, None);
}

#[test]
fn a_peer_that_is_not_there_is_an_outage() {
    let delivery = deliver(&settings(&["http://127.0.0.1:1"]), vec![fresh("A")]);
    let cause = delivery.outage.unwrap().cause;
    assert!(cause.to_lowercase().contains("connection refused"), "{cause}");
}

#[test]
fn a_peer_that_fails_is_left_alone_longer_each_time_up_to_a_minute() {
    let most = Duration::from_secs(60);
    let waits: Vec<Duration> = (1..=10).map(|failures| delay("http://am-1:9093", failures, most)).collect();
    for (wait, whole) in waits.iter().zip([1, 2, 4, 8, 16, 32, 60, 60, 60, 60]) {
        let whole = Duration::from_secs(whole);
        assert!((whole / 2..=whole).contains(wait), "{wait:?} of {whole:?}");
    }
    assert_eq!(delay("http://am-1:9093", 3, most), waits[2]);
    assert_ne!(delay("http://am-2:9093", 3, most), waits[2], "two peers are not asked at once");
    assert!(delay("http://am-1:9093", u32::MAX, most) <= most);
}
