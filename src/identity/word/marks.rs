//! The marks in the low bits of a word, by which updates take turns.
//!
//! | mark | set | means |
//! |---|---|---|
//! | `CLAIM` | by the update whose turn it is | nobody else replaces the node or claims the word |
//! | `ONCE` | together with `CLAIM` | the claim is not given up before its closure has returned |
//! | `WAIT` | by threads that park | who ends the claim must wake them |
//! | `RESERVE` | while updates queue | nobody outside the queue replaces the node or claims the word |
//!
//! A replacement beside others is a compare-and-set from the bare pointer, so any mark refuses it
//! and it needs no look of its own.

use super::super::guard::Guard;
use super::super::late::Late;
use super::super::node::{Fresh, Node};
use super::super::shared::Shared;
use super::{PUBLISH, Word};
use crate::runtime::reclaim::OWNER_BITS;
use crate::runtime::sync::Ordering;

pub(in super::super) const CLAIM: usize = 0b0001;
pub(in super::super) const WAIT: usize = 0b0010;
pub(in super::super) const RESERVE: usize = 0b0100;
pub(in super::super) const ONCE: usize = 0b1000;

/// Whether updates beside others have to wait.
///
/// Both marks count: a word that is reserved refuses every replacement until the head of the queue
/// has had its turn, and each attempt in the meantime would be in vain.
#[inline]
pub(in super::super) fn is_busy(seen: usize) -> bool {
    let busy = if cfg!(heptad_mutant = "turns_wait_for_claims_only") {
        CLAIM
    } else {
        CLAIM | RESERVE
    };
    seen & busy != 0
}

/// A word as those who wait for it see it: an address, which is never followed, and marks.
pub(in super::super) trait Marked {
    /// What the word holds.
    fn look(&self) -> usize;

    /// Replaces the marks, if the word still holds what was seen.
    fn mark(&self, seen: usize, marks: usize) -> bool;
}

impl<T: Send + Sync + 'static> Marked for Word<T> {
    fn look(&self) -> usize {
        // Relaxed: decisions are made by the compare-and-sets that follow, and sleep under a lock
        // that whoever wakes takes too.
        self.pointer.load(Ordering::Relaxed).addr()
    }

    fn mark(&self, seen: usize, marks: usize) -> bool {
        // Relaxed: as in `look`; the address is compared.
        let pointer = self.pointer.load(Ordering::Relaxed);
        let marked = pointer.map_addr(|bits| bits & !OWNER_BITS | marks);
        // Release: pairs with the Acquire of `reclaim::read` by the next claimer, who sees what the
        // closure of a claim did that ends without a new value. The node's content needs nothing:
        // changing marks continues the release sequence of the one who wrote the node.
        pointer.addr() == seen
            && self
                .pointer
                .compare_exchange(pointer, marked, Ordering::Release, Ordering::Relaxed)
                .is_ok()
    }
}

impl<T: Send + Sync + 'static> Word<T> {
    /// Whether the word points to the node of `handle`. If not, it never will again.
    #[inline]
    pub(in super::super) fn points_to(&self, handle: &Shared<T>) -> bool {
        self.look() & !OWNER_BITS == handle.address().addr().get()
    }

    /// Replaces the node and ends the claim, which must be the caller's. `ended` is told which
    /// marks the word had, before anything else is done.
    pub(in super::super) fn publish_claimed(
        &self,
        old: &Guard<'_, T>,
        fresh: Fresh<T>,
        ended: impl FnOnce(usize),
    ) -> (Shared<T>, Late<T>) {
        let marks = if cfg!(heptad_mutant = "turns_wake_before_publishing") {
            let marks = self.look();
            ended(marks);
            self.replace_claimed(fresh.address().as_ptr())
        } else {
            let marks = self.replace_claimed(fresh.address().as_ptr());
            ended(marks);
            marks
        };
        debug_assert_eq!(marks & !OWNER_BITS, old.address().addr().get());
        self.hand_over(old.address(), fresh)
    }

    /// Puts `new` into the word without the claim; returns what the word held.
    fn replace_claimed(&self, new: *mut Node<T>) -> usize {
        loop {
            // Relaxed: nobody but the claimer replaces the node, only marks may change meanwhile.
            let seen = self.pointer.load(Ordering::Relaxed);
            let keep = if cfg!(heptad_mutant = "turns_publish_drops_reserve") {
                0
            } else if cfg!(heptad_mutant = "turns_publish_keeps_wait") {
                RESERVE | WAIT
            } else {
                RESERVE
            };
            let next = new.map_addr(|bits| bits | seen.addr() & keep);
            if cfg!(heptad_mutant = "turns_publish_by_store") {
                self.pointer.store(next, Ordering::Release);
                return seen.addr();
            }
            if self
                .pointer
                .compare_exchange(seen, next, PUBLISH, Ordering::Relaxed)
                .is_ok()
            {
                return seen.addr();
            }
        }
    }
}

/// Ends a claim, which must be the caller's, without a new value. `ended` is told which marks the
/// word had.
pub(in super::super) fn release_claim(word: &impl Marked, ended: impl FnOnce(usize)) {
    loop {
        let seen = word.look();
        if word.mark(seen, seen & RESERVE) {
            return ended(seen);
        }
    }
}
