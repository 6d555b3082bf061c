//! kill -9 of a service at work. The history alone is killed fifty times in `history::killed`.

use skewwatch::history::HistoryReader;

use super::{firing, kept, nothing_is_invented, skew_episodes};
use crate::serve::{EVERY_SECOND, PUBLISH, Shop, of_feature, rounds};

const KILLS: usize = 8;

#[test]
fn a_service_that_is_killed_again_and_again_loses_no_finished_round_and_no_finding() {
    let shop = Shop::open();
    let mut service = firing(&shop, &[EVERY_SECOND, PUBLISH]);
    let history = shop.scene.path("history.db");
    let complete = rounds("user_features", "complete");
    let mut before = Vec::new();
    for turn in 0..KILLS {
        service.wait_for(&complete, |count| count >= Some(1.0));
        // Up to the whole of a loop's turns in a debug build: some milliseconds into what comes next.
        (0..turn * 400_000).for_each(|turn| _ = std::hint::black_box(turn));
        let ended = service.value(&complete).unwrap() as usize;
        service.child.kill().unwrap();
        service.child.wait().unwrap();
        HistoryReader::open(&history).unwrap().verify().unwrap();
        let now = kept(&history, "user_features");
        assert_eq!(now[..before.len()], before[..], "what was kept stays as it was");
        assert!(now.len() >= before.len() + ended, "{} kept after {} and {ended} more", now.len(), before.len());
        nothing_is_invented(&now);
        before = now;
        service = shop.serve();
        assert_eq!(service.value(&of_feature("finding_state", "skew")), Some(2.0), "from the first text on");
    }
    let [episode] = &skew_episodes(&history)[..] else { panic!("one finding, never ended") };
    assert_eq!(episode.resolved_at, None);
}
