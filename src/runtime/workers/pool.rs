//! A pool of threads that start when work waits and no thread is idle.
//!
//! One queue, first in, first out, under one lock, which is held for a few instructions. A thread
//! that finds nothing to do looks for more for a moment (parking and waking take longer than that),
//! and parks. If nothing comes for a while, it frees what it holds back, once, and parks again.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use super::{AnyWork, Place, run};
use crate::runtime::isolation::isolated;
use crate::runtime::reclaim;
use crate::runtime::sync::{
    AtomicUsize, Condvar, Mutex, MutexGuard, Ordering, ThreadBuilder, spin_loop, yield_now,
};

/// How long an idle thread looks for work before it parks: about what parking and waking take.
const LOOKS_FOR: Duration = Duration::from_micros(5);

/// How long a thread has been parked when it frees what it holds back: freeing costs more than
/// waking, so a thread that is about to be woken again should not do it.
const FREES_AFTER: Duration = Duration::from_millis(10);

/// How often it looks between two glances at the clock.
const LOOKS_PER_CLOCK: u32 = 8;

/// How often it glances at the clock before it lets others have the processor in between.
const LOOKS_ALONE: u32 = 4;

/// How many threads a pool has, and for how long.
pub(super) struct Limits {
    /// Threads are called this and a number.
    pub(super) name: &'static str,
    pub(super) most_threads: usize,
    /// Without a limit they stay.
    pub(super) idle_threads_end_after: Option<Duration>,
}

/// Where a pool gets its threads.
pub(super) trait Threads: Send + Sync {
    fn start(&self, name: String, body: Box<dyn FnOnce() + Send>) -> io::Result<()>;
}

/// Those of the operating system.
pub(super) struct ThreadsOfTheSystem;

impl Threads for ThreadsOfTheSystem {
    fn start(&self, name: String, body: Box<dyn FnOnce() + Send>) -> io::Result<()> {
        ThreadBuilder::new().name(name).spawn(body).map(drop)
    }
}

/// A queue of work and the threads that do it.
pub(super) struct Pool {
    limits: Limits,
    threads: Box<dyn Threads>,
    state: Mutex<State>,
    /// Signalled, one at a time, when work was queued that a parked thread is to take.
    queued: Condvar,
    /// Invariant: the length of the queue; written under the lock.
    waiting: AtomicUsize,
}

#[derive(Default)]
struct State {
    queue: VecDeque<(AnyWork, Place)>,
    /// How many threads there are, those included that are being started.
    threads: usize,
    /// Those of them that will look at the queue before they do anything else.
    idle: usize,
    /// Those of the idle ones that are parked, or about to be: they need a signal.
    parked: usize,
    /// Whether an idle thread is looking for work, unparked. One does, for all.
    looking: bool,
    /// How many threads there have been.
    started: usize,
}

/// No thread could be started, and there is none: the work stays queued.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoThreads;

impl Pool {
    pub(super) fn new(limits: Limits, threads: Box<dyn Threads>) -> Self {
        Self {
            limits,
            threads,
            state: Mutex::new(State::default()),
            queued: Condvar::new(),
            waiting: AtomicUsize::new(0),
        }
    }

    /// Queues `work`, to be run on a thread of this pool as on one of `place`.
    pub(super) fn push(&'static self, work: AnyWork, place: Place) -> Result<(), NoThreads> {
        let mut state = self.state.lock();
        state.queue.push_back((work, place));
        self.find_a_thread(state)
    }

    /// Whether work waits for a thread.
    #[inline]
    pub(super) fn has_waiting(&self) -> bool {
        // Relaxed: a hint.
        self.waiting.load(Ordering::Relaxed) != 0
    }

    /// Starts a thread if work waits because none could be started.
    pub(super) fn retry_starting(&'static self) -> Result<(), NoThreads> {
        if !self.has_waiting() {
            return Ok(());
        }
        let state = self.state.lock();
        if state.threads > 0 || state.queue.is_empty() {
            return Ok(());
        }
        self.find_a_thread(state)
    }

    /// Takes back everything that is queued.
    pub(super) fn take_all(&self) -> VecDeque<(AnyWork, Place)> {
        let mut state = self.state.lock();
        let all = core::mem::take(&mut state.queue);
        self.note_length(&state);
        all
    }

    #[cfg(test)]
    pub(super) fn threads(&self) -> usize {
        self.state.lock().threads
    }

    #[cfg(test)]
    pub(super) fn started(&self) -> usize {
        self.state.lock().started
    }

