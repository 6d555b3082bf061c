//! How a view is, in one word.

use maud::{Markup, html};

use super::known::KnownView;
use crate::history::{CheckStatus, RoundResult};
use crate::model::check::{FindingState, Severity};
use crate::model::figure;
use crate::model::time::Timestamp;

/// How a view is, from bad to good.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// A critical finding fires.
    Critical,
    /// A warning fires.
    Warning,
    /// There is no verdict: no round, a failed one, or none of its checks could be judged.
    NotJudged,
    /// A finding waits for further rounds.
    Waiting,
    /// Judged, and nothing found that others are told of.
    Ok,
}

impl Health {
    /// All of them, from bad to good.
    pub const ALL: [Self; 5] = [Self::Critical, Self::Warning, Self::NotJudged, Self::Waiting, Self::Ok];

    /// The name in addresses.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Critical => "critical",
            Self::Warning => "warning",
            Self::NotJudged => "not_judged",
            Self::Waiting => "waiting",
            Self::Ok => "ok",
        }
    }

    /// The word on the page.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NotJudged => "not judged",
            Self::Critical | Self::Warning | Self::Waiting | Self::Ok => self.name(),
        }
    }

    /// A sign beside the word.
    const fn sign(self) -> &'static str {
        match self {
            Self::Critical => "✖",
            Self::Warning => "▲",
            Self::NotJudged => "?",
            Self::Waiting => "◔",
            Self::Ok => "✓",
        }
    }

    /// How `view` is at `now`.
    #[must_use]
    pub fn of(view: &KnownView, now: Timestamp) -> Self {
        match view.findings.iter().filter_map(|finding| finding.told).max() {
            Some(Severity::Critical) => return Self::Critical,
            Some(Severity::Warning) => return Self::Warning,
            None => {}
        }
        if silence(view, now).is_some() {
            return Self::NotJudged;
        }
        let waits = view.findings.iter().any(|finding| finding.state == FindingState::Waiting);
        if waits { Self::Waiting } else { Self::Ok }
    }

    /// The word with its sign.
    pub(super) fn badge(self) -> Markup {
        html! { span class={ "badge " (self.name()) } { span aria-hidden="true" { (self.sign()) } " " (self.word()) } }
    }
}

/// Why the last round says nothing of a view at `now`; `None` where it does.
pub(super) fn silence(view: &KnownView, now: Timestamp) -> Option<String> {
    let Some(newest) = &view.newest else { return Some("no round yet".to_owned()) };
    if view.pace.overdue.is_some_and(|overdue| now >= overdue) {
        let age = now.since(newest.round.finished_at).map(|age| age.as_secs_f64());
        return Some(format!("no round for {}", figure::span(age)));
    }
    match newest.round.result {
        RoundResult::Failed => return Some("the last round failed".to_owned()),
        RoundResult::Complete | RoundResult::Partial => {}
    }
    let measured = newest.round.measured.as_ref()?;
    let mut statuses =
        measured.statuses.values().chain(measured.features.values().flat_map(|feature| feature.statuses.values()));
    let is_mute = statuses.all(|status| *status == CheckStatus::Unknown);
    is_mute.then(|| "none of its checks could be judged".to_owned())
}
