//! Words that all forms of a report share.

use super::found::FindingOfPeriod;
use super::model::{LagSplit, NotJudged, Report, ViewVerdict};
use crate::model::check::{CheckKind, Severity};
use crate::model::counts::Share;
use crate::model::exhibit::{Disclosure, Entities, Values};
use crate::model::figure;
use crate::model::time::{Precision, Timestamp};
use crate::publish::plain::{one_line, subject};

/// Most features that a sentence names.
const NAMED: usize = 5;
/// Most other features of an incident that are named.
const MOST_ALSO: usize = 12;

impl ViewVerdict {
    /// All of them, from bad to good.
    pub const ALL: [Self; 4] = [Self::Critical, Self::Warning, Self::NotJudged, Self::Sound];

    /// The word of it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
            Self::NotJudged => "not judged",
            Self::Sound => "sound",
        }
    }

    /// The verdict of something on which this fired.
    pub(super) const fn fired(severity: Severity) -> Self {
        match severity {
            Severity::Warning => Self::Warning,
            Severity::Critical => Self::Critical,
        }
    }
}

/// An instant as `2026-11-18 03:10 UTC`.
pub(super) fn minute(instant: Timestamp) -> String {
    let text = instant.floor(Precision::Seconds).to_string();
    let minute: String = text.replace('T', " ").chars().take(16).collect();
    format!("{minute} UTC")
}

/// A number of things: `1 view`, `40 views`.
pub(super) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", figure::count(count))
}

/// A share with its n: `1.20 % of 3,000`.
pub(super) fn share(share: Share) -> String {
    match share.ratio {
        Some(_) => format!("{} of {}", figure::percent(share.ratio), figure::count(share.n)),
        None => figure::NOTHING.to_owned(),
    }
}

/// The ends of an interval of shares: `1.10–1.31 %`.
pub(super) fn interval([lower, upper]: [f64; 2]) -> String {
    format!("{}–{} %", figure::bare_percent(lower), figure::bare_percent(upper))
}

/// A check in words.
pub(super) const fn check(check: CheckKind) -> &'static str {
    match check {
        CheckKind::Freshness => "freshness",
        CheckKind::Coverage => "coverage",
        CheckKind::Comparable => "comparable cells",
        CheckKind::Skew => "skew",
        CheckKind::Phantom => "phantom rows",
        CheckKind::MissingOffline => "missing offline",
        CheckKind::Undecodable => "undecodable cells",
        CheckKind::InFlight => "cells in flight",
        CheckKind::Drift => "drift",
        CheckKind::NeverMaterialized => "never materialized",
        CheckKind::Timestamps => "timestamps",
        CheckKind::Serving => "serving path",
    }
}

/// What a finding is about: `skew of orders.amount`.
pub(super) fn title(finding: &FindingOfPeriod) -> String {
    titled(finding, finding.feature.as_deref(), finding.also.len())
}

/// The same of some of its features, one of which is named.
pub(super) fn titled(finding: &FindingOfPeriod, feature: Option<&str>, more: usize) -> String {
    format!("{} of {}{}", check(finding.check), subject(&finding.view, feature), others(more))
}

/// That there are others than the one that was named; nothing where there are none.
pub(super) fn others(more: usize) -> String {
    match more {
        0 => String::new(),
        more => format!(" and {}", counted(more as u64, "more feature")),
    }
}

/// The other features of an incident, as a sentence without its full stop; `None` where there are none.
pub(super) fn also(finding: &FindingOfPeriod) -> Option<String> {
    let named = finding.also.iter().take(MOST_ALSO);
    let named: Vec<String> = named
        .map(|other| format!("{} ({} % of cells)", one_line(&other.feature), figure::bare_percent(other.share)))
        .collect();
    let more = match finding.also.len().saturating_sub(MOST_ALSO) {
        0 => String::new(),
        more => format!(" and {} more", figure::count(more as u64)),
    };
    (!named.is_empty()).then(|| format!("The same cause, at the same time, hit {}{more}", named.join(", ")))
}

/// When it began and how long it fired, as a sentence without its full stop.
pub(super) fn course(finding: &FindingOfPeriod, report: &Report) -> String {
    let before = if finding.onset < report.from { " (before this period)" } else { "" };
    let again = match finding.episodes {
        0 | 1 => String::new(),
        times => format!(", in {times} episodes"),
    };
    let end = match finding.ended {
        Some(ended) => format!("over since {}", minute(ended)),
        None => "still open".to_owned(),
    };
    format!(
        "Since {}{before}; fired {} of the {}{again}; {end}",
        minute(finding.onset),
        figure::span(Some(finding.seconds)),
        report.noun
    )
}

