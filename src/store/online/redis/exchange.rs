//! Questions about single keys, and their answers.
//!
//! Questions are grouped by the node that answers them, sent as pipelines with a bound on how many are under way, and
//! asked again where that can help. Each question gets its own answer: an error of one command never touches another.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use redis::{Cmd, Pipeline, Value};
use tokio::time::Instant;
use xxhash_rust::xxh3::xxh3_64;

use super::address::Address;
use super::directory::Directory;
use super::expiry::{Besides, Told};
use super::fault::{Fault, Remedy};
use super::node::{Line, Node};
use super::pacer::Pacer;
use super::reply::{Ask, Lifetime, Reply};
use crate::model::online::UnreadReason;
use crate::model::time::{Clock, Timestamp};
use crate::store::online::settings::ReadBudget;

/// Wait before the second attempt; doubled before each further one.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
/// The same for who has a deadline.
const FIRST_SHORT_PAUSE: Duration = Duration::from_millis(2);
/// Longest wait between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// One key and what is asked about it.
#[derive(Debug)]
pub(super) struct Question<'a> {
    pub(super) key: Vec<u8>,
    pub(super) ask: Ask<'a>,
}

/// When a question was settled, and how.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) at: Timestamp,
    pub(super) outcome: Result<Reply, Fault>,
}

/// The way to all nodes, with the limits on using it.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) directory: Arc<Directory>,
    pub(super) pacer: Pacer,
    pub(super) budget: ReadBudget,
}

/// Questions as they were asked, and who says when an answer arrived.
#[derive(Clone, Copy)]
struct Request<'q> {
    questions: &'q [Question<'q>],
    clock: Clock,
    /// When the answers must be there.
    until: Option<Instant>,
}

/// A node and the connection to it.
#[derive(Clone, Copy)]
struct Channel<'n> {
    node: &'n Node,
    line: &'n Line,
}

impl Channel<'_> {
    async fn ask(self, pipeline: &Pipeline, until: Option<Instant>) -> Result<Vec<Value>, Fault> {
        match until {
            None => self.node.ask(self.line, pipeline).await,
            Some(until) => self.node.ask_by(self.line, pipeline, until).await,
        }
    }
}

/// Questions of one node, by position.
struct Batch {
    node: Arc<Node>,
    positions: Vec<usize>,
}

/// Whether the nodes have been looked up again because a slot had moved.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Followed {
    NotYet,
    Once,
}