    /// After something was queued: there is a thread that will look at it, or one is woken or
    /// started.
    fn find_a_thread(&'static self, state: MutexGuard<'_, State>) -> Result<(), NoThreads> {
        self.note_length(&state);
        let waiting = state.queue.len();
        // Idle threads take one job each. So there must be as many as jobs, or a job would wait for
        // the end of another one, which may be waiting for it.
        let waiting_too_long = if cfg!(heptad_mutant = "pool_trusts_any_idle_thread") {
            state.idle == 0
        } else {
            waiting > state.idle
        };
        if waiting_too_long && state.threads < self.limits.most_threads {
            return self.start_thread(state);
        }
        let wake = state.parked > 0 && waiting > usize::from(state.looking);
        drop(state);
        if wake {
            self.queued.notify_one();
        }
        Ok(())
    }

    fn start_thread(&'static self, mut state: MutexGuard<'_, State>) -> Result<(), NoThreads> {
        state.threads += 1;
        state.idle += 1;
        state.started += 1;
        let name = format!("{}-{}", self.limits.name, state.started);
        drop(state);
        let started = self.threads.start(name, Box::new(move || self.work()));
        if started.is_ok() {
            return Ok(());
        }
        let mut state = self.state.lock();
        state.threads -= 1;
        state.idle -= 1;
        // The others will come to it.
        if state.threads > 0 {
            Ok(())
        } else {
            Err(NoThreads)
        }
    }

    fn note_length(&self, state: &State) {
        self.waiting.store(state.queue.len(), Ordering::Relaxed);
    }

    /// The life of a thread, which counts as idle already.
    fn work(&self) {
        let mut state = self.state.lock();
        while let Some((work, place)) = self.take(state) {
            // Nothing of it unwinds; if it did, the pool would have a thread less for each time.
            isolated(move || run(work, place));
            state = self.state.lock();
            state.idle += 1;
        }
    }

    /// The next job for a thread that counts as idle; none when the thread should end.
    fn take<'a>(&'a self, mut state: MutexGuard<'a, State>) -> Option<(AnyWork, Place)> {
        if let Some(job) = self.pop(&mut state) {
            return Some(job);
        }
        if !state.looking {
            state.looking = true;
            drop(state);
            self.look_for_work();
            state = self.state.lock();
            state.looking = false;
            if let Some(job) = self.pop(&mut state) {
                return Some(job);
            }
        }
        let idle_since = Instant::now();
        let parked = self.park(&mut state, Some(idle_since + FREES_AFTER));
        if parked.is_some() {
            return parked;
        }
        state = self.free_memory(state);
        let end = self.limits.idle_threads_end_after;
        let parked = self.park(&mut state, end.map(|after| idle_since + after));
        if parked.is_none() {
            state.idle -= 1;
            state.threads -= 1;
        }
        parked
    }

    fn pop(&self, state: &mut State) -> Option<(AnyWork, Place)> {
        let job = state.queue.pop_front()?;
        state.idle -= 1;
        self.note_length(state);
        Some(job)
    }

    fn look_for_work(&self) {
        let begin = Instant::now();
        let mut looks = 0;
        loop {
            for _ in 0..LOOKS_PER_CLOCK {
                if self.has_waiting() {
                    return;
                }
                spin_loop();
            }
            if begin.elapsed() >= LOOKS_FOR {
                return;
            }
            looks += 1;
            // Who would bring work may need this very processor.
            if looks > LOOKS_ALONE {
                yield_now();
            }
        }
    }

    /// Drops the old values that this thread has held back, which may take long: so meanwhile it
    /// does not count as idle.
    fn free_memory<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        if cfg!(heptad_mutant = "pool_keeps_old_values") {
            return state;
        }
        state.idle -= 1;
        drop(state);
        isolated(reclaim::flush);
        state = self.state.lock();
        state.idle += 1;
        state
    }

    /// Waits for a job, without a limit or until there is none at this moment.
    fn park(
        &self,
        state: &mut MutexGuard<'_, State>,
        until: Option<Instant>,
    ) -> Option<(AnyWork, Place)> {
        loop {
            if let Some(job) = self.pop(state) {
                return Some(job);
            }
            state.parked += 1;
            let late = match until {
                Some(until) => self.queued.wait_until(state, until).timed_out(),
                None => {
                    self.queued.wait(state);
                    false
                }
            };
            state.parked -= 1;
            if late {
                return self.pop(state);
            }
        }
    }
}
