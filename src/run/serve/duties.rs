//! What a service does at appointments: rounds, readings of tracked keys, comparisons of snapshots, captures.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::followed::Followed;
use super::publisher::{EndedRound, Letter};
use super::service::Service;
use super::watched::Watched;
use crate::history::{RoundFailure, RoundRecord};
use crate::model::captured::{Capture, CaptureLayout, CapturedRow};
use crate::model::check::Stage;
use crate::model::choice::{KeyChoice, KeyCollector};
use crate::model::entity::EntityKey;
use crate::model::measurement::RoundReport;
use crate::model::online::{OnlineReading, UnreadReason};
use crate::model::time::{Clock, Timestamp};
use crate::model::view::FeatureView;
use crate::publish::metrics::{Reach, cells};
use crate::run::captures::Captures;
use crate::run::round::{Beside, RoundOptions, Stores, chain, compare, service_round};
use crate::run::ticker::{Job, Tick};
use crate::store::snapshot::SnapshotError;

impl Service {
    /// Keeps one appointment.
    pub(super) async fn keep(self: Arc<Self>, tick: Tick) {
        let watched = self.watched();
        let Some(view) = watched.plan.views.iter().find(|view| view.name == tick.duty.feature_view) else { return };
        match tick.duty.job {
            Job::Round => self.round(&watched, view).await,
            Job::Availability => self.read_tracked(&watched, view).await,
            Job::Comparison => {
                let compared = compare(&watched.plan, view, &watched.snapshots).await;
                self.metrics.add_bytes_read(watched.take_bytes_read());
                if let Some(followed) = watched.followed(&view.name) {
                    followed.keep(Arc::new(compared));
                }
            }
            Job::Capture => self.capture(&watched, view, tick.due).await,
        }
    }

    /// One round of one view, from its appointment to its publication.
    async fn round(&self, watched: &Watched, view: &FeatureView) {
        let online = watched.online().await;
        let stores = Stores { online: online.as_deref(), snapshots: &watched.snapshots };
        let options = RoundOptions { as_of: None, progress: &|_| {} };
        let followed = watched.followed(&view.name);
        let learn = |sample: &_| followed.iter().for_each(|followed| followed.learn(sample));
        let mut beside = Beside {
            // Without appointments of its own, snapshots are compared in each round.
            compared: watched.standing_comparison(&view.name, Clock::System.now()),
            captures: self.captures(watched, view).await,
            standstill: followed.and_then(Followed::standstill),
            log: followed.and_then(Followed::take_log),
            observe: Some(&learn),
            ..Beside::default()
        };
        let report = service_round(&watched.plan, view, (stores, options), &mut beside).await;
        if let Some(followed) = followed {
            beside.left.into_iter().for_each(|left| followed.stand(left));
            beside.log.take().into_iter().for_each(|log| followed.keep_log(log));
            beside.made.take().into_iter().for_each(|made| followed.keep(made));
        }
        self.show_availability(watched, view);
        self.metrics.add_bytes_read(watched.take_bytes_read());
        let reach = match &online {
            Ok(_) => reach(&report, &view.name),
            Err(_) => Reach::Down,
        };
        if let (Ok(online), Reach::Down) = (&online, reach) {
            watched.forget(online).await;
        }
        let (published, publication) = oneshot::channel();
        let ended = std::mem::take(&mut beside.ended);
        let round = Box::new(EndedRound { view: view.name.clone(), report, reach, ended });
        self.write(Letter::Ended { round, published });
        // The publisher is gone only when the service is.
        let _ = publication.await;
    }

    /// The captured rows of a view; `None` where none are captured, or the history cannot be read.
    async fn captures(&self, watched: &Watched, view: &FeatureView) -> Option<Captures> {
        let plan = &watched.plan;
        let interval = plan.service.captures.get(&view.name)?.interval(Clock::System.now())?;
        match Captures::load(plan.publish.history.as_ref()?, &view.name, interval).await {
            Ok(captures) => Some(captures),
            Err(error) => {
                self.fail(view, Stage::Sample, (error.reason(), &chain(&error)));
                None
            }
        }
    }

