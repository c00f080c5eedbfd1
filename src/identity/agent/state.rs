//! What the handles of one agent share, and the steps that are possible on it.
//!
//! Whoever has the *turn* (see `mailbox`) runs the actions and publishes; it passes with the agent
//! from the sender that found it idle to the thread that the agent is scheduled on, and back when
//! it is idle again. While the agent is failed nobody has it: a restart takes it.

use core::fmt;

use super::action_scope::{self, HeldSend, in_action};
use super::error::AgentError;
use super::mailbox::{Letter, Letters, Mailbox};
use super::metrics::AgentMetrics;
use super::send_error::SendErrorKind;
use super::wait::Pledge;
use crate::identity::node::Fresh;
use crate::identity::observers::ObserversCell;
use crate::identity::word::Word;
use crate::runtime::isolation::isolated;
use crate::runtime::sync::{
    Arc, AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Mutex, OnceCell, Ordering, fence, plain,
};
use crate::runtime::waiters::Waiters;
use crate::runtime::workers::{self, Lane};

/// An action has failed and the agent stands still.
const FAILED: usize = 1;
/// It is about to be `FAILED`: the failed action already counts as settled.
const FAILING: usize = 1 << 1;
/// Somebody has taken the turn of the failed agent.
const TAKEN: usize = 1 << 2;
/// It takes no more actions.
const SHUT_DOWN: usize = 1 << 3;
/// The rest of the word counts how often the agent has failed.
const STOP: usize = 1 << 4;

/// What is called with each error of an agent that goes on.
pub(super) type Handler = Box<dyn Fn(&AgentError) + Send + Sync>;

/// What the builder has set, of an agent that differs from others.
#[derive(Default)]
pub(super) struct Settings {
    pub(super) name: Option<plain::Arc<str>>,
    /// For how many more actions there is room, if it is bounded. Those held take room too.
    pub(super) room: Option<AtomicUsize>,
    /// Whether it goes on after an error.
    pub(super) goes_on: bool,
    pub(super) handler: Option<Handler>,
}

/// What few agents need, made when first needed.
pub(super) struct Rare {
    pub(super) waiters: Waiters,
    /// At how many settled letters the next of the waiters is to be woken: without it, each action
    /// would wake those who wait for a later one.
    wake_at: AtomicUsize,
    failed: AtomicU64,
    dropped: AtomicU64,
    /// Held and dropped: these were never sent.
    unsent: AtomicU64,
    isolated_panics: AtomicU64,
    errors: Mutex<Errors>,
}

#[derive(Default)]
struct Errors {
    /// Forgotten at a restart.
    current: Option<AgentError>,
    /// For who waited while the agent failed and was restarted.
    last: Option<AgentError>,
}

/// The shared part of an agent. What senders write and what the one who has the turn writes is kept
/// apart, as far as a small size permits: 64 bytes between the two.
#[repr(C)]
pub(super) struct State<T: Send + Sync + 'static> {
    mailbox: Mailbox<T>,
    /// Counts each send before its letter is added. So after a send, `sent` is at least the place
    /// of its letter in the order of arrival.
    sent: AtomicUsize,
    status: AtomicUsize,
    settings: Option<Box<Settings>>,
    rare: OnceCell<Box<Rare>>,
    /// Letters that were taken and are still to be run, between two parts of a turn.
    rest: Mutex<Letters<T>>,
    pub(super) observers: ObserversCell<T>,
    /// Counts the letters that were run, have failed or were dropped, in the order of arrival.
    /// Written by who has the turn.
    settled: AtomicUsize,
    pub(super) word: Word<T>,
    /// Counts those of the settled whose value was published. On its own, as the difference of
    /// other counters would go up and down. Written by who has the turn.
    done: AtomicUsize,
    /// Written by who has the turn. As small as this for the sake of the whole.
    most_queued: AtomicU32,
    /// The queue is to be dropped, not run.
    clear: AtomicBool,
}

/// What has become of the sends that somebody waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Settled,
    Failed,
    ShutDown,
}

impl Rare {
    #[inline]
    fn notify_at(&self, settled: usize) {
        // Relaxed: ordered by the fences.
        if settled >= self.wake_at.load(Ordering::Relaxed) {
            self.wake_all();
        }
    }

