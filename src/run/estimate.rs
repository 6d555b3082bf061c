//! What a round of a view will cost its stores, from a look at both.
//!
//! The look is small: the footers of the snapshot, a short walk over the online store's keys and one read of some of them.
//! What it finds is scaled to a round. Rows that look wrong are read up to twice more, which nobody can tell before.

use std::time::{Duration, Instant};

use super::callers::{CallersCost, callers_cost};
use super::round::chain;
use crate::config::Plan;
use crate::model::choice::{KeyChoice, KeyCollector};
use crate::model::entity::{EntityKey, KeyKind, KeyValue};
use crate::model::time::Clock;
use crate::model::view::FeatureView;
use crate::sample::KeySource;
use crate::stats::real;
use crate::store::online::{OnlineSettings, OnlineStore, OnlineTraffic, RedisLayout, Walk};
use crate::store::snapshot::{Reading, SnapshotStore, Traffic};

/// Keys of the key space that the look walks past.
const WALKED: u64 = 20_000;

/// Keys that it remembers.
const MOST: usize = 50_000;

/// Keys that it reads: more than those whose expiry is asked for too, as in a round.
const READ: usize = 200;

/// What a round of one view will cost, about.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// The view.
    pub feature_view: String,
    /// Entity keys that the online store holds of it; `None` where it is no source of keys or cannot be walked.
    pub online_keys: Option<u64>,
    /// Rows of the snapshot; `None` where it cannot be read.
    pub offline_rows: Option<u64>,
    /// Entity keys in the sample of a round, at most.
    pub sampled_keys: u64,
    /// What a round asks of the online store; `None` for a file.
    pub online: Option<OnlineTraffic>,
    /// What the first round reads of the snapshot.
    pub first_round: Option<Traffic>,
    /// What a round reads of it that follows over the same files.
    pub unchanged_round: Option<Traffic>,
    /// What learning what callers get asks of those who serve them.
    pub callers: CallersCost,
    /// How long reading online takes: by the budget where it sets a rate, else as fast as the look was.
    pub duration: Duration,
    /// The usual time between two rounds.
    pub interval: Option<Duration>,
    /// What was refused or did not answer; then the figures lack it.
    pub failures: Vec<String>,
}

impl Estimate {
    /// Whether rounds take longer than the time between two of them.
    #[must_use]
    pub fn is_too_slow(&self) -> bool {
        self.interval.is_some_and(|interval| self.duration > interval)
    }
}

/// A look at the online store.
#[derive(Default)]
struct Look {
    keys: Option<u64>,
    /// What a walk of one round costs.
    walk: OnlineTraffic,
    walked: u64,
    walking: Duration,
    sampled: Vec<EntityKey>,
}

/// Estimates what a round of each view costs.
pub async fn estimates(plan: &Plan, snapshots: &SnapshotStore) -> Vec<Estimate> {
    let online = OnlineStore::connect(&short(&plan.online)).await;
    let mut estimates = Vec::with_capacity(plan.views.len());
    for view in &plan.views {
        // Whoever cannot be reached is told of elsewhere.
        let mut estimate = estimate(plan, view, (online.as_ref().ok(), snapshots)).await;
        let sampled = (estimate.sampled_keys, snapshots);
        estimate.callers = callers_cost(plan, view, sampled, &mut estimate.failures).await;
        estimates.push(estimate);
    }
    estimates
}

/// The store with a walk that is short.
fn short(settings: &OnlineSettings) -> OnlineSettings {
    let mut short = settings.clone();
    if let OnlineSettings::Redis(redis) = &mut short {
        redis.budget.scan_keys = redis.budget.scan_keys.min(WALKED);
    }
    short
}

