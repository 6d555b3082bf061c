//! Enumerating the keys of a view.
//!
//! Every master is walked with `SCAN`, which gives each key at least once and may give it twice; keys written or dropped
//! during the walk may or may not be seen.

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
use crate::store::online::ScanCoverage;
use crate::store::online::error::StoreError;
use crate::store::online::settings::{KeySerialization, RedisLayout};

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
    collector: &mut KeyCollector,
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
    let walked = Walk { store, view, glob: &glob, filter: &filter }.run(collector).await;
    walked.map_err(|fault| failed(format!("{}: {}", fault.node, fault.after(attempts)), fault.reason))
}

struct Walk<'a> {
    store: &'a RedisStore,
    view: &'a FeatureView,
    glob: &'a [u8],
    filter: &'a Filter<'a>,
}

impl Walk<'_> {
    async fn run(&self, collector: &mut KeyCollector) -> Result<ScanCoverage, Fault> {
        let mut coverage = ScanCoverage::default();
        let nodes = self.store.exchange.directory.nodes();
        for node in nodes.masters() {
            let mut cursor = 0;
            loop {
                let (next, keys) = self.step(node, cursor).await?;
                self.sort_out(keys, collector, &mut coverage).await?;
                if next == 0 {
                    break;
                }
                cursor = next;
            }
        }
        Ok(coverage)
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

    async fn sort_out(
        &self,
        keys: Vec<Vec<u8>>,
        collector: &mut KeyCollector,
        coverage: &mut ScanCoverage,
    ) -> Result<(), Fault> {
        match self.filter {
            Filter::Plain(recognizer) => {
                for key in keys {
                    match recognizer.recognize(&key) {
                        Recognized::Entity(entity) => offer(&entity, collector, coverage),
                        Recognized::Timestamp => {}
                        Recognized::Foreign => coverage.foreign += 1,
                    }
                }
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
                        None => coverage.foreign += 1,
                    }
                }
                let answers = self.store.exchange.ask(&questions, Clock::System).await;
                for (entity, answer) in entities.iter().zip(answers) {
                    if answer.outcome? == Reply::Held {
                        offer(entity, collector, coverage);
                    } else {
                        coverage.foreign += 1;
                    }
                }
            }
        }
        Ok(())
    }
}

fn offer(entity: &EntityKey, collector: &mut KeyCollector, coverage: &mut ScanCoverage) {
    collector.offer(entity);
    coverage.seen += 1;
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