    /// Those for whom it is too early say again when they are to be woken.
    #[cold]
    fn wake_all(&self) {
        // Acquire: pairs with the Release in `outcome_or_notice`. Whoever has said when it is to be
        // woken, and is about to have that forgotten here, is seen to wait.
        let acquire = if cfg!(heptad_mutant = "agent_forgets_notices_relaxed") {
            Ordering::Relaxed
        } else {
            Ordering::Acquire
        };
        self.wake_at.swap(usize::MAX, acquire);
        self.waiters.notify_after_change();
    }
}

impl<T: Send + Sync + 'static> State<T> {
    pub(super) fn new(value: T, settings: Option<Box<Settings>>) -> Self {
        Self {
            mailbox: Mailbox::new(),
            sent: AtomicUsize::new(0),
            status: AtomicUsize::new(0),
            settings,
            rare: OnceCell::new(),
            rest: Mutex::new(Letters::none()),
            observers: ObserversCell::new(),
            settled: AtomicUsize::new(0),
            word: Word::new(Fresh::first(value)),
            done: AtomicUsize::new(0),
            most_queued: AtomicU32::new(0),
            clear: AtomicBool::new(false),
        }
    }

    #[inline]
    pub(super) fn settings(&self) -> Option<&Settings> {
        self.settings.as_deref()
    }

    pub(super) fn name(&self) -> Option<&plain::Arc<str>> {
        self.settings()?.name.as_ref()
    }

    pub(super) fn rare(&self) -> &Rare {
        self.rare.get_or_init(|| {
            Box::new(Rare {
                waiters: Waiters::new(),
                wake_at: AtomicUsize::new(usize::MAX),
                failed: AtomicU64::new(0),
                dropped: AtomicU64::new(0),
                unsent: AtomicU64::new(0),
                isolated_panics: AtomicU64::new(0),
                errors: Mutex::new(Errors::default()),
            })
        })
    }

    /// Runs code of users whose panic is nobody's to receive, and counts the panic.
    #[inline]
    pub(super) fn isolated<R>(&self, f: impl FnOnce() -> R) -> Option<R> {
        let result = isolated(f);
        if result.is_none() {
            let panics = &self.rare().isolated_panics;
            panics.fetch_add(1, Ordering::Relaxed);
        }
        result
    }

    #[inline]
    fn status(&self) -> usize {
        // Acquire: pairs with the Releases in `stop`. Who sees that the agent has failed sees why.
        let acquire = if cfg!(heptad_mutant = "agent_status_relaxed") {
            Ordering::Relaxed
        } else {
            Ordering::Acquire
        };
        self.status.load(acquire)
    }

    // ---- sending ----------------------------------------------------------------------------

    /// Whether an action may be sent now; takes room for it.
    #[inline]
    pub(super) fn admit(&self) -> Result<(), SendErrorKind> {
        let status = self.status();
        if status & SHUT_DOWN != 0 {
            return Err(SendErrorKind::ShutDown);
        }
        if status & (FAILED | FAILING) != 0 {
            return Err(SendErrorKind::Failed);
        }
        match self.room() {
            Some(room) => take_one(room),
            None => Ok(()),
        }
    }

    #[inline]
    fn room(&self) -> Option<&AtomicUsize> {
        self.settings()?.room.as_ref()
    }

    fn give_room(&self, actions: usize) {
        if let Some(room) = self.room() {
            room.fetch_add(actions, Ordering::Relaxed);
        }
    }

    /// Sends an admitted letter, now or when the scope that this thread is in has succeeded.
    #[inline]
    pub(super) fn send(this: &Arc<Self>, letter: Letter<T>) {
        if action_scope::is_holding() && !cfg!(heptad_mutant = "agent_holds_no_sends") {
            return Self::hold(this, letter);
        }
        Self::deliver(this, letter);
    }

    #[cold]
    fn hold(this: &Arc<Self>, letter: Letter<T>) {
        let send = Box::new(HeldLetter {
            state: Arc::clone(this),
            letter: Some(letter),
        });
        // Not in a scope after all: it is dropped with the scope that has just ended.
        drop(action_scope::hold(send));
    }

    #[inline]
    fn deliver(this: &Arc<Self>, letter: Letter<T>) {
        let lane = match letter.lane() {
            // An executor may run what it is given at once, inside the call. So it is not called
            // inside an action, or agents that send to each other could end up one inside the
            // other without limit; our own thread calls it.
            Lane::Via(_) if in_action() && !cfg!(heptad_mutant = "agent_nests_executors") => {
                Lane::Worker
            }
            lane => lane,
        };
        // Relaxed: the letter carries it, by its Release.
        this.sent.fetch_add(1, Ordering::Relaxed);
        if this.mailbox.add(letter) {
            workers::schedule(Arc::clone(this), lane);
        }
    }

    // ---- with the turn ----------------------------------------------------------------------

    /// The letters to go on with.
    pub(super) fn take_rest(&self) -> Letters<T> {
        let rest = core::mem::replace(&mut *self.rest.lock(), Letters::none());
        if rest.first().is_some() {
            return rest;
        }
        self.take_arrivals()
    }

    pub(super) fn put_rest(&self, letters: Letters<T>) {
        *self.rest.lock() = letters;
    }

    pub(super) fn take_arrivals(&self) -> Letters<T> {
        let letters = self.mailbox.take_all();
        let queued = u32::try_from(self.queue_len()).unwrap_or(u32::MAX);
        if queued > self.most_queued.load(Ordering::Relaxed) {
            self.most_queued.store(queued, Ordering::Relaxed);
        }
        letters
    }

    #[inline]
    pub(super) fn give_up_turn(&self) -> bool {
        self.mailbox.give_up_turn()
    }

    /// Whether letters are to be dropped instead of run.
    #[inline]
    pub(super) fn is_cleared(&self) -> bool {
        self.clear.load(Ordering::Relaxed) && !cfg!(heptad_mutant = "agent_runs_what_is_cleared")
    }

    /// Counts an action whose value was published.
    #[inline]
    pub(super) fn count_done(&self) {
        // Relaxed: nobody else writes it meanwhile.
        let done = self.done.load(Ordering::Relaxed) + 1;
        // Release: pairs with the Acquire in `metrics`; what is done was sent.
        self.done.store(done, Ordering::Release);
    }

    /// Counts actions as settled, and tells who waits.
    #[inline]
    pub(super) fn settle(&self, actions: usize) {
        let settled = self.settle_quietly(actions);
        Waiters::after_change();
        if let Some(rare) = self.rare.get() {
            rare.notify_at(settled);
        }
    }

    #[inline]
    fn settle_quietly(&self, actions: usize) -> usize {
        self.give_room(actions);
        // Relaxed: nobody else writes it meanwhile.
        let settled = self.settled.load(Ordering::Relaxed) + actions;
        // Release: pairs with the Acquire in `outcome`. What the actions did, the room that they
        // left and the mark of a failure are seen with it.
        let release = if cfg!(heptad_mutant = "agent_settles_relaxed") {
            Ordering::Relaxed
        } else {
            Ordering::Release
        };
        self.settled.store(settled, release);
        settled
    }

    /// Wakes everybody who waits, whatever for.
    fn notify(&self) {
        Waiters::after_change();
        if let Some(rare) = self.rare.get() {
            rare.waiters.notify_after_change();
        }
    }

    /// Drops a letter that was sent and is not to be run.
    pub(super) fn drop_letter(&self, letter: Letter<T>) {
        self.isolated(move || drop(letter));
        self.rare().dropped.fetch_add(1, Ordering::Relaxed);
    }

    fn drop_letters(&self, mut letters: Letters<T>) -> usize {
        let mut dropped = 0;
        while let Some(letter) = letters.take_first() {
            self.drop_letter(letter);
            dropped += 1;
        }
        dropped
    }

    /// Drops everything that is queued. The caller has taken the turn of a failed agent.
    fn drop_queue(&self) {
        let rest = core::mem::replace(&mut *self.rest.lock(), Letters::none());
        let arrived = self.mailbox.take_all();
        let dropped = self.drop_letters(rest) + self.drop_letters(arrived);
        let _ = self.settle_quietly(dropped);
    }

    // ---- failing ----------------------------------------------------------------------------

    /// Notes the error of an action.
    pub(super) fn note(&self, error: AgentError) {
        let rare = self.rare();
        rare.failed.fetch_add(1, Ordering::Relaxed);
        let replaced = {
            let mut errors = rare.errors.lock();
            let current = errors.current.replace(error.clone());
            (current, errors.last.replace(error))
        };
        // Errors hold what users returned: dropped with nothing locked.
        self.isolated(move || drop(replaced));
    }

    /// Stands still after a failed action whose error was noted, with `letters` left. Gives up the
    /// turn.
    pub(super) fn stop(&self, letters: Letters<T>) {
        self.put_rest(letters);
        // Release: pairs with the Acquire in `status`.
        self.status.fetch_or(FAILING, Ordering::Release);
        self.settle_quietly(1);
        // Release: pairs with the Acquire in `status` and in `take_failed_turn`.
        // Acquire: pairs with the Release in `shut_down`.
        let release_acquire = if cfg!(heptad_mutant = "agent_stops_relaxed") {
            Ordering::Relaxed
        } else {
            Ordering::AcqRel
        };
        let before = self.status.fetch_add(FAILED + STOP, release_acquire);
        if before & SHUT_DOWN != 0 && !cfg!(heptad_mutant = "agent_stops_with_a_cleared_queue") {
            self.drop_failed_queue_if_cleared();
        }
        self.notify();
    }

    /// The last step of a shutdown that meets a failure: made by whichever of the two comes later.
    fn drop_failed_queue_if_cleared(&self) {
        if self.is_cleared() && self.take_failed_turn() {
            self.drop_queue();
            // Release: pairs with the Acquire in `take_failed_turn`.
            self.status.fetch_and(!TAKEN, Ordering::Release);
        }
    }

    /// Takes the turn of a failed agent; the answer is false if it has not failed, or somebody else
    /// took it first.
    fn take_failed_turn(&self) -> bool {
        // Acquire: pairs with the Release in `stop`, and in `leave_failed_turn`.
        self.status
            .fetch_update(Ordering::Acquire, Ordering::Relaxed, |status| {
                (status & (FAILED | TAKEN) == FAILED).then_some(status | TAKEN)
            })
            .is_ok()
    }

    /// # Errors
    ///
    /// Gives the value back with whether the agent was shut down.
    pub(super) fn restart(this: &Arc<Self>, value: T, keep_queue: bool) -> Result<(), (T, bool)> {
        let shut_down = || this.status() & SHUT_DOWN != 0;
        if shut_down() || !this.take_failed_turn() {
            return Err((value, shut_down()));
        }
        if !keep_queue {
            this.drop_queue();
        }
        this.publish(this.word.guard(), value);
        let error = this.rare().errors.lock().current.take();
        this.isolated(move || drop(error));
        // Release: who sends because it sees the agent running again sees its value, too.
        this.status
            .fetch_and(!(FAILED | FAILING | TAKEN), Ordering::Release);
        // The turn goes on, whether there is anything to do or not.
        workers::schedule(Arc::clone(this), Lane::Worker);
        Ok(())
    }

    pub(super) fn shut_down(&self, keep_queue: bool) {
        if !keep_queue {
            self.clear.store(true, Ordering::Relaxed);
        }
        // Release: pairs with the Acquire in `stop`.
        self.status.fetch_or(SHUT_DOWN, Ordering::Release);
        self.drop_failed_queue_if_cleared();
        self.notify();
    }

    // ---- looking ----------------------------------------------------------------------------

    /// How many actions were sent and are not settled, the running one included.
    pub(super) fn queue_len(&self) -> usize {
        // Acquire: pairs with the Release in `settle_quietly`; what is settled was sent.
        let settled = self.settled.load(Ordering::Acquire);
        self.sent.load(Ordering::Relaxed).saturating_sub(settled)
    }

    /// Why the agent has failed, or the last error of one that goes on.
    pub(super) fn error(&self) -> Option<AgentError> {
        self.rare.get()?.errors.lock().current.clone()
    }

    pub(super) fn last_error(&self) -> Option<AgentError> {
        self.rare.get()?.errors.lock().last.clone()
    }

    pub(super) fn is_failed(&self) -> bool {
        self.status() & FAILED != 0
    }

    pub(super) fn pledge(&self) -> Pledge {
        Pledge {
            stops: self.status() / STOP,
            sent: self.sent.load(Ordering::Relaxed),
        }
    }

    /// As [`outcome`](Self::outcome); if it is not known yet, the waiters will be notified when it
    /// may be.
    pub(super) fn outcome_or_notice(&self, pledge: &Pledge) -> Option<Outcome> {
        // Release: pairs with the Acquire in `wake_all`.
        self.rare()
            .wake_at
            .fetch_min(pledge.sent, Ordering::Release);
        if !cfg!(heptad_mutant = "agent_looks_without_fence") {
            // SeqCst: pairs with `after_change` in `settle`. Either that sees what this has just
            // written, or this sees what was settled.
            fence(Ordering::SeqCst);
        }
        self.outcome(pledge)
    }

    /// What has become of the sends before `pledge` was made, if it is known.
    #[inline]
    pub(super) fn outcome(&self, pledge: &Pledge) -> Option<Outcome> {
        // Acquire: pairs with the Release in `settle_quietly`. Before the status: if the last of
        // the sends has failed, that is seen.
        let settled = self.settled.load(Ordering::Acquire);
        let status = self.status();
        if status & FAILED != 0 || status / STOP != pledge.stops {
            return Some(Outcome::Failed);
        }
        if self.is_cleared() {
            return Some(Outcome::ShutDown);
        }
        (settled >= pledge.sent && status & FAILING == 0).then_some(Outcome::Settled)
    }

    pub(super) fn metrics(&self) -> AgentMetrics {
        let count = |of: fn(&Rare) -> &AtomicU64| {
            let rare = self.rare.get();
            rare.map_or(0, |rare| of(rare).load(Ordering::Relaxed))
        };
        // Acquire: pairs with the Release in `count_done`. Before `sent`: what is done was sent.
        let mut done = self.done.load(Ordering::Acquire) as u64;
        if cfg!(heptad_mutant = "agent_counts_done_by_the_others") {
            let others = count(|rare| &rare.failed) + count(|rare| &rare.dropped);
            done = (self.settled.load(Ordering::Acquire) as u64).saturating_sub(others);
        }
        AgentMetrics {
            sent: self.sent.load(Ordering::Relaxed) as u64,
            done,
            failed: count(|rare| &rare.failed),
            dropped: count(|rare| &rare.dropped),
            unsent: count(|rare| &rare.unsent),
            most_queued: u64::from(self.most_queued.load(Ordering::Relaxed)),
            isolated_panics: count(|rare| &rare.isolated_panics),
        }
    }
}

