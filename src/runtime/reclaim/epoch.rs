//! The reclaimer of every platform, on `crossbeam-epoch`.
//!
//! A look happens while the thread is *pinned*: a global epoch cannot move on by two while a
//! thread stays pinned in it, and what was retired in one epoch is handed back two epochs later.
//! A pin costs one locked instruction. A thread keeps up to 64 retired counts to itself before it
//! shows them to the others, so an idle thread can hold that many old values until it is used
//! again, ends, or calls `flush`.
//!
//! The collector hands things back in the middle of some later pin. Users' code must not run
//! there: a `Drop` that waits would stop all freeing, and one that panics would lose the rest of
//! the collector's batch. So what is handed back is only noted, and released after the pin: by the
//! thread that was pinned, or if that is ending, by whichever thread comes next (`Leftovers`).

#![allow(
    unsafe_code,
    reason = "looks at nodes under a pin, and gives up counts that were handed to it"
)]

use core::cell::{Cell, RefCell};
use core::mem;
use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crossbeam_epoch::{Collector, Guard, LocalHandle};

use super::leftovers::Leftovers;
use super::{Afterwards, Retired};
use crate::runtime::nesting;
use crate::runtime::sync::{Arc, AtomicBool, OnceLock, Ordering, per_thread, yield_now};

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
    /// Handed back by the collector, to be released after the pin. Never borrowed while users'
    /// code runs.
    ready: RefCell<VecDeque<Retired>>,
}

thread_local! {
    static PARTICIPANT: Participant = Participant::register();
}

per_thread! {
    /// Set while `release_ready` runs, so that a `Drop` that comes back here does not start a
    /// second one inside the first: the stack stays flat however many values are waiting. Not a
    /// part of `Participant`, as the end of a thread has many of them.
    static RELEASING: Cell<bool> = Cell::new(false);
}

/// Handed back to threads that were ending.
static LEFTOVERS: Leftovers = Leftovers::new();

impl Participant {
    fn register() -> Self {
        Self {
            handle: collector().register(),
            ready: RefCell::new(VecDeque::new()),
        }
    }

    #[inline]
    fn pinned<R>(&self, afterwards: Afterwards, f: impl FnOnce(&Guard) -> R) -> R {
        let guard = self.handle.pin();
        let result = f(&guard);
        drop(guard);
        if afterwards == Afterwards::Release && self.has_ready() {
            self.release_ready();
        }
        result
    }

    #[inline]
    fn has_ready(&self) -> bool {
        !self.ready.borrow().is_empty() || LEFTOVERS.waiting()
    }

    /// Releases what the collector has handed back. Every value gets its turn even if the `Drop`
    /// of one panics; the first panic goes on to the caller afterwards.
    #[cold]
    fn release_ready(&self) {
        if RELEASING.replace(true) && !cfg!(heptad_mutant = "epoch_releases_inside_releases") {
            return;
        }
        let mut first = None;
        while let Some(retired) = self.next_ready() {
            match catch_unwind(AssertUnwindSafe(|| release(retired))) {
                Err(payload) if first.is_none() => first = Some(payload),
                Err(payload) => discard(payload),
                Ok(()) => {}
            }
        }
        RELEASING.set(false);
        if let Some(payload) = first {
            resume_unwind(payload);
        }
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
        if cfg!(heptad_mutant = "epoch_forgets_ready_at_thread_end") {
            return;
        }
        if cfg!(heptad_mutant = "epoch_releases_at_thread_end") {
            return self.release_ready();
        }
        let ready = self.ready.get_mut();
        if !ready.is_empty() {
            LEFTOVERS.put(ready.drain(..));
        }
    }
}

/// Drops what a panic left behind that nobody will see. If that panics in turn, it is forgotten:
/// what is not yet released must still have its turn.
fn discard(payload: Box<dyn Any + Send>) {
    if cfg!(heptad_mutant = "epoch_drops_payloads_in_the_open") {
        return drop(payload);
    }
    if let Err(of_its_drop) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        mem::forget(of_its_drop);
    }
}

/// Releases one count that the collector has handed back.
fn release(retired: Retired) {
    // SAFETY: the collector hands a count back two epochs after it was retired, when every look
    // that could have met the node has ended.
    nesting::outside(|| unsafe { retired.release() });
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
        return retired.take().into_iter().for_each(release);
    }
    // The thread is ending and has no place left to note anything in.
    LEFTOVERS.put(retired.take());
}

#[inline]
fn pinned<R>(afterwards: Afterwards, mut f: impl FnMut(&Guard) -> R) -> R {
    PARTICIPANT
        .try_with(|participant| participant.pinned(afterwards, &mut f))
        // The destructors of this thread are running and ours already has: take part for one call.
        .unwrap_or_else(|_| Participant::register().pinned(afterwards, &mut f))
}

/// Runs `f` while nothing retired from now on is released.
#[inline]
pub(super) fn protected<R>(afterwards: Afterwards, mut f: impl FnMut() -> R) -> R {
    pinned(afterwards, |_guard| f())
}

/// Releases `retired` when every `protected` call that is running now has ended.
///
/// # Safety
///
/// No later `protected` call can meet the node.
#[inline]
pub(super) unsafe fn retire(retired: Retired) {
    let mut retired = Some(retired);
    pinned(Afterwards::Release, |guard| {
        if let Some(retired) = retired.take() {
            // SAFETY: the closure runs on any thread at any later time: a `Retired` is `Send` and
            // borrows nothing, and `hand_back` is called by the collector only, after the epochs
            // that this function asks for.
            unsafe { guard.defer_unchecked(move || hand_back(retired)) };
        }
    });
}

pub(super) fn flush() {
    // The collector hands back in the order in which it was given: when this mark has come back,
    // so has everything before it.
    let reached = Arc::new(AtomicBool::new(false));
    pinned(Afterwards::Release, |guard| {
        let mark = Arc::clone(&reached);
        // Release: pairs with the Acquire below, what was handed back before the mark is noted.
        guard.defer(move || mark.store(true, Ordering::Release));
    });
    for _ in 0..FLUSH_ROUNDS {
        pinned(Afterwards::Release, Guard::flush);
        // Acquire: pairs with the Release of the mark, which another thread may have met. If that
        // thread was ending, it has left the rest to be taken here in one more round; or by the
        // caller, if this is called by a `Drop` that is being given its turn.
        if reached.load(Ordering::Acquire) && (!LEFTOVERS.waiting() || RELEASING.get()) {
            return;
        }
        yield_now();
    }
}
