//! One attempt over HTTP and into a folder: what is sent, and what is made of each answer.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use chrono_tz::Tz;
use serde_json::{Value, json};
use skewwatch::history::{History, HistorySettings};
use skewwatch::model::secret::Secret;
use skewwatch::publish::alertmanager::Access;
use skewwatch::publish::delivery::{
    Audience, Courier, Edition, Later, Parcel, ReportChannel, ReportSettings, Sent, Way, WebhookContent,
};
use skewwatch::publish::report::{Report, ReportPeriod, slack};
use skewwatch::run::{WantedReport, report as made};
use skewwatch::store::snapshot::S3Settings;

use super::{at, header};
use crate::pages::sample::{entry, plan};
use crate::support::alertmanager::{Behaviour, Recorder};
use crate::support::process::Process;
use crate::support::redis::{Certificates, free_port};

/// The report of a week without a round.
pub(super) fn report() -> Report {
    let folder = tempfile::tempdir().unwrap();
    let history = History::open(&HistorySettings::new(folder.path().join("history.db"))).unwrap();
    let period = ReportPeriod::parse("2026-W47", Tz::UTC).unwrap();
    let plan = runtime().block_on(plan(&[&entry("user_features", "team: risk", &["amount"])]));
    let wanted =
        WantedReport { period, team: Some("risk".to_owned()), view: None, configuration: "skewwatch.yaml".to_owned() };
    made(history.reader(), &plan, (&wanted, at(0))).unwrap()
}

