//! What fires, what has ended, and what every peer was told of it.
//!
//! For each label set the latest state counts, and each peer has to be told that: a peer that was away learns how things
//! stand, and not how they came about. An alert that fired and ended meanwhile is told as one that has ended; Alertmanager
//! takes it and notifies nobody.
//!
//! Alerts that fire are as many as the configuration has checks. Those that have ended and wait for a dead peer are
//! bounded by [`Ledger::MOST`]: the oldest go first, and are counted.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::settings::AlertmanagerSettings;
use super::wording::{Alert, Labels};
use crate::model::time::Timestamp;

/// Alerts in one request.
const BATCH: usize = 200;

/// How things stand: every alert that should fire, and of which alerts it is not known whether they should.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Picture {
    /// What fires.
    pub alerts: Vec<Alert>,
    /// What stays as it was.
    pub undecided: BTreeSet<Labels>,
    /// Views of which every alert stays as it was.
    pub undecided_views: BTreeSet<String>,
}

/// Whether an alert fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It fires.
    Firing,
    /// It ended then.
    Ended(Timestamp),
}

/// One alert as a peer is to be told it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posting {
    /// The alert.
    pub alert: Alert,
    /// What it is at the moment.
    pub phase: Phase,
    /// When it ends: in the past if it has, else when it would if nobody told of it any more.
    pub ends_at: Timestamp,
}

/// An alert and who knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) annotations: Labels,
    pub(super) starts_at: Timestamp,
    pub(super) phase: Phase,
    /// Peers that know its phase, and when they were told last; `None` before the process started.
    pub(super) told: BTreeMap<String, Option<Timestamp>>,
}

/// All alerts, by what they are told apart by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ledger {
    pub(super) entries: BTreeMap<Labels, Entry>,
    pub(super) peers: BTreeSet<String>,
    refresh: Duration,
    lease: Duration,
    farewell: Duration,
    is_changed: bool,
}

impl Ledger {
    /// Most alerts that are kept, as far as those that have ended go.
    pub const MOST: usize = 10_000;

    /// A ledger that knows no alert.
    #[must_use]
    pub fn new(settings: &AlertmanagerSettings) -> Self {
        let mut ledger = Self {
            entries: BTreeMap::new(),
            peers: BTreeSet::new(),
            refresh: Duration::ZERO,
            lease: Duration::ZERO,
            farewell: Duration::ZERO,
            is_changed: false,
        };
        ledger.configure(settings);
        ledger
    }

    /// As it was written down when `peers` were its peers, going on with those of `settings`.
    pub(super) fn restore(
        entries: BTreeMap<Labels, Entry>,
        peers: BTreeSet<String>,
        settings: &AlertmanagerSettings,
    ) -> Self {
        let mut ledger = Self { entries, peers, ..Self::new(settings) };
        ledger.configure(settings);
        ledger
    }

    /// Goes on with these peers. One that is new is told what fires, and not what had ended before.
    pub fn configure(&mut self, settings: &AlertmanagerSettings) {
        (self.refresh, self.lease, self.farewell) = (settings.refresh, settings.lease(), settings.farewell());
        let peers: BTreeSet<String> = settings.urls.iter().cloned().collect();
        for entry in self.entries.values_mut() {
            entry.told.retain(|peer, _| peers.contains(peer));
            if let Phase::Ended(at) = entry.phase
                && !self.peers.is_empty()
            {
                entry.told.extend(peers.difference(&self.peers).map(|peer| (peer.clone(), Some(at))));
            }
        }
        self.is_changed |= self.peers != peers;
        self.peers = peers;
    }

    /// Takes in how things stand at `now`. Gives how many tellings were given up because too many alerts have ended.
    pub fn observe(&mut self, picture: Picture, now: Timestamp) -> u64 {
        let wanted: BTreeSet<Labels> = picture.alerts.iter().map(|alert| alert.labels.clone()).collect();
        for alert in picture.alerts {
            self.fire(alert);
        }
        for (labels, entry) in &mut self.entries {
            let is_undecided = || {
                let view = labels.get("feature_view");
                picture.undecided.contains(labels) || view.is_some_and(|view| picture.undecided_views.contains(view))
            };
            if entry.phase == Phase::Firing && !wanted.contains(labels) && !is_undecided() {
                // Alertmanager refuses an end before the beginning, as after the clock was set back.
                entry.phase = Phase::Ended(now.max(entry.starts_at));
                entry.told.clear();
                self.is_changed = true;
            }
        }
        self.forget(now)
    }

    fn fire(&mut self, alert: Alert) {
        let Alert { labels, annotations, starts_at } = alert;
        match self.entries.get_mut(&labels) {
            Some(entry) => {
                entry.annotations = annotations;
                if let Phase::Ended(at) = entry.phase {
                    entry.starts_at = starts_at.max(at);
                    entry.phase = Phase::Firing;
                    entry.told.clear();
                    self.is_changed = true;
                }
            }
            None => {
                let entry = Entry { annotations, starts_at, phase: Phase::Firing, told: BTreeMap::new() };
                self.entries.insert(labels, entry);
                self.is_changed = true;
            }
        }
    }

