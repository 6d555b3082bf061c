//! The way to the rows of one view on one node: who waits for which row, and what is to be asked next.
//!
//! A row that several lookups miss is asked for once. Rows that are missed while many are under way wait, and go together
//! in the next pipeline: the busier the node, the longer the pipelines, and nobody waits for a timer.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::quality::RandomState;
use tokio::sync::oneshot;

use super::row::Row;
use crate::model::entity::EntityKey;
use crate::model::online::Unread;

/// Rows under way are few as long as they are less than a full pipeline's divided by this.
const FEW: usize = 4;

/// What came of reading a row.
pub(super) type Fetched = Result<Arc<Row>, Unread>;

/// Who waits for what.
#[derive(Debug)]
pub(super) struct Lane {
    limits: LaneLimits,
    state: Mutex<State>,
}

/// Bounds on what may wait and be under way.
#[derive(Clone, Copy, Debug)]
pub(super) struct LaneLimits {
    /// Most rows in a pipeline, at least 1.
    pub(super) batch: usize,
    /// Most pipelines under way.
    pub(super) in_flight: usize,
    /// Most rows that wait.
    pub(super) queue: usize,
    /// Whether a lookup may take the answer to a question that was asked before it began.
    pub(super) joins: Joins,
}

/// Which questions a lookup may join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Joins {
    /// Any that is not answered yet: the row may be as old as the question.
    Unanswered,
    /// Those that are not asked yet: the row is as new as the lookup.
    Unasked,
}

#[derive(Debug, Default)]
struct State {
    /// Rows to be asked for, in the order of their first lookup.
    waiting: VecDeque<EntityKey>,
    /// Who waits for a row that is not asked for yet.
    unasked: HashMap<EntityKey, Waiters, RandomState>,
    /// Who waits for a row that is asked for, where others may join them.
    asked: HashMap<EntityKey, Waiters, RandomState>,
    /// Pipelines under way.
    under_way: usize,
    /// Rows that these ask for.
    rows_under_way: usize,
}

impl State {
    /// Whether another pipeline may go beside `others`. While few rows are under way nobody waits. When many are, only a
    /// full pipeline goes: to send and to receive a short one costs both sides more than its rows do.
    fn may_ask(&self, others: usize, limits: &LaneLimits) -> bool {
        let is_idle = self.rows_under_way < limits.batch / FEW;
        others == 0 || (others < limits.in_flight && (is_idle || self.waiting.len() >= limits.batch))
    }
}

/// Who waits for one row: mostly one, who then needs no list.
#[derive(Debug, Default)]
struct Waiters {
    first: Option<oneshot::Sender<Fetched>>,
    others: Vec<oneshot::Sender<Fetched>>,
}

impl Waiters {
    fn push(&mut self, waiter: oneshot::Sender<Fetched>) {
        if self.first.is_none() {
            self.first = Some(waiter);
        } else {
            self.others.push(waiter);
        }
    }

    fn append(&mut self, more: Self) {
        more.first.into_iter().chain(more.others).for_each(|waiter| self.push(waiter));
    }

    /// Whether any still waits.
    fn any(&self) -> bool {
        self.first.iter().chain(&self.others).any(|waiter| !waiter.is_closed())
    }

    fn tell(self, fetched: &Fetched) {
        for waiter in self.first.into_iter().chain(self.others) {
            // Who waited may have given up.
            let _ = waiter.send(fetched.clone());
        }
    }
}

/// Rows that go in one pipeline.
#[derive(Debug, Default)]
pub(super) struct Question {
    /// The rows, each once.
    pub(super) rows: Vec<EntityKey>,
    /// Who waits for each, where nobody may join them: two questions for one row can be under way then, and the answer to
    /// the older must not reach those who wait for the newer.
    waiters: Vec<Waiters>,
}

/// What a lookup is to do.
#[derive(Debug)]
pub(super) enum Joined {
    /// Wait.
    Wait(oneshot::Receiver<Fetched>),
    /// Wait for the answer to a question that was asked before; if it has none, ask again.
    Late(oneshot::Receiver<Fetched>),
    /// Start a reader for the lane, and wait.
    Start(oneshot::Receiver<Fetched>),
    /// Give up: too many wait.
    Full,
}

