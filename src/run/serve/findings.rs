//! The findings of a service: which wait, which fire, and which of those others are told.
//!
//! Each view has its own, so that a round of one view changes nothing of another. They can be written down and read back
//! ([`ViewFindings::memory`]), and go on as if nothing had happened.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::silent::SilentChecks;
use crate::config::{Plan, PublishMode};
use crate::history::{FindingEpisode, HistoryRound, RoundRecord, SeenFinding, SideFigures};
use crate::judge::accept::{FirstFigures, Standing};
use crate::judge::hysteresis::{FindingLife, FindingLives};
use crate::judge::incident::joined_live;
use crate::judge::{Judgement, LiveFinding};
use crate::model::cause::Diagnosis;
use crate::model::check::{Finding, FindingKey, FindingState, Severity};
use crate::model::exhibit::Values;
use crate::model::measurement::RoundReport;
use crate::model::time::Timestamp;
use crate::publish::metrics::{Spot, WatchedView, is_unlimited};
use crate::run::round::chain;

/// The findings of one view.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct ViewFindings {
    lives: FindingLives,
    first: FirstFigures,
    #[serde(default)]
    silent: SilentChecks,
    /// Which incident findings are part of, as the last round that could tell said.
    #[serde(default)]
    incidents: Vec<(FindingKey, String)>,
    /// Why values differ, by feature, as the last round with figures said.
    #[serde(default)]
    causes: BTreeMap<String, Diagnosis>,
    /// What callers got and how far values lag behind, as the last round with figures said; without the points of curves.
    #[serde(default)]
    side: SideFigures,
    /// Each finding as the last round that had it told it.
    #[serde(skip)]
    told: BTreeMap<FindingKey, Finding>,
}

/// What a round changed for the history.
#[derive(Debug)]
pub(super) struct Changed {
    pub(super) seen: Vec<SeenFinding>,
    pub(super) resolved: Vec<FindingKey>,
}

impl ViewFindings {
    /// As it was written down, with what the history says of its open findings.
    pub(super) fn restore(memory: &str, episodes: &[FindingEpisode]) -> Result<Self, serde_json::Error> {
        let mut findings: Self = serde_json::from_str(memory)?;
        findings.told = episodes.iter().map(finding_of).map(|finding| (finding.key(), finding)).collect();
        for (key, incident) in &findings.incidents {
            if let Some(finding) = findings.told.get_mut(key) {
                finding.incident = Some(incident.clone());
            }
        }
        Ok(findings)
    }

