//! What is sent to others, by the way that it takes.

use std::time::Duration;

use super::board::Page;
use super::family;
use super::row::real;
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
