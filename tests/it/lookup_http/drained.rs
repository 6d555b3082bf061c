//! How the server stops: it says so first, and lets requests that run end.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use super::{SCORE, Shop, answer, ask, head, json, lasting};
use crate::serve::Running;
use crate::support::redis::wait_until;

/// A request whose head the server has taken, and which waits for its body.
fn open_request(service: &Running) -> TcpStream {
    let mut stream = TcpStream::connect(&service.address).unwrap();
    let head = head(SCORE.len(), "Expect: 100-continue\r\n").replace("HTTP/1.0", "HTTP/1.1\r\nHost: here");
    stream.write_all(head.as_bytes()).unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

fn nobody_listens(service: &Running) {
    wait_until("nobody listens", || TcpStream::connect(&service.address).is_err());
}

#[test]
fn told_to_stop_it_says_so_and_answers_everything_until_the_notice_is_over() {
    let shop = Shop::golden(&lasting("drain: { notice: 1h }"));
    let mut service = shop.serve();
    assert!(!ask(&service, SCORE).head.contains("connection: close"));
    service.signal("-TERM");
    wait_until("health says that it stops", || service.ask("GET", "/health") == (503, "stopping\n".to_owned()));
    let answered = ask(&service, SCORE);
    json(&answered, 200);
    assert!(answered.head.contains("connection: close"), "{}", answered.head);
    assert!(service.stop().success(), "the second order ends the notice");
}

#[test]
fn a_request_that_runs_is_answered_before_it_ends() {
    let shop = Shop::golden(&lasting("drain: { notice: 0, limit: 1h }"));
    let mut service = shop.serve();
    let mut running = open_request(&service);
    service.signal("-TERM");
    nobody_listens(&service);
    assert!(service.child.try_wait().unwrap().is_none(), "a request runs");
    running.write_all(SCORE.as_bytes()).unwrap();
    json(&answer(&mut running), 200);
    assert!(service.child.wait().unwrap().success());
}

#[test]
fn a_request_that_does_not_end_in_time_is_cut() {
    let shop = Shop::golden(&lasting("drain: { notice: 1h, limit: 0 }"));
    let mut service = shop.serve();
    let mut running = open_request(&service);
    service.signal("-INT");
    assert!(service.child.wait().unwrap().success(), "who interrupts it does not wait for the notice");
    let mut rest = Vec::new();
    // The connection may be reset.
    let _ = running.read_to_end(&mut rest);
    assert_eq!(rest, b"");
    assert!(service.log().contains("requests left unanswered"), "{}", service.log());
}
