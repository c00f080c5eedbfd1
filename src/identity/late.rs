//! Counts of nodes that are given up late, in a place where the `Drop` of a user may run.

#![allow(
    unsafe_code,
    reason = "owns a count of a node; see the invariant of Late::node"
)]

use core::mem;
use core::ptr::NonNull;

use super::node::Node;
use super::shared::Shared;
use crate::runtime::isolation::FirstPanic;
use crate::runtime::reclaim;

/// One count of a node. Dropping this hands it to the reclaimer, which gives it up once nobody
/// can be looking at the node; and, as any such call, it may give up others that are due and so
/// run the `Drop` of any value.
pub(super) struct Late<T: Send + Sync + 'static> {
    /// Invariant: a shared node, one count of which belongs to this.
    node: NonNull<Node<T>>,
}

// SAFETY: the count belongs to no thread, and the value is dropped wherever the reclaimer likes.
unsafe impl<T: Send + Sync + 'static> Send for Late<T> {}

impl<T: Send + Sync + 'static> Late<T> {
    /// # Safety
    ///
    /// The node is shared and the caller hands over one count of it. If it is a word's count, the
    /// word no longer points to the node.
    #[inline]
    pub(super) unsafe fn from_counted(node: NonNull<Node<T>>) -> Self {
        Self { node }
    }
}

impl<T: Send + Sync + 'static> Drop for Late<T> {
    #[inline]
    fn drop(&mut self) {
        if cfg!(heptad_mutant = "word_retires_before_replacing") {
            return;
        }
        // SAFETY: by the invariant the count is this object's, which ends here; the one word that
        // may have owned it points elsewhere, by the contract of `from_counted`.
        unsafe { reclaim::retire(self.node) }
    }
}

/// Values that nobody needs any more, collected where no `Drop` may run, given up when this is
/// dropped.
pub(super) struct Discarded<T: Send + Sync + 'static> {
    values: Vec<Late<T>>,
}

impl<T: Send + Sync + 'static> Discarded<T> {
    #[inline]
    pub(super) fn new() -> Self {
        Self { values: Vec::new() }
    }

    #[inline]
    pub(super) fn push(&mut self, value: Shared<T>) {
        self.values.push(value.into_late());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(super) fn push_late(&mut self, value: Late<T>) {
        self.values.push(value);
    }
}

impl<T: Send + Sync + 'static> Drop for Discarded<T> {
    /// Every value is given up even if the `Drop` of one panics. The first panic goes on, but
    /// not into another one that is under way.
    #[inline]
    fn drop(&mut self) {
        if !self.values.is_empty() {
            give_up(mem::take(&mut self.values));
        }
    }
}

fn give_up<T: Send + Sync + 'static>(values: Vec<Late<T>>) {
    let mut panics = FirstPanic::none();
    for value in values {
        panics.catch(|| drop(value));
    }
    panics.pass_on();
}
