//! What the word of an identity points to: a value, the version it was published as, and a count
//! of who uses it, in one allocation.
//!
//! Life of a node: a [`Fresh`] node belongs to one thread, which may still take the value out
//! again. Publishing hands out its two first counts, one to the word and one to a handle. From
//! then on it is shared and never changes, and who gives up the last count frees it. The node of
//! one publication is never published again, so equal addresses of two living handles mean the
//! same value at the same version.

#![allow(
    unsafe_code,
    reason = "frees nodes by their count; see the invariant of Node::count"
)]

use core::mem;
use core::ptr::NonNull;

#[cfg(heptad_loom)]
use crate::runtime::reclaim::model;
use crate::runtime::reclaim::{Counted, OWNER_BITS};
use crate::runtime::sync::RefCount;

/// A value with its version and its count.
///
/// The alignment keeps the low bits of the address free for the word that points here.
#[repr(align(16))]
pub(super) struct Node<T> {
    /// Invariant: once the node is shared, this is the number of `Shared` handles to it, and one
    /// more from its publication until `reclaim` has given up the count of the word.
    count: RefCount,
    version: u64,
    value: T,
}

/// A node that nobody else can see yet. Its count already says 2: the word's and the first
/// handle's, which come to be when it is shared.
pub(super) struct Fresh<T> {
    /// Invariant: a node that this owns alone. A pointer, not a `Box`: the address is written to a
    /// word while this still exists, and a `Box` claims that nobody else has it.
    node: NonNull<Node<T>>,
}

impl<T> Fresh<T> {
    /// The first value of an identity.
    pub(super) fn first(value: T) -> Self {
        let node = NonNull::from(Box::leak(Box::new(Node {
            count: RefCount::of(2),
            version: 0,
            value,
        })));
        #[cfg(heptad_loom)]
        model::created(node.as_ptr());
        Self { node }
    }

    /// The value that is to follow the one of this version.
    pub(super) fn after(version: u64, value: T) -> Self {
        let mut fresh = Self::first(value);
        fresh.follow(version);
        fresh
    }

    /// Makes this the value that is to follow the one of this version.
    pub(super) fn follow(&mut self, version: u64) {
        // SAFETY: by the invariant of `node` nobody else has it.
        unsafe { self.node.as_mut() }.version = version + 1;
    }

    pub(super) fn value(&self) -> &T {
        // SAFETY: by the invariant of `node` it exists, and is borrowed with `self`.
        unsafe { self.node.as_ref() }.value()
    }

    /// Where the node is, and stays.
    pub(super) fn address(&self) -> NonNull<Node<T>> {
        self.node
    }

    /// Gives the node up to its two counts, which the caller now owns.
    pub(super) fn share(self) -> NonNull<Node<T>> {
        let node = self.node;
        mem::forget(self);
        node
    }

    /// The value, taken out again.
    pub(super) fn into_value(self) -> T {
        self.into_box().value
    }

    fn into_box(self) -> Box<Node<T>> {
        let node = self.share();
        #[cfg(heptad_loom)]
        model::freed(node.as_ptr());
        // SAFETY: it came from a `Box`, and by the invariant of `Fresh::node` nobody else has it.
        unsafe { Box::from_raw(node.as_ptr()) }
    }
}

impl<T> Drop for Fresh<T> {
    fn drop(&mut self) {
        drop(Self { node: self.node }.into_box());
    }
}

impl<T> Node<T> {
    pub(super) fn version(&self) -> u64 {
        self.version
    }

    pub(super) fn value(&self) -> &T {
        &self.value
    }

    /// Takes one count more; the caller owns it.
    #[inline]
    pub(super) fn take_count(&self) {
        self.count.increment();
    }

    /// Says that the node is about to be used; under the model checker, fails if it is freed.
    #[inline]
    pub(super) fn assert_exists(node: NonNull<Self>) -> NonNull<Self> {
        #[cfg(heptad_loom)]
        model::assert_exists(node.as_ptr());
        node
    }

    /// Gives up one count, and frees the node with the last one.
    ///
    /// # Safety
    ///
    /// The caller owns the count, and does not use the node through it afterwards.
    #[inline]
    pub(super) unsafe fn release(node: NonNull<Self>) {
        // SAFETY: passed on to the caller; and freed by who had the last count.
        unsafe {
            if Self::give_up(node) {
                Self::free(node);
            }
        }
    }

    /// Gives up one count; whether it was the last, and then the node is to be freed.
    ///
    /// # Safety
    ///
    /// As for `release`.
    #[inline]
    unsafe fn give_up(node: NonNull<Self>) -> bool {
        // SAFETY: the caller's count keeps the node alive until it is given up in the next line.
        let count = &unsafe { Self::assert_exists(node).as_ref() }.count;
        if cfg!(heptad_loom) {
            // As `leave` does, in fewer steps: that one has models of its own, in `loom_refcount`.
            return count.decrement();
        }
        count.leave()
    }

    /// # Safety
    ///
    /// The node was shared, and its last count has been given up.
    #[inline(never)]
    unsafe fn free(node: NonNull<Self>) {
        #[cfg(heptad_loom)]
        model::freed(node.as_ptr());
        // SAFETY: a fresh node was leaked from a `Box`, and by the invariant of `count` nobody is
        // left.
        drop(unsafe { Box::from_raw(node.as_ptr()) });
    }
}

// SAFETY: each count is given up once, and the last one is told so; the alignment is checked.
unsafe impl<T: Send + Sync + 'static> Counted for Node<T> {
    #[inline]
    fn acquire(&self) {
        self.take_count();
    }

    #[inline]
    unsafe fn give_up(node: NonNull<Self>) -> bool {
        const { assert!(align_of::<Self>() > OWNER_BITS) };
        // SAFETY: the same contract.
        unsafe { Node::give_up(node) }
    }

    #[inline]
    unsafe fn free(node: NonNull<Self>) {
        // SAFETY: the same contract.
        unsafe { Node::free(node) }
    }
}