pub(super) fn edition(base_url: Option<&str>) -> Edition {
    Edition::of(&report(), (&Audience::Team("risk".to_owned()), base_url)).unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

pub(super) fn settings() -> ReportSettings {
    ReportSettings { timeout: Duration::from_secs(10), ..ReportSettings::new() }
}

pub(super) fn send(way: Way, settings: &ReportSettings, edition: &Edition) -> Sent {
    send_at(way, settings, (edition, Later::None))
}

fn send_at(way: Way, settings: &ReportSettings, edition: (&Edition, Later)) -> Sent {
    send_through(way, (settings, &S3Settings::default()), edition)
}

pub(super) fn send_through(
    way: Way,
    access: (&ReportSettings, &S3Settings),
    (edition, later): (&Edition, Later),
) -> Sent {
    let channel = ReportChannel { name: "channel".to_owned(), audience: Audience::Others, way };
    let courier = Courier::open(&channel, access).unwrap();
    runtime().block_on(courier.send(&Parcel { edition, token: "a1b2c3", later, now: at(0) }))
}

fn webhook(url: &str) -> Way {
    Way::Webhook {
        url: Secret::new(url),
        access: Access::Open,
        headers: BTreeMap::new(),
        content: WebhookContent::Summary,
    }
}

fn failed(cause: &str) -> Sent {
    Sent::Failed { cause: cause.to_owned(), retry_after: None }
}

#[test]
fn slack_is_sent_the_message_with_its_link_and_the_token() {
    let receiver = Recorder::start();
    let edition = edition(Some("https://reports.example.com/skew/"));
    let url = Secret::new(format!("{}/services/T0/B0/hunter2", receiver.url()));
    assert_eq!(send(Way::Slack { url }, &settings(), &edition), Sent::Delivered);
    let request = receiver.requests().remove(0);
    assert_eq!(request.head.lines().next(), Some("POST /services/T0/B0/hunter2 HTTP/1.1"));
    assert_eq!(header(&request.head, "idempotency-key").as_deref(), Some("a1b2c3"));
    assert_eq!(header(&request.head, "content-type").as_deref(), Some("application/json"));
    let link = "https://reports.example.com/skew/skew-risk-2026-W47.html";
    assert_eq!(request.body, slack(&report(), Some(link)));
    assert!(request.body.to_string().contains(link));
}

#[test]
fn a_webhook_is_told_in_short_or_in_full() {
    let receiver = Recorder::start();
    let edition = edition(Some("https://reports.example.com"));
    assert_eq!(send(webhook(&receiver.url()), &settings(), &edition), Sent::Delivered);
    let Way::Webhook { url, .. } = webhook(&receiver.url()) else { unreachable!() };
    let whole = Way::Webhook {
        url,
        access: Access::Basic { username: "skew".to_owned(), password: Secret::new("watch") },
        headers: [("X-Scope-OrgID".to_owned(), Secret::new("tenant"))].into(),
        content: WebhookContent::Report,
    };
    assert_eq!(send(whole, &settings(), &edition), Sent::Delivered);
    let requests = receiver.requests();
    let file = |ending: &str| format!("https://reports.example.com/skew-risk-2026-W47.{ending}");
    let mut expected = json!({
        "id": "a1b2c3",
        "kind": "skew_report",
        "title": "Skew report 2026-W47 of team risk",
        "period": "2026-W47",
        "from": "2026-11-16T00:00:00Z",
        "until": "2026-11-23T00:00:00Z",
        "made_at": at(0),
        "team": "risk",
        "headline": "1 could not be judged",
        "views": [{
            "view": "user_features",
            "team": "risk",
            "owner": null,
            "verdict": "not_judged",
            "why": report().views[0].why,
        }],
        "findings": [],
        "findings_in_all": 0,
        "not_judged_in_all": report().not_judged.len(),
        "links": { "html": file("html"), "markdown": file("md"), "json": file("json") },
    });
    assert_eq!(requests[0].body, expected);
    expected["report"] = serde_json::to_value(report()).unwrap();
    assert_eq!(requests[1].body, expected);
    assert_eq!(header(&requests[1].head, "authorization").as_deref(), Some("Basic c2tldzp3YXRjaA=="));
    assert_eq!(header(&requests[1].head, "x-scope-orgid").as_deref(), Some("tenant"));
}

#[test]
fn what_is_no_good_is_refused_and_all_else_is_tried_again() {
    let receiver = Recorder::start();
    let short = ReportSettings { timeout: Duration::from_millis(300), ..settings() };
    let try_again = |cause: &str, seconds| Sent::Failed {
        cause: cause.to_owned(),
        retry_after: Some(Duration::from_secs(seconds)),
    };
    let rejected = |cause: &str| Sent::Rejected { cause: cause.to_owned() };
    for (behaviour, expected) in [
        (Behaviour::Answer("204 No Content\r\n"), Sent::Delivered),
        (Behaviour::Answer("500 Internal Server Error\r\n"), failed("it answered 500 Internal Server Error")),
        (
            Behaviour::Answer("429 Too Many Requests\r\nRetry-After: 30\r\n"),
            try_again("it answered 429 Too Many Requests", 30),
        ),
        (
            Behaviour::Answer("503 Service Unavailable\r\nRetry-After: 99999\r\n"),
            try_again("it answered 503 Service Unavailable", 3600),
        ),
        (Behaviour::Answer("404 Not Found\r\n"), failed("it answered 404 Not Found")),
        (
            Behaviour::Answer("302 Found\r\nLocation: http://127.0.0.1:9/\r\n"),
            failed("it answered 302 Found; a redirection is not followed, as it may lead anywhere"),
        ),
        (
            Behaviour::Answer("429 Too Many Requests\r\nRetry-After: 99999999999999999999999\r\n"),
            try_again("it answered 429 Too Many Requests", 3600),
        ),
        (
            Behaviour::Answer("503 Service Unavailable\r\nRetry-After: Fri, 31 Dec 9999 23:59:59 GMT\r\n"),
            try_again("it answered 503 Service Unavailable", 3600),
        ),
        (Behaviour::Answer("400 Bad Request\r\n"), rejected("it answered 400 Bad Request")),
        (Behaviour::Answer("413 Payload Too Large\r\n"), rejected("it answered 413 Payload Too Large")),
        (Behaviour::Hang, failed("it did not answer in time")),
    ] {
        receiver.behave(behaviour.clone());
        assert_eq!(send(webhook(&receiver.url()), &short, &edition(None)), expected, "{behaviour:?}");
    }
    receiver.behave(Behaviour::Reset);
    assert!(matches!(send(webhook(&receiver.url()), &short, &edition(None)), Sent::Failed { .. }));
}

#[test]
fn no_message_of_a_failure_holds_the_address() {
    let dead = format!("http://127.0.0.1:{}/hunter2", free_port());
    let unknown = "http://hunter2.invalid/hunter2".to_owned();
    for url in [dead, unknown] {
        let Sent::Failed { cause, .. } = send(webhook(&url), &settings(), &edition(None)) else { panic!("{url}") };
        assert!(!cause.contains("/hunter2") && !cause.is_empty(), "{cause}");
    }
}

/// Speaks TLS with a certificate of nobody that is known.
#[test]
fn a_certificate_that_nobody_vouches_for_is_a_failure() {
    let certificates = Certificates::make();
    let [certificate, key] = certificates.of_server().map(|path| path.display().to_string());
    let port = free_port();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/deliver/https.py");
    let mut command = Command::new(std::env::var("SKEWWATCH_PYTHON").expect("`make test` sets SKEWWATCH_PYTHON"));
    command.arg(script).args([&port.to_string(), &certificate, &key]);
    let folder = tempfile::tempdir().unwrap();
    let mut server = Process::start(command, folder.path().join("log"));
    assert!(server.becomes_ready(|| TcpListener::bind(("127.0.0.1", port)).is_err()), "{}", server.tail());
    let url = format!("https://localhost:{port}/");
    let Sent::Failed { cause, .. } = send(webhook(&url), &settings(), &edition(None)) else { panic!("it is trusted") };
    assert!(cause.to_lowercase().contains("certificate"), "{cause}");
    let trusted = ReportSettings { ca_file: Some(certificates.authority()), ..settings() };
    assert_eq!(send(webhook(&url), &trusted, &edition(None)), Sent::Delivered);
}

#[test]
fn files_have_a_name_of_the_period_and_one_that_stays_with_the_latest() {
    let folder = tempfile::tempdir().unwrap();
    let place = ReportSettings { to: Some(folder.path().join("reports").display().to_string()), ..settings() };
    let read = |name: &str| std::fs::read_to_string(folder.path().join("reports").join(name)).unwrap();
    let edition = edition(None);
    assert_eq!(send(Way::Files, &place, &edition), Sent::Delivered);
    assert_eq!(read("skew-risk-latest.html"), edition.html);
    assert_eq!(read("skew-risk-2026-W47.md"), edition.markdown);
    let json: Value = serde_json::from_str(&read("skew-risk-latest.json")).unwrap();
    assert_eq!(json, serde_json::to_value(report()).unwrap());
    let mut earlier = edition.clone();
    (earlier.period, earlier.html) = ("2026-W46".to_owned(), "earlier".to_owned());
    assert_eq!(send_at(Way::Files, &place, (&earlier, Later::Delivered)), Sent::Delivered);
    assert_eq!((read("skew-risk-2026-W46.html"), read("skew-risk-latest.html")), ("earlier".to_owned(), edition.html));
}

#[test]
fn a_link_leads_to_the_file_whatever_the_team_is_called() {
    let folder = tempfile::tempdir().unwrap();
    let place = ReportSettings { to: Some(folder.path().display().to_string()), ..settings() };
    let team = "Räisk ☃ 50%/../x";
    let mut report = report();
    report.team = Some(team.to_owned());
    let edition = Edition::of(&report, (&Audience::Team(team.to_owned()), Some("https://r.example/skew"))).unwrap();
    assert_eq!(send(Way::Files, &place, &edition), Sent::Delivered);
    let link = edition.link.unwrap();
    let segment = link.strip_prefix("https://r.example/skew/").unwrap();
    // What a server that hands out files makes of the address.
    let mut bytes = Vec::new();
    let mut rest = segment.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let coded =
            (*first == b'%').then(|| u8::from_str_radix(std::str::from_utf8(&after[..2]).unwrap(), 16).unwrap());
        bytes.push(coded.unwrap_or(*first));
        rest = if coded.is_some() { &after[2..] } else { after };
    }
    let name = String::from_utf8(bytes).unwrap();
    assert!(folder.path().join(&name).exists() && !name.contains('/'), "{name}");
}

