//! The fast reclaimer, for Linux: what readers use is shown in memory of their own.
//!
//! After Maged Michael's hazard pointers, in a variant without retries. Every thread has a record
//! that all can see (`record`) with a few slots, each of which protects one node. A read shows what
//! it loads in a slot and makes sure that it was in time, which takes no more than a store to a
//! cache line of its own: the fence that belongs between the store and the check is paid by those
//! who free (`fence`). Who frees looks through all records (`retirement`). Records are in one list
//! (`domain`), and each thread has one (`thread`).
//!
//! Where the slots of a thread are used up, a count protects. It is taken under a slot that is kept
//! for that.
//!
//! A thread keeps at most two thousand or so retired counts: those that are ready and given up in
//! small portions, those after which it scans again, and what guards protect; and, beside a reader
//! that the system has suspended at a bad moment, what it retires meanwhile. An idle thread keeps
//! them until it updates something again, ends, or calls `flush`.

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

use super::{Counted, address, end_count};
use record::{Slot, clear};

#[cfg(not(heptad_loom))]
pub(super) use thread::{flush, leave, read, retire};

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
            None => unsafe { end_count(self.node()) },
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
