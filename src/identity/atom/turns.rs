//! How the updates of one atom take turns: the queue, and where its threads park.
//!
//! Updates beside others race for the word. One that has lost too often takes a turn: it claims the
//! word, which no other update can replace or claim until the turn has ended. Whoever finds a claim
//! queues up first come, first served; while anybody queues, the word is reserved for the head of
//! the queue, and updates beside others wait as if it were claimed.
//!
//! Parking: under the lock a thread sees to it that the word, as it judged it, has the mark WAIT,
//! and sleeps. Whoever ends a claim takes WAIT away in the very step that ends it, and if it was
//! there takes the lock and wakes. So either the sleeper's step fails, as the claim has ended, or
//! the one who ends the claim comes after it and wakes it.
//!
//! No circle of threads waits for itself. All that can be claimed has one order. A thread gives up
//! its claims at or after `X` before it waits for `X`, and all of them if `X` is claimed for one
//! run (`ONCE`), which cannot be given up; a thread that is inside such a run itself refuses to
//! wait for another. So in a circle of waiting threads no claim could be for one run, and
//! the claims would have to come in order all the way round. Sleepers look again when the kind of
//! the claim that they wait for changes.

use core::panic::{Location, RefUnwindSafe, UnwindSafe};
use std::collections::VecDeque;

use super::super::metrics::{Named, Reporting, register};
use super::super::word::marks::{CLAIM, Marked, ONCE, RESERVE, WAIT, is_busy};
use super::builder::Settings;
use super::losses::Losses;
use crate::runtime::nesting::{self, Hold};
use crate::runtime::sync::{AtomicU64, Condvar, Mutex, MutexGuard, Ordering, plain, spin_loop};

/// The lazily made part of an atom.
pub(super) struct Turns {
    pub(super) losses: Losses,
    pub(super) settings: Settings,
    /// The atom's place in the order of all that can be claimed. No two are equal.
    order: u64,
    line: Mutex<Line>,
    /// For threads that wait for the end of a claim and for nothing more.
    ended: Condvar,
}

/// Who waits.
struct Line {
    /// Invariant: the word has RESERVE exactly while this is not empty; both change under the lock.
    queue: VecDeque<plain::Arc<Place>>,
    /// How many of those who sleep hold claims.
    claimers_asleep: usize,
}

/// A thread's place in the queue. It is woken when it has become the head and the claim ends.
struct Place {
    woken: Condvar,
}

/// Waiting could be for ever: the thread is inside a `swap_once`, called here, and what it would
/// wait for is another one.
#[derive(Debug)]
pub(super) struct Deadlock {
    pub(super) outer: &'static Location<'static>,
}

