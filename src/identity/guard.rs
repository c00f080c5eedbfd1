//! What `load` of an identity returns.

#![allow(
    unsafe_code,
    reason = "reads a protected node; see the invariant of Guard::protected"
)]

use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;

use core::ptr::NonNull;

use super::node::Node;
use super::shared::Shared;
use crate::runtime::reclaim::{OWNER_BITS, Protected};

/// The value that an [`Atom`](super::Atom) had when it was read, borrowed for reading in place.
///
/// It is a snapshot: nothing waits for it, and it never changes. It stays on the thread that made
/// it and does not outlive the atom; [`to_shared`](Self::to_shared) gives a handle without those
/// limits.
///
/// A guard keeps its own value alive and nothing else, so it may be kept for long without holding
/// back other memory.
///
/// # Examples
///
/// ```
/// let atom = heptad::Atom::new([1, 2, 3]);
/// let guard = atom.load();
/// assert_eq!(guard.iter().sum::<i32>(), 6);
/// ```
///
/// It cannot be sent:
///
/// ```compile_fail,E0277
/// let atom = heptad::Atom::new(1);
/// let guard = atom.load();
/// std::thread::scope(|threads| {
///     threads.spawn(move || println!("{}", *guard));
/// });
/// ```
pub struct Guard<'a, T: Send + Sync + 'static> {
    /// Invariant: a shared node.
    protected: Protected<Node<T>>,
    /// Borrows an identity, and is bound to its thread: it may use up a place of the thread's.
    _place: PhantomData<(&'a T, *const ())>,
}

impl<T: Send + Sync + 'static> Guard<'_, T> {
    #[inline]
    pub(super) fn new(protected: Protected<Node<T>>) -> Self {
        Self {
            protected,
            _place: PhantomData,
        }
    }

    #[inline]
    fn node(&self) -> &Node<T> {
        // SAFETY: the node stays alive while it is protected, which is as long as `self`.
        unsafe { Node::assert_exists(self.protected.node()).as_ref() }
    }

    /// Where the node is.
    #[inline]
    pub(super) fn address(&self) -> NonNull<Node<T>> {
        self.protected.node()
    }

    /// Ends the protection of the node while this is still there.
    #[cfg(heptad_mutant = "guard_ends_before_the_replacement")]
    pub(super) fn end_early(&self) {
        self.protected.end_early();
    }

    /// The marks that the word had when it was read.
    #[inline]
    pub(super) fn marks(&self) -> usize {
        self.protected.marked().addr() & OWNER_BITS
    }

    /// The version of the value; see [`Shared::version`].
    ///
    /// # Examples
    ///
    /// ```
    /// let atom = heptad::Atom::new(1);
    /// assert_eq!(atom.load().version(), 0);
    /// ```
    #[inline]
    pub fn version(&self) -> u64 {
        self.node().version()
    }

    /// A counted handle to the same value.
    ///
    /// # Examples
    ///
    /// ```
    /// let atom = heptad::Atom::new(1);
    /// let guard = atom.load();
    /// assert!(atom.compare_and_set(&guard.to_shared(), *guard + 1).is_ok());
    /// ```
    #[inline]
    pub fn to_shared(&self) -> Shared<T> {
        self.node().take_count();
        // SAFETY: the node is shared, and the count taken is the handle's.
        unsafe { Shared::from_counted(self.protected.node()) }
    }
}

impl<T: Send + Sync + 'static> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.node().value()
    }
}

impl<T: fmt::Debug + Send + Sync + 'static> fmt::Debug for Guard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Display + Send + Sync + 'static> fmt::Display for Guard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
