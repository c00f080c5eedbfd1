//! The word of an identity: one pointer that all threads share, and the steps that are possible on
//! it.
//!
//! Everything about orderings and ownership of counts is here; the identities above are plain code.

#![allow(
    unsafe_code,
    reason = "owns a count through an atomic pointer; see the invariant of Word::pointer"
)]

pub(super) mod marks;

use core::ptr::NonNull;

use super::guard::Guard;
use super::late::Late;
use super::node::{Fresh, Node};
use super::shared::Shared;
use crate::runtime::reclaim::{self, OWNER_BITS, Protected};
use crate::runtime::sync::{AtomicPtr, Ordering};

/// The current node of an identity.
pub(super) struct Word<T: Send + Sync + 'static> {
    /// Invariant: never null, points to a shared node, and owns one count of it.
    ///
    /// The low bits of the address are set aside for marks on the word (`OWNER_BITS`). A pointer
    /// and not a number: `map_addr` masks the bits and keeps the provenance, so that Miri and
    /// compilers can follow which allocation is meant.
    pointer: AtomicPtr<Node<T>>,
}

/// How a node is published.
///
/// Release: pairs with the Acquire of `reclaim::read`, the node's content goes with it. Acquire:
/// pairs with the Release of `line_up`, so that whoever looks for observers after this sees those
/// that have lined up before.
const PUBLISH: Ordering = if cfg!(heptad_mutant = "word_publish_acquires_nothing") {
    Ordering::Release
} else {
    Ordering::AcqRel
};

/// A handle to what was published, and the count that the word had of what it replaced; or what
/// was not published. Giving that count up may run the `Drop` of older values at once: that comes
/// last in an update.
pub(super) type Published<T> = Result<(Shared<T>, Late<T>), Fresh<T>>;

impl<T: Send + Sync + 'static> Word<T> {
    /// A word that points to its first node, version 0.
    pub(super) fn new(fresh: Fresh<T>) -> Self {
        let node = fresh.share();
        // SAFETY: a fresh node comes with two counts. One stays with the word, this is the other,
        // and nobody has asked for a handle.
        drop(unsafe { Shared::from_counted(node) });
        Self {
            pointer: AtomicPtr::new(node.as_ptr()),
        }
    }

    /// Looks at the current node. The look is this module's own code and never a user's.
    #[inline]
    fn read<R>(&self, mut look: impl FnMut(NonNull<Node<T>>) -> R) -> R {
        // SAFETY: the invariant of `pointer` is what `read` asks for. A count of the word goes by
        // `retire` after the word was changed, in `publish_over`, or by `drop`, which has the word
        // to itself. `replace` writes with Release; the first node was there before the word was.
        unsafe { reclaim::read(&self.pointer, |node| look(Node::assert_exists(node))) }
    }

    /// A handle to the current node. Waits for nobody.
    #[inline]
    pub(super) fn load(&self) -> Shared<T> {
        self.read(|node| {
            // SAFETY: `read` keeps the node alive for the look, and the count that is taken here
            // is the handle's.
            unsafe {
                node.as_ref().take_count();
                Shared::from_counted(node)
            }
        })
    }

    /// The current node, protected for this thread. Waits for nobody.
    #[inline]
    pub(super) fn guard(&self) -> Guard<'_, T> {
        // SAFETY: as in `read`.
        Guard::new(unsafe { Protected::load(&self.pointer) })
    }

    /// The version of the current node, without taking a count.
    #[inline]
    pub(super) fn version(&self) -> u64 {
        self.read(|node| {
            // SAFETY: `read` keeps the node alive for the look.
            unsafe { node.as_ref() }.version()
        })
    }

    /// Makes every update from now on see what this thread has written before, as soon as it has
    /// published.
    ///
    /// So what is loaded from the word after this, or a later value, is the last that may have been
    /// published by somebody who has not seen it.
    pub(super) fn line_up(&self) {
        if cfg!(heptad_mutant = "word_line_up_does_nothing") {
            return;
        }
        // Release: pairs with the Acquire of `PUBLISH`. Each write to the word is a
        // read-modify-write, so those that come after this one read it or a write that continues
        // its release sequence.
        let release = if cfg!(heptad_mutant = "word_line_up_relaxed") {
            Ordering::Relaxed
        } else {
            Ordering::Release
        };
        let mut seen = self.pointer.load(Ordering::Relaxed);
        while let Err(newer) = self
            .pointer
            .compare_exchange(seen, seen, release, Ordering::Relaxed)
        {
            seen = newer;
        }
    }

    /// Replaces the node of `old` by `fresh` and returns a handle to it, and what is left to be
    /// done; or hands `fresh` back if the word points elsewhere by now, or has marks.
    ///
    /// `old` protects its node, so the address cannot have become another node's meanwhile: that it
    /// is the same means that nothing was published in between.
    #[inline]
    pub(super) fn publish_after(&self, old: &Guard<'_, T>, fresh: Fresh<T>) -> Published<T> {
        #[cfg(heptad_mutant = "guard_ends_before_the_replacement")]
        old.end_early();
        self.publish_over(old.address(), fresh)
    }

    /// As [`publish_after`](Self::publish_after); a handle protects its node too.
    #[inline]
    pub(super) fn publish_after_handle(&self, old: &Shared<T>, fresh: Fresh<T>) -> Published<T> {
        self.publish_over(old.address(), fresh)
    }

    #[inline]
    fn publish_over(&self, old: NonNull<Node<T>>, fresh: Fresh<T>) -> Published<T> {
        if cfg!(heptad_mutant = "word_retires_before_replacing") {
            // SAFETY: none; this is the mistake that the models must find.
            unsafe { reclaim::retire(old) };
        }
        if !self.replace(old, fresh.address()) {
            return Err(fresh);
        }
        Ok(self.hand_over(old, fresh))
    }

    /// After `fresh` took the place of `old` in the word: the handle to it, and the count that the
    /// word had of `old`.
    #[inline]
    fn hand_over(&self, old: NonNull<Node<T>>, fresh: Fresh<T>) -> (Shared<T>, Late<T>) {
        // SAFETY: of the two counts of a fresh node one is the word's now, this is the other.
        let new = unsafe { Shared::from_counted(fresh.share()) };
        // SAFETY: the word pointed to `old` until it was replaced and no longer does, and the count
        // that it owned has passed to this thread, which alone replaced it.
        let replaced = unsafe { Late::from_counted(old) };
        (new, replaced)
    }

    #[inline]
    fn replace(&self, old: NonNull<Node<T>>, new: NonNull<Node<T>>) -> bool {
        let publish = if cfg!(heptad_mutant = "word_publish_relaxed") {
            Ordering::Relaxed
        } else {
            PUBLISH
        };
        if cfg!(heptad_mutant = "word_publish_unconditionally") {
            self.pointer.swap(new.as_ptr(), publish);
            return true;
        }
        // Relaxed on failure: the value found is not used.
        self.pointer
            .compare_exchange(old.as_ptr(), new.as_ptr(), publish, Ordering::Relaxed)
            .is_ok()
    }
}

impl<T: Send + Sync + 'static> Drop for Word<T> {
    fn drop(&mut self) {
        // Relaxed: the word is exclusively borrowed, nobody is looking and nobody writes.
        let node = self.pointer.load(Ordering::Relaxed);
        let node = node.map_addr(|bits| bits & !OWNER_BITS);
        // SAFETY: by the invariant the pointer is not null and one count is the word's, which ends
        // here. No look can be going on, as each borrows the word.
        unsafe { Node::release(NonNull::new_unchecked(node)) };
    }
}
