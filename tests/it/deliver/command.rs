//! `report --deliver`: by hand, beside a service or without one.

use std::process::Output;

use skewwatch::history::{History, HistorySettings};

use super::{House, header};
use crate::support::alertmanager::{Behaviour, Recorder};
use crate::support::redis::free_port;
use crate::support::smtp::SmtpServer;

fn told(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

fn deliver(house: &House, more: &[&str]) -> (Option<i32>, String, String) {
    let arguments = [&["report", "--deliver", "--period", "2026-W47"], more].concat();
    told(&house.command(&arguments).output().unwrap())
}

/// A house whose service has never run.
fn quiet(reports: &str) -> House {
    let house = House::of(reports);
    drop(History::open(&HistorySettings::new(house.path("history.db"))).unwrap());
    house
}

#[test]
fn it_sends_what_has_not_arrived_and_says_what_became_of_it() {
    let (risk, others) = (Recorder::start(), Recorder::start());
    others.behave(Behaviour::Answer("500 Internal Server Error\r\n"));
    let house = quiet(&format!(
        "    notify: [{{ team: risk, slack_webhook: \"{}\" }}, {{ name: all, webhook: \"{}\" }}]\n",
        risk.url(),
        others.url()
    ));
    let expected = "all for others: not delivered, it waits for `skewwatch serve`: it answered 500 Internal Server Error\nslack for \
                    team risk: delivered\n";
    assert_eq!(deliver(&house, &[]), (Some(2), expected.to_owned(), String::new()));
    others.behave(Behaviour::Answer("200 OK\r\n"));
    let (code, out, error) = deliver(&house, &[]);
    let (first, second) = out.split_once('\n').unwrap();
    assert_eq!((code, first, error.as_str()), (Some(0), "all for others: delivered", ""));
    assert!(second.starts_with("slack for team risk: already delivered at 20"), "{second}");
    assert_eq!((risk.requests().len(), others.requests().len()), (1, 2));
    let token = |place: usize| header(&others.requests()[place].head, "idempotency-key").unwrap();
    assert_eq!(token(0), token(1));
}

#[test]
fn it_sends_the_report_of_one_team_to_its_channels() {
    let receiver = Recorder::start();
    let url = receiver.url();
    let house = quiet(&format!(
        "    to: reports\n    notify: [{{ team: risk, webhook: \"{url}\" }}, {{ webhook: \"http://127.0.0.1:{}\" }}]\n",
        free_port()
    ));
    let expected = "files for team risk: delivered\nwebhook for team risk: delivered\n";
    assert_eq!(deliver(&house, &["--team", "risk"]), (Some(0), expected.to_owned(), String::new()));
    assert_eq!(receiver.requests()[0].body["title"], "Skew report 2026-W47 of team risk");
    assert!(house.path("reports/skew-risk-latest.html").exists() && !house.path("reports/skew-latest.html").exists());
}

#[test]
fn a_mailbox_that_is_gone_is_told_once_and_sends_nothing_twice() {
    let mail = SmtpServer::start();
    mail.behave("unknown bo");
    let house = quiet(&mail.section("risk@shop.example, bo@shop.example"));
    let expected = "email for others: delivered, but not to all: refused for `bo@shop.example`: permanent error (550): 5.1.1 no such \
                    mailbox\n";
    assert_eq!(deliver(&house, &[]), (Some(2), expected.to_owned(), String::new()));
    let known = house.deliveries().remove(0);
    assert_eq!((known.state.name(), known.error.is_some_and(|error| error.contains("bo@"))), ("delivered", true));
    let (code, out, _) = deliver(&house, &[]);
    assert!(code == Some(0) && out.starts_with("email for others: already delivered at "), "{out}");
    assert_eq!((mail.mails().len(), mail.mails()[0].to.join(" ")), (1, "risk@shop.example".to_owned()));
}

#[test]
fn it_sends_beside_a_running_service() {
    let receiver = Recorder::start();
    let reports = format!("    notify: [{{ webhook: \"{}\" }}]\n", receiver.url());
    let house = House::of(&reports);
    house.configure("0 0 1 1 *", &reports);
    let _service = house.serve();
    let expected = "webhook for others: delivered\n";
    assert_eq!(deliver(&house, &[]), (Some(0), expected.to_owned(), String::new()));
    let (code, out, _) = deliver(&house, &[]);
    assert!(code == Some(0) && out.starts_with("webhook for others: already delivered at "), "{out}");
    assert_eq!(receiver.requests().len(), 1);
}

#[test]
fn what_cannot_be_sent_is_refused_with_the_way_out() {
    let house = quiet("    notify: [{ team: risk, webhook: \"http://127.0.0.1:9\" }]\n");
    assert_eq!(
        deliver(&house, &["--team", "growth"]),
        (Some(2), String::new(), "error: the team `growth` has no channel of its own\n".to_owned())
    );
    let text = std::fs::read_to_string(house.path("skewwatch.yaml")).unwrap();
    let (before, _) = text.split_once("  reports:").unwrap();
    std::fs::write(house.path("skewwatch.yaml"), before.replace("report: \"* * * * * *\", ", "")).unwrap();
    let (code, _, error) = deliver(&house, &[]);
    assert_eq!(code, Some(2));
    assert!(error.contains("does not say who has reports") && error.contains("publish.reports"), "{error}");
}
