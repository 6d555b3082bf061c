//! When a finding is told and when it is over: not at the first breach, and not at the first pass.
//!
//! A finding fires after K of the last M judged rounds broke a limit, and is resolved after R judged rounds in a row that
//! did not. The same holds for its being critical, so that one that is critical now and then does not change its severity
//! each time. A round that could not judge changes nothing: it is neither a breach nor a pass, and a finding that fires
//! goes on firing while the store is away.
//!
//! [`FindingLives`] is a plain state: it can be written down and read back, and goes on as if nothing had happened.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::Judgement;
use crate::model::check::{CheckKind, Finding, FindingKey, FindingState, Severity};
use crate::model::time::Timestamp;

/// How many judged rounds it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    breaches: usize,
    of: usize,
    calm: usize,
}

impl Patience {
    /// Fires at once, is over at the first pass.
    pub const NONE: Self = Self { breaches: 1, of: 1, calm: 1 };
    /// 2 of the last 3 rounds; over after 2.
    pub const USUAL: Self = Self { breaches: 2, of: 3, calm: 2 };
    /// Most rounds that are remembered.
    pub const LONGEST: usize = 1_000;

    /// Fires after `breaches` of the last `of` judged rounds, is over after `calm` in a row; `None` unless
    /// 1 ≤ `breaches` ≤ `of` ≤ 1,000 and 1 ≤ `calm` ≤ 1,000.
    #[must_use]
    pub fn new(breaches: usize, of: usize, calm: usize) -> Option<Self> {
        let is_sound = (1..=of).contains(&breaches) && of <= Self::LONGEST && (1..=Self::LONGEST).contains(&calm);
        is_sound.then_some(Self { breaches, of, calm })
    }

    /// Breaches that it takes to fire.
    #[must_use]
    pub const fn breaches(self) -> usize {
        self.breaches
    }

    /// Judged rounds among which they have to be.
    #[must_use]
    pub const fn of(self) -> usize {
        self.of
    }

    /// Judged rounds in a row without a breach after which it is over.
    #[must_use]
    pub const fn calm(self) -> usize {
        self.calm
    }
}

/// The patience with each check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatienceRules {
    /// With checks that are not named.
    pub usual: Patience,
    /// With single checks.
    pub checks: BTreeMap<CheckKind, Patience>,
}

impl Default for PatienceRules {
    /// The usual patience, and none with data that is dead as a whole: that a view was never materialized, or that its
    /// timestamps do not line up, is no matter of chance.
    fn default() -> Self {
        let dead = [CheckKind::NeverMaterialized, CheckKind::Timestamps];
        Self { usual: Patience::USUAL, checks: dead.map(|check| (check, Patience::NONE)).into() }
    }
}

impl PatienceRules {
    /// The patience with a check.
    #[must_use]
    pub fn of(&self, check: CheckKind) -> Patience {
        self.checks.get(&check).copied().unwrap_or(self.usual)
    }
}

/// A finding whose state a round changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition {
    /// Which finding.
    pub key: FindingKey,
    /// What it was.
    pub from: FindingState,
    /// What it is.
    pub to: FindingState,
}

/// What a round says of one check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Observation {
    /// Within its limits.
    Pass,
    /// Not judged; where a check has several outcomes, one of them was not.
    Unknown,
    /// Beyond a limit.
    Breach(Severity),
}

/// A condition that holds after K of M rounds, and ends after R without.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Level {
    holds: bool,
    /// Whether each of the last judged rounds had it, oldest first.
    recent: VecDeque<bool>,
    /// Judged rounds since the last that had it.
    calm: usize,
}

impl Level {
    fn observe(&mut self, has_it: bool, patience: Patience) {
        self.recent.push_back(has_it);
        while self.recent.len() > patience.of {
            self.recent.pop_front();
        }
        self.calm = if has_it { 0 } else { self.calm.saturating_add(1) };
        if self.holds {
            if self.calm >= patience.calm {
                // The breaches that made it fire are over with it: it takes as many again.
                *self = Self::default();
            }
        } else {
            self.holds = self.recent.iter().filter(|had_it| **had_it).count() >= patience.breaches;
        }
    }

    fn is_forgotten(&self) -> bool {
        !self.holds && !self.recent.contains(&true)
    }
}

/// One finding between its first breach and its end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FindingLife {
    #[serde(flatten)]
    key: FindingKey,
    first_seen: Timestamp,
    last_seen: Timestamp,
    fired_at: Option<Timestamp>,
    breach: Level,
    critical: Level,
}

impl FindingLife {
    fn new(key: FindingKey, at: Timestamp) -> Self {
        let (breach, critical) = (Level::default(), Level::default());
        Self { key, first_seen: at, last_seen: at, fired_at: None, breach, critical }
    }

    fn observe(&mut self, observation: Observation, patience: Patience, at: Timestamp) {
        let severity = match observation {
            Observation::Unknown => return,
            Observation::Pass => None,
            Observation::Breach(severity) => Some(severity),
        };
        self.breach.observe(severity.is_some(), patience);
        self.critical.observe(severity == Some(Severity::Critical), patience);
        if severity.is_some() {
            self.last_seen = at;
        }
        self.fired_at = self.breach.holds.then(|| self.fired_at.unwrap_or(at));
    }

    /// Which finding.
    #[must_use]
    pub const fn key(&self) -> &FindingKey {
        &self.key
    }