async fn estimate(
    plan: &Plan,
    view: &FeatureView,
    (online, snapshots): (Option<&OnlineStore>, &SnapshotStore),
) -> Estimate {
    let now = Clock::System.now();
    let mut estimate = Estimate {
        feature_view: view.name.clone(),
        online_keys: None,
        offline_rows: None,
        sampled_keys: 0,
        online: None,
        first_round: None,
        unchanged_round: None,
        callers: CallersCost::default(),
        duration: Duration::ZERO,
        interval: plan.service.schedule.of(&view.name).interval(now),
        failures: Vec::new(),
    };
    let before = snapshots.traffic();
    if let Ok(listed) = snapshots.list(view, now).await {
        let listing = since(before, snapshots.traffic());
        if let Ok(snapshot) = listed.open().await {
            let opening = since(before, snapshots.traffic());
            let toll = snapshot.toll(if plan.sample.sources.contains(&KeySource::Offline) {
                Reading::KeysAndVersions
            } else {
                Reading::Versions
            });
            let first = Traffic { requests: opening.requests + toll.requests, bytes: opening.bytes + toll.bytes };
            let kept = plan.sample.cache.of_service(plan.publish.history.as_deref());
            estimate.offline_rows = Some(snapshot.rows_stored());
            estimate.first_round = Some(first);
            let again = Traffic { bytes: 0, ..listing };
            estimate.unchanged_round = Some(if kept.folder().is_some() { again } else { first });
        }
    }
    estimate.sampled_keys = sampled(plan, &estimate);
    let Some(online) = online else { return estimate };
    let mut look = Look::default();
    if plan.sample.sources.contains(&KeySource::Online) {
        match walk(plan, view, online).await {
            Ok(walked) => look = walked,
            Err(failure) => estimate.failures.push(failure),
        }
    }
    estimate.online_keys = look.keys;
    estimate.sampled_keys = sampled(plan, &estimate);
    read(plan, view, (online, &look), &mut estimate).await;
    estimate
}

pub(super) fn since(before: Traffic, now: Traffic) -> Traffic {
    Traffic { requests: now.requests - before.requests, bytes: now.bytes - before.bytes }
}

/// Keys of the largest source; the union of several is seldom much larger.
fn sampled(plan: &Plan, estimate: &Estimate) -> u64 {
    let most = plan.sample.keys as u64;
    let of_source = |source: &KeySource| match source {
        KeySource::Online => estimate.online_keys.map_or(most, |keys| keys.min(most)),
        KeySource::Offline => estimate.offline_rows.map_or(most, |rows| rows.min(most)),
        KeySource::File(_) => most,
    };
    plan.sample.sources.iter().map(of_source).max().unwrap_or(0)
}

/// Walks a little, and scales it to the walk of a round.
async fn walk(plan: &Plan, view: &FeatureView, online: &OnlineStore) -> Result<Look, String> {
    let choice = KeyChoice { stable_seed: plan.sample.seed, stable: MOST, rotating_seed: 0, rotating: 0 };
    let (mut collector, mut walk) = (KeyCollector::new(choice), Walk::default());
    let (before, begun) = (online.traffic().unwrap_or_default(), Instant::now());
    let seen = online.scan(view, &mut collector, &mut walk).await.map_err(|error| chain(&error))?.seen;
    let (spent, walking) = (spent(before, online.traffic().unwrap_or_default()), begun.elapsed());
    let sampled = collector.into_keys();
    let passed: u64 = walk.legs().values().map(|leg| leg.passed).sum();
    let held: Option<u64> = walk.legs().values().map(|leg| leg.held).sum();
    let share = walk.share().filter(|share| *share > 0.0).unwrap_or(1.0);
    let (count, most) = match &plan.online {
        OnlineSettings::Redis(redis) => (u64::from(redis.budget.scan_count.max(1)), redis.budget.scan_keys),
        OnlineSettings::Sqlite(_) => (1, u64::MAX),
    };
    // What is asked about single keys counts against the budget as well as what is walked past.
    let asked = spent.commands.saturating_sub(passed / count);
    let reaches = scaled(most, passed, (passed + asked).max(1)).max(count);
    let walked = if walk.is_over() { passed } else { held.unwrap_or(reaches).min(reaches) };
    let times = if walk.is_over() { 1.0 } else { ratio(walked, passed.max(1)) };
    Ok(Look {
        keys: Some(match &plan.online {
            OnlineSettings::Redis(_) => entities(sampled.len(), share, keys_of_entity(plan, view)),
            OnlineSettings::Sqlite(_) => seen,
        }),
        walk: OnlineTraffic { commands: multiplied(spent.commands, times), bytes: multiplied(spent.bytes, times) },
        walked: walked + multiplied(asked, times),
        walking: walking.mul_f64(times),
        sampled,
    })
}

