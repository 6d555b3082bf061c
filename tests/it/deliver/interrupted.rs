//! A service that is killed in the middle of sending: each reader has one report, told by its token where it was sent twice.
//!
//! What nobody can know is whether a receiver that had not answered has it. It is asked again, with the same token.

use std::collections::BTreeSet;

use super::{House, header};
use crate::serve::Running;
use crate::support::alertmanager::{Behaviour, Recorder};
use crate::support::redis::wait_until;
use crate::support::smtp::SmtpServer;

fn kill(mut service: Running) {
    service.signal("-KILL");
    service.child.wait().unwrap();
}

fn to_webhook(webhook: &Recorder) -> String {
    format!("    timeout: 1s\n    notify: [{{ webhook: \"{}\" }}]\n", webhook.url())
}

fn by_mail(mail: &SmtpServer) -> String {
    format!("    timeout: 1s\n{}", mail.section("risk@shop.example"))
}

/// The tokens that a webhook was told.
fn tokens(webhook: &Recorder) -> BTreeSet<String> {
    webhook.requests().iter().map(|request| header(&request.head, "idempotency-key").unwrap()).collect()
}

#[test]
fn killed_before_the_webhook_took_it_one_arrives() {
    let webhook = Recorder::start();
    webhook.behave(Behaviour::Answer("503 Service Unavailable\r\n"));
    let house = House::of(&to_webhook(&webhook));
    let service = house.serve();
    wait_until("it is tried", || webhook.requests().len() >= 2);
    kill(service);
    let refused = webhook.requests().len();
    webhook.behave(Behaviour::Answer("200 OK\r\n"));
    let service = house.serve();
    house.wait_for("delivered", 1);
    kill(service);
    let service = house.serve();
    service.wait_for("delivery_queue_length{channel=\"webhook\"}", |value| value == Some(0.0));
    assert_eq!((webhook.requests().len() - refused, tokens(&webhook).len()), (1, 1));
}

#[test]
fn killed_while_the_webhook_does_not_answer_the_second_has_the_token_of_the_first() {
    let webhook = Recorder::start();
    webhook.behave(Behaviour::Hang);
    let house = House::of(&to_webhook(&webhook));
    let service = house.serve();
    wait_until("it is sent", || !webhook.requests().is_empty());
    kill(service);
    let sent = house.deliveries();
    assert_eq!((sent.len(), sent[0].state.name()), (1, "sending"), "the disk knew it before");
    webhook.behave(Behaviour::Answer("200 OK\r\n"));
    let service = house.serve();
    house.wait_for("delivered", 1);
    drop(service);
    let requests = webhook.requests();
    assert_eq!(tokens(&webhook).len(), 1);
    assert!(requests.iter().all(|request| request.body == requests[0].body));
}

#[test]
fn killed_before_the_mail_was_taken_one_arrives() {
    let mail = SmtpServer::start();
    mail.behave("hang");
    let house = House::of(&by_mail(&mail));
    let service = house.serve();
    wait_until("it is sent", || mail.refused() == 1);
    kill(service);
    mail.behave("take");
    let service = house.serve();
    house.wait_for("delivered", 1);
    drop(service);
    assert_eq!(mail.mails().len(), 1);
}

#[test]
fn killed_after_the_mail_was_taken_the_second_has_the_id_of_the_first() {
    let mail = SmtpServer::start();
    mail.behave("forget");
    let house = House::of(&by_mail(&mail));
    let service = house.serve();
    wait_until("it is sent", || mail.mails().len() == 1);
    kill(service);
    mail.behave("take");
    let service = house.serve();
    house.wait_for("delivered", 1);
    drop(service);
    let ids: BTreeSet<String> = mail.mails().iter().map(|mail| mail.header("Message-ID").unwrap()).collect();
    assert_eq!((mail.mails().len(), ids.len()), (2, 1));
}

#[test]
fn killed_again_and_again_everyone_has_one_report() {
    let (webhook, mail) = (Recorder::start(), SmtpServer::start());
    let reports = format!(
        "    to: reports\n    timeout: 1s\n    smtp: {{ host: localhost, port: {}, tls: none, from: skew@shop.example }}\n    notify: [{{ webhook: \
         \"{}\" }}, {{ team: risk, webhook: \"{}\" }}, {{ email: risk@shop.example }}]\n",
        mail.port,
        webhook.url(),
        webhook.url()
    );
    let house = House::of(&reports);
    for turn in 0..12_u64 {
        let service = house.serve();
        // Somewhere between nothing and everything: some turns of a loop, and no clock.
        (0..turn * 4_000_000).for_each(|turn| _ = std::hint::black_box(turn));
        kill(service);
    }
    let _service = house.serve();
    house.wait_for("delivered", 6);
    let ids: BTreeSet<String> = mail.mails().iter().map(|mail| mail.header("Message-ID").unwrap()).collect();
    assert_eq!((tokens(&webhook).len(), ids.len()), (2, 1));
    assert_eq!(house.states().len(), 6);
}
