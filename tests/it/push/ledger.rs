//! The ledger by itself, hours in no time: who is told of what, and when again.

use std::time::Duration;

use proptest::prelude::{Just, Strategy, prop_assert, prop_assert_eq, proptest};
use proptest::{collection, prop_oneof};
use skewwatch::model::time::Timestamp;
use skewwatch::publish::alertmanager::{self, Alert, Ledger, Phase, Picture};

use super::{alert, at, labels, settings};

const BOTH: [&str; 2] = ["http://am-1:9093", "http://am-2:9093"];
const ONE: &str = BOTH[0];
const OTHER: &str = BOTH[1];

fn firing(alerts: &[Alert]) -> Picture {
    Picture { alerts: alerts.to_vec(), ..Picture::default() }
}

/// What a peer is told at a time: names, whether it fires, beginning and end.
fn due(ledger: &Ledger, peer: &str, now: Timestamp) -> Vec<(String, bool, Timestamp, Timestamp)> {
    let told = ledger.due(peer, now).into_iter().map(|posting| {
        let is_firing = posting.phase == Phase::Firing;
        (posting.alert.labels["alertname"].clone(), is_firing, posting.alert.starts_at, posting.ends_at)
    });
    told.collect()
}

/// Tells a peer all that is due, which it takes.
fn tell(ledger: &mut Ledger, peer: &str, now: Timestamp) {
    let postings = ledger.due(peer, now);
    ledger.settle(peer, &postings, now);
}

#[test]
fn an_alert_is_told_at_once_and_again_before_its_lease_is_over() {
    let mut ledger = Ledger::new(&settings(&[ONE]));
    ledger.observe(firing(&[alert("A", at(0))]), at(10));
    assert_eq!(due(&ledger, ONE, at(10)), [("A".to_owned(), true, at(0), at(310))]);
    tell(&mut ledger, ONE, at(10));
    assert_eq!(due(&ledger, ONE, at(69)), []);
    assert_eq!(ledger.quiet(ONE, at(69)), Some(Duration::from_secs(1)));
    assert_eq!(due(&ledger, ONE, at(70)), [("A".to_owned(), true, at(0), at(370))]);
}

#[test]
fn its_end_is_told_and_repeated_for_a_while_and_then_forgotten() {
    let mut ledger = Ledger::new(&settings(&[ONE]));
    ledger.observe(firing(&[alert("A", at(0))]), at(0));
    tell(&mut ledger, ONE, at(0));
    ledger.observe(firing(&[]), at(30));
    assert_eq!(due(&ledger, ONE, at(31)), [("A".to_owned(), false, at(0), at(30))]);
    tell(&mut ledger, ONE, at(31));
    assert_eq!(due(&ledger, ONE, at(90)), []);
    assert_eq!(due(&ledger, ONE, at(91)), [("A".to_owned(), false, at(0), at(30))]);
    tell(&mut ledger, ONE, at(91));
    // Fifteen refreshes after the end.
    assert_eq!(due(&ledger, ONE, at(931)), []);
    assert_eq!(ledger.quiet(ONE, at(931)), None);
    ledger.observe(firing(&[]), at(931));
    assert_eq!(ledger, {
        let mut empty = Ledger::new(&settings(&[ONE]));
        empty.observe(firing(&[]), at(0));
        empty
    });
}

#[test]
fn a_peer_that_was_away_for_an_hour_is_told_what_fires_and_what_has_ended_meanwhile() {
    let mut ledger = Ledger::new(&settings(&BOTH));
    ledger.observe(firing(&[alert("Before", at(0))]), at(0));
    tell(&mut ledger, ONE, at(0));
    tell(&mut ledger, OTHER, at(0));
    // From here on the other one is dead.
    ledger.observe(firing(&[alert("Before", at(0)), alert("Brief", at(600))]), at(600));
    tell(&mut ledger, ONE, at(600));
    ledger.observe(firing(&[alert("After", at(1200))]), at(1200));
    for now in (1200..3600).step_by(60) {
        tell(&mut ledger, ONE, at(now));
        ledger.observe(firing(&[alert("After", at(1200))]), at(now));
    }
    assert_eq!(
        due(&ledger, OTHER, at(3600)),
        [
            ("After".to_owned(), true, at(1200), at(3900)),
            ("Before".to_owned(), false, at(0), at(1200)),
            ("Brief".to_owned(), false, at(600), at(1200)),
        ]
    );
    assert_eq!(ledger.waiting(at(3590)), 3, "the first one has nothing to be told");
    tell(&mut ledger, OTHER, at(3600));
    assert_eq!(due(&ledger, OTHER, at(3601)), []);
}

#[test]
fn an_alert_that_fires_again_begins_where_it_ended() {
    let mut ledger = Ledger::new(&settings(&[ONE]));
    ledger.observe(firing(&[alert("A", at(0))]), at(0));
    ledger.observe(firing(&[]), at(100));
    ledger.observe(firing(&[alert("A", at(0))]), at(200));
    assert_eq!(due(&ledger, ONE, at(200)), [("A".to_owned(), true, at(100), at(500))]);
    ledger.observe(firing(&[]), at(300));
    ledger.observe(firing(&[alert("A", at(400))]), at(400));
    assert_eq!(due(&ledger, ONE, at(400)), [("A".to_owned(), true, at(400), at(700))]);
}

