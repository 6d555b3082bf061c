//! Enumerating the keys of a view.
//!
//! Every master is walked with `SCAN`, which gives each key at least once and may give it twice; keys written or dropped
//! during the walk may or may not be seen. A walk takes as many steps as the budget of a round has room for, and the next
//! round goes on from there: master by master, each with a cursor of its own. A master that joins, or has been started
//! anew, is walked from its beginning.

use super::RedisStore;
use super::exchange::Question;
use super::fault::Fault;
use super::feast_rows::project;
use super::node::Node;
use super::plain::{KeyRecognizer, Recognized};
use super::reply::{Ask, Reply};
use crate::feast::{entity_key, field};
use crate::model::choice::KeyCollector;
use crate::model::entity::EntityKey;
use crate::model::online::UnreadReason;
use crate::model::time::Clock;
use crate::model::view::FeatureView;
use crate::store::online::error::StoreError;
use crate::store::online::settings::{KeySerialization, RedisLayout};
use crate::store::online::{Leg, ScanCoverage, Walk};

/// Which keys belong to the view.
enum Filter<'a> {
    /// Keys that Feast wrote for the view's join keys, if the hash holds a row of the view.
    Feast { timestamp: Vec<u8> },
    /// Keys of the pattern.
    Plain(KeyRecognizer<'a>),
}

/// Offers every entity key of `view` to `collector`.
pub(super) async fn scan(
    store: &RedisStore,
    view: &FeatureView,
    (collector, walk): (&mut KeyCollector, &mut Walk),
) -> Result<ScanCoverage, StoreError> {
    let failed = |cause: String, reason| StoreError {
        attempt: format!("could not enumerate the keys of view `{}` in {}", view.name, store.name),
        cause,
        reason,
    };
    let (glob, filter) = match &store.layout {
        RedisLayout::Feast { keys: KeySerialization::V2 } => {
            let cause = "entity keys of serialization version 2 cannot be told apart: use the key source `offline`";
            return Err(failed(cause.to_owned(), UnreadReason::Protocol));
        }
        RedisLayout::Feast { keys: KeySerialization::V3 } => {
            let mut glob = b"*".to_vec();
            escape_glob(project(view).as_bytes(), &mut glob);
            (glob, Filter::Feast { timestamp: field::timestamp(&view.online_name).into_bytes() })
        }
        RedisLayout::Plain(layout) => {
            let recognizer =
                KeyRecognizer::new(layout, view).map_err(|error| failed(error.to_string(), UnreadReason::Protocol))?;
            (recognizer.glob(), Filter::Plain(recognizer))
        }
    };
    let attempts = store.exchange.budget.attempts;
    let mut coverage = ScanCoverage::default();
    let mut offering = Offering { collector, coverage: &mut coverage };
    let walked = Walker { store, view, glob: &glob, filter: &filter }.run(&mut offering, walk).await;
    walked
        .map(|()| coverage)
        .map_err(|fault| failed(format!("{}: {}", fault.node, fault.after(attempts)), fault.reason))
}

struct Walker<'a> {
    store: &'a RedisStore,
    view: &'a FeatureView,
    glob: &'a [u8],
    filter: &'a Filter<'a>,
}

/// Where keys go, and how many did.
struct Offering<'a> {
    collector: &'a mut KeyCollector,
    coverage: &'a mut ScanCoverage,
}

impl Offering<'_> {
    fn offer(&mut self, entity: &EntityKey) {
        self.collector.offer(entity);
        self.coverage.seen += 1;
    }
}

