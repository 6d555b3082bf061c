//! The verdict of a period on a view, and why.

use super::found::FindingOfPeriod;
use super::model::{RoundsOfPeriod, ViewVerdict};
use super::weeks::ViewSums;
use super::words::{check, counted, others, touched};
use crate::model::figure;
use crate::model::verdict::Verdict;
use crate::publish::plain::one_line;

/// The verdict and its reason, from the findings of the view in the order of harm.
pub(super) fn verdict(
    sums: &ViewSums,
    rounds: &RoundsOfPeriod,
    findings: &[&FindingOfPeriod],
) -> (ViewVerdict, String) {
    let told = || findings.iter().filter(|finding| finding.accepted.is_none());
    if let (Some(worst), Some(severity)) = (told().next(), told().map(|finding| finding.severity).max()) {
        return (ViewVerdict::fired(severity), fired(worst, told().count() as u64));
    }
    if let Some(doubt) = doubt(sums, rounds) {
        return (ViewVerdict::NotJudged, doubt);
    }
    let accepted = match findings.len() {
        0 => String::new(),
        number => format!(
            ", but for {} that {} accepted",
            counted(number as u64, "finding"),
            if number == 1 { "is" } else { "are" }
        ),
    };
    (ViewVerdict::Sound, format!("nothing fired in {}{accepted}{}", counted(rounds.measured(), "round"), seen(rounds)))
}

fn fired(worst: &FindingOfPeriod, number: u64) -> String {
    let feature = worst.feature.as_deref().map_or_else(String::new, |feature| format!(" of {}", one_line(feature)));
    let rest = match number {
        0 | 1 => String::new(),
        2 => "; 1 more finding".to_owned(),
        number => format!("; {} more findings", figure::count(number - 1)),
    };
    let span = figure::span(Some(worst.seconds));
    format!("{}{feature}{}, {}, for {span}{rest}", check(worst.check), others(worst.also.len()), touched(worst))
}

/// Why nothing can be said; `None` where something can.
fn doubt(sums: &ViewSums, rounds: &RoundsOfPeriod) -> Option<String> {
    if rounds.measured() == 0 {
        return Some(match rounds.failed {
            0 => "there was no round".to_owned(),
            failed => format!("none of {} could be measured", counted(failed, "round")),
        });
    }
    if sums.total.keys.asked == 0 {
        return Some(format!("no entity key was found in {}", counted(rounds.measured(), "round")));
    }
    let is_read = sums
        .features
        .values()
        .any(|feature| feature.total.verdicts.total() > feature.total.verdicts.count(Verdict::Unread));
    if !is_read {
        return Some("the online store answered for no key".to_owned());
    }
    let is_compared = sums.features.values().any(|feature| feature.total.skew.n > 0);
    (!is_compared).then(|| "no cell could be compared with the snapshots".to_owned())
}

/// How much of the period was seen; nothing where it was all.
fn seen(rounds: &RoundsOfPeriod) -> String {
    if rounds.hours_measured >= rounds.hours {
        return String::new();
    }
    format!("; measured in {} of {}", figure::count(rounds.hours_measured), counted(rounds.hours, "hour"))
}
