//! A service that is told to stop while a report is under way: it waits for the answer as long as it may, and what is left
//! without one is sent again, with the token of the first.

use super::{House, header};
use crate::serve::Running;
use crate::support::alertmanager::{Behaviour, Recorder};
use crate::support::redis::wait_until;
use crate::support::smtp::SmtpServer;

/// Tells it to stop, and waits until it knows.
fn tell_to_stop(service: &mut Running) {
    service.signal("-TERM");
    wait_until("it stops", || service.log().contains("stopping"));
    assert!(service.child.try_wait().unwrap().is_none(), "it waits for the answer");
}

fn ended(mut service: Running) {
    let status = service.child.wait().unwrap();
    assert_eq!(status.code(), Some(0), "{}", service.log());
}

/// Starts it once more, until it has looked and found nothing to send.
fn nothing_is_left(house: &House, channel: &str) {
    let mut again = house.serve();
    again.wait_for(&format!("delivery_queue_length{{channel=\"{channel}\"}}"), |value| value == Some(0.0));
    assert_eq!(again.stop().code(), Some(0), "{}", again.log());
}

fn state_and_attempts(house: &House) -> Vec<(&'static str, u32)> {
    house.deliveries().iter().map(|known| (known.state.name(), known.attempts)).collect()
}

#[test]
fn told_to_stop_while_a_webhook_holds_its_answer_it_waits_for_it() {
    let webhook = Recorder::start();
    webhook.behave(Behaviour::Hang);
    let house = House::patient(&format!("    notify: [{{ webhook: \"{}\" }}]\n", webhook.url()));
    let mut service = house.serve();
    wait_until("it is sent", || webhook.requests().len() == 1);
    tell_to_stop(&mut service);
    assert_eq!(state_and_attempts(&house), [("sending", 1)]);
    webhook.answer_all("200 OK\r\n");
    ended(service);
    assert_eq!(state_and_attempts(&house), [("delivered", 1)]);
    webhook.behave(Behaviour::Answer("200 OK\r\n"));
    nothing_is_left(&house, "webhook");
    assert_eq!(webhook.requests().len(), 1);
}

#[test]
fn told_to_stop_while_a_mail_server_holds_its_answer_it_waits_for_it() {
    let mail = SmtpServer::start();
    mail.behave("hold");
    let house = House::patient(&mail.section("risk@shop.example"));
    let mut service = house.serve();
    wait_until("it is sent", || mail.held() == 1);
    tell_to_stop(&mut service);
    assert_eq!((state_and_attempts(&house), mail.mails()), (vec![("sending", 1)], vec![]));
    mail.behave("take");
    ended(service);
    assert_eq!(state_and_attempts(&house), [("delivered", 1)]);
    nothing_is_left(&house, "email");
    assert_eq!(mail.mails().len(), 1);
}

#[test]
fn told_to_stop_while_it_is_refused_it_tries_again_after_the_next_start() {
    let mail = SmtpServer::start();
    mail.behave("hold");
    let house = House::patient(&mail.section("risk@shop.example"));
    let mut service = house.serve();
    wait_until("it is sent", || mail.held() == 1);
    tell_to_stop(&mut service);
    mail.behave("451 come back later");
    ended(service);
    assert_eq!((state_and_attempts(&house), mail.refused()), (vec![("waiting", 1)], 1));
    mail.behave("take");
    let service = house.serve();
    house.wait_for("delivered", 1);
    drop(service);
    assert_eq!((state_and_attempts(&house), mail.mails().len()), (vec![("delivered", 2)], 1));
}

#[test]
fn told_to_stop_while_nobody_answers_it_leaves_and_sends_it_again_with_the_same_token() {
    let webhook = Recorder::start();
    webhook.behave(Behaviour::Hang);
    // It may wait for a tenth of a second, and an attempt lasts longer.
    let house = House::of(&format!("    timeout: 2s\n    notify: [{{ webhook: \"{}\" }}]\n", webhook.url()));
    let mut service = house.serve();
    wait_until("it is sent", || webhook.requests().len() == 1);
    service.signal("-TERM");
    let status = service.child.wait().unwrap();
    assert_eq!(status.code(), Some(0), "{}", service.log());
    assert_eq!(state_and_attempts(&house), [("sending", 1)]);
    webhook.behave(Behaviour::Answer("200 OK\r\n"));
    let service = house.serve();
    house.wait_for("delivered", 1);
    drop(service);
    let requests = webhook.requests();
    let tokens: Vec<_> = requests.iter().map(|request| header(&request.head, "idempotency-key").unwrap()).collect();
    assert_eq!((tokens.len(), tokens[0] == tokens[1], requests[0].body == requests[1].body), (2, true, true));
}