    /// Forgets what has ended and is known to all, and the oldest of what has ended if it is too much.
    fn forget(&mut self, now: Timestamp) -> u64 {
        let before = self.entries.len();
        let (peers, farewell) = (&self.peers, self.farewell);
        self.entries.retain(|_, entry| match entry.phase {
            Phase::Firing => true,
            Phase::Ended(at) => {
                let is_over = now.since(at).is_some_and(|span| span > farewell);
                !is_over || peers.iter().any(|peer| !entry.told.contains_key(peer))
            }
        });
        let mut ended: Vec<(Timestamp, Labels)> = Vec::new();
        if self.entries.len() > Self::MOST {
            let of_entry = |(labels, entry): (&Labels, &Entry)| match entry.phase {
                Phase::Firing => None,
                Phase::Ended(at) => Some((at, labels.clone())),
            };
            ended.extend(self.entries.iter().filter_map(of_entry));
            ended.sort();
            ended.truncate(self.entries.len() - Self::MOST);
        }
        let gone = ended.iter().filter_map(|(_, labels)| self.entries.remove(labels));
        let untold = |entry: Entry| self.peers.len() - entry.told.len().min(self.peers.len());
        let dropped: usize = gone.map(untold).sum();
        self.is_changed |= self.entries.len() != before;
        u64::try_from(dropped).unwrap_or(u64::MAX)
    }

    /// What `peer` is to be told at `now`: what fires before what has ended, and of each news before what it knows already;
    /// at most a request's worth.
    #[must_use]
    pub fn due(&self, peer: &str, now: Timestamp) -> Vec<Posting> {
        let is_due = |entry: &&(&Labels, &Entry)| self.wait(entry.1, peer, now) == Some(Duration::ZERO);
        let due: Vec<(&Labels, &Entry)> = self.entries.iter().collect();
        let mut due: Vec<&(&Labels, &Entry)> = due.iter().filter(is_due).collect();
        due.sort_by_key(|(_, entry)| (entry.phase != Phase::Firing, entry.told.contains_key(peer)));
        due.truncate(BATCH);
        let posting = |(labels, entry): &(&Labels, &Entry)| {
            // An end in the future, as after the clock was set back, would fire until then.
            let (starts_at, ends_at) = match entry.phase {
                Phase::Firing => (entry.starts_at, now.max(entry.starts_at).plus(self.lease)),
                Phase::Ended(at) => (entry.starts_at.min(now), at.min(now)),
            };
            let (labels, annotations) = ((*labels).clone(), entry.annotations.clone());
            Posting { alert: Alert { labels, annotations, starts_at }, phase: entry.phase, ends_at }
        };
        due.into_iter().map(posting).collect()
    }

    /// How long `peer` has to be told nothing; `None` while there is nothing to tell at all.
    #[must_use]
    pub fn quiet(&self, peer: &str, now: Timestamp) -> Option<Duration> {
        self.entries.values().filter_map(|entry| self.wait(entry, peer, now)).min()
    }

    /// How long until `peer` has to be told of an alert; `None` if it never has to again.
    fn wait(&self, entry: &Entry, peer: &str, now: Timestamp) -> Option<Duration> {
        let Some(told) = entry.told.get(peer) else { return Some(Duration::ZERO) };
        if let Phase::Ended(at) = entry.phase
            && now.since(at).is_some_and(|span| span > self.farewell)
        {
            return None;
        }
        // Told in the future: the clock was set back.
        let passed = told.and_then(|told| now.since(told));
        Some(passed.map_or(Duration::ZERO, |passed| self.refresh.saturating_sub(passed)))
    }

    /// Notes that `peer` was told of these at `at`. What has changed meanwhile is still to be told.
    pub fn settle(&mut self, peer: &str, postings: &[Posting], at: Timestamp) {
        if !self.peers.contains(peer) {
            return;
        }
        for posting in postings {
            let Some(entry) = self.entries.get_mut(&posting.alert.labels) else { continue };
            if entry.phase == posting.phase && entry.starts_at == posting.alert.starts_at {
                self.is_changed |= entry.told.insert(peer.to_owned(), Some(at)).is_none();
            }
        }
    }

    /// Tellings that are due at `now`, over all peers.
    #[must_use]
    pub fn waiting(&self, now: Timestamp) -> u64 {
        let of_peer = |peer: &String| {
            self.entries.values().filter(|entry| self.wait(entry, peer, now) == Some(Duration::ZERO)).count()
        };
        u64::try_from(self.peers.iter().map(of_peer).sum::<usize>()).unwrap_or(u64::MAX)
    }

    /// Whether anything has changed that a restart must not forget, since this was asked last.
    pub fn take_change(&mut self) -> bool {
        std::mem::take(&mut self.is_changed)
    }

    /// Notes that the last change could not be kept.
    pub fn change_again(&mut self) {
        self.is_changed = true;
    }
}