#[cold]
fn take_one(room: &AtomicUsize) -> Result<(), SendErrorKind> {
    room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |room| {
        room.checked_sub(1)
    })
    .map(drop)
    .map_err(|_| SendErrorKind::Full)
}

/// A letter that is held.
struct HeldLetter<T: Send + Sync + 'static> {
    state: Arc<State<T>>,
    /// Taken when it is let go.
    letter: Option<Letter<T>>,
}

impl<T: Send + Sync + 'static> HeldSend for HeldLetter<T> {
    fn let_go(mut self: Box<Self>) {
        let shut_down = self.state.status() & SHUT_DOWN != 0;
        if shut_down {
            return; // and is dropped
        }
        if let Some(letter) = self.letter.take() {
            State::deliver(&self.state, letter);
        }
    }
}

impl<T: Send + Sync + 'static> Drop for HeldLetter<T> {
    fn drop(&mut self) {
        if let Some(letter) = self.letter.take() {
            if !cfg!(heptad_mutant = "agent_keeps_the_room_of_dropped_sends") {
                self.state.give_room(1);
            }
            let state = &self.state;
            state.isolated(move || drop(letter));
            state.rare().unsent.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl<T: fmt::Debug + Send + Sync + 'static> fmt::Debug for State<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let current = self.word.load();
        let mut shown = f.debug_struct("Agent");
        if let Some(name) = self.name() {
            shown.field("name", name);
        }
        shown
            .field("value", &*current)
            .field("version", &current.version())
            .field("queued", &self.queue_len())
            .field("failed", &self.is_failed())
            .finish()
    }
}
