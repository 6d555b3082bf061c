//! The findings of a service: which wait, which fire, and which of those others are told.
//!
//! Each view has its own, so that a round of one view changes nothing of another. They can be written down and read back
//! ([`ViewFindings::memory`]), and go on as if nothing had happened.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::config::{Plan, PublishMode};
use crate::history::{self, FindingEpisode, SeenFinding};
use crate::judge::Judgement;
use crate::judge::accept::FirstFigures;
use crate::judge::hysteresis::{FindingLives, FindingState, PatienceRules};
use crate::model::check::{Finding, FindingKey, Severity};
use crate::model::measurement::RoundReport;
use crate::model::time::Timestamp;
use crate::publish::metrics::Spot;

/// The findings of one view.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct ViewFindings {
    lives: FindingLives,
    first: FirstFigures,
    /// Each finding as the last round that had it told it.
    #[serde(skip)]
    told: BTreeMap<FindingKey, Finding>,
}

/// What a round changed for the history.
#[derive(Debug)]
pub(super) struct Changed {
    pub(super) seen: Vec<SeenFinding>,
    pub(super) resolved: Vec<history::FindingKey>,
}

impl ViewFindings {
    /// As it was written down, with what the history says of its open findings.
    pub(super) fn restore(memory: &str, episodes: &[FindingEpisode]) -> Result<Self, serde_json::Error> {
        let mut findings: Self = serde_json::from_str(memory)?;
        findings.told = episodes.iter().map(finding_of).map(|finding| (finding.key(), finding)).collect();
        Ok(findings)
    }

    /// What is to be written down.
    pub(super) fn memory(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Takes in a round of the view.
    pub(super) fn observe(&mut self, report: &RoundReport, plan: &Plan) -> Changed {
        let judgement = Judgement {
            findings: report.findings.clone(),
            unknown: report.unknown.clone(),
            passed: report.passed.clone(),
        };
        let now = report.finished_at;
        let transitions = self.lives.observe(&judgement, &PatienceRules::default(), now);
        plan.service.tolerated.learn(&mut self.first, &judgement.findings, now);
        let over = transitions.into_iter().filter(|transition| transition.to == FindingState::Quiet);
        let resolved: Vec<FindingKey> = over.map(|transition| transition.key).collect();
        self.told.retain(|key, _| !resolved.contains(key));
        self.told.extend(judgement.findings.iter().map(|finding| (finding.key(), finding.clone())));
        let seen = judgement.findings.into_iter().map(|finding| {
            let state = match self.lives.state(&finding.key()) {
                FindingState::Quiet | FindingState::Waiting => history::FindingState::Waiting,
                FindingState::Firing(_) => history::FindingState::Firing,
            };
            SeenFinding { finding, state }
        });
        Changed { seen: seen.collect(), resolved: resolved.iter().map(kept_key).collect() }
    }

    /// Ends the findings of checks that are no longer watched; gives them.
    pub(super) fn retain(&mut self, is_watched: impl Fn(&Spot) -> bool) -> Vec<history::FindingKey> {
        let is_watched = |key: &FindingKey| is_watched(&(key.feature.clone(), key.check));
        let gone = self.lives.retain(is_watched);
        self.told.retain(|key, _| is_watched(key));
        gone.iter().map(|transition| kept_key(&transition.key)).collect()
    }

    /// The findings that fire and that others are told of at `now`.
    pub(super) fn firing(&self, plan: &Plan, now: Timestamp) -> BTreeMap<Spot, Severity> {
        if plan.publish.mode == PublishMode::Observe {
            return BTreeMap::new();
        }
        let told = |key: &FindingKey| {
            let finding = self.told.get(key);
            finding.is_none_or(|finding| plan.service.tolerated.standing(finding, &self.first, now).is_told())
        };
        let firing = self.lives.iter().filter_map(|life| match life.state() {
            FindingState::Firing(severity) => Some((life.key(), severity)),
            FindingState::Quiet | FindingState::Waiting => None,
        });
        firing
            .filter(|(key, _)| told(key))
            .map(|(key, severity)| ((key.feature.clone(), key.check), severity))
            .collect()
    }
}

fn kept_key(key: &FindingKey) -> history::FindingKey {
    history::FindingKey { view: key.feature_view.clone(), feature: key.feature.clone(), check: key.check }
}

fn finding_of(episode: &FindingEpisode) -> Finding {
    Finding {
        check: episode.key.check,
        feature_view: episode.key.view.clone(),
        feature: episode.key.feature.clone(),
        severity: episode.severity,
        observed: episode.observed,
        threshold: episode.threshold,
        n: episode.n,
        message: episode.message.clone(),
    }
}
