//! How a view is, in one word.

use maud::{Markup, html};

use crate::publish::api::{ViewStatus, ViewSummary};

/// How a view is, from bad to good: its status, with findings that wait told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Health {
    /// A critical finding fires.
    Critical,
    /// A warning fires.
    Warning,
    /// It is not known.
    NotJudged,
    /// A finding waits for further rounds.
    Waiting,
    /// Judged, and nothing found that others are told of.
    Ok,
}

impl Health {
    /// All of them, from bad to good.
    pub const ALL: [Self; 5] = [Self::Critical, Self::Warning, Self::NotJudged, Self::Waiting, Self::Ok];

    /// How a view is.
    #[must_use]
    pub const fn of(view: &ViewSummary) -> Self {
        match view.status {
            ViewStatus::Critical => Self::Critical,
            ViewStatus::Warning => Self::Warning,
            ViewStatus::Unknown => Self::NotJudged,
            ViewStatus::Ok if view.findings.waiting > 0 => Self::Waiting,
            ViewStatus::Ok => Self::Ok,
        }
    }

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
    const fn word(self) -> &'static str {
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

    /// The word with its sign.
    pub(super) fn badge(self) -> Markup {
        html! { span class={ "badge " (self.name()) } { span aria-hidden="true" { (self.sign()) } " " (self.word()) } }
    }
}