impl Turns {
    pub(super) fn new(settings: Settings) -> plain::Arc<Self> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let turns = plain::Arc::new(Self {
            losses: Losses::new(),
            settings,
            order: NEXT.fetch_add(1, Ordering::Relaxed),
            line: Mutex::new(Line {
                queue: VecDeque::new(),
                claimers_asleep: 0,
            }),
            ended: Condvar::new(),
        });
        if turns.settings.name.is_some() {
            let weak = plain::Arc::downgrade(&turns);
            register(weak);
        }
        turns
    }

    /// Tells that an update is about to take a turn.
    #[inline]
    pub(super) fn announce(&self, at: &'static Location<'static>, attempts: u32) {
        #[cfg(feature = "tracing")]
        tracing::debug!(
            target: "heptad::atom",
            atom = self.settings.name.as_deref(),
            %at,
            attempts,
            "an update takes a turn"
        );
        #[cfg(not(feature = "tracing"))]
        let _ = (at, attempts);
    }

    pub(super) fn order(&self) -> u64 {
        self.order
    }

    /// Waits until the claim has ended that keeps the word busy, or until it makes sense to look
    /// again; not at all if the word is not busy.
    pub(super) fn wait_for_end(&self, word: &dyn Marked) -> Result<(), Deadlock> {
        if ends_soon(word) {
            return Ok(());
        }
        let trusted = cfg!(heptad_mutant = "turns_trusts_an_old_look").then(|| word.look());
        let mut line = self.line.lock();
        loop {
            let seen = trusted.unwrap_or_else(|| word.look());
            if !is_busy(seen) {
                return Ok(());
            }
            if self.prepare(seen)? == Prepared::ByGivingUp {
                // Waking others needs locks, so this one has to be free meanwhile.
                drop(line);
                self.give_up(seen);
                line = self.line.lock();
                continue;
            }
            if seen & WAIT != 0 || word.mark(seen, seen | WAIT) {
                self.losses.waited();
                line.asleep(|line| self.ended.wait(line));
                return Ok(());
            }
        }
    }

    /// Claims the word, first come, first served. Until the claim ends nobody else replaces what
    /// the word points to.
    pub(super) fn take(&self, word: &dyn Marked, hold: Hold) -> Result<(), Deadlock> {
        let mut line = self.line.lock();
        if line.queue.is_empty() && try_claim(word, hold) {
            self.losses.escalated();
            return Ok(());
        }
        let place = plain::Arc::new(Place {
            woken: Condvar::new(),
        });
        line.enter(&place, word);
        self.losses.escalated();
        loop {
            let seen = word.look();
            let at_head = plain::Arc::ptr_eq(&line.queue[0], &place);
            if at_head && seen & CLAIM == 0 {
                self.leave_with_claim(&mut line, word, hold);
                return Ok(());
            }
            match self.prepare(seen) {
                Ok(Prepared::Already) => {}
                Ok(Prepared::ByGivingUp) => {
                    drop(line);
                    self.give_up(seen);
                    line = self.line.lock();
                    continue;
                }
                Err(deadlock) => {
                    self.leave_without(&mut line, &place, word);
                    return Err(deadlock);
                }
            }
            // Who is not at the head is woken by the one before it, who leaves a WAIT for it.
            if !at_head || seen & WAIT != 0 || word.mark(seen, seen | WAIT) {
                self.losses.waited();
                line.asleep(|line| place.woken.wait(line));
            }
        }
    }

    /// Wakes those who waited for a claim that has just ended.
    #[cold]
    pub(super) fn claim_ended(&self) {
        self.wake(&self.line.lock());
    }

    fn wake(&self, line: &MutexGuard<'_, Line>) {
        self.ended.notify_all();
        if let Some(head) = line.queue.front() {
            head.woken.notify_one();
        }
    }

    /// What has to be done before this thread waits for a word that it has seen so.
    fn prepare(&self, seen: usize) -> Result<Prepared, Deadlock> {
        let once = seen & ONCE != 0 && !cfg!(heptad_mutant = "turns_wait_inside_swap_once");
        if once {
            if let Some(outer) = nesting::running_once() {
                return Err(Deadlock { outer });
            }
        }
        Ok(if nesting::holds_plain_from(self.first_in_the_way(seen)) {
            Prepared::ByGivingUp
        } else {
            Prepared::Already
        })
    }

    fn give_up(&self, seen: usize) {
        let count = nesting::give_up_from(self.first_in_the_way(seen));
        self.losses.dropped_claims(count);
    }

    /// Claims from this place in the order on must not be held by who waits for a word seen so.
    fn first_in_the_way(&self, seen: usize) -> u64 {
        let regardless = cfg!(heptad_mutant = "turns_drop_regardless_of_order");
        let once = seen & ONCE != 0 && !cfg!(heptad_mutant = "turns_keep_claims_before_a_once");
        if once || regardless { 0 } else { self.order }
    }

    /// The head of the queue leaves it and claims the word.
    fn leave_with_claim(&self, line: &mut MutexGuard<'_, Line>, word: &dyn Marked, hold: Hold) {
        line.queue.pop_front();
        loop {
            let seen = word.look();
            let keep = if cfg!(heptad_mutant = "turns_claim_drops_wait") {
                0
            } else {
                seen & WAIT
            };
            // The next head sleeps already, so its WAIT is set for it.
            let next = if line.queue.is_empty() {
                0
            } else {
                RESERVE | WAIT
            };
            if word.mark(seen, claim_mark(hold) | keep | reserve(next)) {
                break;
            }
        }
        let tell = !cfg!(heptad_mutant = "turns_once_tells_no_sleeper");
        if tell && hold == Hold::Once && line.claimers_asleep > 0 {
            // They may have to give up more than they had to for a claim of the other kind.
            self.ended.notify_all();
            for place in &line.queue {
                place.woken.notify_one();
            }
        }
    }

    /// A thread leaves the queue without having had its turn.
    fn leave_without(
        &self,
        line: &mut MutexGuard<'_, Line>,
        place: &plain::Arc<Place>,
        word: &dyn Marked,
    ) {
        line.queue.retain(|other| !plain::Arc::ptr_eq(other, place));
        while line.queue.is_empty() {
            let seen = word.look();
            // Without a claim nobody is left to take WAIT away.
            let keep = if seen & CLAIM == 0 { 0 } else { !RESERVE };
            if word.mark(seen, seen & ALL & keep) {
                break;
            }
        }
        self.wake(line);
    }
}

