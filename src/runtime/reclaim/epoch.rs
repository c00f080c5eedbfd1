//! The reclaimer of every platform, on `crossbeam-epoch`.
//!
//! A look happens while the thread is *pinned*: a global epoch cannot move on by two while a
//! thread stays pinned in it, and what was retired in one epoch is handed back two epochs later.
//! A pin costs one locked instruction. What is protected for longer than a look is counted, so no
//! user's code runs in a pin. A thread keeps up to 64 retired counts to itself before it shows
//! them to the others, so an idle thread can hold that many old values until it updates
//! something again, ends, or calls `flush`.
//!
//! The collector hands things back in the middle of some later pin. Users' code must not run
//! there: a `Drop` that waits would stop all freeing, and one that panics would lose the rest of
//! the collector's batch. So what is handed back is only noted. An update gives it up after its
//! pin; a read, and a thread that ends, leave it to the updates of others (`Leftovers`).

#![allow(
    unsafe_code,
    reason = "looks at nodes under a pin, and gives up counts that were handed to it"
)]

use core::cell::{Cell, RefCell};
use core::iter;
use std::collections::VecDeque;

use crossbeam_epoch::{Collector, Guard, LocalHandle};

pub(crate) use super::counted::Protected;
use super::leftovers::Leftovers;
use super::release::{is_releasing, release_all};
use super::{Counted, Retired, load};
use crate::runtime::sync::{Arc, AtomicBool, AtomicPtr, OnceLock, Ordering, yield_now};

/// How often `flush` tries before it leaves the rest to later: readers are out in nanoseconds, so
/// this is only reached beside a thread that the system has suspended inside a look.
const FLUSH_ROUNDS: u32 = 1 << 14;

/// A collector of our own: the default one is shared with the rest of the process, whose pins
/// would hold up our memory and would run our releases.
fn collector() -> &'static Collector {
    static COLLECTOR: OnceLock<Collector> = OnceLock::new();
    COLLECTOR.get_or_init(Collector::new)
}

/// One thread's part in reclaiming.
struct Participant {
    handle: LocalHandle,
    /// Handed back by the collector, to be given up or left to others after the pin. Never
    /// borrowed while users' code runs.
    ready: RefCell<VecDeque<Retired>>,
}

thread_local! {
    static PARTICIPANT: Participant = Participant::register();
}

/// Handed back to threads that were reading or ending.
static LEFTOVERS: Leftovers = Leftovers::new();

impl Participant {
    fn register() -> Self {
        Self {
            handle: collector().register(),
            ready: RefCell::new(VecDeque::new()),
        }
    }

    /// Calls `f` in a pin, and `after` after it.
    #[inline]
    fn pinned<R>(&self, after: impl FnOnce(&Self), f: impl FnOnce(&Guard) -> R) -> R {
        let guard = self.handle.pin();
        let result = f(&guard);
        drop(guard);
        after(self);
        result
    }

    /// For reads: what the collector handed back in the pin goes to the next update of any thread.
    /// This one may never update anything.
    #[inline]
    fn leave_ready(&self) {
        if cfg!(heptad_mutant = "reclaim_reads_release") {
            return self.release_ready();
        }
        if !cfg!(heptad_mutant = "epoch_reads_keep_what_is_ready") && self.has_ready() {
            LEFTOVERS.offer(&mut self.ready.borrow_mut());
        }
    }

    /// For updates: gives up what the collector has handed back here and to readers.
    #[inline]
    fn release_ready(&self) {
        if self.has_ready() || LEFTOVERS.waiting() != 0 {
            // SAFETY: the collector hands a count back two epochs after it was retired, when every
            // look that could have met the node has ended.
            unsafe { release_all(|| iter::from_fn(|| self.next_ready())) }
        }
    }

    #[inline]
    fn has_ready(&self) -> bool {
        !self.ready.borrow().is_empty()
    }