/// What it touched at its worst, as a clause.
pub(super) fn touched(finding: &FindingOfPeriod) -> String {
    match finding.check {
        CheckKind::Drift => format!("effect {} at most", figure::distance(Some(finding.worst.abs()))),
        CheckKind::Freshness
        | CheckKind::Coverage
        | CheckKind::Comparable
        | CheckKind::Skew
        | CheckKind::Phantom
        | CheckKind::MissingOffline
        | CheckKind::Undecodable
        | CheckKind::InFlight
        | CheckKind::NeverMaterialized
        | CheckKind::Timestamps
        | CheckKind::Serving => {
            format!("{} % of {} at most", figure::bare_percent(finding.share), finding.share_of)
        }
    }
}

/// How bad it was and what it is ranked by, as a sentence without its full stop.
pub(super) fn harm(finding: &FindingOfPeriod) -> String {
    let together = match finding.also.len() {
        0 => String::new(),
        more => format!(", of {} together", counted(more as u64 + 1, "feature")),
    };
    format!("Harm {}{together}: {}, {}", figure::number(finding.harm), finding.severity.name(), touched(finding))
}

/// Lag against skew, as a sentence without its full stop.
pub(super) fn split(split: &LagSplit) -> String {
    format!(
        "Of the cells that differ from the newest offline value {} % only lag (95 % interval {}), the others are skewed",
        figure::bare_percent(split.lag_share),
        interval(split.interval)
    )
}

/// What examples are, and what is left out of them.
pub(super) const fn examples(disclosure: Disclosure) -> &'static str {
    match (disclosure.entities, disclosure.values) {
        (Entities::Hashed, Values::Withheld) => {
            "Examples from the last round that saw it; entity keys are hashed, values withheld"
        }
        (Entities::Hashed, Values::Shown) => "Examples from the last round that saw it; entity keys are hashed",
        (Entities::Shown, Values::Withheld) => "Examples from the last round that saw it; values are withheld",
        (Entities::Shown, Values::Shown) => "Examples from the last round that saw it",
    }
}

/// The features of an entry, the first of them by name; nothing where it is about the view.
pub(super) fn features(entry: &NotJudged) -> String {
    let named: Vec<String> = entry.features.iter().take(NAMED).map(|name| one_line(name)).collect();
    match entry.features.len().saturating_sub(NAMED) {
        0 => named.join(", "),
        more => format!("{} and {} more", named.join(", "), figure::count(more as u64)),
    }
}

/// What the period says of all views, as a sentence without its full stop.
#[must_use]
pub fn headline(report: &Report) -> String {
    let of = |verdict| report.views.iter().filter(|view| view.verdict == verdict).count() as u64;
    let all = counted(report.views.len() as u64, "view");
    let (critical, warning, unknown) =
        (of(ViewVerdict::Critical), of(ViewVerdict::Warning), of(ViewVerdict::NotJudged));
    if report.views.is_empty() {
        return "No view is watched".to_owned();
    }
    let mut parts = Vec::new();
    if critical + warning > 0 {
        let who = if report.views.len() == 1 {
            "The view".to_owned()
        } else {
            format!("{} of {all}", figure::count(critical + warning))
        };
        parts.push(format!("{who} served what models could not rely on"));
    }
    if unknown > 0 {
        parts.push(format!("{} could not be judged", figure::count(unknown)));
    }
    if parts.is_empty() {
        parts.push(if report.views.len() == 1 {
            "The view was sound".to_owned()
        } else {
            format!("All {all} were sound")
        });
    }
    parts.join("; ")
}

/// A first letter in upper case.
pub(super) fn capital(clause: &str) -> String {
    let mut characters = clause.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// What words of the report mean.
pub(super) const GLOSSARY: [(&str, &str); 13] = [
    ("Skew", "The online store serves another value than the training snapshots have for the same point in time."),
    ("Lag", "It serves a value that was right, and is no longer the newest: late, but not wrong."),
    (
        "Drift",
        "Served values are distributed otherwise than the reference. The effect is the distance without what chance adds to it; the noise floor is what equal distributions exceed in 5 % of draws.",
    ),
    ("Freshness", "Time between the event that a row tells of and the reading of the row."),
    ("Coverage", "Entity keys for which every feature was usable, of those that were asked."),
    ("Comparable", "Cells for which both sides have a value that can be held against the other."),
    ("Phantom", "A row online that no version of the snapshots explains."),
    ("Cell", "One feature of one entity key in one round."),
    (
        "Harm",
        "Severity (a warning 1, critical 3) × the largest share touched (of drift the largest effect, at most 1) × hours that the finding fired in this period; that of features of one cause is added up.",
    ),
    (
        "Likely cause",
        "What was done to the values, found from cells of both sides: it explains so many of those that differ, and consistent cells could contradict it. Where nothing fits, none is named.",
    ),
    ("Error budget", "What an objective allows to be bad. Burn is what is spent of it: 1 is all."),
    (
        "Interval",
        "Holds the true figure in 95 % of samples. Rounds look at largely the same keys, so an interval is that of one round and not of all.",
    ),
    ("Not judged", "There was too little to say anything. It is never a pass."),
];
