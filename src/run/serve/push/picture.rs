//! What should fire at Alertmanager at the moment: findings that are told, and what keeps them from being found.
//!
//! Who is told by the service has no rules in Prometheus, so rounds that do not succeed, checks without a verdict, a
//! store that does not answer and the alert that always fires are pushed too.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::config::{Plan, PublishMode};
use crate::judge::LiveFinding;
use crate::model::schedule::Schedule;
use crate::model::time::Timestamp;
use crate::model::view::FeatureView;
use crate::publish::alertmanager::{Alert, AlertmanagerSettings, Picture, Wording};
use crate::run::serve::service::Service;
use crate::run::serve::vitals::{StorePulse, Vitals};

/// Rounds that have to fail in a row.
const ROUNDS: u32 = 3;

/// How things stand with `plan` at `now`; `intervals` are the usual times between the rounds of views. A service that only
/// observes tells nothing at all.
pub(super) fn picture(
    service: &Service,
    (plan, settings): (&Plan, &AlertmanagerSettings),
    intervals: &BTreeMap<String, Duration>,
    now: Timestamp,
) -> Picture {
    let mut picture = Picture::default();
    match plan.publish.mode {
        PublishMode::Observe => return picture,
        PublishMode::Alert => {}
    }
    let wording = Wording { settings, store: plan.online.kind() };
    let vitals = service.vitals().clone();
    picture.alerts.push(wording.watchdog(vitals.started_at()));
    match vitals.store() {
        StorePulse::Up => {}
        StorePulse::Unknown => {
            // After a restart nobody knows yet whether it has come back.
            picture.undecided.insert(wording.store_down(now).labels);
        }
        StorePulse::Down { since } => {
            let alert = wording.store_down(since);
            // What is away for less than a refresh may be starting anew.
            if now.since(since).is_some_and(|span| span >= settings.refresh) {
                picture.alerts.push(alert);
            } else {
                picture.undecided.insert(alert.labels);
            }
        }
    }
    picture.undecided_views.clone_from(vitals.forgotten());
    let findings = service.findings();
    for view in plan.views.iter().filter(|view| !is_maintained(plan, view, now)) {
        let pace = intervals.get(&view.name).map(|usual| (plan.service.schedule.of(&view.name), *usual));
        picture.alerts.extend(not_running(wording, view, (&vitals, pace), now));
        let Some(own) = findings.get(&view.name) else { continue };
        let told = |live: &LiveFinding| {
            let since = live.fired_at.unwrap_or(live.first_seen);
            Some(wording.finding(view, &live.finding, (live.told()?, since)))
        };
        picture.alerts.extend(own.live(plan, now).iter().filter_map(told));
        let silent = own.silent().iter().filter(|(_, since)| late(pace, *since).is_some_and(|late| late <= now));
        picture.alerts.extend(
            silent.map(|((feature, check), since)| wording.not_judged(view, (feature.as_deref(), *check), since)),
        );
    }
    picture
}

fn is_maintained(plan: &Plan, view: &FeatureView, now: Timestamp) -> bool {
    let mut windows = plan.service.tolerated.maintenance.iter().filter(|window| window.feature_view == view.name);
    windows.any(|window| window.open_until(now).is_some())
}

fn not_running(
    wording: Wording<'_>,
    view: &FeatureView,
    (vitals, pace): (&Vitals, Option<(&Schedule, Duration)>),
    now: Timestamp,
) -> Option<Alert> {
    let last = vitals.last_success(&view.name);
    let late = late(pace, last.unwrap_or(vitals.started_at())).filter(|late| *late <= now)?;
    Some(wording.not_running(view, last, late))
}

/// When three rounds after `since` should have ended: three usual intervals later, and not before the third appointment
/// has come, so that a schedule may rest over night. `None` for a schedule that has ended.
fn late(pace: Option<(&Schedule, Duration)>, since: Timestamp) -> Option<Timestamp> {
    let (schedule, usual) = pace?;
    let third = (0..ROUNDS).try_fold(since, |at, _| schedule.next_after(at))?;
    Some(third.max(since.plus(usual.saturating_mul(ROUNDS))))
}