fn spent(before: OnlineTraffic, now: OnlineTraffic) -> OnlineTraffic {
    OnlineTraffic { commands: now.commands - before.commands, bytes: now.bytes - before.bytes }
}

/// Keys of the store that one entity has.
fn keys_of_entity(plan: &Plan, view: &FeatureView) -> usize {
    match &plan.online {
        OnlineSettings::Redis(redis) => match &redis.layout {
            RedisLayout::Plain(layout) if layout.key.contains("{feature}") => view.features.len().max(1),
            RedisLayout::Plain(_) | RedisLayout::Feast { .. } => 1,
        },
        OnlineSettings::Sqlite(_) => 1,
    }
}

/// How many entities there are of which `found` were seen in a `share` of the key space, where each has so many keys.
fn entities(found: usize, share: f64, keys: usize) -> u64 {
    let seen = 1.0 - (1.0 - share.min(1.0)).powi(i32::try_from(keys).unwrap_or(i32::MAX));
    multiplied(found as u64, 1.0 / seen.max(f64::MIN_POSITIVE))
}

/// Reads some keys, and scales it to the sample of a round.
async fn read(plan: &Plan, view: &FeatureView, (online, look): (&OnlineStore, &Look), estimate: &mut Estimate) {
    let sampled = usize::try_from(estimate.sampled_keys).unwrap_or(usize::MAX).min(READ);
    let made_up = [made_up(view)];
    let known = if look.sampled.is_empty() { &made_up } else { look.sampled.as_slice() };
    let keys: Vec<EntityKey> = known.iter().cycle().take(sampled).cloned().collect();
    let (before, begun) = (online.traffic(), Instant::now());
    let readings = online.read(view, &keys, Clock::System).await;
    let reading = begun.elapsed();
    for unread in readings.iter().filter_map(|reading| reading.row.as_ref().err()) {
        if estimate.failures.iter().all(|told| **told != *unread.message) {
            estimate.failures.push(unread.message.to_string());
        }
    }
    let times = ratio(estimate.sampled_keys, (keys.len() as u64).max(1));
    estimate.online = before.zip(online.traffic()).map(|(before, now)| {
        let spent = spent(before, now);
        OnlineTraffic {
            commands: look.walk.commands + multiplied(spent.commands, times),
            bytes: look.walk.bytes + multiplied(spent.bytes, times),
        }
    });
    let rate = match &plan.online {
        OnlineSettings::Redis(redis) => redis.budget.keys_per_second,
        OnlineSettings::Sqlite(_) => None,
    };
    estimate.duration = match rate {
        Some(rate) => Duration::from_secs_f64(ratio(estimate.sampled_keys + look.walked, u64::from(rate))),
        None => look.walking + reading.mul_f64(times),
    };
}

/// A key of the view's types that nobody has: what asking for it costs, asking for any other costs.
pub(super) fn made_up(view: &FeatureView) -> EntityKey {
    let value = |kind: KeyKind| match kind {
        KeyKind::String => KeyValue::String("nobody".into()),
        KeyKind::Int32 => KeyValue::Int32(i32::MIN),
        KeyKind::Int64 => KeyValue::Int64(i64::MIN),
        KeyKind::Bytes => KeyValue::Bytes([0].into()),
        KeyKind::UnixTimestamp => KeyValue::UnixTimestamp(0),
    };
    EntityKey::new(view.join_keys.iter().map(|join_key| value(join_key.kind)).collect::<Vec<_>>())
}

fn ratio(part: u64, whole: u64) -> f64 {
    real(part) / real(whole)
}

fn scaled(number: u64, part: u64, whole: u64) -> u64 {
    multiplied(number, ratio(part, whole))
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an estimate of a count, never negative")]
fn multiplied(number: u64, times: f64) -> u64 {
    (real(number) * times).round() as u64
}