impl Reporting for Turns {
    fn report(&self) -> Named {
        let name = self.settings.name.clone().unwrap_or_default();
        let metrics = self.losses.metrics(0);
        Named::new(name, "atom", metrics.counters(), metrics.longest_loser)
    }
}

impl UnwindSafe for Turns {}
/// A panic of user code leaves nothing half done in here: none runs while it changes.
impl RefUnwindSafe for Turns {}

const ALL: usize = CLAIM | WAIT | RESERVE | ONCE;

#[derive(PartialEq, Eq)]
enum Prepared {
    Already,
    ByGivingUp,
}

impl Line {
    fn enter(&mut self, place: &plain::Arc<Place>, word: &dyn Marked) {
        self.queue.push_back(plain::Arc::clone(place));
        loop {
            let seen = word.look();
            if word.mark(seen, seen & ALL | reserve(RESERVE)) {
                break;
            }
        }
    }
}

/// Looks at the word for a microsecond or two: most claims are shorter than going to sleep.
fn ends_soon(word: &dyn Marked) -> bool {
    const LOOKS: u32 = if cfg!(heptad_loom) { 0 } else { 64 };
    (0..LOOKS).any(|_| {
        spin_loop();
        !is_busy(word.look())
    })
}

/// Sleeping, with a note for those who claim a word for one run.
trait Asleep {
    fn asleep(&mut self, wait: impl FnOnce(&mut Self));
}

impl Asleep for MutexGuard<'_, Line> {
    fn asleep(&mut self, wait: impl FnOnce(&mut Self)) {
        let claimer = usize::from(nesting::holds_claims());
        self.claimers_asleep += claimer;
        wait(self);
        self.claimers_asleep -= claimer;
    }
}

fn reserve(marks: usize) -> usize {
    if cfg!(heptad_mutant = "turns_without_reserve") {
        marks & !RESERVE
    } else {
        marks
    }
}

pub(super) fn claim_mark(hold: Hold) -> usize {
    match hold {
        Hold::Once => CLAIM | ONCE,
        Hold::Plain | Hold::Ended => CLAIM,
    }
}

/// Claims the word unless another update has claimed or reserved it. A value that is being
/// published at this moment is no hindrance.
pub(super) fn try_claim(word: &dyn Marked, hold: Hold) -> bool {
    loop {
        let seen = word.look();
        if seen & (CLAIM | RESERVE) != 0 {
            return false;
        }
        if word.mark(seen, claim_mark(hold)) {
            return true;
        }
    }
}
