//! The fast reclaimer, for Linux: what readers use is shown in memory of their own.
//!
//! After Maged Michael's hazard pointers, in a variant without retries. Every thread has a record
//! that all can see (`record`): a flag, "I am just reading", and a few slots, each of which
//! protects one node. A read sets the flag, loads the word, shows the address in a slot and clears
//! the flag, which are stores to a cache line of its own; the fence that belongs between the first
//! two is paid by those who free (`fence`). Who frees looks through all records (`retirement`).
//! Records are in one list (`domain`), and each thread has one (`thread`).
//!
//! Where the slots of a thread are used up, a count protects. Short looks need no slot: the flag is
//! enough.
//!
//! A thread keeps at most a thousand or so retired counts: those after which it scans, what guards
//! protect, and what it retires while a reader is suspended in the middle of its few instructions.
//! An idle thread keeps them until it updates something again, ends, or calls `flush`.

#![allow(
    unsafe_code,
    reason = "protects nodes by slots and counts; see the invariant of Protected"
)]

mod domain;
mod fence;
#[cfg(heptad_loom)]
pub(crate) mod member;
mod record;
mod retirement;
#[cfg(not(heptad_loom))]
mod thread;

use core::ptr::NonNull;

use super::{Counted, address};
use record::{Slot, clear};

#[cfg(not(heptad_loom))]
pub(super) use thread::{flush, read, retire};

/// A node that stays alive for as long as this is held, and the marks that its word had.
///
/// Belongs to the thread that made it.
pub(crate) struct Protected<N: Counted> {
    /// Invariant: the address is that of a shared node.
    marked: *mut N,
    /// Invariant: shows the node and is cleared by this and nobody else. If there is none, one
    /// count of the node belongs to this.
    slot: Option<&'static Slot>,
    #[cfg(heptad_mutant = "guard_ends_before_the_replacement")]
    ended: core::cell::Cell<bool>,
}

impl<N: Counted> Protected<N> {
    #[inline]
    fn new((marked, slot): (*mut N, Option<&'static Slot>)) -> Self {
        Self {
            marked,
            slot,
            #[cfg(heptad_mutant = "guard_ends_before_the_replacement")]
            ended: core::cell::Cell::new(false),
        }
    }

    /// What the word held, marks included.
    #[allow(dead_code, reason = "the first mark follows")]
    #[inline]
    pub(crate) fn marked(&self) -> *mut N {
        self.marked
    }

    /// Where the node is.
    #[inline]
    pub(crate) fn node(&self) -> NonNull<N> {
        // SAFETY: by the invariant the address is a node's.
        unsafe { address(self.marked) }
    }

    /// Ends the protection while this is still there.
    #[cfg(heptad_mutant = "guard_ends_before_the_replacement")]
    pub(crate) fn end_early(&self) {
        if !self.ended.replace(true) {
            self.end();
        }
    }

    #[inline]
    fn end(&self) {
        match self.slot {
            Some(slot) => clear(slot),
            // SAFETY: by the invariant of `slot` one count is this value's, which ends here.
            None => unsafe { N::release(self.node()) },
        }
    }
}

impl<N: Counted> Drop for Protected<N> {
    #[inline]
    fn drop(&mut self) {
        #[cfg(heptad_mutant = "guard_ends_before_the_replacement")]
        if self.ended.get() {
            return;
        }
        self.end();
    }
}