#[test]
fn what_changed_while_it_was_being_told_is_told_again() {
    let mut ledger = Ledger::new(&settings(&[ONE]));
    ledger.observe(firing(&[alert("A", at(0))]), at(0));
    let on_the_way = ledger.due(ONE, at(0));
    ledger.observe(firing(&[]), at(1));
    ledger.settle(ONE, &on_the_way, at(0));
    assert_eq!(due(&ledger, ONE, at(2)), [("A".to_owned(), false, at(0), at(1))]);
}

#[test]
fn what_is_undecided_stays_as_it_was() {
    let mut ledger = Ledger::new(&settings(&[ONE]));
    ledger.observe(firing(&[alert("A", at(0))]), at(0));
    let undecided = Picture { undecided: [labels("A"), labels("B")].into(), ..Picture::default() };
    ledger.observe(undecided, at(600));
    assert_eq!(due(&ledger, ONE, at(600)), [("A".to_owned(), true, at(0), at(900))]);
}

#[test]
fn the_sentence_changes_without_a_new_telling() {
    let mut ledger = Ledger::new(&settings(&[ONE]));
    ledger.observe(firing(&[alert("A", at(0))]), at(0));
    tell(&mut ledger, ONE, at(0));
    let other = Alert { annotations: [("summary".to_owned(), "worse".to_owned())].into(), ..alert("A", at(0)) };
    ledger.observe(firing(std::slice::from_ref(&other)), at(30));
    assert_eq!(due(&ledger, ONE, at(30)), []);
    assert_eq!(ledger.due(ONE, at(60)).into_iter().map(|posting| posting.alert).collect::<Vec<_>>(), [other]);
}

#[test]
fn alerts_of_a_view_whose_findings_are_not_known_stay_as_they_were() {
    let mut ledger = Ledger::new(&settings(&[ONE]));
    let of_view = |view: &str| {
        let mut alert = alert("A", at(0));
        alert.labels.insert("feature_view".to_owned(), view.to_owned());
        alert
    };
    ledger.observe(firing(&[of_view("known"), of_view("unknown")]), at(0));
    ledger.observe(Picture { undecided_views: ["unknown".to_owned()].into(), ..Picture::default() }, at(30));
    let phases: Vec<(String, Phase)> = ledger
        .due(ONE, at(31))
        .into_iter()
        .map(|posting| (posting.alert.labels["feature_view"].clone(), posting.phase))
        .collect();
    assert_eq!(phases, [("unknown".to_owned(), Phase::Firing), ("known".to_owned(), Phase::Ended(at(30)))]);
}

#[test]
fn a_clock_that_is_set_back_ends_nothing_before_it_began_and_delays_no_refresh() {
    let mut ledger = Ledger::new(&settings(&[ONE]));
    ledger.observe(firing(&[alert("A", at(7200))]), at(7200));
    tell(&mut ledger, ONE, at(7200));
    assert_eq!(due(&ledger, ONE, at(3600)), [("A".to_owned(), true, at(7200), at(7500))]);
    ledger.observe(firing(&[]), at(3600));
    // An end that lies ahead would fire until then.
    assert_eq!(due(&ledger, ONE, at(3600)), [("A".to_owned(), false, at(3600), at(3600))]);
}

#[test]
fn a_request_holds_two_hundred_alerts_and_what_fires_comes_first() {
    let mut ledger = Ledger::new(&settings(&[ONE]));
    let many: Vec<Alert> = (0..250).map(|number| alert(&format!("Old{number:03}"), at(0))).collect();
    ledger.observe(firing(&many), at(0));
    ledger.observe(firing(&[alert("Zulu", at(10))]), at(10));
    let first = due(&ledger, ONE, at(10));
    assert_eq!((first.len(), first[0].0.as_str(), first[1].0.as_str()), (200, "Zulu", "Old000"));
    tell(&mut ledger, ONE, at(10));
    assert_eq!(due(&ledger, ONE, at(10)).len(), 51);
}

#[test]
fn a_new_peer_is_told_what_fires_and_not_what_ended_before_it_came() {
    let mut ledger = Ledger::new(&settings(&[ONE]));
    ledger.observe(firing(&[alert("Ended", at(0)), alert("Fires", at(0))]), at(0));
    ledger.observe(firing(&[alert("Fires", at(0))]), at(10));
    ledger.configure(&settings(&BOTH));
    assert_eq!(due(&ledger, OTHER, at(10)), [("Fires".to_owned(), true, at(0), at(310))]);
    assert_eq!(due(&ledger, ONE, at(10)).len(), 2);
    ledger.configure(&settings(&[OTHER]));
    assert_eq!(due(&ledger, OTHER, at(10)).len(), 1, "what it knows is not lost with the other");
}

