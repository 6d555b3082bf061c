//! Faults under a running service: nothing is lost, nothing is invented, the failure shows, and the other views go on.
//!
//! All views have the same healthy rows on both sides but for a known few, so that every round ever kept can be held
//! against what was there: a cell is equal, is one of the known few, or was not read.

mod clock;
mod disk;
mod killed;
mod objects;
pub(crate) mod proxy;
mod redis;

use skewwatch::history::{FindingEpisode, HistoryReader, HistoryRound, Period};
use skewwatch::model::check::CheckKind;
use skewwatch::model::time::Timestamp;
use skewwatch::model::verdict::Verdict;

use crate::serve::{Running, Shop, value};
use crate::support::redis::wait_until;

/// Entities of the shop.
const ENTITIES: u64 = 200;
/// Entities with another number online.
const SKEWED: u32 = 20;
/// The feature that they have it in.
const FEATURE: &str = "total_orders_30d";

/// Waits until a series pleases; a finding that fired goes on firing in every text on the way.
fn wait_while_firing(service: &Running, series: &str, pleases: impl Fn(Option<f64>) -> bool) {
    let finding = crate::serve::of_feature("finding_state", "skew");
    wait_until(series, || {
        let text = service.metrics();
        assert_eq!(value(&text, &finding), Some(2.0), "the finding went away:\n{}", service.log());
        pleases(value(&text, series))
    });
}

/// Waits until so many more rounds of a view ended so.
fn wait_for_more(service: &Running, series: &str, more: f64) {
    let before = service.value(series).unwrap_or(0.0);
    service.wait_for(series, |count| count >= Some(before + more));
}

/// The rounds of a view that the shop's history holds, in the order in which they were kept.
fn kept(history: &std::path::Path, view: &str) -> Vec<HistoryRound> {
    let ever = Period { start: Timestamp::MIN, end: Timestamp::MAX };
    HistoryReader::open(history).unwrap().rounds(view, ever).unwrap()
}

/// The findings of the shop's history that are of skew, ended or not.
fn skew_episodes(history: &std::path::Path) -> Vec<FindingEpisode> {
    let ever = Period { start: Timestamp::MIN, end: Timestamp::MAX };
    let mut episodes = HistoryReader::open(history).unwrap().findings(ever).unwrap();
    episodes.retain(|episode| episode.key.check == CheckKind::Skew);
    episodes
}

/// Holds every round that measured something against what was there all the time.
fn nothing_is_invented(rounds: &[HistoryRound]) {
    for round in rounds {
        let Some(measured) = &round.measured else { continue };
        for (name, feature) in &measured.features {
            let count = |verdict| feature.verdicts.count(verdict);
            let [equal, skewed, unread] = [Verdict::Consistent, Verdict::Skewed, Verdict::Unread].map(count);
            let told = || format!("{name} of {}: {:?}", round.view, feature.verdicts);
            assert_eq!(equal + skewed + unread, ENTITIES, "{}", told());
            assert!(skewed <= if name == FEATURE { u64::from(SKEWED) } else { 0 }, "{}", told());
            assert_eq!(feature.skew.n, equal + skewed, "{}", told());
        }
    }
}

/// A service over a shop whose skew was found and fires.
fn firing(shop: &Shop, more: &[&str]) -> Running {
    firing_with(shop, shop.configure(more).scene.command("serve"))
}

/// The same, started by this command.
fn firing_with(shop: &Shop, command: std::process::Command) -> Running {
    shop.skew(SKEWED);
    let service = Running::start(command, shop.scene.path("log"));
    service.wait_for(&crate::serve::of_feature("finding_state", "skew"), |state| state == Some(2.0));
    service
}
