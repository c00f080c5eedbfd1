//! What `Atom::load` returns.

use core::fmt;
use core::marker::PhantomData;
use core::ops::Deref;

use super::super::shared::Shared;

/// The value that an [`Atom`](super::Atom) had when it was read, borrowed for reading in place.
///
/// It is a snapshot: nothing waits for it, and it never changes. It stays on the thread that made
/// it and does not outlive the atom; [`to_shared`](Self::to_shared) gives a handle without those
/// limits.
///
/// A guard holds a count of its value and no protection of the reclaimer, so it may be kept for
/// long without holding back the memory of anything else.
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
    shared: Shared<T>,
    /// Borrows an atom, and is bound to its thread as guards that use up something of the thread
    /// are: which kind a guard is shall not show.
    _place: PhantomData<(&'a super::Atom<T>, *const ())>,
}

impl<T: Send + Sync + 'static> Guard<'_, T> {
    #[inline]
    pub(super) fn new(shared: Shared<T>) -> Self {
        Self {
            shared,
            _place: PhantomData,
        }
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
        self.shared.version()
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
        self.shared.clone()
    }
}

impl<T: Send + Sync + 'static> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.shared
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
