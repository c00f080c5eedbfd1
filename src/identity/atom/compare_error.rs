//! What `Atom::compare_and_set` returns when it refuses.

use core::error::Error;
use core::fmt;

use super::super::shared::Shared;

/// A value was refused because the atom no longer held the expected one.
///
/// Nothing is lost: compute a new value from [`current`](Self::current) and try again, or use
/// [`swap`](super::Atom::swap), which does so by itself.
///
/// # Examples
///
/// ```
/// let atom = heptad::Atom::new(1);
/// let seen = atom.load_full();
/// atom.reset(5);
///
/// let Err(error) = atom.compare_and_set(&seen, 2) else { unreachable!() };
/// assert!(error.to_string().contains("version 1"));
/// assert!(atom.compare_and_set(&error.current, *error.current + error.refused).is_ok());
/// assert_eq!(*atom.load(), 7);
/// ```
#[non_exhaustive]
pub struct CompareError<T> {
    /// What the atom held when the refusal was returned, read after the refusal.
    pub current: Shared<T>,
    /// The value that was not set.
    pub refused: T,
}

impl<T> fmt::Debug for CompareError<T> {
    /// Leaves the values out, so that any result can be unwrapped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompareError")
            .field("current_version", &self.current.version())
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Display for CompareError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "the atom was updated meanwhile and is at version {}; compute the new value again from \
             the `current` handle of this error, or use `swap`, which retries by itself",
            self.current.version()
        )
    }
}

impl<T> Error for CompareError<T> {}