impl Lane {
    pub(super) fn new(limits: LaneLimits) -> Self {
        Self { limits, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a row with those who wait for it already, or as the first.
    pub(super) fn join(&self, entity: &EntityKey) -> Joined {
        let (sender, receiver) = oneshot::channel();
        let mut state = self.state();
        if self.limits.joins == Joins::Unanswered
            && let Some(waiters) = state.asked.get_mut(entity)
        {
            waiters.push(sender);
            return Joined::Late(receiver);
        }
        if let Some(waiters) = state.unasked.get_mut(entity) {
            waiters.push(sender);
            return Joined::Wait(receiver);
        }
        if state.waiting.len() >= self.limits.queue {
            return Joined::Full;
        }
        state.waiting.push_back(entity.clone());
        state.unasked.insert(entity.clone(), Waiters { first: Some(sender), others: Vec::new() });
        if !state.may_ask(state.under_way, &self.limits) {
            return Joined::Wait(receiver);
        }
        state.under_way += 1;
        Joined::Start(receiver)
    }

    /// The rows to ask for next; none ends the reader that asks.
    pub(super) fn next(&self) -> Question {
        let mut state = self.state();
        let mut question = Question::default();
        if !state.may_ask(state.under_way - 1, &self.limits) {
            state.under_way -= 1;
            return question;
        }
        let State { waiting, unasked, asked, under_way, rows_under_way } = &mut *state;
        while question.rows.len() < self.limits.batch
            && let Some(row) = waiting.pop_front()
        {
            let waiters = unasked.remove(&row).unwrap_or_default();
            // Nobody is asked for what nobody waits for any more.
            if waiters.any() {
                match self.limits.joins {
                    Joins::Unanswered => asked.entry(row.clone()).or_default().append(waiters),
                    Joins::Unasked => question.waiters.push(waiters),
                }
                question.rows.push(row);
            }
        }
        *rows_under_way += question.rows.len();
        if question.rows.is_empty() {
            *under_way -= 1;
        }
        question
    }

    /// Ends the wait for the rows of a question, of each of which something has come.
    pub(super) fn answer(&self, question: Question, fetched: &[Fetched]) {
        let mut state = self.state();
        state.rows_under_way -= question.rows.len();
        let waiters: Vec<Waiters> = match self.limits.joins {
            Joins::Unanswered => question.rows.iter().map(|row| state.asked.remove(row).unwrap_or_default()).collect(),
            Joins::Unasked => question.waiters,
        };
        drop(state);
        for (waiters, fetched) in waiters.into_iter().zip(fetched) {
            waiters.tell(fetched);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::entity::KeyValue;
    use crate::model::online::UnreadReason;

    /// A lane, and those who wait in it.
    struct Scene {
        lane: Lane,
        waiting: Vec<oneshot::Receiver<Fetched>>,
    }

    impl Scene {
        fn new(joins: Joins) -> Self {
            let lane = Lane::new(LaneLimits { batch: 8, in_flight: 3, queue: 100, joins });
            Self { lane, waiting: Vec::new() }
        }

        /// Looks these rows up; how many readers are to be started.
        fn join(&mut self, rows: std::ops::Range<i64>) -> usize {
            let mut started = 0;
            for row in rows {
                self.waiting.push(match self.lane.join(&EntityKey::new([KeyValue::Int64(row)])) {
                    Joined::Wait(waiter) | Joined::Late(waiter) => waiter,
                    Joined::Start(waiter) => {
                        started += 1;
                        waiter
                    }
                    Joined::Full => panic!("there is room"),
                });
            }
            started
        }

        fn answer(&self, question: Question) {
            let unread = Unread { reason: UnreadReason::Timeout, message: "made up".into() };
            let fetched = vec![Err(unread); question.rows.len()];
            self.lane.answer(question, &fetched);
        }
    }

    #[test]
    fn few_rows_wait_for_nobody_and_many_for_a_full_pipeline() {
        for joins in [Joins::Unanswered, Joins::Unasked] {
            let mut scene = Scene::new(joins);
            assert_eq!(scene.join(0..1), 1);
            let one = scene.lane.next();
            // One row is under way, which is few.
            assert_eq!(scene.join(1..2), 1);
            let other = scene.lane.next();
            // Two are many, until there are enough for a full pipeline.
            assert_eq!(scene.join(2..9), 0);
            assert_eq!(scene.join(9..10), 1);
            let full = scene.lane.next();
            assert_eq!([&one, &other, &full].map(|question| question.rows.len()), [1, 1, 8]);
            // No more than three, however many wait.
            assert_eq!(scene.join(10..30), 0);
            scene.answer(full);
        }
    }

    #[test]
    fn rows_that_wait_are_taken_by_the_last_reader_at_the_latest() {
        let mut scene = Scene::new(Joins::Unanswered);
        scene.join(0..1);
        let one = scene.lane.next();
        scene.join(1..2);
        let other = scene.lane.next();
        scene.join(2..5);
        scene.answer(one);
        // One row is still under way and that is few: the three go beside it.
        let three = scene.lane.next();
        assert_eq!(three.rows.len(), 3);
        scene.join(5..7);
        scene.answer(other);
        // Three are many: the reader ends, and the rows are not lost.
        assert!(scene.lane.next().rows.is_empty());
        scene.answer(three);
        let last = scene.lane.next();
        assert_eq!(last.rows.len(), 2);
        scene.answer(last);
        assert!(scene.lane.next().rows.is_empty());
        assert!(scene.waiting.iter_mut().all(|waiter| matches!(waiter.try_recv(), Ok(Err(_)))));
        // The lane is as it was at first.
        assert_eq!(scene.join(7..8), 1);
    }
}