    /// The round that saw its first breach.
    #[must_use]
    pub const fn first_seen(&self) -> Timestamp {
        self.first_seen
    }

    /// The round that saw its last breach.
    #[must_use]
    pub const fn last_seen(&self) -> Timestamp {
        self.last_seen
    }

    /// The round since which it fires; `None` while it waits.
    #[must_use]
    pub const fn fired_at(&self) -> Option<Timestamp> {
        self.fired_at
    }

    /// Where it is in its life.
    #[must_use]
    pub fn state(&self) -> FindingState {
        match (self.breach.holds, self.critical.holds) {
            (true, true) => FindingState::Firing(Severity::Critical),
            (true, false) => FindingState::Firing(Severity::Warning),
            (false, _) if self.breach.is_forgotten() => FindingState::Quiet,
            (false, _) => FindingState::Waiting,
        }
    }
}

/// All findings that wait or fire, in the order of their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<FindingLife>", into = "Vec<FindingLife>")]
pub struct FindingLives {
    lives: BTreeMap<FindingKey, FindingLife>,
}

impl From<Vec<FindingLife>> for FindingLives {
    fn from(lives: Vec<FindingLife>) -> Self {
        Self { lives: lives.into_iter().map(|life| (life.key.clone(), life)).collect() }
    }
}

impl From<FindingLives> for Vec<FindingLife> {
    fn from(lives: FindingLives) -> Self {
        lives.lives.into_values().collect()
    }
}

impl FindingLives {
    /// The state of a finding.
    #[must_use]
    pub fn state(&self, key: &FindingKey) -> FindingState {
        self.lives.get(key).map_or(FindingState::Quiet, FindingLife::state)
    }

    /// Those that wait or fire.
    pub fn iter(&self) -> impl Iterator<Item = &FindingLife> {
        self.lives.values()
    }

    /// Takes in a round of one or more views and gives what it changed, in the order of keys.
    pub fn observe(&mut self, judgement: &Judgement, rules: &PatienceRules, at: Timestamp) -> Vec<Transition> {
        let mut observations = observations(judgement);
        for key in self.lives.keys() {
            if !observations.contains_key(key) && is_over(key, &observations) {
                observations.insert(key.clone(), Observation::Pass);
            }
        }
        let mut transitions = Vec::new();
        for (key, observation) in observations {
            let is_breach = matches!(observation, Observation::Breach(_));
            if !is_breach && !self.lives.contains_key(&key) {
                continue;
            }
            let life = self.lives.entry(key.clone()).or_insert_with(|| FindingLife::new(key.clone(), at));
            let from = life.state();
            life.observe(observation, rules.of(key.check), at);
            let to = life.state();
            if to == FindingState::Quiet {
                self.lives.remove(&key);
            }
            if from != to {
                transitions.push(Transition { key, from, to });
            }
        }
        transitions
    }

    /// Ends what no round will end: findings whose view, feature or check is no longer watched.
    pub fn retain(&mut self, is_watched: impl Fn(&FindingKey) -> bool) -> Vec<Transition> {
        let gone: Vec<FindingKey> = self.lives.keys().filter(|key| !is_watched(key)).cloned().collect();
        let lives = gone.into_iter().filter_map(|key| self.lives.remove(&key));
        lives.map(|life| Transition { from: life.state(), to: FindingState::Quiet, key: life.key }).collect()
    }
}

/// What a judgement says of every check in it; of several outcomes of one check the worst.
fn observations(judgement: &Judgement) -> BTreeMap<FindingKey, Observation> {
    let passed = judgement.passed.iter().map(|passed| {
        let (feature_view, feature) = (passed.feature_view.clone(), passed.feature.clone());
        (FindingKey { feature_view, feature, check: passed.check }, Observation::Pass)
    });
    let unknown = judgement.unknown.iter().map(|unjudged| {
        let (feature_view, feature) = (unjudged.feature_view.clone(), unjudged.feature.clone());
        (FindingKey { feature_view, feature, check: unjudged.check }, Observation::Unknown)
    });
    let each = judgement.findings.iter().flat_map(Finding::each);
    let found = each.map(|finding| (finding.key(), Observation::Breach(finding.severity)));
    let mut observations = BTreeMap::new();
    for (key, observation) in passed.chain(unknown).chain(found) {
        let worst = observations.entry(key).or_insert(observation);
        *worst = observation.max(*worst);
    }
    observations
}

/// Whether a finding of which the round says nothing is over. Two checks are filed only when they fail; what they stand
/// in for is judged again when they do not.
fn is_over(key: &FindingKey, observations: &BTreeMap<FindingKey, Observation>) -> bool {
    let judged: BTreeSet<CheckKind> = observations
        .iter()
        .filter(|(other, observation)| other.feature_view == key.feature_view && **observation != Observation::Unknown)
        .map(|(other, _)| other.check)
        .collect();
    match key.check {
        CheckKind::NeverMaterialized => !judged.is_empty(),
        CheckKind::Timestamps => {
            [CheckKind::Skew, CheckKind::Phantom, CheckKind::Comparable].iter().any(|check| judged.contains(check))
        }
        CheckKind::Freshness
        | CheckKind::Coverage
        | CheckKind::Comparable
        | CheckKind::Skew
        | CheckKind::Phantom
        | CheckKind::MissingOffline
        | CheckKind::Undecodable
        | CheckKind::InFlight
        | CheckKind::Serving
        | CheckKind::Drift => false,
    }
}