#[test]
fn a_place_that_cannot_be_written_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let place = ReportSettings { to: Some(file.join("reports").display().to_string()), ..settings() };
    let Sent::Failed { cause, .. } = send(Way::Files, &place, &edition(None)) else { panic!("it is there") };
    assert!(cause.starts_with("could not write `") && cause.contains("directory"), "{cause}");
}

#[test]
fn an_edition_comes_back_as_it_was_kept() {
    let edition = edition(Some("https://reports.example.com"));
    let packed = edition.pack().unwrap();
    assert_eq!(Edition::unpack(&packed).unwrap(), edition);
    assert!(packed.len() * 2 < edition.html.len() + edition.markdown.len(), "{} bytes", packed.len());
    assert!(Edition::unpack(&packed[..packed.len() / 2]).is_err());
    assert!(Edition::unpack(b"").is_err());
}

#[test]
fn what_gives_no_client_is_told_before_anything_is_sent() {
    let channel = |way| ReportChannel { name: "channel".to_owned(), audience: Audience::Others, way };
    let open = |way, settings: &ReportSettings| {
        Courier::open(&channel(way), (settings, &S3Settings::default())).unwrap_err().to_string()
    };
    let missing = ReportSettings { ca_file: Some(PathBuf::from("/nowhere/ca.pem")), ..settings() };
    assert_eq!(open(webhook("https://a.example"), &missing), "could not read the certificates in `/nowhere/ca.pem`");
    assert_eq!(open(webhook("no address"), &settings()), "the address of a webhook is none");
    assert_eq!(open(Way::Files, &settings()), "nothing says where the reports of this channel go");
}