impl Exchange {
    /// Asks all questions; one answer per question, in their order.
    pub(super) async fn ask(&self, questions: &[Question<'_>], clock: Clock) -> Vec<Answer> {
        self.settle(Request { questions, clock, until: None }).await
    }

    /// Asks all questions and asks again where that can help, all of it by `until`.
    pub(super) async fn ask_by(&self, questions: &[Question<'_>], until: Instant) -> Vec<Answer> {
        self.settle(Request { questions, clock: Clock::System, until: Some(until) }).await
    }

    async fn settle(&self, request: Request<'_>) -> Vec<Answer> {
        let Request { questions, clock, .. } = request;
        let mut answers: Vec<Option<Answer>> = std::iter::repeat_with(|| None).take(questions.len()).collect();
        let mut pending: Vec<usize> = (0..questions.len()).collect();
        let mut attempt = 0;
        let mut followed = Followed::NotYet;
        while !pending.is_empty() {
            for (position, answer) in self.round(request, &pending, attempt).await {
                if let Some(place) = answers.get_mut(position) {
                    *place = Some(answer);
                }
            }
            let remedy = |position: &usize| match answers.get(*position) {
                Some(Some(Answer { outcome: Err(fault), .. })) => fault.remedy.clone(),
                Some(Some(Answer { outcome: Ok(_), .. }) | None) | None => Remedy::None,
            };
            pending.retain(|position| remedy(position) != Remedy::None);
            if pending.is_empty() {
                break;
            }
            let moved = pending.iter().any(|position| remedy(position) == Remedy::Reroute);
            let goes_on = if moved && followed == Followed::NotYet {
                followed = Followed::Once;
                true
            } else {
                attempt += 1;
                attempt < self.budget.attempts
            };
            if let Some(until) = request.until {
                let pause = FIRST_SHORT_PAUSE.saturating_mul(2_u32.saturating_pow(attempt));
                let resumed = Instant::now() + pause;
                if !goes_on || resumed >= until {
                    break;
                }
                self.directory.refresh_by(resumed).await;
                if !moved {
                    tokio::time::sleep_until(resumed).await;
                }
                continue;
            }
            if goes_on && attempt > 0 {
                tokio::time::sleep(pause(attempt)).await;
            }
            // After the last attempt too, for those who read next. Where nobody can say where the nodes are, the ones
            // known so far are asked again.
            let _ = self.directory.refresh().await;
            if !goes_on {
                break;
            }
        }
        answers.into_iter().map(|answer| answer.unwrap_or_else(|| unsettled(clock))).collect()
    }

    /// One attempt at the questions in `pending`.
    async fn round(&self, request: Request<'_>, pending: &[usize], attempt: u32) -> Vec<(usize, Answer)> {
        let nodes = self.directory.nodes();
        let mut settled = Vec::with_capacity(pending.len());
        let mut batches: Vec<Batch> = Vec::new();
        for position in pending {
            let Some(question) = request.questions.get(*position) else { continue };
            match nodes.reader(&question.key, attempt) {
                Some(node) => match batches.iter_mut().find(|batch| Arc::ptr_eq(&batch.node, node)) {
                    Some(batch) => batch.positions.push(*position),
                    None => batches.push(Batch { node: Arc::clone(node), positions: vec![*position] }),
                },
                None => {
                    let mut fault =
                        Fault::new(&Arc::from("the cluster"), UnreadReason::Protocol, "no node serves the slot");
                    fault.remedy = Remedy::Retry;
                    settled.push((*position, Answer { at: request.clock.now(), outcome: Err(fault) }));
                }
            }
        }
        let asked = join_all(batches.iter().map(|batch| self.ask_node(request, batch))).await;
        settled.extend(asked.into_iter().flatten());
        settled
    }

    /// Asks one node in pipelines; after as many failures in a row as may be under way, the rest fails unasked.
    async fn ask_node(&self, request: Request<'_>, batch: &Batch) -> Vec<(usize, Answer)> {
        let mut settled = Vec::with_capacity(batch.positions.len());
        let fail = |positions: &[usize], fault: &Fault, settled: &mut Vec<(usize, Answer)>| {
            let at = request.clock.now();
            settled.extend(positions.iter().map(|place| (*place, Answer { at, outcome: Err(fault.clone()) })));
        };
        let (admitted, line) = match request.until {
            None => (None, batch.node.line().await),
            Some(until) => match batch.node.admit(until) {
                Ok(probe) => (Some(probe), batch.node.line_by(until).await),
                Err(fault) => (None, Err(fault)),
            },
        };
        let line = match line {
            Ok(line) => line,
            Err(fault) => {
                fail(&batch.positions, &fault, &mut settled);
                return settled;
            }
        };
        let channel = Channel { node: &batch.node, line: &line };
        let width = self.budget.in_flight.max(1);
        let mut waiting = batch.positions.chunks(self.budget.pipeline.max(1));
        let mut under_way = FuturesUnordered::new();
        let mut failures_in_a_row = 0;
        loop {
            while under_way.len() < width {
                let Some(positions) = waiting.next() else { break };
                under_way.push(self.send(request, positions, channel));
            }
            let Some((positions, answers)) = under_way.next().await else {
                drop(admitted);
                return settled;
            };
            let at = request.clock.now();
            match answers {
                Ok(replies) => {
                    failures_in_a_row = 0;
                    let replies = positions.iter().copied().zip(replies);
                    settled.extend(replies.map(|(position, outcome)| (position, Answer { at, outcome })));
                }
                Err(fault) => {
                    failures_in_a_row += 1;
                    fail(positions, &fault, &mut settled);
                    if failures_in_a_row >= width {
                        waiting.by_ref().for_each(|positions| fail(positions, &fault, &mut settled));
                    }
                }
            }
        }
    }

    async fn send<'p>(
        &self,
        request: Request<'_>,
        positions: &'p [usize],
        channel: Channel<'_>,
    ) -> (&'p [usize], Result<Vec<Result<Reply, Fault>>, Fault>) {
        self.pacer.admit(positions.len()).await;
        let mut pipeline = Pipeline::with_capacity(positions.len() * 2);
        let asked = || positions.iter().filter_map(|position| request.questions.get(*position));
        let learns = asked().any(|question| question.ask.lifetime() == Lifetime::Learnt);
        let besides = learns.then(|| channel.node.expiry().besides(positions.len()));
        let Besides { lifetime, is_counted } =
            besides.unwrap_or(Besides { lifetime: Lifetime::Unasked, is_counted: false });
        for question in asked() {
            question.ask.settled(lifetime).add_to(&mut pipeline, &question.key);
        }
        if is_counted {
            pipeline.cmd("INFO").arg("keyspace");
        }
        let answers = match channel.ask(&pipeline, request.until).await {
            Ok(answers) => answers,
            Err(fault) => return (positions, Err(fault)),
        };
        let mut answers = answers.into_iter();
        let mut replies = Vec::with_capacity(positions.len());
        for question in asked() {
            replies.push(match question.ask.settled(lifetime).understand(&mut answers, channel.node.name()) {
                Err(Fault { remedy: Remedy::Ask(address), .. }) => {
                    self.ask_successor((question, request.until), &address).await
                }
                reply => reply,
            });
        }
        if is_counted {
            let told = channel.node.learn(&answers.next().unwrap_or(Value::Nil));
            if lifetime == Lifetime::Unasked && told != Told::Never {
                self.add_lifetimes((request, positions), channel, &mut replies).await;
            }
        }
        (positions, Ok(replies))
    }

    /// Asks for the lifetimes of keys that were read without; an answer that has none by then is a fault, because nobody
    /// could say how long it holds.
    async fn add_lifetimes(
        &self,
        (request, positions): (Request<'_>, &[usize]),
        channel: Channel<'_>,
        replies: &mut [Result<Reply, Fault>],
    ) {
        let asked = || positions.iter().filter_map(|position| request.questions.get(*position));
        let mut pipeline = Pipeline::with_capacity(positions.len());
        asked().for_each(|question| question.ask.add_lifetimes(&mut pipeline, &question.key));
        match channel.ask(&pipeline, request.until).await {
            Ok(answers) => {
                let mut answers = answers.into_iter();
                for (question, reply) in asked().zip(replies) {
                    question.ask.put_lifetimes(reply.as_mut().ok(), &mut answers);
                }
            }
            Err(fault) => {
                replies.iter_mut().filter(|reply| reply.is_ok()).for_each(|reply| *reply = Err(fault.clone()));
            }
        }
    }

    /// Asks the node that is taking over a slot; it answers only what `ASKING` announces, command by command.
    async fn ask_successor(
        &self,
        (question, until): (&Question<'_>, Option<Instant>),
        address: &Address,
    ) -> Result<Reply, Fault> {
        let node = self.directory.node_at(address);
        let line = match until {
            None => node.line().await?,
            Some(until) => node.line_by(until).await?,
        };
        let mut commands = Pipeline::new();
        let ask = question.ask.settled(Lifetime::Asked);
        ask.add_to(&mut commands, &question.key);
        let mut announced = Pipeline::new();
        for command in commands.cmd_iter() {
            announced.cmd("ASKING");
            announced.add_command(command.clone());
        }
        let answers = Channel { node: &node, line: &line }.ask(&announced, until).await?;
        let answers: Vec<Value> = answers.into_iter().skip(1).step_by(2).collect();
        ask.understand(&mut answers.into_iter(), node.name())
    }

    /// Sends one command to one node, again where that can help, and gives its answer.
    pub(super) async fn command(&self, node: &Node, command: Cmd) -> Result<Value, Fault> {
        let mut pipeline = Pipeline::with_capacity(1);
        pipeline.add_command(command);
        let mut attempt = 1;
        loop {
            let fault = match self.command_once(node, &pipeline).await {
                Ok(value) => return Ok(value),
                Err(fault) => fault,
            };
            if fault.remedy == Remedy::None || attempt >= self.budget.attempts {
                return Err(fault);
            }
            tokio::time::sleep(pause(attempt)).await;
            attempt += 1;
        }
    }

    async fn command_once(&self, node: &Node, pipeline: &Pipeline) -> Result<Value, Fault> {
        let line = node.line().await?;
        match node.ask(&line, pipeline).await?.into_iter().next() {
            Some(Value::ServerError(error)) => Err(Fault::of_answer(node.name(), &error)),
            Some(value) => Ok(value),
            None => Err(Fault::new(node.name(), UnreadReason::Protocol, "no answer to the command")),
        }
    }
}

/// The wait before attempt number `attempt` (counted from 0): doubled each time, and half of it spread out by process,
/// so that several watchers of one store do not knock at the same instant.
fn pause(attempt: u32) -> Duration {
    let full = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1))).min(LONGEST_PAUSE);
    let mut seed = std::process::id().to_le_bytes().to_vec();
    seed.extend(attempt.to_le_bytes());
    let permille = u32::try_from(xxh3_64(&seed) % 1000).unwrap_or(0);
    full / 2 + full / 2 * permille / 1000
}

/// The answer of a question that has none, so that no gap could ever pass for an absent key.
fn unsettled(clock: Clock) -> Answer {
    let fault = Fault::new(&Arc::from("the store"), UnreadReason::Protocol, "no answer was recorded");
    Answer { at: clock.now(), outcome: Err(fault) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_within_their_spread_and_stay_bounded() {
        for attempt in 1..40 {
            let full = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(attempt - 1)).min(LONGEST_PAUSE);
            let waited = pause(attempt);
            assert!(waited >= full / 2 && waited <= full, "{waited:?} at attempt {attempt}");
        }
    }
}