    /// Reads the tracked keys.
    async fn read_tracked(&self, watched: &Watched, view: &FeatureView) {
        let Some(followed) = watched.followed(&view.name) else { return };
        let keys = followed.tracked();
        if keys.is_empty() {
            return;
        }
        // That the store cannot be reached is told by rounds, whose figures suffer from it.
        let Ok(online) = watched.online().await else { return };
        let readings = online.read(view, &keys, Clock::System).await;
        followed.observe(keys.iter().zip(&readings));
        self.show_availability(watched, view);
    }

    fn show_availability(&self, watched: &Watched, view: &FeatureView) {
        if let Some(followed) = watched.followed(&view.name) {
            self.metrics.observe(&view.name, followed.take());
        }
    }

    /// Keeps the online rows of the stable keys as they are now, at the cut.
    async fn capture(&self, watched: &Watched, view: &FeatureView, cut: Timestamp) {
        let online = match watched.online().await {
            Ok(online) => online,
            Err(error) => return self.fail(view, Stage::Sample, (error.reason.name(), &chain(&error))),
        };
        let known = watched.followed(&view.name).map(Followed::stable).unwrap_or_default();
        let keys = if known.is_empty() { chosen(watched, view).await } else { Ok(known) };
        let keys = match keys {
            Ok(keys) => keys,
            Err(error) => return self.fail(view, Stage::Sample, (error.reason(), &chain(&error))),
        };
        let readings = online.read(view, &keys, Clock::System).await;
        if let Some(unread) = readings.iter().find_map(|reading| reading.row.as_ref().err()) {
            self.fail(view, Stage::Sample, (unread.reason.name(), &unread.message));
        }
        let rows: Vec<CapturedRow> = keys.into_iter().zip(readings).filter_map(answered).collect();
        // A cut of which nothing is known must not stand for one that was judged.
        if rows.is_empty() {
            return;
        }
        let feature_view = view.name.clone();
        let capture = Capture { feature_view, cut, layout: CaptureLayout::of(view), rows };
        let (kept, keeping) = oneshot::channel();
        self.write(Letter::Captured { capture: Box::new(capture), kept });
        let _ = keeping.await;
    }

    /// Tells what could not be done for a view outside of its rounds.
    pub(super) fn fail(&self, view: &FeatureView, stage: Stage, (reason, cause): (&str, &str)) {
        self.metrics.fail(stage, reason);
        tracing::warn!(feature_view = view.name, stage = stage.name(), cause, "could not read all");
    }
}

/// The keys that a round would choose on the offline side: for a capture before the first round.
async fn chosen(watched: &Watched, view: &FeatureView) -> Result<Vec<EntityKey>, SnapshotError> {
    let (stable, stable_seed) = watched.stable_part();
    let mut collector = KeyCollector::new(KeyChoice { stable_seed, stable, rotating_seed: stable_seed, rotating: 0 });
    let snapshot = watched.snapshots.open(view, Clock::System.now()).await?;
    snapshot.choose_keys(&mut collector).await?;
    Ok(collector.into_keys())
}

/// What is captured of a reading; `None` where the store did not answer.
fn answered((key, reading): (EntityKey, OnlineReading)) -> Option<CapturedRow> {
    Some(CapturedRow { key, read_at: reading.read_at, row: reading.row.ok()? })
}

/// Whether the store answered in a round of the view. A refusal is an answer: one view that may not be read says nothing
/// of the others.
fn reach(report: &RoundReport, view: &str) -> Reach {
    let record = RoundRecord::of(report, view);
    let silences = [UnreadReason::Connection.name(), UnreadReason::Timeout.name()];
    let is_silence = |failure: &RoundFailure| silences.contains(&failure.reason.as_str());
    match record.round.measured.as_ref().map(cells) {
        None | Some((0, _)) => Reach::Unknown,
        Some((all, unread)) if unread == all && record.round.failures.iter().any(is_silence) => Reach::Down,
        Some(_) => Reach::Up,
    }
}
