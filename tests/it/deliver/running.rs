//! The running service: every channel has its report once, whatever fails in between.

use serde_json::Value;

use super::{House, counted, header};
use crate::serve::promtool;
use crate::support::alertmanager::{Behaviour, Recorder};
use crate::support::redis::wait_until;
use crate::support::smtp::SmtpServer;

/// One channel of each kind, and files.
fn everything(slack: &Recorder, webhook: &Recorder, mail: &SmtpServer) -> String {
    format!(
        "    to: reports\n    base_url: https://reports.example.com\n    timeout: 5s\n    smtp: {{ host: localhost, port: {}, tls: none, from: \
         skew@shop.example }}\n    notify:\n      - {{ team: risk, slack_webhook: \"{}/hunter2\" }}\n      - {{ webhook: \"{}\" }}\n      - {{ team: \
         growth, email: [growth@shop.example, bo@shop.example] }}\n",
        mail.port,
        slack.url(),
        webhook.url()
    )
}

fn stop(mut service: crate::serve::Running) -> String {
    assert_eq!(service.stop().code(), Some(0), "{}", service.log());
    service.log()
}

#[test]
fn every_channel_has_its_report_once_over_restarts() {
    let (slack, webhook, mail) = (Recorder::start(), Recorder::start(), SmtpServer::start());
    let house = House::of(&everything(&slack, &webhook, &mail));
    let service = house.serve();
    house.wait_for("delivered", 6);
    let text = service.metrics();
    assert_eq!(promtool(&text), "");
    for channel in ["slack", "webhook", "email", "files"] {
        let expected = if channel == "files" { 3.0 } else { 1.0 };
        service.wait_for(&counted(channel, "delivered"), |value| value == Some(expected));
        assert_eq!(service.value(&counted(channel, "failed")), Some(0.0));
        service.wait_for(&format!("delivery_queue_length{{channel=\"{channel}\"}}"), |value| value == Some(0.0));
    }
    for audience in ["everyone", "others", "team growth", "team risk"] {
        assert_eq!(service.value(&format!("report_period_seconds{{report=\"{audience}\"}}")), Some(604_800.0));
        let series = format!("report_last_delivered_timestamp_seconds{{report=\"{audience}\"}}");
        assert!(service.value(&series).is_some(), "{series}");
    }
    let log = stop(service);
    assert!(!log.contains("hunter2"), "{log}");
    for _ in 0..3 {
        let again = house.serve();
        // It has looked, and found nothing to send.
        again.wait_for("delivery_queue_length{channel=\"slack\"}", |value| value == Some(0.0));
        stop(again);
    }
    assert_eq!((slack.requests().len(), webhook.requests().len(), mail.mails().len()), (1, 1, 1));
    assert_eq!(mail.mails()[0].to, ["growth@shop.example", "bo@shop.example"]);
    let title = |body: &Value| body["title"].as_str().unwrap().to_owned();
    assert!(title(&webhook.requests()[0].body).starts_with("Skew report 20"));
    let mut files: Vec<String> = std::fs::read_dir(house.path("reports"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("latest"))
        .collect();
    files.sort();
    let names = ["growth-latest", "latest", "risk-latest"]
        .map(|stem| ["html", "json", "md"].map(|end| format!("skew-{stem}.{end}")));
    assert_eq!(files, names.concat());
}

#[test]
fn an_outage_delays_one_channel_and_no_other() {
    let (slack, webhook, mail) = (Recorder::start(), Recorder::start(), SmtpServer::start());
    slack.behave(Behaviour::Answer("500 Internal Server Error\r\n"));
    mail.behave("451 come back later");
    let house = House::of(&everything(&slack, &webhook, &mail));
    let service = house.serve();
    house.wait_for("delivered", 4);
    service.wait_for(&counted("slack", "failed"), |value| value >= Some(2.0));
    service.wait_for(&counted("email", "failed"), |value| value >= Some(2.0));
    assert_eq!(service.value("delivery_queue_length{channel=\"slack\"}"), Some(1.0));
    assert_eq!(webhook.requests().len(), 1);
    let waiting = house.deliveries().into_iter().find(|known| known.key.recipient.channel == "slack").unwrap();
    assert_eq!(waiting.error.as_deref(), Some("it answered 500 Internal Server Error"));
    // Also a service that is started anew knows the report: it is kept.
    stop(service);
    let tries = slack.requests().len();
    let again = house.serve();
    slack.behave(Behaviour::Answer("200 OK\r\n"));
    mail.behave("take");
    house.wait_for("delivered", 6);
    assert_eq!(mail.mails().len(), 1);
    let requests = slack.requests();
    assert!(requests.len() > tries);
    let tokens: Vec<_> = requests.iter().map(|request| header(&request.head, "idempotency-key")).collect();
    assert!(tokens[0].is_some() && tokens.iter().all(|token| *token == tokens[0]));
    assert!(requests.iter().all(|request| request.body == requests[0].body), "it is the same report");
    stop(again);
}

#[test]
fn what_a_receiver_asks_to_be_left_alone_for_is_kept_to() {
    let (slack, webhook, mail) = (Recorder::start(), Recorder::start(), SmtpServer::start());
    slack.behave(Behaviour::Answer("429 Too Many Requests\r\nRetry-After: 3600\r\n"));
    let house = House::of(&everything(&slack, &webhook, &mail));
    let service = house.serve();
    house.wait_for("delivered", 5);
    service.wait_for(&counted("slack", "failed"), |value| value == Some(1.0));
    let waiting = house.deliveries().into_iter().find(|known| known.key.recipient.channel == "slack").unwrap();
    let wait = waiting.next_at.since(slack.requests()[0].at).unwrap();
    assert!((3_590..3_700).contains(&wait.as_secs()), "{wait:?}");
    assert_eq!(slack.requests().len(), 1);
}

#[test]
fn what_is_refused_is_not_sent_again() {
    let (slack, webhook, mail) = (Recorder::start(), Recorder::start(), SmtpServer::start());
    slack.behave(Behaviour::Answer("400 Bad Request\r\n"));
    mail.behave("554 no reports here");
    let house = House::of(&everything(&slack, &webhook, &mail));
    let service = house.serve();
    house.wait_for("rejected", 2);
    house.wait_for("delivered", 4);
    service.wait_for(&counted("slack", "rejected"), |value| value == Some(1.0));
    service.wait_for(&counted("email", "rejected"), |value| value == Some(1.0));
    stop(service);
    let again = house.serve();
    again.wait_for("delivery_queue_length{channel=\"slack\"}", |value| value == Some(0.0));
    stop(again);
    assert_eq!((slack.requests().len(), mail.refused()), (1, 1));
}

#[test]
fn a_report_that_came_due_while_the_service_was_down_is_sent_once() {
    let webhook = Recorder::start();
    let reports = format!("    notify: [{{ webhook: \"{}\" }}]\n", webhook.url());
    let house = House::of(&reports);
    house.configure("0 0 1 1 *", &reports);
    let series = "report_last_delivered_timestamp_seconds{report=\"others\"}";
    let service = house.serve();
    service.wait_for(series, |value| value.is_some());
    stop(service);
    assert_eq!(house.deliveries(), []);
    // As if it had been down over New Year.
    let connection = rusqlite::Connection::open(house.path("history.db")).unwrap();
    let year = 366_i64 * 24 * 3_600 * 1_000_000_000;
    connection.execute("UPDATE report_recipients SET planned_until = planned_until - ?1", [year]).unwrap();
    for _ in 0..2 {
        let service = house.serve();
        house.wait_for("delivered", 1);
        stop(service);
    }
    assert_eq!(webhook.requests().len(), 1);
}

#[test]
fn a_reload_takes_on_channels_and_gives_up_what_has_none() {
    let (first, second) = (Recorder::start(), Recorder::start());
    first.behave(Behaviour::Answer("500 Internal Server Error\r\n"));
    let channel = |name: &str, url: &str| format!("    notify: [{{ name: {name}, webhook: \"{url}\" }}]\n");
    let house = House::of(&channel("first", &first.url()));
    let service = house.serve();
    service.wait_for(&counted("webhook", "failed"), |value| value >= Some(1.0));
    house.configure("* * * * * *", &channel("second", &second.url()));
    service.signal("-HUP");
    house.wait_for("given_up", 1);
    house.wait_for("delivered", 1);
    wait_until("it is counted", || service.value(&counted("webhook", "dropped")).is_some_and(|value| value >= 1.0));
    assert_eq!(second.requests().len(), 1);
    house.configure("* * * * * *", "    to: reports\n");
    service.signal("-HUP");
    house.wait_for("delivered", 4);
    service.wait_for("delivery_queue_length{channel=\"webhook\"}", |value| value.is_none());
}
