//! What is due, for whom, and the reports themselves. It waits for the disk: not for a thread that others wait for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::DeliveryError;
use crate::config::Plan;
use crate::history::{Delivery, DeliveryKey, DeliveryLedger, DeliveryState, HistoryReader, Recipient};
use crate::model::schedule::Schedule;
use crate::model::time::Timestamp;
use crate::publish::delivery::{Audience, Edition, ReportCadence, ReportChannel, ReportSettings, Way};
use crate::publish::report::ReportPeriod;
use crate::run::report::{WantedReport, report};

/// How long messages wait for the files that they link to.
const HOLD: Duration = Duration::from_secs(15 * 60);

/// A report that is due to be sent through a channel.
#[derive(Clone, Debug)]
pub struct Due {
    /// The delivery.
    pub key: DeliveryKey,
    /// The channel.
    pub channel: ReportChannel,
}

/// How things stand with all channels.
#[derive(Clone, Debug, Default)]
pub struct Overview {
    /// What is to be sent now, files before messages that link to them.
    pub due: Vec<Due>,
    /// All channels.
    pub channels: Vec<ReportChannel>,
    /// The channel of each delivery that has not ended.
    pub open: Vec<ReportChannel>,
    /// When each audience had a report last through each of its channels, or since when it is to have some.
    pub served: BTreeMap<String, Timestamp>,
    /// When there is something to do again, as far as that is known.
    pub next: Option<Timestamp>,
}

/// Plans and makes reports.
#[derive(Debug)]
pub struct Desk {
    ledger: DeliveryLedger,
    path: PathBuf,
    channels: BTreeMap<Recipient, ReportChannel>,
    settings: ReportSettings,
}

impl Desk {
    /// The desk of a plan's reports, over the history at `path`.
    ///
    /// # Errors
    /// When the history is not there, cannot be written, or is not up to date.
    pub fn open(path: &Path, plan: &Plan, settings: &ReportSettings) -> Result<Self, DeliveryError> {
        let teams: BTreeSet<&str> = plan.views.iter().filter_map(|view| view.team.as_deref()).collect();
        let channels = settings.all_channels(&teams.into_iter().collect::<Vec<_>>());
        Ok(Self {
            ledger: DeliveryLedger::open(path)?,
            path: path.to_owned(),
            channels: channels.into_iter().map(|channel| (channel.recipient(), channel)).collect(),
            settings: settings.clone(),
        })
    }

    /// Plans what has come due by the schedule since it was looked at last; of several appointments the last one. A channel
    /// that is new has its first report at its next appointment.
    ///
    /// # Errors
    /// When the history cannot be written.
    pub fn plan(&mut self, schedule: &Schedule, now: Timestamp) -> Result<(), DeliveryError> {
        let mut planned = Vec::new();
        for recipient in self.channels.keys() {
            match self.ledger.standing(recipient)? {
                // The clock was set back: appointments up to now are those that come next.
                Some(standing) if standing.planned_until > now => planned.push((recipient.clone(), None)),
                Some(standing) => {
                    if let Some(due) = last_due(schedule, standing.planned_until, now) {
                        planned.push((recipient.clone(), period(self.settings.cadence, due, schedule)));
                    }
                }
                None => planned.push((recipient.clone(), None)),
            }
        }
        if !planned.is_empty() {
            self.ledger.plan(&planned, now)?;
        }
        Ok(())
    }

