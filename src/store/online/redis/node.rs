//! One server and the connection to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use redis::Pipeline;
use redis::aio::MultiplexedConnection;
use tokio::sync::{Mutex, Semaphore};
use tokio::time::{Instant, timeout_at};

use super::access::{Access, Session};
use super::address::Address;
use super::expiry::{Expiry, Told};
use super::fault::{Fault, Remedy};
use super::silence::{Probe, Silence};
use crate::model::online::UnreadReason;

/// A server that is asked over one shared connection, which is opened when it is first needed and again after it broke.
#[derive(Debug)]
pub(super) struct Node {
    address: Address,
    name: Arc<str>,
    access: Arc<Access>,
    session: Session,
    permits: Semaphore,
    line: Mutex<Option<Line>>,
    lines_opened: AtomicU64,
    silence: Silence,
    expiry: Expiry,
}

/// An open connection; the number tells it from the ones before and after.
#[derive(Clone, Debug)]
pub(super) struct Line {
    number: u64,
    connection: MultiplexedConnection,
}

impl Node {
    /// A server that has not been spoken to; at most `in_flight` pipelines will be under way at once.
    pub(super) fn new(access: &Arc<Access>, address: Address, session: Session, in_flight: usize) -> Self {
        Self {
            name: access.name(&address),
            address,
            access: Arc::clone(access),
            session,
            permits: Semaphore::new(in_flight.max(1)),
            line: Mutex::new(None),
            lines_opened: AtomicU64::new(0),
            silence: Silence::default(),
            expiry: Expiry::default(),
        }
    }

    /// What is known of whether its keys are dropped by themselves.
    pub(super) const fn expiry(&self) -> &Expiry {
        &self.expiry
    }

    /// Takes in the node's answer to `INFO keyspace`.
    pub(super) fn learn(&self, answer: &redis::Value) -> Told {
        self.expiry.learn(answer, self.access.database())
    }

    /// Whether it owes an answer for longer than anybody waits for one.
    pub(super) fn is_silent(&self) -> bool {
        self.silence.is_longer_than(self.access.timeout())
    }

    /// Lets a question in that must be answered by `until`. While the node has been silent for as long as that is ahead,
    /// one question at a time finds out whether it speaks again.
    ///
    /// # Errors
    /// When another question is finding that out.
    pub(super) fn admit(&self, until: Instant) -> Result<Probe<'_>, Fault> {
        let patience = until.saturating_duration_since(Instant::now());
        self.silence.admit(patience).ok_or_else(|| {
            // Asking again cannot help before the one that finds out is answered.
            let mut fault = Fault::silence(&self.name, patience);
            fault.remedy = Remedy::None;
            fault
        })
    }

    /// [`Node::line`], if it is there by `until`; a connection that is not goes on being opened for who asks next.
    pub(super) async fn line_by(self: &Arc<Self>, until: Instant) -> Result<Line, Fault> {
        if let Ok(line) = self.line.try_lock()
            && let Some(open) = &*line
        {
            return Ok(open.clone());
        }
        let node = Arc::clone(self);
        let opening = tokio::spawn(async move { node.line().await });
        let patience = until.saturating_duration_since(Instant::now());
        match timeout_at(until, opening).await {
            Ok(Ok(line)) => {
                if line.as_ref().is_err_and(|fault| fault.reason != UnreadReason::Timeout) {
                    self.silence.is_over();
                }
                line
            }
            Ok(Err(_)) => Err(Fault::new(&self.name, UnreadReason::Connection, "the connection was given up")),
            Err(_) => Err(Fault::silence(&self.name, patience)),
        }
    }

    /// [`Node::ask`], if it is answered by `until`. A line is kept although one answer is late: it is given up when the
    /// node has been silent for as long as [`Node::ask`] would wait.
    pub(super) async fn ask_by(
        &self,
        line: &Line,
        pipeline: &Pipeline,
        until: Instant,
    ) -> Result<Vec<redis::Value>, Fault> {
        let patience = until.saturating_duration_since(Instant::now());
        match timeout_at(until, self.ask(line, pipeline)).await {
            Ok(Ok(answers)) => {
                self.silence.is_over();
                Ok(answers)
            }
            Ok(Err(fault)) => {
                if fault.reason != UnreadReason::Timeout {
                    self.silence.is_over();
                }
                Err(fault)
            }
            Err(_) => {
                if self.is_silent() {
                    self.hang_up(line).await;
                }
                Err(Fault::silence(&self.name, patience))
            }
        }
    }

    pub(super) const fn address(&self) -> &Address {
        &self.address
    }

    pub(super) const fn session(&self) -> Session {
        self.session
    }

    pub(super) const fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// Whether a connection is open, as far as is known without asking.
    pub(super) fn is_connected(&self) -> bool {
        self.line.try_lock().is_ok_and(|line| line.is_some())
    }

    /// The open connection, or a new one.
    pub(super) async fn line(&self) -> Result<Line, Fault> {
        let mut line = self.line.lock().await;
        if let Some(open) = &*line {
            return Ok(open.clone());
        }
        let connection = self.access.open(&self.address, self.session).await?;
        let opened = Line { number: self.lines_opened.fetch_add(1, Ordering::Relaxed), connection };
        *line = Some(opened.clone());
        Ok(opened)
    }

    /// Sends `pipeline` over `line` and waits for one answer per command; errors of single commands are among them.
    ///
    /// # Errors
    /// When there is no answer at all; the next [`Node::line`] is then a new connection.
    pub(super) async fn ask(&self, line: &Line, pipeline: &Pipeline) -> Result<Vec<redis::Value>, Fault> {
        // The semaphore is never closed, so a permit always comes.
        let _permit = self.permits.acquire().await.ok();
        let mut connection = line.connection.clone();
        self.access.toll().sent(pipeline);
        let answered =
            tokio::time::timeout(self.access.timeout(), connection.send_packed_commands(pipeline, 0, pipeline.len()))
                .await;
        let fault = match answered {
            Ok(Ok(answers)) if answers.len() == pipeline.len() => {
                self.access.toll().received(&answers);
                return Ok(answers);
            }
            Ok(Ok(answers)) => {
                let text = format!("{} answers to {} commands", answers.len(), pipeline.len());
                Fault::new(&self.name, UnreadReason::Protocol, text)
            }
            Ok(Err(error)) => Fault::of_transport(&self.name, &error),
            Err(_) => Fault::silence(&self.name, self.access.timeout()),
        };
        self.hang_up(line).await;
        Err(fault)
    }

    /// Forgets `line`, if it has not been replaced already; others that still wait for answers on it keep it open.
    async fn hang_up(&self, line: &Line) {
        let mut current = self.line.lock().await;
        if current.as_ref().is_some_and(|open| open.number == line.number) {
            *current = None;
        }
    }
}
