//! What a stream has been given and has not been read yet.

use core::task::{Context, Poll};
use std::collections::VecDeque;
use std::time::Instant;

use super::super::late::Discarded;
use super::super::shared::Shared;
use crate::runtime::sync::Mutex;
use crate::runtime::waiters::{Ticket, Waiters};

/// The values that wait for one reader.
///
/// Only new values are kept: what came before the first is what the reader has seen last.
pub(in super::super) struct Buffer<T> {
    state: Mutex<State<T>>,
    limit: usize,
    reader: Waiters,
}

struct State<T> {
    /// Invariant: in the order of their versions.
    values: VecDeque<Shared<T>>,
    /// The version that the stream begins with; it and those before are no news.
    begin: u64,
    /// No more will come.
    ended: bool,
}

/// What a reader finds.
pub(in super::super) enum News<T> {
    Value(Shared<T>),
    NothingYet,
    Ended,
}

impl<T: Send + Sync + 'static> Buffer<T> {
    /// For the versions after `begin`; of those that are not read, the last `limit` are kept.
    pub(super) fn new(limit: usize, begin: u64) -> Self {
        Self {
            state: Mutex::new(State {
                values: VecDeque::new(),
                begin,
                ended: false,
            }),
            limit,
            reader: Waiters::new(),
        }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Adds the next value; if there are too many, the oldest goes. The reader is not woken yet.
    pub(super) fn push(&self, value: &Shared<T>, discarded: &mut Discarded<T>) {
        let mut state = self.state.lock();
        if state.ended || value.version() <= state.begin {
            return;
        }
        if state.values.len() >= self.limit && !cfg!(heptad_mutant = "buffer_has_no_limit") {
            if let Some(oldest) = state.values.pop_front() {
                discarded.push(oldest);
            }
        }
        state.values.push_back(value.clone());
    }

    /// Says that no more will come.
    pub(super) fn end(&self) {
        self.state.lock().ended = true;
        self.wake();
    }

    /// The reader leaves: nothing is kept for it any more.
    pub(super) fn close(&self, discarded: &mut Discarded<T>) {
        let mut state = self.state.lock();
        state.ended = true;
        for value in state.values.drain(..) {
            discarded.push(value);
        }
    }

    /// Wakes the reader. Its waker is code of users.
    pub(super) fn wake(&self) {
        if !cfg!(heptad_mutant = "buffer_wakes_nobody") {
            self.reader.notify();
        }
    }

    /// What there is to be read now.
    pub(in super::super) fn take(&self) -> News<T> {
        let mut state = self.state.lock();
        let ended = state.ended;
        match state.values.pop_front() {
            Some(value) => News::Value(value),
            None if ended => News::Ended,
            None => News::NothingYet,
        }
    }

    fn has_news(&self) -> bool {
        let state = self.state.lock();
        state.ended || !state.values.is_empty()
    }

    /// Parks the thread until there is something to be read, or the deadline has passed.
    pub(in super::super) fn wait(&self, deadline: Option<Instant>) {
        self.reader.wait(deadline, || self.has_news());
    }

    /// Whether there is something to be read; if not, the task is woken when there is.
    pub(in super::super) fn poll(
        &self,
        context: &mut Context<'_>,
        ticket: &mut Ticket,
    ) -> Poll<()> {
        self.reader.poll(context, ticket, || self.has_news())
    }

    /// The task that was to be woken no longer waits.
    pub(in super::super) fn forget(&self, ticket: &mut Ticket) {
        self.reader.forget(ticket);
    }
}