    /// What is to be written down.
    pub(super) fn memory(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Why values differ, by feature, as the last round with figures said.
    pub(super) const fn causes(&self) -> &BTreeMap<String, Diagnosis> {
        &self.causes
    }

    /// What callers got and how far values lag behind, as the last round with figures said.
    pub(super) const fn side(&self) -> &SideFigures {
        &self.side
    }

    /// Whether a finding has been found and is not over.
    pub(super) fn has(&self, key: &FindingKey) -> bool {
        self.lives.state(key) != FindingState::Quiet
    }

    /// Takes in a round of the view; gives what it adds to the history.
    pub(super) fn take_in(&mut self, report: &RoundReport, (plan, watched): (&Plan, &WatchedView<'_>)) -> RoundRecord {
        let mut record = RoundRecord::of(report, &watched.view.name).disclosing(plan.publish.disclosure);
        // The round may have begun under another configuration: what is no longer watched would never end.
        let checks = watched.checks();
        let is_watched = |spot: &Spot| is_unlimited(spot) || checks.contains(spot);
        watched.trim(&mut record.round);
        record.side = record.side.only(|feature| watched.view.position(feature).is_some());
        let changed = self.observe(report, plan);
        record.resolved = changed.resolved;
        record.resolved.extend(self.retain(is_watched));
        record.seen = changed.seen;
        record.seen.retain(|seen| is_watched(&(seen.finding.feature.clone(), seen.finding.check)));
        self.listen(&record.round, checks);
        self.explain(&record);
        match self.memory() {
            Ok(memory) => record.memory = Some(memory),
            Err(error) => tracing::error!(cause = chain(&error), "could not write down the findings"),
        }
        record
    }

    /// Takes in a round of the view.
    pub(super) fn observe(&mut self, report: &RoundReport, plan: &Plan) -> Changed {
        let judgement = Judgement {
            findings: report.findings.clone(),
            unknown: report.unknown.clone(),
            passed: report.passed.clone(),
        };
        let now = report.finished_at;
        let transitions = self.lives.observe(&judgement, &plan.service.patience, now);
        let found: Vec<Finding> = judgement.findings.iter().flat_map(Finding::parted).collect();
        plan.service.tolerated.learn(&mut self.first, &found, now);
        let over = transitions.into_iter().filter(|transition| transition.to == FindingState::Quiet);
        let resolved: Vec<FindingKey> = over.map(|transition| transition.key).collect();
        self.told.retain(|key, _| !resolved.contains(key));
        for finding in &found {
            let incident = self.told.get(&finding.key()).and_then(|before| before.incident.clone());
            // A round with too few mismatches to tell leaves the incident what it was.
            let incident = finding.incident.clone().or(incident);
            self.told.insert(finding.key(), Finding { incident, ..finding.clone() });
        }
        let known = self.told.iter().filter_map(|(key, finding)| Some((key.clone(), finding.incident.clone()?)));
        self.incidents = known.collect();
        let seen = found.into_iter().map(|finding| {
            // A second finding of one check is told with the first.
            let state = match self.lives.state(&finding.key()) {
                FindingState::Quiet => FindingState::Waiting,
                state @ (FindingState::Waiting | FindingState::Firing(_)) => state,
            };
            SeenFinding { finding, state }
        });
        Changed { seen: seen.collect(), resolved }
    }

    /// Takes in why values differ, and what was found beside it.
    pub(super) fn explain(&mut self, round: &RoundRecord) {
        if round.round.measured.is_some() {
            self.causes.clone_from(&round.causes);
            self.side = round.side.in_brief();
        }
    }

    /// Forgets of why values differ what may not be shown.
    pub(super) fn withhold(&mut self, values: Values) {
        let causes = std::mem::take(&mut self.causes).into_iter();
        self.causes = causes.map(|(feature, diagnosis)| (feature, diagnosis.shown(values))).collect();
    }

    /// Takes in which of `checks`, all that the view has, the round did not judge.
    pub(super) fn listen(&mut self, round: &HistoryRound, checks: BTreeSet<Spot>) {
        self.silent.observe(round, checks);
    }

    /// Its checks that were not judged when they were due last.
    pub(super) const fn silent(&self) -> &SilentChecks {
        &self.silent
    }

    /// Ends the findings of checks that are no longer watched; gives them.
    pub(super) fn retain(&mut self, is_watched: impl Fn(&Spot) -> bool) -> Vec<FindingKey> {
        self.silent.retain(&is_watched);
        self.retain_keys(|key| is_watched(&(key.feature.clone(), key.check)))
    }

    /// As [`Self::retain`], by the whole key.
    pub(super) fn retain_keys(&mut self, is_watched: impl Fn(&FindingKey) -> bool) -> Vec<FindingKey> {
        let gone = self.lives.retain(&is_watched);
        self.told.retain(|key, _| is_watched(key));
        gone.into_iter().map(|transition| transition.key).collect()
    }

    /// The findings as they stand at `now`, in the order of their keys; features of one incident are one.
    pub(super) fn live(&self, plan: &Plan, now: Timestamp) -> Vec<LiveFinding> {
        let live = |life: &FindingLife| {
            let finding = self.told.get(life.key())?;
            let standing = match plan.publish.mode {
                PublishMode::Observe => Standing::Observed,
                PublishMode::Alert => plan.service.tolerated.standing(finding, &self.first, now),
            };
            Some(LiveFinding {
                finding: finding.clone(),
                state: life.state(),
                standing,
                first_seen: life.first_seen(),
                last_seen: life.last_seen(),
                fired_at: life.fired_at(),
            })
        };
        joined_live(self.lives.iter().filter_map(live).collect())
    }

    /// The findings that fire and that others are told of at `now`.
    pub(super) fn firing(&self, plan: &Plan, now: Timestamp) -> BTreeMap<Spot, Severity> {
        let spot = |live: LiveFinding| Some(((live.finding.feature.clone(), live.finding.check), live.told()?));
        self.live(plan, now).into_iter().filter_map(spot).collect()
    }
}

fn finding_of(episode: &FindingEpisode) -> Finding {
    Finding {
        check: episode.key.check,
        feature_view: episode.key.feature_view.clone(),
        feature: episode.key.feature.clone(),
        severity: episode.severity,
        observed: episode.observed,
        threshold: episode.threshold,
        n: episode.n,
        message: episode.message.clone(),
        incident: None,
        with: Vec::new(),
    }
}
