//! Reports of the service: made when they are due, and sent until they have arrived.
//!
//! A report that came due while the service was down is made at its start, once. Channels do not wait for each other, and
//! rounds do not wait for reports.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinSet;

use super::service::Service;
use super::watched::Watched;
use crate::history::{DeliveryKey, Recipient, Settlement};
use crate::model::check::Stage;
use crate::model::time::{Clock, Timestamp};
use crate::publish::delivery::{ReportChannel, Way};
use crate::publish::metrics::{Channel, DeliveryResult, ReportAge};
use crate::run::delivery::{Attempt, DeliveryError, Desk, Due, Overview, send};
use crate::run::round::chain;

/// Longest time between two looks.
const LOOK: Duration = Duration::from_secs(10);
/// Shortest time between two looks.
const SOON: Duration = Duration::from_millis(100);
/// The reason under which reports that cannot be made or noted are counted.
const REASON: &str = "report";

/// All channels that reports take.
const CHANNELS: [Channel; 4] = [Channel::Email, Channel::Files, Channel::Slack, Channel::Webhook];

/// Makes and sends reports until told to leave.
pub(super) async fn report(service: Arc<Service>, mut leaving: oneshot::Receiver<()>) {
    let mut reporter =
        Reporter { service, sending: JoinSet::new(), taken: Vec::new(), kinds: BTreeMap::new(), trouble: None };
    loop {
        let pause = reporter.look().await;
        tokio::select! {
            // Also when the sender is gone.
            _ = &mut leaving => break,
            Some(ended) = reporter.sending.join_next() => reporter.end(ended.ok()),
            () = tokio::time::sleep(pause) => {}
        }
    }
    // What is under way may end; what does not is sent again after the next start.
    let grace = reporter.service.watched().plan.service.schedule.grace;
    let _ = tokio::time::timeout(grace, async { while reporter.sending.join_next().await.is_some() {} }).await;
}

struct Reporter {
    service: Arc<Service>,
    sending: JoinSet<Recipient>,
    /// Recipients to whom something is under way: one thing at a time.
    taken: Vec<Recipient>,
    /// What the channels of recipients are, or were when they were in the configuration last.
    kinds: BTreeMap<Recipient, Channel>,
    /// What is wrong with the history, told once.
    trouble: Option<String>,
}

impl Reporter {
    fn end(&mut self, recipient: Option<Recipient>) {
        match recipient {
            Some(recipient) => self.taken.retain(|taken| *taken != recipient),
            // It broke off: a fault that is told by the runtime. What it had claimed is free again in a while.
            None => self.taken.clear(),
        }
    }

    /// Looks what is due, and sends it; gives the time until the next look.
    async fn look(&mut self) -> Duration {
        let (watched, now) = (self.service.watched(), Clock::System.now());
        let publish = &watched.plan.publish;
        let (Some(_), Some(_)) = (&publish.reports, &publish.history) else {
            CHANNELS.into_iter().for_each(|channel| self.service.metrics.close_channel(channel));
            self.service.metrics.show_reports(BTreeMap::new());
            return LOOK;
        };
        let configuration = self.service.configuration();
        let looked = {
            let watched = Arc::clone(&watched);
            tokio::task::spawn_blocking(move || look(&watched, &configuration, now)).await
        };
        let (overview, given_up) = match looked.map_err(DeliveryError::from).and_then(|looked| looked) {
            Ok(Looked { overview, given_up, made }) => {
                self.note(made.err());
                (overview, given_up)
            }
            Err(error) => {
                self.note(Some(error));
                return LOOK;
            }
        };
        self.show(&watched, &overview, &given_up);
        for due in overview.due {
            self.start(&watched, due);
        }
        let next = watched.plan.service.schedule.report.as_ref().and_then(|schedule| schedule.next_after(now));
        let next = overview.next.into_iter().chain(next).min();
        next.and_then(|next| next.since(now)).map_or(LOOK, |left| left.clamp(SOON, LOOK))
    }

    /// Takes note of what keeps reports from being planned or made; the same is told once.
    fn note(&mut self, trouble: Option<DeliveryError>) {
        let trouble = trouble.map(|error| chain(&error));
        if let Some(cause) = &trouble {
            self.service.metrics.fail(Stage::Publish, REASON);
            if self.trouble.as_ref() != Some(cause) {
                tracing::error!(cause, "reports wait");
            }
        }
        self.trouble = trouble;
    }