impl Walker<'_> {
    async fn run(&self, offering: &mut Offering<'_>, walk: &mut Walk) -> Result<(), Fault> {
        if walk.is_over() {
            *walk = Walk::default();
        }
        let nodes = self.store.exchange.directory.nodes();
        let addresses: Vec<String> = nodes.masters().map(|node| node.address().to_string()).collect();
        walk.set_out(&addresses);
        for (node, address) in nodes.masters().zip(&addresses) {
            if let Some(leg) = walk.leg(address).filter(|leg| !leg.is_over) {
                self.prepare(node, leg).await?;
            }
        }
        let mut left = self.store.exchange.budget.scan_keys;
        for (node, address) in nodes.masters().zip(&addresses) {
            let Some(leg) = walk.leg(address).filter(|leg| !leg.is_over) else { continue };
            while !leg.is_over && left > 0 {
                let (next, keys) = self.step(node, leg.cursor).await?;
                let asked = self.sort_out(keys, offering).await?;
                let cost = self.count() + asked;
                left = left.saturating_sub(cost);
                leg.cursor = next;
                leg.is_over = next == 0;
                leg.passed += self.count();
            }
        }
        Ok(())
    }

    /// Sees whether the leg is still one over what the node holds: a node that was started anew orders its keys anew.
    async fn prepare(&self, node: &Node, leg: &mut Leg) -> Result<(), Fault> {
        // Connections are numbered as they come, from a node's start on.
        let connection = self.number(node, &["CLIENT", "ID"]).await?;
        if connection.zip(leg.connection).is_some_and(|(now, before)| now < before) {
            *leg = Leg::default();
        }
        leg.connection = connection;
        if leg.held.is_none() {
            leg.held = self.number(node, &["DBSIZE"]).await?;
        }
        Ok(())
    }

    /// The number that a command answers; `None` where the node does not know it or the user may not send it.
    async fn number(&self, node: &Node, words: &[&str]) -> Result<Option<u64>, Fault> {
        let mut command = redis::Cmd::new();
        words.iter().for_each(|word| {
            command.arg(*word);
        });
        match self.store.exchange.command(node, command).await {
            Ok(answer) => Ok(redis::from_redis_value(answer).ok()),
            Err(fault) => match fault.reason {
                UnreadReason::Denied | UnreadReason::Protocol => Ok(None),
                UnreadReason::Connection | UnreadReason::Timeout => Err(fault),
            },
        }
    }

    fn count(&self) -> u64 {
        u64::from(self.store.exchange.budget.scan_count.max(1))
    }

    async fn step(&self, node: &Node, cursor: u64) -> Result<(u64, Vec<Vec<u8>>), Fault> {
        let count = self.store.exchange.budget.scan_count.max(1);
        self.store.exchange.pacer.admit(usize::try_from(count).unwrap_or(usize::MAX)).await;
        let mut command = redis::cmd("SCAN");
        command.arg(cursor).arg("MATCH").arg(self.glob).arg("COUNT").arg(count);
        let answer = self.store.exchange.command(node, command).await?;
        redis::from_redis_value(answer)
            .map_err(|_| Fault::new(node.name(), UnreadReason::Protocol, "the answer to `SCAN` has an unknown shape"))
    }

    /// Offers the entities among `keys`; gives how many questions that took.
    async fn sort_out(&self, keys: Vec<Vec<u8>>, offering: &mut Offering<'_>) -> Result<u64, Fault> {
        match self.filter {
            Filter::Plain(recognizer) => {
                for key in keys {
                    match recognizer.recognize(&key) {
                        Recognized::Entity(entity) => offering.offer(&entity),
                        Recognized::Timestamp => {}
                        Recognized::Foreign => offering.coverage.foreign += 1,
                    }
                }
                Ok(0)
            }
            Filter::Feast { timestamp } => {
                let mut entities = Vec::with_capacity(keys.len());
                let mut questions = Vec::with_capacity(keys.len());
                for key in keys {
                    match feast_entity(self.view, &key) {
                        Some(entity) => {
                            entities.push(entity);
                            questions.push(Question { key, ask: Ask::Holds(timestamp) });
                        }
                        None => offering.coverage.foreign += 1,
                    }
                }
                let answers = self.store.exchange.ask(&questions, Clock::System).await;
                for (entity, answer) in entities.iter().zip(answers) {
                    if answer.outcome? == Reply::Held {
                        offering.offer(entity);
                    } else {
                        offering.coverage.foreign += 1;
                    }
                }
                Ok(questions.len() as u64)
            }
        }
    }
}

fn feast_entity(view: &FeatureView, key: &[u8]) -> Option<EntityKey> {
    entity_key::decode(key).ok()?.entity_key(&view.join_keys, project(view).as_bytes())
}

/// Writes `literal` so that `MATCH` takes it for itself.
pub(super) fn escape_glob(literal: &[u8], glob: &mut Vec<u8>) {
    for byte in literal {
        if matches!(byte, b'*' | b'?' | b'[' | b']' | b'^' | b'-' | b'\\') {
            glob.push(b'\\');
        }
        glob.push(*byte);
    }
}
