//! Figures held against limits.
//!
//! [`judge`] takes the figures of one view and gives, for every check, a pass, a [`Finding`] with the sentence that a
//! person reads, or the reason why it could not be judged. Too little data is never a pass.

pub mod accept;
mod book;
mod checks;
mod drift;
pub mod hysteresis;
pub mod incident;
mod live;
mod serving;

pub use book::{CheckBook, CheckOverride};
pub use live::LiveFinding;

use crate::model::check::{CheckKind, Finding, Limits, Outcome, Passed, Unjudged};
use crate::model::measurement::ViewMeasurement;
use crate::model::verdict::Verdict;
use crate::model::view::FeatureView;

/// What became of the checks of one view.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// Breaches.
    pub findings: Vec<Finding>,
    /// Checks that could not be judged.
    pub unknown: Vec<Unjudged>,
    /// Checks that kept their limits.
    pub passed: Vec<Passed>,
}

impl Judgement {
    /// Adds another view's.
    pub fn extend(&mut self, other: Self) {
        self.findings.extend(other.findings);
        self.unknown.extend(other.unknown);
        self.passed.extend(other.passed);
    }

    /// Checks that were judged, breaches included.
    #[must_use]
    pub fn judged(&self) -> u64 {
        (self.findings.iter().flat_map(Finding::each).count() + self.passed.len()) as u64
    }

    /// Puts the gravest findings first, and those of one severity by how far they exceed their limit.
    pub fn sort(&mut self) {
        let excess =
            |finding: &Finding| (finding.observed - finding.threshold).abs() / finding.threshold.abs().max(1e-9);
        self.findings.sort_by(|left, right| {
            (right.severity.cmp(&left.severity)).then_with(|| excess(right).total_cmp(&excess(left))).then_with(|| {
                (&left.feature_view, &left.feature, left.check).cmp(&(&right.feature_view, &right.feature, right.check))
            })
        });
    }
}

/// Holds the figures of a view against its limits.
#[must_use]
pub fn judge(view: &FeatureView, measured: &ViewMeasurement, book: &CheckBook) -> Judgement {
    let mut verdicts = Verdicts { view: &measured.feature_view, judgement: Judgement::default() };
    let answered = measured.keys.asked - unread_keys(measured);
    let is_silent = answered == 0 && measured.keys.asked > 0;
    if view.materialized == Some(false) && measured.keys.online == 0 && !is_silent {
        checks::never_materialized(&mut verdicts, answered);
    } else {
        let of_view = book.rules(&view.name, None);
        checks::of_view(&mut verdicts, measured, of_view);
        serving::serving(&mut verdicts, measured, &of_view.serving);
        for (name, figures) in &measured.features {
            checks::of_feature(&mut verdicts, (name, figures), (measured, of_view, book.rules(&view.name, Some(name))));
        }
    }
    let mut judgement = verdicts.judgement;
    judgement.findings = incident::joined(judgement.findings);
    judgement
}

/// Collects outcomes for one view.
struct Verdicts<'a> {
    view: &'a str,
    judgement: Judgement,
}

/// What was checked, and of which feature.
#[derive(Clone, Copy)]
struct Subject<'a> {
    check: CheckKind,
    feature: Option<&'a str>,
}

impl Verdicts<'_> {
    /// Files an outcome, `None` being that of a check that is switched off; `message` is asked only for a breach, whose
    /// finding is given.
    fn file(
        &mut self,
        subject: Subject<'_>,
        outcome: Option<Outcome>,
        message: impl FnOnce() -> String,
    ) -> Option<&mut Finding> {
        let outcome = outcome?;
        let feature_view = self.view.to_owned();
        let feature = subject.feature.map(str::to_owned);
        let check = subject.check;
        let breach = match outcome {
            Outcome::Breach(breach) => breach,
            Outcome::Pass => {
                self.judgement.passed.push(Passed { check, feature_view, feature });
                return None;
            }
            Outcome::Unknown(reason) => {
                self.judgement.unknown.push(Unjudged { check, feature_view, feature, reason });
                return None;
            }
        };
        self.judgement.findings.push(Finding {
            check,
            feature_view,
            feature,
            severity: breach.severity,
            observed: breach.observed,
            threshold: breach.threshold,
            n: breach.n,
            message: message(),
            incident: None,
            with: Vec::new(),
        });
        self.judgement.findings.last_mut()
    }
}

/// Keys that the online store did not answer: a row is read as a whole, so every feature has as many such cells.
fn unread_keys(measured: &ViewMeasurement) -> u64 {
    measured.features.values().map(|figures| figures.verdicts.count(Verdict::Unread)).max().unwrap_or(0)
}

/// Whether a check has any limit to hold a figure against.
fn has_limit(limits: &Limits) -> bool {
    limits.warning.is_some() || limits.critical.is_some()
}
