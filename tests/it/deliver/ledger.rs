//! What the history knows of deliveries.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use skewwatch::history::{
    Claim, Delivery, DeliveryKey, DeliveryLedger, DeliveryState, History, HistoryError, HistorySettings, Recipient,
    Retained, Settlement, Standing,
};
use tempfile::TempDir;

use super::at;

const WEEK: &str = "2026-W47";

fn recipient(channel: &str) -> Recipient {
    Recipient { audience: "team risk".to_owned(), channel: channel.to_owned() }
}

fn key(channel: &str) -> DeliveryKey {
    DeliveryKey { period: WEEK.to_owned(), recipient: recipient(channel) }
}

/// A ledger in which these channels are to have the report of the week, which is made.
fn planned(channels: &[&str]) -> (TempDir, DeliveryLedger) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    drop(History::open(&HistorySettings::new(&path)).unwrap());
    let mut ledger = DeliveryLedger::open(&path).unwrap();
    let planned: Vec<_> = channels.iter().map(|channel| (recipient(channel), Some(WEEK.to_owned()))).collect();
    ledger.plan(&planned, at(0)).unwrap();
    ledger.keep((WEEK, "team risk"), b"the report", at(0)).unwrap();
    (folder, ledger)
}

fn claim(ledger: &mut DeliveryLedger, channel: &str, seconds: u64) -> Option<Claim> {
    ledger.claim(&key(channel), (at(seconds), at(seconds + 10))).unwrap()
}

#[test]
fn what_is_planned_twice_is_there_once_and_stays_as_it_was() {
    let (_folder, mut ledger) = planned(&["slack"]);
    let before = ledger.deliveries_of(WEEK).unwrap();
    ledger.plan(&[(recipient("slack"), Some(WEEK.to_owned()))], at(60)).unwrap();
    let expected = Delivery {
        key: key("slack"),
        state: DeliveryState::Waiting,
        planned_at: at(0),
        attempts: 0,
        next_at: at(0),
        ended_at: None,
        error: None,
        is_made: true,
    };
    assert_eq!((&before, ledger.deliveries_of(WEEK).unwrap()), (&vec![expected], before.clone()));
    let standing = Standing { since: at(0), planned_until: at(60), delivered_at: None };
    assert_eq!(ledger.standing(&recipient("slack")).unwrap(), Some(standing));
    assert_eq!(ledger.standing(&recipient("email")).unwrap(), None);
}

#[test]
fn a_claim_is_of_one_alone_until_it_is_over() {
    let (_folder, mut ledger) = planned(&["slack"]);
    let first = claim(&mut ledger, "slack", 1).unwrap();
    assert_eq!((first.attempt, first.content.as_slice()), (1, b"the report".as_slice()));
    assert_eq!(claim(&mut ledger, "slack", 10), None);
    let second = claim(&mut ledger, "slack", 11).unwrap();
    assert_eq!((second.attempt, second.token == first.token), (2, true));
    // The first was slow, and did arrive: that is so, whatever the second says.
    ledger.settle(&first, &Settlement::Again { error: "slow".to_owned(), next_at: at(12) }, at(12)).unwrap();
    assert_eq!(ledger.deliveries_of(WEEK).unwrap()[0].state, DeliveryState::Sending);
    ledger.settle(&first, &Settlement::Delivered, at(13)).unwrap();
    ledger.settle(&second, &Settlement::Rejected { error: "twice".to_owned() }, at(14)).unwrap();
    let found = ledger.deliveries_of(WEEK).unwrap().remove(0);
    assert_eq!((found.state, found.ended_at, found.error), (DeliveryState::Delivered, Some(at(13)), None));
    assert_eq!(claim(&mut ledger, "slack", 100), None);
}

#[test]
fn many_who_want_to_send_at_once_send_once() {
    let (folder, _ledger) = planned(&["slack"]);
    let path = folder.path().join("history.db");
    let sent = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let mut own = DeliveryLedger::open(&path).unwrap();
                if let Some(claim) = claim(&mut own, "slack", 1) {
                    sent.fetch_add(1, Ordering::Relaxed);
                    own.settle(&claim, &Settlement::Delivered, at(2)).unwrap();
                }
            });
        }
    });
    assert_eq!(sent.into_inner(), 1);
}