    fn next_ready(&self) -> Option<Retired> {
        let own = self.ready.borrow_mut().pop_front();
        own.or_else(|| LEFTOVERS.take_one())
    }
}

impl Drop for Participant {
    /// The thread ends: what its last calls left to later calls goes to other threads' calls. So
    /// does what the collector hands back while `handle` is dropped, which is after this.
    fn drop(&mut self) {
        if cfg!(heptad_mutant = "epoch_releases_at_thread_end") {
            return self.release_ready();
        }
        let ready = self.ready.get_mut();
        if !ready.is_empty() {
            LEFTOVERS.put(ready.drain(..));
        }
    }
}

/// Called by the collector, inside some pin of this module.
fn hand_back(retired: Retired) {
    let retired = Cell::new(Some(retired));
    let noted = !cfg!(heptad_mutant = "epoch_release_under_pin")
        && PARTICIPANT
            .try_with(|participant| participant.ready.borrow_mut().extend(retired.take()))
            .is_ok();
    if noted {
        return;
    }
    if cfg!(heptad_mutant = "epoch_release_under_pin")
        || cfg!(heptad_mutant = "epoch_releases_leftovers_under_pin")
    {
        // SAFETY: the two epochs have passed; the pin is the mistake.
        return retired
            .take()
            .into_iter()
            .for_each(|retired| unsafe { retired.release() });
    }
    // The thread is ending and has no place left to note anything in.
    LEFTOVERS.put(retired.take());
}

#[inline]
fn pinned<R>(after: impl Fn(&Participant), mut f: impl FnMut(&Guard) -> R) -> R {
    PARTICIPANT
        .try_with(|participant| participant.pinned(&after, &mut f))
        // The destructors of this thread are running and ours already has: take part for one call.
        .unwrap_or_else(|_| Participant::register().pinned(&after, &mut f))
}

/// Loads `word` and runs `look` while nothing retired from now on is given up.
///
/// # Safety
///
/// As for [`read`](super::read), and `look` gets what the word holds, marks included.
#[inline]
pub(super) unsafe fn read<N: Counted, R>(
    word: &AtomicPtr<N>,
    mut look: impl FnMut(*mut N) -> R,
) -> R {
    pinned(Participant::leave_ready, |_guard| look(load(word)))
}

/// Gives up `retired` when every `read` that is running now has ended.
///
/// # Safety
///
/// No later `read` can meet the node.
#[inline]
pub(super) unsafe fn retire(retired: Retired) {
    let mut retired = Some(retired);
    pinned(Participant::release_ready, |guard| {
        if let Some(retired) = retired.take() {
            // SAFETY: the closure runs on any thread at any later time: a `Retired` is `Send` and
            // borrows nothing, and `hand_back` is called by the collector only, after the epochs
            // that this function asks for.
            unsafe { guard.defer_unchecked(move || hand_back(retired)) };
        }
    });
}

/// Has this released by the next update of any thread.
///
/// # Safety
///
/// Nobody can be looking at the node.
#[cold]
pub(super) unsafe fn leave(retired: Retired) {
    LEFTOVERS.put([retired]);
}

pub(super) fn flush() {
    // The collector hands back in the order in which it was given: when this mark has come back,
    // so has everything before it.
    let reached = Arc::new(AtomicBool::new(false));
    pinned(Participant::release_ready, |guard| {
        let mark = Arc::clone(&reached);
        // Release: pairs with the Acquire below, what was handed back before the mark is noted.
        guard.defer(move || mark.store(true, Ordering::Release));
    });
    for _ in 0..FLUSH_ROUNDS {
        pinned(Participant::release_ready, Guard::flush);
        // Acquire: pairs with the Release of the mark, which another thread may have met. If that
        // thread was ending or reading, it has left the rest to be taken here in one more round;
        // or by the caller, if this is called by a `Drop` that is being given its turn.
        if reached.load(Ordering::Acquire) && (LEFTOVERS.waiting() == 0 || is_releasing()) {
            return;
        }
        yield_now();
    }
}
