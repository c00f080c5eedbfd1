//! Protection by a count: for backends whose own protection is for short looks only.

#![allow(
    unsafe_code,
    reason = "owns a count of a node; see the invariant of Protected::marked"
)]

use core::ptr::NonNull;

use super::{Counted, address, backend, end_count};
use crate::runtime::sync::AtomicPtr;

/// A node that stays alive for as long as this is held, and the marks that its word had.
///
/// Belongs to the thread that made it.
pub(crate) struct Protected<N: Counted> {
    /// Invariant: the address is that of a shared node, one count of which belongs to this.
    marked: *mut N,
    #[cfg(heptad_mutant = "guard_ends_before_the_replacement")]
    ended: core::cell::Cell<bool>,
}

impl<N: Counted> Protected<N> {
    /// Loads `word` and keeps the node that it points to alive.
    ///
    /// # Safety
    ///
    /// As for [`read`](super::read).
    #[inline]
    pub(crate) unsafe fn load(word: &AtomicPtr<N>) -> Self {
        let take_count = |marked: *mut N| {
            // SAFETY: the node is alive for the look.
            unsafe { address(marked).as_ref() }.acquire();
            marked
        };
        Self {
            // SAFETY: passed on to the caller.
            marked: unsafe { backend::read(word, take_count) },
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
        // SAFETY: by the invariant the address is a node's, so it is not null.
        unsafe { address(self.marked) }
    }

    /// Ends the protection while this is still there.
    #[cfg(heptad_mutant = "guard_ends_before_the_replacement")]
    pub(crate) fn end_early(&self) {
        if !self.ended.replace(true) {
            // SAFETY: none; this is the mistake that the models must find.
            unsafe { end_count(self.node()) }
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
        // SAFETY: by the invariant one count is this value's, which ends here.
        unsafe { end_count(self.node()) }
    }
}
