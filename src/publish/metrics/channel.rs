//! What is sent to others, by the way that it takes.

use std::collections::BTreeMap;
use std::time::Duration;

use super::board::Page;
use super::family;
use super::row::real;
use super::{Metrics, hold};
use crate::model::time::Timestamp;

/// A way to reach others: a closed set, used as a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// Alerts pushed to Alertmanager.
    Alertmanager,
    /// Reports by mail.
    Email,
    /// Reports as files.
    Files,
    /// Reports to Slack.
    Slack,
    /// Reports to other receivers.
    Webhook,
}

impl Channel {
    /// The label's text.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alertmanager => "alertmanager",
            Self::Email => "email",
            Self::Files => "files",
            Self::Slack => "slack",
            Self::Webhook => "webhook",
        }
    }
}

/// What became of something that was sent: a closed set, used as a label.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DeliveryResult {
    /// It arrived.
    Delivered,
    /// It did not, and is sent again.
    Failed,
    /// It is no good to the other side.
    Rejected,
    /// It was given up, because too much waits.
    Dropped,
}

impl DeliveryResult {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Delivered, Self::Failed, Self::Rejected, Self::Dropped];

    /// The label's text.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Dropped => "dropped",
        }
    }
}

/// When an audience had its report last, and how often it is to have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReportAge {
    /// When it had it through each of its channels; before the first one, since when it is to have some.
    pub delivered_at: Timestamp,
    /// The time between two.
    pub period: Duration,
}

/// The series of one channel.
#[derive(Debug, Default)]
pub(super) struct ChannelBoard {
    results: [u64; DeliveryResult::ALL.len()],
    waiting: u64,
}

impl ChannelBoard {
    pub(super) fn count(&mut self, result: DeliveryResult, count: u64) {
        let results = DeliveryResult::ALL.into_iter().zip(&mut self.results);
        results.filter(|(known, _)| *known == result).for_each(|(_, sum)| *sum += count);
    }

    /// Takes in how much waits; gives whether that changed.
    pub(super) const fn wait(&mut self, waiting: u64) -> bool {
        let is_new = self.waiting != waiting;
        self.waiting = waiting;
        is_new
    }

    pub(super) fn expose(&self, channel: Channel, page: &mut Page) {
        for (result, count) in DeliveryResult::ALL.into_iter().zip(self.results) {
            page.family(&family::DELIVERIES).push(&[channel.name(), result.name()], real(count));
        }
        page.family(&family::DELIVERY_QUEUE).push(&[channel.name()], real(self.waiting));
    }
}

impl Metrics {
    /// Shows a channel from now on; what it counted before stays.
    pub fn open_channel(&self, channel: Channel) {
        self.change_process(|process| {
            process.channels.entry(channel).or_default();
        });
    }

    /// Shows a channel no more.
    pub fn close_channel(&self, channel: Channel) {
        self.change_process(|process| {
            process.channels.remove(&channel);
        });
    }

    /// Counts what became of things sent through a channel; a channel that is not shown counts nothing.
    pub fn deliver(&self, channel: Channel, result: DeliveryResult, count: u64) {
        if count == 0 {
            return;
        }
        self.change_process(|process| {
            if let Some(board) = process.channels.get_mut(&channel) {
                board.count(result, count);
            }
        });
    }

    /// Says how much waits to be sent through a channel.
    pub fn queue(&self, channel: Channel, waiting: u64) {
        let is_news = hold(&self.process).channels.get_mut(&channel).is_some_and(|board| board.wait(waiting));
        if is_news {
            self.changed();
        }
    }

    /// Shows when each audience had its report last; of others there is nothing to show.
    pub fn show_reports(&self, reports: BTreeMap<String, ReportAge>) {
        let is_news = {
            let mut process = hold(&self.process);
            let is_news = process.reports != reports;
            process.reports = reports;
            is_news
        };
        if is_news {
            self.changed();
        }
    }
}