    /// Plans the report of a period for channels now, whatever the schedule says. What has arrived is not sent again.
    ///
    /// # Errors
    /// When the history cannot be written.
    pub fn ask(
        &mut self,
        period: &ReportPeriod,
        team: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<Due>, DeliveryError> {
        let is_wanted = |channel: &&ReportChannel| match (&channel.audience, team) {
            (_, None) => true,
            (Audience::Team(own), Some(team)) => own == team,
            (Audience::Everyone | Audience::Others, Some(_)) => false,
        };
        let mut asked: Vec<Due> = (self.channels.values().filter(is_wanted))
            .map(|channel| Due {
                key: DeliveryKey { period: period.to_string(), recipient: channel.recipient() },
                channel: channel.clone(),
            })
            .collect();
        asked.sort_by_key(|due| !is_files(&due.channel));
        let keys: Vec<DeliveryKey> = asked.iter().map(|due| due.key.clone()).collect();
        self.ledger.ask(&keys, now)?;
        Ok(asked)
    }

    /// Makes the reports that are planned and not made yet.
    ///
    /// # Errors
    /// When a report cannot be made or kept; those before it are.
    pub fn make(&mut self, (plan, configuration): (&Plan, &str), now: Timestamp) -> Result<(), DeliveryError> {
        let open = self.ledger.open_deliveries()?;
        for delivery in open.iter().filter(|delivery| !delivery.is_made) {
            let DeliveryKey { period, recipient } = &delivery.key;
            let Some(channel) = self.channels.get(recipient) else { continue };
            let zone = plan.service.schedule.zone;
            let Ok(parsed) = ReportPeriod::parse(period, zone) else { continue };
            let edition = self.edition((plan, configuration), (&channel.audience, parsed), now)?;
            self.ledger.keep((period, &recipient.audience), &edition.pack()?, now)?;
        }
        Ok(())
    }

    fn edition(
        &self,
        (plan, configuration): (&Plan, &str),
        (audience, period): (&Audience, ReportPeriod),
        now: Timestamp,
    ) -> Result<Edition, DeliveryError> {
        let history = HistoryReader::open(&self.path)?;
        let team = match audience {
            Audience::Everyone | Audience::Others => None,
            Audience::Team(team) => Some(team.clone()),
        };
        let wanted = WantedReport { period, team, view: None, configuration: configuration.to_owned() };
        let made = match audience {
            Audience::Everyone | Audience::Team(_) => report(&history, plan, (&wanted, now))?,
            Audience::Others => {
                let mut others = plan.clone();
                let has_channel = |team: &String| self.settings.has_channel(team);
                others.views.retain(|view| !view.team.as_ref().is_some_and(has_channel));
                report(&history, &others, (&wanted, now))?
            }
        };
        Ok(Edition::of(&made, (audience, self.settings.base_url.as_deref()))?)
    }

    /// Gives up what is too old, and what has no channel any more; gives what that was.
    ///
    /// # Errors
    /// When the history cannot be written.
    pub fn give_up(&mut self, now: Timestamp) -> Result<Vec<(DeliveryKey, String)>, DeliveryError> {
        let mut given_up = Vec::new();
        for delivery in self.ledger.open_deliveries()? {
            if delivery.state == DeliveryState::Sending && delivery.next_at > now {
                continue;
            }
            if !self.channels.contains_key(&delivery.key.recipient) {
                given_up.push((delivery.key, "the channel is no longer in the configuration".to_owned()));
            } else if now.since(delivery.planned_at).is_some_and(|age| age > self.settings.give_up_after) {
                let last =
                    delivery.error.map_or_else(|| "it was never sent".to_owned(), |error| format!("at last {error}"));
                let clause = "it could not be delivered for too long";
                given_up.push((delivery.key, format!("{clause}: {last}")));
            }
        }
        if !given_up.is_empty() {
            self.ledger.give_up(&given_up, now)?;
        }
        Ok(given_up)
    }

    /// How things stand with a period's deliveries.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub fn deliveries_of(&self, period: &ReportPeriod) -> Result<Vec<Delivery>, DeliveryError> {
        Ok(self.ledger.deliveries_of(&period.to_string())?)
    }

    /// How things stand with all channels.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub fn overview(&self, now: Timestamp) -> Result<Overview, DeliveryError> {
        let open = self.ledger.open_deliveries()?;
        let mut overview = Overview { channels: self.channels.values().cloned().collect(), ..Overview::default() };
        for delivery in &open {
            let Some(channel) = self.channels.get(&delivery.key.recipient) else { continue };
            overview.open.push(channel.clone());
            let held = self.held_until(delivery, channel, &open);
            let at = held.map_or(delivery.next_at, |until| until.max(delivery.next_at));
            if delivery.is_made && at <= now {
                overview.due.push(Due { key: delivery.key.clone(), channel: channel.clone() });
            } else {
                overview.next = Some(overview.next.map_or(at, |next| next.min(at)));
            }
        }
        overview.due.sort_by_key(|due| !is_files(&due.channel));
        for (recipient, channel) in &self.channels {
            let Some(standing) = self.ledger.standing(recipient)? else { continue };
            let at = standing.delivered_at.unwrap_or(standing.since);
            let served = overview.served.entry(channel.audience.to_string()).or_insert(at);
            *served = at.min(*served);
        }
        Ok(overview)
    }

    /// Until when a message waits for the files that it links to; `None` if it does not.
    fn held_until(&self, delivery: &Delivery, channel: &ReportChannel, open: &[Delivery]) -> Option<Timestamp> {
        self.settings.base_url.as_ref()?;
        if is_files(channel) {
            return None;
        }
        let of = match &channel.audience {
            Audience::Everyone | Audience::Others => Audience::Everyone,
            Audience::Team(_) => channel.audience.clone(),
        };
        let is_theirs = |other: &&Delivery| {
            other.key.period == delivery.key.period
                && self.channels.get(&other.key.recipient).is_some_and(|files| is_files(files) && files.audience == of)
        };
        open.iter().find(is_theirs).map(|files| files.planned_at.plus(HOLD))
    }
}

fn is_files(channel: &ReportChannel) -> bool {
    match channel.way {
        Way::Files => true,
        Way::Slack { .. } | Way::Webhook { .. } | Way::Mail { .. } => false,
    }
}

/// The last appointment after `planned` up to `now`; `None` if there was none.
fn last_due(schedule: &Schedule, planned: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let mut due = schedule.next_after(planned).filter(|due| *due <= now)?;
    // From here on the last one is not far: a pause of years would be long to walk through.
    if let Some(rhythm) = schedule.rhythm(now) {
        let near = now.minus(rhythm.longest.saturating_mul(2));
        due = schedule.next_after(near.max(planned)).filter(|due| *due <= now).unwrap_or(due);
    }
    while let Some(later) = schedule.next_after(due).filter(|later| *later <= now) {
        due = later;
    }
    Some(due)
}

/// The name of the period that an appointment speaks of; `None` outside the calendar.
fn period(cadence: ReportCadence, due: Timestamp, schedule: &Schedule) -> Option<String> {
    let period = match cadence {
        ReportCadence::Week => ReportPeriod::last_week(due, schedule.zone()),
        ReportCadence::Day => ReportPeriod::last_day(due, schedule.zone()),
    };
    period.map(|period| period.to_string())
}
