//! The counted handle to one value of an identity.

#![allow(
    unsafe_code,
    reason = "owns a count of a node; see the invariant of Shared::node"
)]

use core::fmt;
use core::marker::PhantomData;
use core::mem;
use core::ops::Deref;
use core::ptr::NonNull;

use super::late::Late;
use super::node::Node;

/// One value that an identity had, kept alive by this handle.
///
/// It dereferences to the value. Cloning the handle takes a count and copies nothing; the value
/// never changes, whatever happens to the identity, which may be gone. Unlike a
/// [`Guard`](super::Guard) it can be stored and sent to other threads.
///
/// # Examples
///
/// ```
/// use heptad::{Atom, Shared};
///
/// let atom = Atom::new(vec![1, 2]);
/// let before: Shared<Vec<i32>> = atom.load_full();
/// atom.swap(|v| v.iter().chain(&[3]).copied().collect());
///
/// assert_eq!(*before, [1, 2]);
/// assert_eq!(*atom.load(), [1, 2, 3]);
/// let sum = std::thread::spawn(move || before.iter().sum::<i32>()).join();
/// assert_eq!(sum.ok(), Some(3));
/// ```
pub struct Shared<T> {
    /// Invariant: a shared node, one count of which belongs to this handle.
    node: NonNull<Node<T>>,
    /// A handle owns the value as far as dropping is concerned.
    _owns: PhantomData<Node<T>>,
}

// SAFETY: a handle gives `&T` to every thread it reaches (`T: Sync`), and drops the `T` on the
// thread that has the last handle (`T: Send`); the count is atomic.
unsafe impl<T: Send + Sync> Send for Shared<T> {}
// SAFETY: as above, since a `&Shared<T>` can be cloned.
unsafe impl<T: Send + Sync> Sync for Shared<T> {}

impl<T> Shared<T> {
    /// A handle that owns one count of `node`.
    ///
    /// # Safety
    ///
    /// The node is shared and the caller hands over one count of it.
    #[inline]
    pub(super) unsafe fn from_counted(node: NonNull<Node<T>>) -> Self {
        Self {
            node,
            _owns: PhantomData,
        }
    }

    #[inline]
    fn node(&self) -> &Node<T> {
        // SAFETY: this handle's count keeps the node alive for as long as the handle is borrowed.
        unsafe { Node::assert_exists(self.node).as_ref() }
    }

    /// Where the node is.
    #[inline]
    pub(super) fn address(&self) -> NonNull<Node<T>> {
        self.node
    }

    /// Gives this handle's count to somebody who gives it up late.
    #[inline]
    pub(super) fn into_late(self) -> Late<T>
    where
        T: Send + Sync + 'static,
    {
        let node = self.node;
        mem::forget(self);
        // SAFETY: by the invariant the count was this handle's, and the handle is forgotten.
        unsafe { Late::from_counted(node) }
    }

    /// How many updates the identity had seen when it got this value; 0 for the first one.
    ///
    /// Of two handles from one identity, the one with the higher version is the newer value, and
    /// the difference is the number of updates that lie between them.
    ///
    /// # Examples
    ///
    /// ```
    /// let atom = heptad::Atom::new("a");
    /// let first = atom.load_full();
    /// let third = { atom.reset("b"); atom.reset("c") };
    /// assert_eq!((first.version(), third.version()), (0, 2));
    /// ```
    #[inline]
    pub fn version(&self) -> u64 {
        self.node().version()
    }

    /// Whether both handles are to the same value of the same moment, not merely to equal values.
    ///
    /// # Examples
    ///
    /// ```
    /// use heptad::{Atom, Shared};
    ///
    /// let atom = Atom::new(1);
    /// let first = atom.load_full();
    /// assert!(Shared::ptr_eq(&first, &atom.load_full()));
    ///
    /// let second = atom.reset(1);
    /// assert!(first == second && !Shared::ptr_eq(&first, &second));
    /// ```
    #[inline]
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        this.node == other.node
    }
}

impl<T> Deref for Shared<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        self.node().value()
    }
}

impl<T> Clone for Shared<T> {
    /// Takes a count, in constant time.
    #[inline]
    fn clone(&self) -> Self {
        self.node().take_count();
        Self {
            node: self.node,
            _owns: PhantomData,
        }
    }
}

impl<T> Drop for Shared<T> {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: by the invariant the count is this handle's, and the handle ends here.
        unsafe { Node::release(self.node) }
    }
}

impl<T> AsRef<T> for Shared<T> {
    fn as_ref(&self) -> &T {
        self
    }
}

/// Compares the values; [`ptr_eq`](Shared::ptr_eq) compares the handles.
impl<T: PartialEq> PartialEq for Shared<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for Shared<T> {}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: fmt::Display> fmt::Display for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}
