//! Alerts pushed to Alertmanager: one task looks how things stand, and one task for each peer tells it.
//!
//! A peer that does not answer holds up no other. What has changed is on disk before it is told, so that a service that was
//! killed ends what has ended meanwhile, and ends nothing by mistake. Time alone changes what fires (a maintenance begins,
//! a term is over, a round is late), so there is a look every few seconds, whatever the rounds do.

mod desk;
mod picture;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinSet;

use self::desk::Desk;
use super::service::Service;
use super::watched::Watched;
use crate::model::time::Clock;
use crate::publish::alertmanager::{AlertmanagerSettings, Delivery, Outage, Peer, delay};
use crate::publish::metrics::{Channel, DeliveryResult};
use crate::run::round::chain;

/// Longest time between two looks.
const LOOK: Duration = Duration::from_secs(10);
/// Longest time for which a peer that failed is left alone, unless it asks for more.
const MOST_BACKOFF: Duration = Duration::from_secs(60);

/// Pushes alerts until told to leave.
pub(super) async fn push(service: Arc<Service>, mut leaving: oneshot::Receiver<()>) {
    let mut office = Office::default();
    loop {
        let pause = office.look(&service).await;
        tokio::select! {
            // Also when the sender is gone.
            _ = &mut leaving => break,
            () = service.news() => {}
            () = tokio::time::sleep(pause) => {}
        }
    }
    // The last rounds may have ended something: it is told after the next start.
    office.look(&service).await;
}

/// Everything that depends on the configuration.
#[derive(Default)]
struct Office {
    /// The plan that `intervals` are of.
    watched: Option<Arc<Watched>>,
    intervals: BTreeMap<String, Duration>,
    open: Option<(AlertmanagerSettings, Arc<Desk>)>,
    tellers: JoinSet<()>,
}

impl Office {
    /// Looks how things stand, and calls those who tell; gives the time until the next look.
    async fn look(&mut self, service: &Arc<Service>) -> Duration {
        let (watched, now) = (service.watched(), Clock::System.now());
        if !self.watched.as_ref().is_some_and(|known| Arc::ptr_eq(known, &watched)) {
            self.intervals = watched.intervals(now);
            self.watched = Some(Arc::clone(&watched));
            self.configure(service, watched.plan.publish.alertmanager.as_ref());
        }
        let Some((settings, desk)) = &self.open else { return LOOK };
        let picture = picture::picture(service, (&watched.plan, settings), &self.intervals, now);
        desk.observe(picture, (&service.metrics, now));
        desk.keep(settings.queue.clone(), &service.metrics).await;
        desk.call();
        LOOK.min(settings.refresh)
    }

    /// Takes on what the configuration says; peers that go leave what they were told to its lease.
    fn configure(&mut self, service: &Arc<Service>, settings: Option<&AlertmanagerSettings>) {
        if self.open.as_ref().map(|(settings, _)| settings) == settings {
            return;
        }
        self.tellers.abort_all();
        let Some(settings) = settings else {
            self.open = None;
            service.metrics.close_channel(Channel::Alertmanager);
            return;
        };
        let peers = match Peer::open(settings) {
            Ok(peers) => peers,
            Err(error) => {
                tracing::error!(cause = chain(&error), "no client for Alertmanager");
                Vec::new()
            }
        };
        service.metrics.open_channel(Channel::Alertmanager);
        let desk = match self.open.take() {
            Some((_, desk)) => {
                desk.ledger().configure(settings);
                desk
            }
            None => Arc::new(Desk::open(settings, &service.metrics)),
        };
        for peer in peers {
            let teller = Teller { peer, desk: Arc::clone(&desk), service: Arc::clone(service), failures: 0 };
            self.tellers.spawn(teller.tell(settings.refresh.min(MOST_BACKOFF)));
        }
        self.open = Some((settings.clone(), desk));
    }
}

/// Tells one peer.
struct Teller {
    peer: Peer,
    desk: Arc<Desk>,
    service: Arc<Service>,
    /// Failures in a row.
    failures: u32,
}

impl Teller {
    async fn tell(mut self, most_backoff: Duration) {
        let mut news = self.desk.listen();
        loop {
            news.borrow_and_update();
            let now = Clock::System.now();
            let (due, quiet) = {
                let ledger = self.desk.ledger();
                (ledger.due(self.peer.address(), now), ledger.quiet(self.peer.address(), now))
            };
            if due.is_empty() {
                tokio::select! {
                    heard = news.changed() => if heard.is_err() { return },
                    () = tokio::time::sleep(quiet.unwrap_or(LOOK).min(LOOK)) => {}
                }
                continue;
            }
            let sent = due.len();
            let delivery = self.peer.deliver(due, now).await;
            {
                let mut ledger = self.desk.ledger();
                ledger.settle(self.peer.address(), &delivery.taken, now);
                let refused: Vec<_> = delivery.refused.iter().map(|(posting, _)| posting.clone()).collect();
                ledger.settle(self.peer.address(), &refused, now);
            }
            self.count(&delivery, sent);
            self.desk.count(&self.service.metrics, Clock::System.now());
            // Who knows what is written down.
            self.service.tell_news();
            if let Some(pause) = self.pause(delivery.outage, most_backoff) {
                tokio::time::sleep(pause).await;
            }
        }
    }

    fn count(&self, delivery: &Delivery, sent: usize) {
        let Delivery { taken, refused, .. } = delivery;
        for (posting, reason) in refused {
            let alert = posting.alert.labels.get("alertname").map_or("", String::as_str);
            tracing::error!(peer = self.peer.address(), alert, cause = reason, "alert refused by Alertmanager");
        }
        let failed = sent.saturating_sub(taken.len() + refused.len());
        for (result, count) in [
            (DeliveryResult::Delivered, taken.len()),
            (DeliveryResult::Rejected, refused.len()),
            (DeliveryResult::Failed, failed),
        ] {
            let count = u64::try_from(count).unwrap_or(u64::MAX);
            self.service.metrics.deliver(Channel::Alertmanager, result, count);
        }
    }

    /// How long the peer is left alone; `None` if it took everything. An outage is logged once.
    fn pause(&mut self, outage: Option<Outage>, most: Duration) -> Option<Duration> {
        let peer = self.peer.address();
        let Some(Outage { cause, retry_after }) = outage else {
            if self.failures > 0 {
                tracing::info!(peer, failures = self.failures, "Alertmanager takes alerts again");
            }
            self.failures = 0;
            return None;
        };
        if self.failures == 0 {
            tracing::warn!(peer, cause, "Alertmanager takes no alerts, they wait");
        }
        self.failures = self.failures.saturating_add(1);
        let backoff = delay(peer, self.failures, most);
        Some(retry_after.map_or(backoff, |asked| asked.max(backoff)))
    }
}