#[test]
fn of_too_many_that_have_ended_the_oldest_are_dropped_and_counted_and_none_that_fires() {
    let mut ledger = Ledger::new(&settings(&BOTH));
    let name = |number: usize| format!("A{number:05}");
    let all: Vec<Alert> = (0..Ledger::MOST).map(|number| alert(&name(number), at(0))).collect();
    assert_eq!(ledger.observe(firing(&all), at(0)), 0);
    // The first hundred end first, and one peer hears of ten of them.
    assert_eq!(ledger.observe(firing(&all[100..]), at(1)), 0);
    let told: Vec<_> = ledger.due(ONE, at(1)).into_iter().filter(|posting| posting.phase != Phase::Firing).collect();
    assert_eq!(told, [], "what fires comes first");
    assert_eq!(ledger.observe(firing(&[]), at(2)), 0);
    let told = ledger.due(ONE, at(2));
    ledger.settle(ONE, &told[..10], at(2));
    let fresh: Vec<Alert> = (0..110).map(|number| alert(&format!("B{number:05}"), at(3))).collect();
    // A hundred that ended first and ten that ended next go: of the latter ten, one peer knew.
    let dropped = ledger.observe(firing(&fresh), at(3));
    assert_eq!(dropped, 220 - 10);
    assert_eq!(ledger.due(OTHER, at(3)).into_iter().filter(|posting| posting.phase == Phase::Firing).count(), 110);
}

#[test]
fn a_ledger_comes_back_from_its_text_and_everyone_is_told_again() {
    let mut ledger = Ledger::new(&settings(&BOTH));
    ledger.observe(firing(&[alert("Ends", at(0)), alert("Fires", at(0))]), at(0));
    tell(&mut ledger, ONE, at(0));
    ledger.observe(firing(&[alert("Fires", at(0))]), at(5));
    assert!(ledger.take_change());
    let text = alertmanager::text(&ledger).unwrap();
    let again = alertmanager::read(&text, &settings(&BOTH)).unwrap();
    for peer in BOTH {
        assert_eq!(
            due(&again, peer, at(6)),
            [("Fires".to_owned(), true, at(0), at(306)), ("Ends".to_owned(), false, at(0), at(5))]
        );
    }
    assert!(!ledger.take_change());
    tell(&mut ledger, ONE, at(6));
    assert!(ledger.take_change(), "that a peer knows is worth writing down");
    tell(&mut ledger, ONE, at(66));
    assert!(!ledger.take_change(), "that it was told again is not");
    let error = |text: &str| alertmanager::read(text, &settings(&BOTH)).unwrap_err().to_string();
    assert_eq!(error("{\"form\":2,\"peers\":[],\"alerts\":[]}"), "it has form 2, and this program knows form 1");
    assert_eq!(error("{\"form\":1,"), "it is no queue of alerts");
}

/// One step in the life of a ledger with three alerts and two peers.
#[derive(Clone, Debug)]
enum Step {
    /// These of the three fire.
    Look([bool; 3]),
    /// A peer takes what is due.
    Tell(usize),
    /// The process is killed and started again.
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        proptest::array::uniform3(proptest::bool::ANY).prop_map(Step::Look),
        (0..2_usize).prop_map(Step::Tell),
        Just(Step::Restart),
    ]
}

proptest! {
    /// Whatever happens, a peer that answers in the end knows how things stand: what fires, and that nothing else does.
    #[test]
    fn a_peer_that_answers_in_the_end_knows_how_things_stand(steps in collection::vec((step(), 1_u64..400), 1..40)) {
        let configured = settings(&BOTH);
        let mut ledger = Ledger::new(&configured);
        // What each peer would show: an alert fires up to its end.
        let mut shown = [std::collections::BTreeMap::new(), std::collections::BTreeMap::new()];
        let mut wanted = [false; 3];
        let mut now = at(0);
        let names = ["A", "B", "C"];
        let fires = |wanted: [bool; 3], now| {
            let on = names.iter().zip(wanted).filter(|(_, is_on)| *is_on);
            firing(&on.map(|(name, _)| alert(name, now)).collect::<Vec<_>>())
        };
        let end = [(Step::Tell(0), 1), (Step::Tell(1), 0)];
        for (step, wait) in steps.into_iter().chain(end) {
            now = now.plus(Duration::from_secs(wait));
            match step {
                Step::Look(now_wanted) => {
                    wanted = now_wanted;
                    prop_assert_eq!(ledger.observe(fires(wanted, now), now), 0);
                }
                Step::Tell(peer) => {
                    for posting in ledger.due(BOTH[peer], now) {
                        prop_assert!(posting.alert.starts_at <= posting.ends_at);
                        shown[peer].insert(posting.alert.labels["alertname"].clone(), posting.ends_at);
                    }
                    tell(&mut ledger, BOTH[peer], now);
                }
                Step::Restart => {
                    ledger = alertmanager::read(&alertmanager::text(&ledger).unwrap(), &configured).unwrap();
                }
            }
        }
        for peer in shown {
            let firing: Vec<bool> = names.iter().map(|name| peer.get(*name).is_some_and(|end| *end > now)).collect();
            prop_assert_eq!(firing, wanted);
        }
    }
}