#[test]
fn a_report_is_kept_until_it_has_arrived_everywhere() {
    let (_folder, mut ledger) = planned(&["slack", "email", "webhook"]);
    let is_made = |ledger: &DeliveryLedger| ledger.deliveries_of(WEEK).unwrap()[0].is_made;
    for (channel, outcome) in [
        ("slack", Settlement::Delivered),
        ("email", Settlement::Rejected { error: "no such mailbox".to_owned() }),
        ("webhook", Settlement::Again { error: "it answered 500".to_owned(), next_at: at(60) }),
    ] {
        let claim = claim(&mut ledger, channel, 1).unwrap();
        ledger.settle(&claim, &outcome, at(2)).unwrap();
        assert!(is_made(&ledger));
    }
    assert_eq!(claim(&mut ledger, "webhook", 59), None);
    let again = claim(&mut ledger, "webhook", 60).unwrap();
    ledger.settle(&again, &Settlement::Delivered, at(61)).unwrap();
    assert!(is_made(&ledger), "a mail was rejected: somebody may mend its address and ask for it");
    assert_eq!(claim(&mut ledger, "email", 70), None);
    ledger.ask(&[key("email"), key("slack")], at(80)).unwrap();
    assert_eq!(claim(&mut ledger, "slack", 80), None);
    let asked = claim(&mut ledger, "email", 80).unwrap();
    ledger.settle(&asked, &Settlement::Delivered, at(81)).unwrap();
    assert!(!is_made(&ledger));
}

#[test]
fn what_is_given_up_is_over_and_what_is_being_sent_is_not() {
    let (_folder, mut ledger) = planned(&["slack", "email"]);
    let sent = claim(&mut ledger, "email", 1).unwrap();
    let both = ["slack", "email"].map(|channel| (key(channel), "too old".to_owned()));
    ledger.give_up(&both, at(5)).unwrap();
    let states = |ledger: &DeliveryLedger| {
        ledger.deliveries_of(WEEK).unwrap().iter().map(|known| known.state).collect::<Vec<_>>()
    };
    assert_eq!(states(&ledger), [DeliveryState::GivenUp, DeliveryState::Sending]);
    ledger.settle(&sent, &Settlement::Delivered, at(6)).unwrap();
    assert_eq!(states(&ledger), [DeliveryState::GivenUp, DeliveryState::Delivered]);
}

#[test]
fn a_later_report_is_known_to_have_been_there() {
    let (_folder, mut ledger) = planned(&["files"]);
    let next = DeliveryKey { period: "2026-W48".to_owned(), recipient: recipient("files") };
    ledger.plan(&[(recipient("files"), Some(next.period.clone()))], at(10)).unwrap();
    ledger.keep(("2026-W48", "team risk"), b"next", at(10)).unwrap();
    assert!(!ledger.has_had_later(&key("files")).unwrap());
    let claim = ledger.claim(&next, (at(11), at(20))).unwrap().unwrap();
    ledger.settle(&claim, &Settlement::Delivered, at(12)).unwrap();
    assert!(ledger.has_had_later(&key("files")).unwrap());
    assert!(!ledger.has_had_later(&next).unwrap());
}

#[test]
fn the_writer_and_the_ledger_do_not_keep_each_other_out() {
    let (folder, mut ledger) = planned(&["slack"]);
    let mut history = History::open(&HistorySettings::new(folder.path().join("history.db"))).unwrap();
    let claim = claim(&mut ledger, "slack", 1).unwrap();
    history.roll_up().unwrap();
    ledger.settle(&claim, &Settlement::Rejected { error: "no".to_owned() }, at(2)).unwrap();
    let day = Duration::from_secs(24 * 3600);
    assert_eq!(history.retain(at(3).plus(34 * day)).unwrap(), Retained::default());
    assert_eq!(history.retain(at(3).plus(36 * day)).unwrap(), Retained { reports: 1, ..Retained::default() });
    assert_eq!(history.retain(at(3).plus(400 * day)).unwrap(), Retained { reports: 1, ..Retained::default() });
    assert_eq!(ledger.deliveries_of(WEEK).unwrap(), []);
    history.reader().verify().unwrap();
}

#[test]
fn a_ledger_needs_a_history_that_is_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("history.db");
    assert!(matches!(DeliveryLedger::open(&path).unwrap_err(), HistoryError::File { .. }));
    std::fs::write(&path, "").unwrap();
    assert!(matches!(DeliveryLedger::open(&path).unwrap_err(), HistoryError::Older { found: 0, .. }));
}