    fn show(&mut self, watched: &Watched, overview: &Overview, given_up: &[(DeliveryKey, String)]) {
        let metrics = &self.service.metrics;
        let Some(settings) = &watched.plan.publish.reports else { return };
        for channel in CHANNELS {
            let is_used = settings.channels.iter().any(|used| self::channel(used) == channel)
                || (channel == Channel::Files && settings.to.is_some());
            if is_used {
                metrics.open_channel(channel);
                let open = overview.open.iter().filter(|open| self::channel(open) == channel).count();
                metrics.queue(channel, u64::try_from(open).unwrap_or(u64::MAX));
            } else {
                metrics.close_channel(channel);
            }
        }
        self.kinds.extend(overview.channels.iter().map(|channel| (channel.recipient(), self::channel(channel))));
        for (DeliveryKey { period, recipient }, cause) in given_up {
            let (audience, channel) = (&recipient.audience, &recipient.channel);
            tracing::error!(period, audience, channel, cause, "report given up");
            if let Some(kind) = self.kinds.get(recipient) {
                metrics.deliver(*kind, DeliveryResult::Dropped, 1);
            }
        }
        let now = Clock::System.now();
        let schedule = watched.plan.service.schedule.report.as_ref();
        let pace = schedule.map(|schedule| schedule.interval(now).unwrap_or_default().max(settings.cadence.length()));
        let age = |delivered_at: Timestamp| Some(ReportAge { delivered_at, period: pace? });
        let ages = overview.served.iter().filter_map(|(audience, at)| Some((audience.clone(), age(*at)?)));
        metrics.show_reports(ages.collect());
    }

    fn start(&mut self, watched: &Arc<Watched>, due: Due) {
        let recipient = due.key.recipient.clone();
        if self.taken.contains(&recipient) {
            return;
        }
        self.taken.push(recipient.clone());
        let (service, watched) = (Arc::clone(&self.service), Arc::clone(watched));
        self.sending.spawn(async move {
            let publish = &watched.plan.publish;
            if let (Some(settings), Some(path)) = (&publish.reports, &publish.history) {
                let attempt = send(path, &due, (settings, &watched.plan.snapshots.s3)).await;
                tell(&service, &due, attempt);
            }
            recipient
        });
    }
}

/// How things stand, what was given up, and whether all that is planned is made: what is made already is sent in any case.
struct Looked {
    overview: Overview,
    given_up: Vec<(DeliveryKey, String)>,
    made: Result<(), DeliveryError>,
}

/// Plans, gives up and makes.
fn look(watched: &Watched, configuration: &str, now: Timestamp) -> Result<Looked, DeliveryError> {
    let plan = &watched.plan;
    let (Some(settings), Some(path)) = (&plan.publish.reports, &plan.publish.history) else {
        return Ok(Looked { overview: Overview::default(), given_up: Vec::new(), made: Ok(()) });
    };
    let mut desk = Desk::open(path, plan, settings)?;
    if let Some(schedule) = &plan.service.schedule.report {
        desk.plan(schedule, now)?;
    }
    let given_up = desk.give_up(now)?;
    let made = desk.make((plan, configuration), now);
    Ok(Looked { overview: desk.overview(now)?, given_up, made })
}

/// Counts and logs what became of an attempt.
fn tell(service: &Service, due: &Due, attempt: Result<Attempt, DeliveryError>) {
    let DeliveryKey { period, recipient: Recipient { audience, channel } } = &due.key;
    let count = |result| service.metrics.deliver(self::channel(&due.channel), result, 1);
    match attempt {
        Ok(Attempt::NotOurs) => {}
        Ok(Attempt::Made(attempts, Settlement::Delivered)) => {
            count(DeliveryResult::Delivered);
            tracing::info!(period, audience, channel, attempts, "report delivered");
        }
        Ok(Attempt::Made(attempts, Settlement::Partly { error })) => {
            count(DeliveryResult::Delivered);
            tracing::error!(period, audience, channel, attempts, cause = error, "report delivered, but not to all");
        }
        Ok(Attempt::Made(attempts, Settlement::Again { error, .. })) => {
            count(DeliveryResult::Failed);
            tracing::warn!(period, audience, channel, attempts, cause = error, "report not delivered, it waits");
        }
        Ok(Attempt::Made(attempts, Settlement::Rejected { error })) => {
            count(DeliveryResult::Rejected);
            tracing::error!(period, audience, channel, attempts, cause = error, "report refused");
        }
        Err(error) => {
            service.metrics.fail(Stage::Publish, REASON);
            tracing::error!(period, audience, channel, cause = chain(&error), "what became of a report is not noted");
        }
    }
}

/// The label of a channel.
const fn channel(channel: &ReportChannel) -> Channel {
    match channel.way {
        Way::Files => Channel::Files,
        Way::Slack { .. } => Channel::Slack,
        Way::Webhook { .. } => Channel::Webhook,
        Way::Mail { .. } => Channel::Email,
    }
}
